#include "dnn/dnn-internal.h"

graft_status graft_dnn_resampling_new(graft_dnn_engine *engine, const graft_dnn_layout *source,
                                      const graft_dnn_shape *destination, bool bilinear, graft_dnn_op **out) {
    dnnl_primitive_desc_t desc;
    graft_dnn_op *op;
    GRAFT_TRY(graft_dnn_resampling_desc(engine, source, destination, bilinear, &desc));
    GRAFT_TRY(graft_dnn_op_build("resampling", desc, 1, &op));
    op->sources[0] = (graft_dnn_source){DNNL_ARG_SRC, *source};
    *out = op;
    return GRAFT_OK;
}
