#include "nn/ops/ops.h"
#include "nn/plan-internal.h"
#include "nn/train/train-internal.h"

static const graft_option attributes[] = {
    GRAFT_ATTRIBUTE_INTS(graft_pad_attributes, "padding", padding, 4, "0,0,0,0", 0, GRAFT_MAX_WINDOW,
                         "zeros above, below, left, right"),
    GRAFT_OPTION_END,
};

static graft_status infer(const graft_node *node, const graft_shape *inputs, graft_shape *output) {
    const graft_pad_attributes *a = node->attributes;
    GRAFT_TRY(graft_need_rank(&inputs[0], 3));
    *output = inputs[0];
    output->dim[1] += a->padding[0] + a->padding[1];
    output->dim[2] += a->padding[2] + a->padding[3];
    return GRAFT_OK;
}

static graft_status prepare(graft_plan_builder *builder, int node) {
    const graft_pad_attributes *a = graft_builder_node(builder, node)->node->attributes;
    const graft_plan_value input = graft_builder_input(builder, node, 0);
    graft_dnn_op *op;
    GRAFT_TRY(graft_dnn_pad_new(builder->plan->engine, input.layout, a->padding, &op));
    return graft_builder_finish(builder, node, op, &input, -1);
}

const graft_op graft_op_zeropad2d = {
    .name = "zeropad2d",
    .help = "zeros around height and width",
    .attribute_size = sizeof(graft_pad_attributes),
    .attributes = attributes,
    .min_inputs = 1,
    .max_inputs = 1,
    .infer = infer,
    .prepare = prepare,
    .train_forward = graft_train_forward_zeropad2d,
    .train_backward = graft_train_backward_zeropad2d,
};
