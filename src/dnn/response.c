#include "dnn/dnn-internal.h"

graft_status graft_dnn_response_new(graft_dnn_engine *engine, const graft_dnn_layout *source,
                                    const graft_dnn_response *response, graft_dnn_op **out) {
    dnnl_lrn_desc_t desc;
    dnnl_primitive_desc_t made;
    graft_dnn_op *op;
    GRAFT_TRY(graft_dnn_check(dnnl_lrn_forward_desc_init(&desc, dnnl_forward_inference, dnnl_lrn_across_channels,
                                                         &source->desc, response->size, (float)response->alpha,
                                                         (float)response->beta, (float)response->k),
                              "local response normalization"));
    GRAFT_TRY(graft_dnn_primitive_desc(engine, &desc, NULL, "local response normalization", &made));
    GRAFT_TRY(graft_dnn_op_build("local response normalization", made, 1, &op));
    op->sources[0] = (graft_dnn_source){DNNL_ARG_SRC, *source};
    *out = op;
    return GRAFT_OK;
}
