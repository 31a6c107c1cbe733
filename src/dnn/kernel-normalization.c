/* Batch, layer and local response normalisation. */
#include "dnn/kernel-internal.h"
#include <string.h>

static const unsigned scale_and_shift = (unsigned)dnnl_use_scale | (unsigned)dnnl_use_shift;

static graft_status describe_batchnorm(graft_dnn_engine *engine, const graft_dnn_layout *source, double epsilon,
                                       bool batch_statistics, dnnl_primitive_desc_t *out) {
    const unsigned flags = scale_and_shift | (batch_statistics ? 0 : (unsigned)dnnl_use_global_stats);
    dnnl_batch_normalization_desc_t desc;
    GRAFT_TRY(graft_dnn_check(
        dnnl_batch_normalization_forward_desc_init(&desc, dnnl_forward_training, &source->desc, (float)epsilon, flags),
        "batch normalization"));
    return graft_dnn_describe(engine, &desc, NULL, NULL, "batch normalization", out);
}

graft_status graft_dnn_batchnorm_forward_new(graft_dnn_engine *engine, const graft_dnn_layout *source, double epsilon,
                                             bool batch_statistics, graft_dnn_kernel **out) {
    static const int arguments[] = {
        DNNL_ARG_SRC, DNNL_ARG_MEAN, DNNL_ARG_VARIANCE, DNNL_ARG_SCALE, DNNL_ARG_SHIFT, DNNL_ARG_DST, 0};
    dnnl_primitive_desc_t desc;
    GRAFT_TRY(describe_batchnorm(engine, source, epsilon, batch_statistics, &desc));
    return graft_dnn_kernel_new("batch normalization", desc, arguments, out);
}

graft_status graft_dnn_batchnorm_backward_new(graft_dnn_engine *engine, const graft_dnn_layout *source, double epsilon,
                                              bool batch_statistics, graft_dnn_kernel **out) {
    static const int arguments[] = {
        DNNL_ARG_SRC,      DNNL_ARG_MEAN,       DNNL_ARG_VARIANCE,   DNNL_ARG_SCALE, DNNL_ARG_DIFF_DST,
        DNNL_ARG_DIFF_SRC, DNNL_ARG_DIFF_SCALE, DNNL_ARG_DIFF_SHIFT, DNNL_ARG_SHIFT, 0};
    const unsigned flags = scale_and_shift | (batch_statistics ? 0 : (unsigned)dnnl_use_global_stats);
    dnnl_batch_normalization_desc_t desc;
    dnnl_primitive_desc_t hint, backward = NULL;
    GRAFT_TRY(describe_batchnorm(engine, source, epsilon, batch_statistics, &hint));
    graft_status status =
        graft_dnn_check(dnnl_batch_normalization_backward_desc_init(&desc, dnnl_backward, &source->desc, &source->desc,
                                                                    (float)epsilon, flags),
                        "batch normalization");
    if (status == GRAFT_OK) status = graft_dnn_describe(engine, &desc, NULL, hint, "batch normalization", &backward);
    dnnl_primitive_desc_destroy(hint);
    if (status != GRAFT_OK) return status;
    return graft_dnn_kernel_new("batch normalization", backward, arguments, out);
}

/* Samples and cells as rows, channels as columns. */
static graft_status rows(const graft_dnn_layout *source, dnnl_memory_desc_t *data, dnnl_memory_desc_t *statistics) {
    const int64_t *dims = source->desc.dims;
    const int64_t flat[2] = {dims[0] * dims[2] * dims[3], dims[1]};
    GRAFT_TRY(graft_dnn_desc(2, flat, dnnl_ab, data));
    return graft_dnn_desc(1, flat, dnnl_a, statistics);
}

static graft_status describe_layernorm(graft_dnn_engine *engine, const graft_dnn_layout *source, double epsilon,
                                       dnnl_primitive_desc_t *out) {
    dnnl_memory_desc_t data, statistics;
    dnnl_layer_normalization_desc_t desc;
    GRAFT_TRY(rows(source, &data, &statistics));
    GRAFT_TRY(graft_dnn_check(dnnl_layer_normalization_forward_desc_init(&desc, dnnl_forward_training, &data,
                                                                         &statistics, (float)epsilon, scale_and_shift),
                              "layer normalization"));
    return graft_dnn_describe(engine, &desc, NULL, NULL, "layer normalization", out);
}

/* The first `values` operands are values: as the caller knows them. */
static graft_status make_layernorm(dnnl_primitive_desc_t desc, const int *arguments, const graft_dnn_layout *source,
                                   int values, graft_dnn_kernel **out) {
    GRAFT_TRY(graft_dnn_kernel_new("layer normalization", desc, arguments, out));
    for (int i = 0; i < values; i++)
        (*out)->operands[i].layout = *source;
    return GRAFT_OK;
}

graft_status graft_dnn_layernorm_forward_new(graft_dnn_engine *engine, const graft_dnn_layout *source, double epsilon,
                                             graft_dnn_kernel **out) {
    static const int arguments[] = {
        DNNL_ARG_SRC, DNNL_ARG_DST, DNNL_ARG_MEAN, DNNL_ARG_VARIANCE, DNNL_ARG_SCALE, DNNL_ARG_SHIFT, 0};
    dnnl_primitive_desc_t desc;
    GRAFT_TRY(describe_layernorm(engine, source, epsilon, &desc));
    return make_layernorm(desc, arguments, source, 2, out);
}

graft_status graft_dnn_layernorm_backward_new(graft_dnn_engine *engine, const graft_dnn_layout *source, double epsilon,
                                              graft_dnn_kernel **out) {
    static const int arguments[] = {
        DNNL_ARG_SRC,   DNNL_ARG_DIFF_DST,   DNNL_ARG_DIFF_SRC,   DNNL_ARG_MEAN,  DNNL_ARG_VARIANCE,
        DNNL_ARG_SCALE, DNNL_ARG_DIFF_SCALE, DNNL_ARG_DIFF_SHIFT, DNNL_ARG_SHIFT, 0};
    dnnl_memory_desc_t data, statistics;
    dnnl_layer_normalization_desc_t desc;
    dnnl_primitive_desc_t hint, backward = NULL;
    GRAFT_TRY(rows(source, &data, &statistics));
    GRAFT_TRY(describe_layernorm(engine, source, epsilon, &hint));
    graft_status status =
        graft_dnn_check(dnnl_layer_normalization_backward_desc_init(&desc, dnnl_backward, &data, &data, &statistics,
                                                                    (float)epsilon, scale_and_shift),
                        "layer normalization");
    if (status == GRAFT_OK) status = graft_dnn_describe(engine, &desc, NULL, hint, "layer normalization", &backward);
    dnnl_primitive_desc_destroy(hint);
    if (status != GRAFT_OK) return status;
    return make_layernorm(backward, arguments, source, 3, out);
}

static graft_status describe_response(graft_dnn_engine *engine, const graft_dnn_layout *source,
                                      const graft_dnn_response *response, dnnl_primitive_desc_t *out) {
    dnnl_lrn_desc_t desc;
    GRAFT_TRY(graft_dnn_check(dnnl_lrn_forward_desc_init(&desc, dnnl_forward_training, dnnl_lrn_across_channels,
                                                         &source->desc, response->size, (float)response->alpha,
                                                         (float)response->beta, (float)response->k),
                              "local response normalization"));
    return graft_dnn_describe(engine, &desc, NULL, NULL, "local response normalization", out);
}

graft_status graft_dnn_response_forward_new(graft_dnn_engine *engine, const graft_dnn_layout *source,
                                            const graft_dnn_response *response, graft_dnn_kernel **out) {
    static const int arguments[] = {DNNL_ARG_SRC, DNNL_ARG_DST, DNNL_ARG_WORKSPACE, 0};
    dnnl_primitive_desc_t desc;
    GRAFT_TRY(describe_response(engine, source, response, &desc));
    return graft_dnn_kernel_new("local response normalization", desc, arguments, out);
}

graft_status graft_dnn_response_backward_new(graft_dnn_engine *engine, const graft_dnn_layout *source,
                                             const graft_dnn_response *response, graft_dnn_kernel **out) {
    static const int arguments[] = {DNNL_ARG_SRC, DNNL_ARG_DIFF_DST, DNNL_ARG_DIFF_SRC, DNNL_ARG_WORKSPACE, 0};
    dnnl_lrn_desc_t desc;
    dnnl_primitive_desc_t hint, backward = NULL;
    GRAFT_TRY(describe_response(engine, source, response, &hint));
    graft_status status = graft_dnn_check(
        dnnl_lrn_backward_desc_init(&desc, dnnl_lrn_across_channels, &source->desc, &source->desc, response->size,
                                    (float)response->alpha, (float)response->beta, (float)response->k),
        "local response normalization");
    if (status == GRAFT_OK)
        status = graft_dnn_describe(engine, &desc, NULL, hint, "local response normalization", &backward);
    dnnl_primitive_desc_destroy(hint);
    if (status != GRAFT_OK) return status;
    return graft_dnn_kernel_new("local response normalization", backward, arguments, out);
}
