#include "nn/ops/ops.h"

static graft_status params(graft_node *node, const graft_shape *inputs) {
    GRAFT_TRY(graft_declare_vector(node, "scale", inputs[0].dim[0]));
    return graft_declare_vector(node, "shift", inputs[0].dim[0]);
}

const graft_op graft_op_scale_shift = {
    .name = "scale_shift",
    .help = "a factor and an offset for each channel",
    .min_inputs = 1,
    .max_inputs = 1,
    .infer = graft_infer_same,
    .params = params,
    .prepare = NULL,
};
