#include "nn/ops/ops.h"
#include "nn/plan-internal.h"
#include "nn/train/train-internal.h"

static graft_status prepare(graft_plan_builder *builder, int node) {
    return graft_prepare_broadcast(builder, node, GRAFT_DNN_MULTIPLY);
}

const graft_op graft_op_multiply = {
    .name = "multiply",
    .help = "product of the inputs, Cx1x1 spread over CxHxW",
    .min_inputs = 2,
    .max_inputs = -1,
    .infer = graft_infer_broadcast,
    .prepare = prepare,
    .train_forward = graft_train_forward_multiply,
    .train_backward = graft_train_backward_multiply,
};
