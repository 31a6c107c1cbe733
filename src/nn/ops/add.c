#include "nn/ops/ops.h"

const graft_op graft_op_add = {
    .name = "add",
    .help = "sum of the inputs, Cx1x1 spread over CxHxW",
    .min_inputs = 2,
    .max_inputs = -1,
    .infer = graft_infer_broadcast,
    .prepare = NULL,
};
