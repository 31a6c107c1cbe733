#include "nn/ops/ops.h"
#include "nn/plan-internal.h"
#include "nn/train/train-internal.h"

static graft_status prepare(graft_plan_builder *builder, int node) {
    return graft_prepare_global_pool(builder, node, GRAFT_DNN_AVERAGE);
}

const graft_op graft_op_global_avgpool = {
    .name = "global_avgpool",
    .help = "mean of each channel",
    .attribute_size = sizeof(graft_global_pool_attributes),
    .attributes = graft_global_pool_attribute_table,
    .min_inputs = 1,
    .max_inputs = 1,
    .infer = graft_infer_global_pool,
    .prepare = prepare,
    .train_forward = graft_train_forward_pool,
    .train_backward = graft_train_backward_pool,
};
