#include "dnn/dnn-internal.h"

static graft_status primitive_desc(graft_dnn_engine *engine, const dnnl_memory_desc_t *rows, double epsilon,
                                   dnnl_primitive_desc_t *out) {
    const unsigned flags = (unsigned)dnnl_use_scale | (unsigned)dnnl_use_shift;
    dnnl_memory_desc_t statistics;
    dnnl_layer_normalization_desc_t desc;
    GRAFT_TRY(graft_dnn_desc(1, rows->dims, dnnl_a, &statistics));
    GRAFT_TRY(graft_dnn_check(dnnl_layer_normalization_forward_desc_init(&desc, dnnl_forward_inference, rows,
                                                                         &statistics, (float)epsilon, flags),
                              "layer normalization"));
    return graft_dnn_primitive_desc(engine, &desc, NULL, "layer normalization", out);
}

static graft_status add_constants(graft_dnn_engine *engine, graft_dnn_op *op, int64_t channels, const float *scale,
                                  const float *shift) {
    dnnl_memory_desc_t vector;
    GRAFT_TRY(graft_dnn_desc(1, &channels, dnnl_a, &vector));
    GRAFT_TRY(graft_dnn_op_constant(engine, op, DNNL_ARG_SCALE, &vector, &vector, scale));
    return graft_dnn_op_constant(engine, op, DNNL_ARG_SHIFT, &vector, &vector, shift);
}

graft_status graft_dnn_layernorm_new(graft_dnn_engine *engine, const graft_dnn_layout *source, double epsilon,
                                     const float *scale, const float *shift, graft_dnn_op **out) {
    const int64_t *dims = source->desc.dims;
    const int64_t flat[2] = {dims[0] * dims[2] * dims[3], dims[1]}; /* samples and cells; channels */
    dnnl_memory_desc_t rows;
    dnnl_primitive_desc_t desc;
    graft_dnn_op *op;
    GRAFT_TRY(graft_dnn_desc(2, flat, dnnl_ab, &rows));
    GRAFT_TRY(primitive_desc(engine, &rows, epsilon, &desc));
    GRAFT_TRY(graft_dnn_op_build("layer normalization", desc, 1, &op));
    op->sources[0] = (graft_dnn_source){DNNL_ARG_SRC, {rows}};
    op->destination = *source;
    graft_status status = add_constants(engine, op, dims[1], scale, shift);
    if (status != GRAFT_OK) {
        graft_dnn_op_free(op);
        return status;
    }
    *out = op;
    return GRAFT_OK;
}
