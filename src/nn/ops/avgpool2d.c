#include "nn/ops/ops.h"
#include "nn/plan-internal.h"
#include "nn/train/train-internal.h"

/* Padding that was a node of its own counts as cells. */
static graft_status prepare(graft_plan_builder *builder, int node) {
    const graft_plan_node *planned = graft_builder_node(builder, node);
    const graft_pool_attributes *a = planned->node->attributes;
    bool counts = a->count_padding;
    for (int side = 0; side < 4; side++)
        counts |= planned->padding[side] > 0;
    return graft_prepare_pool(builder, node, counts ? GRAFT_DNN_AVERAGE_PADDED : GRAFT_DNN_AVERAGE);
}

const graft_op graft_op_avgpool2d = {
    .name = "avgpool2d",
    .help = "mean of each window",
    .attribute_size = sizeof(graft_pool_attributes),
    .attributes = graft_pool_attribute_table,
    .min_inputs = 1,
    .max_inputs = 1,
    .infer = graft_infer_pool,
    .prepare = prepare,
    .train_forward = graft_train_forward_pool,
    .train_backward = graft_train_backward_pool,
};
