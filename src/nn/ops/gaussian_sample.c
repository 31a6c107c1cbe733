#include "nn/ops/ops.h"
#include "nn/plan-internal.h"
#include "nn/train/train-internal.h"

static const graft_option attributes[] = {
    GRAFT_ATTRIBUTE_REAL(graft_gaussian_sample_attributes, "deviation", deviation, "1", 0.0, 100.0,
                         "factor of the noise; 0 is the mean alone"),
    GRAFT_OPTION_END,
};

static graft_status infer(const graft_node *node, const graft_shape *inputs, graft_shape *output) {
    char mean[GRAFT_SHAPE_TEXT], log_variance[GRAFT_SHAPE_TEXT];
    (void)node;
    *output = inputs[0];
    if (graft_shape_equal(&inputs[0], &inputs[1])) return GRAFT_OK;
    return graft_fail(GRAFT_E_DATA, "a mean of %s beside a log-variance of %s, expected the same shape",
                      graft_shape_text(&inputs[0], mean), graft_shape_text(&inputs[1], log_variance));
}

static graft_status prepare(graft_plan_builder *builder, int node) {
    graft_builder_set(builder, node, graft_builder_input(builder, node, 0));
    return GRAFT_OK;
}

const graft_op graft_op_gaussian_sample = {
    .name = "gaussian_sample",
    .help = "passes on a mean; in training a draw of the Gaussian with that log-variance (Kingma and Welling 2014)",
    .attribute_size = sizeof(graft_gaussian_sample_attributes),
    .attributes = attributes,
    .min_inputs = 2,
    .max_inputs = 2,
    .infer = infer,
    .prepare = prepare,
    .train_forward = graft_train_forward_gaussian_sample,
    .train_backward = graft_train_backward_gaussian_sample,
};
