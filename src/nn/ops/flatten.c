#include "nn/ops/ops.h"
#include "nn/plan-internal.h"
#include "nn/train/train-internal.h"

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

graft_status graft_prepare_flat(graft_plan_builder *builder, int node, bool channels_last, graft_plan_value *out) {
    const graft_plan_value input = graft_builder_input(builder, node, 0);
    const graft_dnn_shape shape = graft_dnn_layout_shape(input.layout);
    graft_dnn_layout *flat;
    graft_dnn_op *op;
    *out = input;
    if (shape.dim[2] * shape.dim[3] == 1) return GRAFT_OK;
    GRAFT_TRY(graft_dnn_layout_flattened(input.layout, channels_last, &flat));
    if (flat != NULL) return graft_builder_view(builder, input, flat, out);
    if (channels_last) {
        GRAFT_TRY(graft_dnn_flatten_channels_last_new(builder->plan->engine, input.layout, &op));
        return graft_builder_emit(builder, node, NULL, op, &input, -1, out);
    }
    graft_plan_value plain;
    GRAFT_TRY(graft_builder_plain(builder, node, input, &plain));
    GRAFT_TRY(graft_dnn_layout_flattened(plain.layout, false, &flat));
    return graft_builder_view(builder, plain, flat, out);
}

static graft_status prepare(graft_plan_builder *builder, int node) {
    const graft_flatten_attributes *a = graft_builder_node(builder, node)->node->attributes;
    graft_plan_value value;
    GRAFT_TRY(graft_prepare_flat(builder, node, a->order == 1, &value));
    graft_builder_set(builder, node, value);
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
    .prepare = prepare,
    .train_forward = graft_train_forward_flatten,
    .train_backward = graft_train_backward_flatten,
};
