/* Answers the classes' shares among the training pictures, whatever the picture: the baseline that any head must beat.
 */
#include "transfer/head.h"

#include "base/error.h"

#include <string.h>

static graft_status fit(graft_context *context, const graft_rows *rows, const graft_head_options *options,
                        void **state) {
    graft_tensor *share;
    (void)context;
    (void)options;
    *state = NULL;
    graft_shape shape = GRAFT_SHAPE(rows->classes);
    GRAFT_TRY(graft_tensor_new(GRAFT_F32, &shape, &share));
    float *values = graft_tensor_f32(share);
    for (size_t i = 0; i < rows->count; i++)
        values[rows->label[i]] += 1;
    for (int i = 0; i < rows->classes; i++)
        values[i] /= (float)rows->count;
    *state = share;
    return GRAFT_OK;
}

static graft_status predict(graft_context *context, const void *state, const float *x, size_t count,
                            float *probabilities) {
    const graft_tensor *share = state;
    (void)context;
    (void)x;
    for (size_t i = 0; i < count; i++)
        memcpy(probabilities + i * (size_t)share->shape.dim[0], share->data, share->bytes);
    return GRAFT_OK;
}

static graft_status save(const void *state, const char *prefix, graft_tensor_list *list) {
    const graft_tensor *share = state;
    return graft_tensor_list_add(list, prefix, "share", GRAFT_F32, share->shape, share->data);
}

static graft_status load(graft_container *file, const char *prefix, size_t width, int classes, void **state) {
    graft_tensor *share = NULL;
    (void)width;
    graft_status status = graft_tensor_expect(file, prefix, "share", GRAFT_F32, GRAFT_SHAPE(classes), &share);
    *state = share;
    return status;
}

static void release(void *state) {
    graft_tensor_free(state);
}

const graft_head graft_head_majority = {
    .name = "majority",
    .help = "always the largest class",
    .fit = fit,
    .predict = predict,
    .save = save,
    .load = load,
    .release = release,
};
