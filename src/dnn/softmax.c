#include "dnn/dnn-internal.h"

static graft_status primitive_desc(graft_dnn_engine *engine, const graft_dnn_layout *source, int axis,
                                   dnnl_primitive_desc_t *out) {
    dnnl_softmax_v2_desc_t desc;
    GRAFT_TRY(graft_dnn_check(dnnl_softmax_v2_forward_desc_init(&desc, dnnl_forward_inference, dnnl_softmax_accurate,
                                                                &source->desc, &source->desc, axis),
                              "softmax"));
    return graft_dnn_primitive_desc(engine, &desc, NULL, "softmax", out);
}

graft_status graft_dnn_softmax_new(graft_dnn_engine *engine, const graft_dnn_layout *source, int axis,
                                   graft_dnn_op **out) {
    dnnl_primitive_desc_t desc;
    graft_dnn_op *op;
    GRAFT_TRY(primitive_desc(engine, source, axis, &desc));
    GRAFT_TRY(graft_dnn_op_build("softmax", desc, 1, &op));
    op->sources[0] = (graft_dnn_source){DNNL_ARG_SRC, *source};
    *out = op;
    return GRAFT_OK;
}
