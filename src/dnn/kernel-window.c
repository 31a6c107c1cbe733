/* Pooling and resampling. */
#include "dnn/kernel-internal.h"

typedef struct window {
    dnnl_dims_t strides, size, before, after;
} window;

static window window_of(const graft_dnn_pooling *pooling) {
    return (window){{pooling->strides[0], pooling->strides[1]},
                    {pooling->size[0], pooling->size[1]},
                    {pooling->padding[0], pooling->padding[2]},
                    {pooling->padding[1], pooling->padding[3]}};
}

static graft_status describe_pooling(graft_dnn_engine *engine, const graft_dnn_pooling *pooling, double scale,
                                     dnnl_primitive_desc_t *out) {
    const window w = window_of(pooling);
    graft_dnn_posts posts = {.count = 0};
    dnnl_memory_desc_t destination;
    dnnl_pooling_desc_t desc;
    if (scale != 1.0) posts.item[posts.count++] = (graft_dnn_post){.function = GRAFT_DNN_LINEAR, .alpha = (float)scale};
    GRAFT_TRY(graft_dnn_desc_like(&pooling->source->desc, pooling->destination.dim, &destination));
    GRAFT_TRY(graft_dnn_check(
        dnnl_pooling_forward_desc_init(&desc, dnnl_forward_training, graft_dnn_pooling_algorithm(pooling->kind),
                                       &pooling->source->desc, &destination, w.strides, w.size, w.before, w.after),
        "pooling"));
    return graft_dnn_describe(engine, &desc, &posts, NULL, "pooling", out);
}

graft_status graft_dnn_pooling_forward_new(graft_dnn_engine *engine, const graft_dnn_pooling *pooling, double scale,
                                           graft_dnn_kernel **out) {
    static const int arguments[] = {DNNL_ARG_SRC, DNNL_ARG_DST, DNNL_ARG_WORKSPACE, 0};
    dnnl_primitive_desc_t desc;
    GRAFT_TRY(describe_pooling(engine, pooling, scale, &desc));
    return graft_dnn_kernel_new("pooling", desc, arguments, out);
}

graft_status graft_dnn_pooling_backward_new(graft_dnn_engine *engine, const graft_dnn_pooling *pooling,
                                            const graft_dnn_layout *destination, graft_dnn_kernel **out) {
    static const int arguments[] = {DNNL_ARG_DIFF_DST, DNNL_ARG_DIFF_SRC, DNNL_ARG_WORKSPACE, 0};
    const window w = window_of(pooling);
    dnnl_pooling_desc_t desc;
    dnnl_primitive_desc_t hint, backward = NULL;
    GRAFT_TRY(describe_pooling(engine, pooling, 1.0, &hint));
    graft_status status = graft_dnn_check(
        dnnl_pooling_backward_desc_init(&desc, graft_dnn_pooling_algorithm(pooling->kind), &pooling->source->desc,
                                        &destination->desc, w.strides, w.size, w.before, w.after),
        "pooling");
    if (status == GRAFT_OK) status = graft_dnn_describe(engine, &desc, NULL, hint, "pooling", &backward);
    dnnl_primitive_desc_destroy(hint);
    if (status != GRAFT_OK) return status;
    return graft_dnn_kernel_new("pooling", backward, arguments, out);
}

graft_status graft_dnn_resampling_desc(graft_dnn_engine *engine, const graft_dnn_layout *source,
                                       const graft_dnn_shape *destination, bool bilinear, dnnl_primitive_desc_t *out) {
    dnnl_memory_desc_t grown;
    dnnl_resampling_desc_t desc;
    GRAFT_TRY(graft_dnn_desc_like(&source->desc, destination->dim, &grown));
    GRAFT_TRY(
        graft_dnn_check(dnnl_resampling_forward_desc_init(&desc, dnnl_forward_training,
                                                          bilinear ? dnnl_resampling_linear : dnnl_resampling_nearest,
                                                          NULL, &source->desc, &grown),
                        "resampling"));
    return graft_dnn_describe(engine, &desc, NULL, NULL, "resampling", out);
}

graft_status graft_dnn_resampling_forward_new(graft_dnn_engine *engine, const graft_dnn_layout *source,
                                              const graft_dnn_shape *destination, bool bilinear,
                                              graft_dnn_kernel **out) {
    static const int arguments[] = {DNNL_ARG_SRC, DNNL_ARG_DST, 0};
    dnnl_primitive_desc_t desc;
    GRAFT_TRY(graft_dnn_resampling_desc(engine, source, destination, bilinear, &desc));
    return graft_dnn_kernel_new("resampling", desc, arguments, out);
}

graft_status graft_dnn_resampling_backward_new(graft_dnn_engine *engine, const graft_dnn_layout *source,
                                               const graft_dnn_layout *destination, bool bilinear,
                                               graft_dnn_kernel **out) {
    static const int arguments[] = {DNNL_ARG_DIFF_DST, DNNL_ARG_DIFF_SRC, 0};
    const graft_dnn_shape shape = graft_dnn_layout_shape(destination);
    dnnl_resampling_desc_t desc;
    dnnl_primitive_desc_t hint, backward = NULL;
    GRAFT_TRY(graft_dnn_resampling_desc(engine, source, &shape, bilinear, &hint));
    graft_status status = graft_dnn_check(
        dnnl_resampling_backward_desc_init(&desc, bilinear ? dnnl_resampling_linear : dnnl_resampling_nearest, NULL,
                                           &source->desc, &destination->desc),
        "resampling");
    if (status == GRAFT_OK) status = graft_dnn_describe(engine, &desc, NULL, hint, "resampling", &backward);
    dnnl_primitive_desc_destroy(hint);
    if (status != GRAFT_OK) return status;
    return graft_dnn_kernel_new("resampling", backward, arguments, out);
}
