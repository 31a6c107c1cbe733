#include "nn/ops/ops.h"
#include "nn/plan-internal.h"
#include "nn/train/train-internal.h"

static const graft_option attributes[] = {
    GRAFT_ATTRIBUTE_INTS(graft_input_attributes, "shape", shape, 4, NULL, 0, GRAFT_MAX_DIMENSION,
                         "channels, height, width of one sample, or its length; the rest 0"),
    GRAFT_ATTRIBUTE_INT(graft_input_attributes, "rank", rank, "3", 1, 4, "how many of them count"),
    GRAFT_OPTION_END,
};

static graft_status infer(const graft_node *node, const graft_shape *inputs, graft_shape *output) {
    (void)inputs;
    const graft_input_attributes *a = node->attributes;
    *output = graft_shape_make((int)a->rank, a->shape);
    return GRAFT_OK;
}

static graft_status prepare(graft_plan_builder *builder, int node) {
    return graft_builder_place_input(builder, node);
}

const graft_op graft_op_input = {
    .name = "input",
    .help = "the network's input",
    .attribute_size = sizeof(graft_input_attributes),
    .attributes = attributes,
    .min_inputs = 0,
    .max_inputs = 0,
    .infer = infer,
    .prepare = prepare,
    .train_forward = graft_train_forward_input,
    .train_backward = graft_train_backward_input,
};
