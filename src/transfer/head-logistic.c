/* Multinomial logistic regression: the default head. */
#include "transfer/head.h"

#include "base/alloc.h"
#include "base/error.h"

#include <string.h>

static graft_status fit(graft_context *context, const graft_rows *rows, const graft_head_options *options,
                        void **state) {
    graft_logistic *model = NULL;
    graft_status status = graft_logistic_fit(context, rows, options->c, &model);
    *state = model;
    return status;
}

static graft_status predict(graft_context *context, const void *state, const float *x, size_t count,
                            float *probabilities) {
    (void)context;
    graft_logistic_predict(state, x, count, probabilities);
    return GRAFT_OK;
}

static graft_status save(const void *state, const char *prefix, graft_tensor_list *list) {
    const graft_logistic *model = state;
    int64_t width = (int64_t)model->width, classes = model->classes;
    GRAFT_TRY(graft_tensor_list_add(list, prefix, "mean", GRAFT_F32, GRAFT_SHAPE(width), model->mean));
    GRAFT_TRY(graft_tensor_list_add(list, prefix, "scale", GRAFT_F32, GRAFT_SHAPE(width), model->scale));
    GRAFT_TRY(graft_tensor_list_add(list, prefix, "weight", GRAFT_F32, GRAFT_SHAPE(classes, width), model->weight));
    return graft_tensor_list_add(list, prefix, "bias", GRAFT_F32, GRAFT_SHAPE(classes), model->bias);
}

/* A tensor's values as a member of graft_logistic, which owns them by itself. */
static graft_status read_member(graft_container *file, const char *prefix, const char *name, graft_shape shape,
                                float **member) {
    graft_tensor *tensor;
    GRAFT_TRY(graft_tensor_expect(file, prefix, name, GRAFT_F32, shape, &tensor));
    *member = graft_allocate_aligned(tensor->bytes, 1);
    if (*member) memcpy(*member, tensor->data, tensor->bytes);
    graft_tensor_free(tensor);
    return *member ? GRAFT_OK : graft_fail_memory("the head's weights");
}

static graft_status load(graft_container *file, const char *prefix, size_t width, int classes, void **state) {
    graft_logistic *model = graft_allocate_zero(1, sizeof(*model));
    *state = NULL;
    if (!model) return graft_fail_memory("the head");
    model->width = width;
    model->classes = classes;
    graft_status status;
    GRAFT_TRY_TO(done, status, read_member(file, prefix, "mean", GRAFT_SHAPE((int64_t)width), &model->mean));
    GRAFT_TRY_TO(done, status, read_member(file, prefix, "scale", GRAFT_SHAPE((int64_t)width), &model->scale));
    GRAFT_TRY_TO(done, status,
                 read_member(file, prefix, "weight", GRAFT_SHAPE(classes, (int64_t)width), &model->weight));
    GRAFT_TRY_TO(done, status, read_member(file, prefix, "bias", GRAFT_SHAPE(classes), &model->bias));
    *state = model;
    return GRAFT_OK;
done:
    graft_logistic_free(model);
    return status;
}

static void release(void *state) {
    graft_logistic_free(state);
}

const graft_head graft_head_logistic = {
    .name = "logistic",
    .help = "multinomial logistic regression on standardized features",
    .fit = fit,
    .predict = predict,
    .save = save,
    .load = load,
    .release = release,
};
