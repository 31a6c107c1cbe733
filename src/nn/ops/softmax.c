#include "nn/ops/ops.h"

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

const graft_op graft_op_softmax = {
    .name = "softmax",
    .help = "exponentials over their sum along one axis",
    .attribute_size = sizeof(graft_softmax_attributes),
    .attributes = attributes,
    .min_inputs = 1,
    .max_inputs = 1,
    .infer = infer,
    .prepare = NULL,
};
