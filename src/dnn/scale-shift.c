#include "dnn/dnn-internal.h"

/* BatchNorm with mean 0, variance 0 and epsilon 1 is y = x * scale + shift in every layout. Epsilon 0 and variance 1
 * would not do: kernels take the variance for 0 in the channels that fill up the last block. */
static graft_status primitive_desc(graft_dnn_engine *engine, const graft_dnn_layout *source,
                                   const graft_dnn_posts *posts, dnnl_primitive_desc_t *out) {
    const unsigned flags = dnnl_use_global_stats | dnnl_use_scale | dnnl_use_shift;
    dnnl_batch_normalization_desc_t desc;
    GRAFT_TRY(graft_dnn_check(
        dnnl_batch_normalization_forward_desc_init(&desc, dnnl_forward_inference, &source->desc, 1.0F, flags),
        "scale and shift"));
    return graft_dnn_primitive_desc(engine, &desc, posts, "scale and shift", out);
}

static graft_status add_constants(graft_dnn_engine *engine, graft_dnn_op *op, const float *scale, const float *shift) {
    const int64_t channels = op->destination.desc.dims[1];
    dnnl_memory_desc_t vector;
    GRAFT_TRY(graft_dnn_desc(1, &channels, dnnl_a, &vector));
    float *zeros = graft_allocate_zero((size_t)channels, sizeof *zeros);
    if (zeros == NULL) return graft_fail_memory(op->what);
    graft_status status;
    GRAFT_TRY_TO(done, status, graft_dnn_op_constant(engine, op, DNNL_ARG_MEAN, &vector, &vector, zeros));
    GRAFT_TRY_TO(done, status, graft_dnn_op_constant(engine, op, DNNL_ARG_VARIANCE, &vector, &vector, zeros));
    GRAFT_TRY_TO(done, status, graft_dnn_op_constant(engine, op, DNNL_ARG_SCALE, &vector, &vector, scale));
    GRAFT_TRY_TO(done, status, graft_dnn_op_constant(engine, op, DNNL_ARG_SHIFT, &vector, &vector, shift));
done:
    graft_release(zeros);
    return status;
}

graft_status graft_dnn_scale_shift_new(graft_dnn_engine *engine, const graft_dnn_layout *source, const float *scale,
                                       const float *shift, const graft_dnn_posts *posts, graft_dnn_op **out) {
    dnnl_primitive_desc_t desc;
    graft_dnn_op *op;
    GRAFT_TRY(primitive_desc(engine, source, posts, &desc));
    GRAFT_TRY(graft_dnn_op_build("scale and shift", desc, 1, &op));
    op->sources[0] = (graft_dnn_source){DNNL_ARG_SRC, *source};
    graft_status status = add_constants(engine, op, scale, shift);
    if (status != GRAFT_OK) {
        graft_dnn_op_free(op);
        return status;
    }
    *out = op;
    return GRAFT_OK;
}
