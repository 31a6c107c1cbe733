/* k nearest neighbours, k = 5. Training rows are kept in half precision, in memory as in the file, so that a loaded
 * model answers as the one that was trained. A copy with a bounded number of rows is every model's baseline. */
#include "transfer/head.h"

#include "base/alloc.h"
#include "base/error.h"
#include "stats/knn.h"

#include <string.h>

typedef struct neighbours {
    graft_rows rows;
    graft_tensor *x; /* F32, but holding no more than half precision */
    int *label;
} neighbours;

static void release(void *state) {
    neighbours *self = state;
    if (!self) return;
    graft_tensor_free(self->x);
    graft_release(self->label);
    graft_release(self);
}

static graft_status make(size_t count, size_t width, int classes, neighbours **out) {
    neighbours *self = graft_allocate_zero(1, sizeof(*self));
    *out = NULL;
    if (!self) return graft_fail_memory("the neighbours");
    graft_shape shape = GRAFT_SHAPE((int64_t)count, (int64_t)width);
    graft_status status = graft_tensor_new(GRAFT_F32, &shape, &self->x);
    self->label = graft_allocate(count, sizeof(*self->label));
    if (status == GRAFT_OK && !self->label) status = graft_fail_memory("the neighbours");
    if (status != GRAFT_OK) {
        release(self);
        return status;
    }
    self->rows = (graft_rows){
        .x = graft_tensor_f32(self->x), .label = self->label, .count = count, .width = width, .classes = classes};
    *out = self;
    return GRAFT_OK;
}

static graft_status fit(graft_context *context, const graft_rows *rows, const graft_head_options *options,
                        void **state) {
    size_t count = options->most_rows && options->most_rows < rows->count ? options->most_rows : rows->count;
    neighbours *self;
    (void)context;
    *state = NULL;
    uint16_t *half = graft_allocate(rows->width, sizeof(*half));
    if (!half) return graft_fail_memory("the neighbours");
    graft_status status = make(count, rows->width, rows->classes, &self);
    for (size_t i = 0; status == GRAFT_OK && i < count; i++) {
        size_t from = count == rows->count ? i : (size_t)((double)i * (double)rows->count / (double)count);
        graft_f32_to_f16(rows->x + from * rows->width, half, rows->width);
        graft_f16_to_f32(half, graft_tensor_f32(self->x) + i * rows->width, rows->width);
        self->label[i] = rows->label[from];
    }
    graft_release(half);
    if (status == GRAFT_OK) *state = self;
    return status;
}

static graft_status predict(graft_context *context, const void *state, const float *x, size_t count,
                            float *probabilities) {
    const neighbours *self = state;
    size_t k = self->rows.count < GRAFT_KNN_NEIGHBOURS ? self->rows.count : GRAFT_KNN_NEIGHBOURS;
    return graft_knn_predict(context, &self->rows, x, count, (int)k, probabilities);
}

static graft_status save(const void *state, const char *prefix, graft_tensor_list *list) {
    const neighbours *self = state;
    graft_tensor *half, *label;
    GRAFT_TRY(graft_tensor_convert(self->x, GRAFT_F16, &half));
    GRAFT_TRY(graft_tensor_list_take(list, prefix, "features", half));
    graft_shape shape = GRAFT_SHAPE((int64_t)self->rows.count);
    GRAFT_TRY(graft_tensor_new(GRAFT_I32, &shape, &label));
    int32_t *to = label->data;
    for (size_t i = 0; i < self->rows.count; i++)
        to[i] = self->label[i];
    return graft_tensor_list_take(list, prefix, "labels", label);
}

static graft_status read_rows(graft_container *file, const char *prefix, size_t count, size_t width, int classes,
                              neighbours **out) {
    graft_tensor *x = NULL, *label = NULL;
    neighbours *self = NULL;
    graft_status status;
    GRAFT_TRY_TO(done, status,
                 graft_tensor_expect(file, prefix, "features", GRAFT_SHAPE((int64_t)count, (int64_t)width), &x));
    GRAFT_TRY_TO(done, status, graft_tensor_expect(file, prefix, "labels", GRAFT_SHAPE((int64_t)count), &label));
    GRAFT_TRY_TO(done, status, make(count, width, classes, &self));
    memcpy(self->x->data, x->data, x->bytes);
    for (size_t i = 0; i < count; i++) {
        float value = graft_tensor_f32(label)[i];
        if (!(value >= 0 && value < (float)classes)) {
            status = graft_fail(GRAFT_E_DATA, "%s: %slabels: label %g of row %zu, expected 0 to %d",
                                graft_container_path(file), prefix, (double)value, i, classes - 1);
            goto done;
        }
        self->label[i] = (int)value;
    }
    *out = self;
    self = NULL;
done:
    release(self);
    graft_tensor_free(x);
    graft_tensor_free(label);
    return status;
}

static graft_status load(graft_container *file, const char *prefix, size_t width, int classes, void **state) {
    *state = NULL;
    char *name = graft_text_format("%slabels", prefix);
    if (!name) return graft_fail_memory("a tensor's name");
    int64_t index = graft_container_find(file, name);
    graft_release(name);
    const graft_entry *entry = index >= 0 ? graft_container_entry(file, (size_t)index) : NULL;
    if (!entry || entry->shape.rank != 1 || entry->shape.dim[0] < 1)
        return graft_fail(GRAFT_E_DATA, "%s: the tensor %slabels is missing or empty", graft_container_path(file),
                          prefix);
    neighbours *self = NULL;
    graft_status status = read_rows(file, prefix, (size_t)entry->shape.dim[0], width, classes, &self);
    *state = self;
    return status;
}

const graft_head graft_head_knn = {
    .name = "knn",
    .help = "the 5 nearest training pictures vote",
    .fit = fit,
    .predict = predict,
    .save = save,
    .load = load,
    .release = release,
};
