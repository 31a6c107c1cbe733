#include "nn/ops/ops.h"
#include "nn/plan-internal.h"
#include "nn/train/train-internal.h"

typedef graft_upsample_attributes upsample;

static const graft_option attributes[] = {
    GRAFT_ATTRIBUTE_INTS(upsample, "size", size, 2, "2,2", 1, GRAFT_MAX_WINDOW, "factors of height and width"),
    GRAFT_ATTRIBUTE_ENUM(upsample, "interpolation", interpolation, "nearest", GRAFT_UPSAMPLE_CHOICES,
                         "how cells between are found"),
    GRAFT_OPTION_END,
};

static graft_status infer(const graft_node *node, const graft_shape *inputs, graft_shape *output) {
    const upsample *a = node->attributes;
    GRAFT_TRY(graft_need_rank(&inputs[0], 3));
    *output = GRAFT_SHAPE(inputs[0].dim[0], inputs[0].dim[1] * a->size[0], inputs[0].dim[2] * a->size[1]);
    return GRAFT_OK;
}

static graft_status prepare(graft_plan_builder *builder, int node) {
    const graft_node *at = graft_builder_node(builder, node)->node;
    const upsample *a = at->attributes;
    const graft_plan_value input = graft_builder_input(builder, node, 0);
    const graft_dnn_shape shape = graft_builder_shape(builder, &at->output);
    graft_dnn_op *op;
    GRAFT_TRY(graft_dnn_resampling_new(builder->plan->engine, input.layout, &shape, a->interpolation == 1, &op));
    return graft_builder_finish(builder, node, op, &input, -1);
}

const graft_op graft_op_upsample2d = {
    .name = "upsample2d",
    .help = "height and width times whole numbers",
    .attribute_size = sizeof(upsample),
    .attributes = attributes,
    .min_inputs = 1,
    .max_inputs = 1,
    .infer = infer,
    .prepare = prepare,
    .train_forward = graft_train_forward_upsample2d,
    .train_backward = graft_train_backward_upsample2d,
};
