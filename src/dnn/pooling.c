#include "dnn/dnn-internal.h"

dnnl_alg_kind_t graft_dnn_pooling_algorithm(graft_dnn_pooling_kind kind) {
    switch (kind) {
    case GRAFT_DNN_MAX:
        return dnnl_pooling_max;
    case GRAFT_DNN_AVERAGE:
        return dnnl_pooling_avg_exclude_padding;
    case GRAFT_DNN_AVERAGE_PADDED:
        return dnnl_pooling_avg_include_padding;
    }
    return dnnl_alg_kind_undef;
}

static graft_status primitive_desc(graft_dnn_engine *engine, const graft_dnn_pooling *pooling,
                                   dnnl_primitive_desc_t *out) {
    const dnnl_dims_t strides = {pooling->strides[0], pooling->strides[1]};
    const dnnl_dims_t size = {pooling->size[0], pooling->size[1]};
    const dnnl_dims_t before = {pooling->padding[0], pooling->padding[2]};
    const dnnl_dims_t after = {pooling->padding[1], pooling->padding[3]};
    dnnl_memory_desc_t destination;
    dnnl_pooling_desc_t desc;
    GRAFT_TRY(graft_dnn_desc(4, pooling->destination.dim, dnnl_format_tag_any, &destination));
    destination.data_type = pooling->source->desc.data_type;
    GRAFT_TRY(graft_dnn_check(
        dnnl_pooling_forward_desc_init(&desc, dnnl_forward_inference, graft_dnn_pooling_algorithm(pooling->kind),
                                       &pooling->source->desc, &destination, strides, size, before, after),
        "pooling"));
    return graft_dnn_primitive_desc(engine, &desc, NULL, "pooling", out);
}

graft_status graft_dnn_pooling_new(graft_dnn_engine *engine, const graft_dnn_pooling *pooling, graft_dnn_op **out) {
    dnnl_primitive_desc_t desc;
    graft_dnn_op *op;
    GRAFT_TRY(primitive_desc(engine, pooling, &desc));
    GRAFT_TRY(graft_dnn_op_build("pooling", desc, 1, &op));
    op->sources[0] = (graft_dnn_source){DNNL_ARG_SRC, *pooling->source};
    op->destination.unit = pooling->source->unit;
    op->destination.profile = pooling->source->profile;
    *out = op;
    return GRAFT_OK;
}
