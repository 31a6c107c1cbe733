#include "nn/ops/ops.h"

static const graft_option attributes[] = {
    GRAFT_ATTRIBUTE_ENUM(graft_flatten_attributes, "order", order, "chw", GRAFT_FLATTEN_CHOICES,
                         "which axis the elements are counted along last"),
    GRAFT_OPTION_END,
};

static graft_status infer(const graft_node *node, const graft_shape *inputs, graft_shape *output) {
    (void)node;
    *output = GRAFT_SHAPE(graft_shape_count(&inputs[0]));
    return GRAFT_OK;
}

const graft_op graft_op_flatten = {
    .name = "flatten",
    .help = "all elements as one vector",
    .attribute_size = sizeof(graft_flatten_attributes),
    .attributes = attributes,
    .min_inputs = 1,
    .max_inputs = 1,
    .infer = infer,
    .prepare = NULL,
};
