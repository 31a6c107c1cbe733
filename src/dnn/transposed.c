#include "dnn/dnn-internal.h"

typedef struct descriptors {
    dnnl_memory_desc_t source, weights, canonical, bias, destination;
} descriptors;

static graft_status describe(const graft_dnn_convolution *convolution, descriptors *out) {
    const int64_t input = convolution->source->desc.dims[1], output = convolution->destination.dim[1];
    const int64_t groups = convolution->groups;
    const int64_t dims[5] = {groups, output / groups, input / groups, convolution->kernel[0], convolution->kernel[1]};
    const int skip = groups == 1;
    GRAFT_TRY(graft_dnn_desc(4, convolution->source->desc.dims, dnnl_format_tag_any, &out->source));
    GRAFT_TRY(graft_dnn_desc(5 - skip, dims + skip, dnnl_format_tag_any, &out->weights));
    GRAFT_TRY(graft_dnn_desc(5 - skip, dims + skip, skip ? dnnl_oihw : dnnl_goihw, &out->canonical));
    GRAFT_TRY(graft_dnn_desc(1, &output, dnnl_a, &out->bias));
    return graft_dnn_desc(4, convolution->destination.dim, dnnl_format_tag_any, &out->destination);
}

static graft_status primitive_desc(graft_dnn_engine *engine, const graft_dnn_convolution *convolution,
                                   const descriptors *d, dnnl_primitive_desc_t *out) {
    const dnnl_dims_t strides = {convolution->strides[0], convolution->strides[1]};
    const dnnl_dims_t dilates = {convolution->dilations[0] - 1, convolution->dilations[1] - 1};
    const dnnl_dims_t before = {convolution->padding[0], convolution->padding[2]};
    const dnnl_dims_t after = {convolution->padding[1], convolution->padding[3]};
    dnnl_deconvolution_desc_t desc;
    GRAFT_TRY(graft_dnn_check(dnnl_dilated_deconvolution_forward_desc_init(
                                  &desc, dnnl_forward_inference, dnnl_deconvolution_direct, &d->source, &d->weights,
                                  convolution->bias == NULL ? NULL : &d->bias, &d->destination, strides, dilates,
                                  before, after),
                              "transposed convolution"));
    return graft_dnn_primitive_desc(engine, &desc, &convolution->posts, "transposed convolution", out);
}

graft_status graft_dnn_transposed_new(graft_dnn_engine *engine, const graft_dnn_convolution *convolution,
                                      graft_dnn_op **out) {
    descriptors d;
    dnnl_primitive_desc_t desc;
    graft_dnn_op *op;
    GRAFT_TRY(describe(convolution, &d));
    GRAFT_TRY(primitive_desc(engine, convolution, &d, &desc));
    const dnnl_memory_desc_t source = *dnnl_primitive_desc_query_md(desc, dnnl_query_src_md, 0);
    const dnnl_memory_desc_t packed = *dnnl_primitive_desc_query_md(desc, dnnl_query_weights_md, 0);
    GRAFT_TRY(graft_dnn_op_build("transposed convolution", desc, 1, &op));
    op->sources[0] = (graft_dnn_source){DNNL_ARG_SRC, {source}};
    graft_status status =
        graft_dnn_op_constant(engine, op, DNNL_ARG_WEIGHTS, &packed, &d.canonical, convolution->weights);
    if (status == GRAFT_OK && convolution->bias != NULL)
        status = graft_dnn_op_constant(engine, op, DNNL_ARG_BIAS, &d.bias, &d.bias, convolution->bias);
    if (status != GRAFT_OK) {
        graft_dnn_op_free(op);
        return status;
    }
    *out = op;
    return GRAFT_OK;
}
