#include "nn/ops/ops.h"
#include "nn/plan-internal.h"
#include "nn/train/train-internal.h"

static const graft_option attributes[] = {
    GRAFT_ATTRIBUTE_REAL(graft_dropout_attributes, "rate", rate, "0.5", 0.0, 1.0, "share set to zero in training"),
    GRAFT_OPTION_END,
};

static graft_status prepare(graft_plan_builder *builder, int node) {
    graft_builder_set(builder, node, graft_builder_input(builder, node, 0));
    return GRAFT_OK;
}

const graft_op graft_op_dropout = {
    .name = "dropout",
    .help = "passes its input on; in training a random share is zero (Srivastava et al. 2014)",
    .attribute_size = sizeof(graft_dropout_attributes),
    .attributes = attributes,
    .min_inputs = 1,
    .max_inputs = 1,
    .infer = graft_infer_same,
    .prepare = prepare,
    .train_forward = graft_train_forward_dropout,
    .train_backward = graft_train_backward_dropout,
};
