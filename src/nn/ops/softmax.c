#include "nn/ops/ops.h"
#include "nn/plan-internal.h"
#include "nn/train/train-internal.h"

static const graft_option attributes[] = {
    GRAFT_ATTRIBUTE_INT(graft_softmax_attributes, "axis", axis, "0", 0, 2, "of channels, height, width"),
    GRAFT_OPTION_END,
};

static graft_status infer(const graft_node *node, const graft_shape *inputs, graft_shape *output) {
    const graft_softmax_attributes *a = node->attributes;
    *output = inputs[0];
    if (a->axis < inputs[0].rank) return GRAFT_OK;
    char text[GRAFT_SHAPE_TEXT];
    return graft_fail(GRAFT_E_DATA, "axis %lld, expected one of the %d of the input %s", (long long)a->axis,
                      inputs[0].rank, graft_shape_text(&inputs[0], text));
}

static graft_status prepare(graft_plan_builder *builder, int node) {
    const graft_softmax_attributes *a = graft_builder_node(builder, node)->node->attributes;
    graft_plan_value input;
    graft_dnn_op *op;
    GRAFT_TRY(graft_builder_plain(builder, node, graft_builder_input(builder, node, 0), &input));
    GRAFT_TRY(graft_dnn_softmax_new(builder->plan->engine, input.layout, 1 + (int)a->axis, &op));
    return graft_builder_finish(builder, node, op, &input, graft_builder_dies(builder, input, node) ? 0 : -1);
}

const graft_op graft_op_softmax = {
    .name = "softmax",
    .help = "exponentials over their sum along one axis",
    .attribute_size = sizeof(graft_softmax_attributes),
    .attributes = attributes,
    .min_inputs = 1,
    .max_inputs = 1,
    .infer = infer,
    .prepare = prepare,
    .train_forward = graft_train_forward_softmax,
    .train_backward = graft_train_backward_softmax,
};
