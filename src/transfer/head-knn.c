/* k nearest neighbours, k = 5. Training rows are kept in half precision, in memory as in the file, so that a loaded
 * model answers as the one that was trained. A copy with a bounded number of rows is every model's baseline. */
#include "transfer/head.h"

#include "base/alloc.h"
#include "base/error.h"
#include "stats/knn.h"

typedef struct neighbours {
    graft_tensor *half; /* F16, count x width */
    int *label;
    size_t count, width;
    int classes;
} neighbours;

static void release(void *state) {
    neighbours *self = state;
    if (!self) return;
    graft_tensor_free(self->half);
    graft_release(self->label);
    graft_release(self);
}

/* NULL without memory. */
static neighbours *make(size_t count, size_t width, int classes) {
    neighbours *self = graft_allocate_zero(1, sizeof(*self));
    if (!self) return NULL;
    *self = (neighbours){.count = count, .width = width, .classes = classes};
    self->label = graft_allocate(count, sizeof(*self->label));
    if (self->label) return self;
    release(self);
    return NULL;
}

size_t graft_knn_picked(size_t i, size_t kept, size_t count) {
    return kept == count ? i : (size_t)((double)i * (double)count / (double)kept);
}

const uint16_t *graft_knn_rows(const void *state, size_t *count, size_t *width) {
    const neighbours *self = state;
    if (!self) return NULL;
    *count = self->count;
    *width = self->width;
    return self->half->data;
}

static graft_status fit(graft_context *context, const graft_rows *rows, const graft_head_options *options,
                        void **state) {
    size_t count = options->most_rows && options->most_rows < rows->count ? options->most_rows : rows->count;
    graft_shape shape = GRAFT_SHAPE((int64_t)count, (int64_t)rows->width);
    neighbours *self = make(count, rows->width, rows->classes);
    (void)context;
    *state = NULL;
    if (!self) return graft_fail_memory("the neighbours");
    graft_status status = graft_tensor_new(GRAFT_F16, &shape, &self->half);
    if (status != GRAFT_OK) {
        release(self);
        return status;
    }
    float *row = graft_allocate(rows->width, sizeof(*row));
    if (!row) status = graft_fail_memory("a row of features");
    for (size_t i = 0; i < count && status == GRAFT_OK; i++) {
        size_t from = graft_knn_picked(i, count, rows->count);
        status = graft_rows_get(rows, from, 1, row);
        if (status == GRAFT_OK) graft_f32_to_f16(row, (uint16_t *)self->half->data + i * rows->width, rows->width);
        self->label[i] = rows->label[from];
    }
    graft_release(row);
    if (status != GRAFT_OK)
        release(self);
    else
        *state = self;
    return status;
}

static graft_status predict(graft_context *context, const void *state, const float *x, size_t count,
                            float *probabilities) {
    const neighbours *self = state;
    size_t k = self->count < GRAFT_KNN_NEIGHBOURS ? self->count : GRAFT_KNN_NEIGHBOURS;
    const graft_rows rows = {.half = self->half->data,
                             .label = self->label,
                             .count = self->count,
                             .width = self->width,
                             .classes = self->classes};
    return graft_knn_predict(context, &rows, x, count, (int)k, probabilities);
}

static graft_status save(const void *state, const char *prefix, graft_tensor_list *list) {
    const neighbours *self = state;
    graft_shape shape = GRAFT_SHAPE((int64_t)self->count);
    graft_tensor *label;
    GRAFT_TRY(graft_tensor_list_add(list, prefix, "features", GRAFT_F16, self->half->shape, self->half->data));
    GRAFT_TRY(graft_tensor_new(GRAFT_I32, &shape, &label));
    int32_t *to = label->data;
    for (size_t i = 0; i < self->count; i++)
        to[i] = self->label[i];
    return graft_tensor_list_take(list, prefix, "labels", label);
}

static graft_status read_rows(graft_container *file, const char *prefix, neighbours *self) {
    graft_tensor *label;
    GRAFT_TRY(graft_tensor_expect(file, prefix, "features", GRAFT_F16,
                                  GRAFT_SHAPE((int64_t)self->count, (int64_t)self->width), &self->half));
    GRAFT_TRY(graft_tensor_expect(file, prefix, "labels", GRAFT_I32, GRAFT_SHAPE((int64_t)self->count), &label));
    graft_status status = GRAFT_OK;
    for (size_t i = 0; status == GRAFT_OK && i < self->count; i++) {
        self->label[i] = ((const int32_t *)label->data)[i];
        if (self->label[i] < 0 || self->label[i] >= self->classes)
            status = graft_fail(GRAFT_E_DATA, "%s: %slabels: label %d of row %zu, expected 0 to %d",
                                graft_container_path(file), prefix, self->label[i], i, self->classes - 1);
    }
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
    neighbours *self = make((size_t)entry->shape.dim[0], width, classes);
    if (!self) return graft_fail_memory("the neighbours");
    graft_status status = read_rows(file, prefix, self);
    if (status != GRAFT_OK)
        release(self);
    else
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
