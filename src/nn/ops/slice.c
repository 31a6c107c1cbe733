#include "dnn/rows.h"
#include "nn/ops/ops.h"
#include "nn/plan-internal.h"
#include "nn/train/train-internal.h"

typedef graft_slice_attributes slice;

static const graft_option attributes[] = {
    GRAFT_ATTRIBUTE_INT(slice, "axis", axis, "0", 0, 2, "of channels, height, width"),
    GRAFT_ATTRIBUTE_INT(slice, "begin", begin, "0", 0, GRAFT_MAX_DIMENSION, "first row"),
    GRAFT_ATTRIBUTE_INT(slice, "length", length, NULL, 1, GRAFT_MAX_DIMENSION, "rows"),
    GRAFT_OPTION_END,
};

static graft_status infer(const graft_node *node, const graft_shape *inputs, graft_shape *output) {
    const slice *a = node->attributes;
    char text[GRAFT_SHAPE_TEXT];
    if (a->axis >= inputs[0].rank || a->begin + a->length > inputs[0].dim[a->axis])
        return graft_fail(GRAFT_E_DATA, "rows %lld to %lld of axis %lld of %s, expected rows that are there",
                          (long long)a->begin, (long long)(a->begin + a->length - 1), (long long)a->axis,
                          graft_shape_text(&inputs[0], text));
    *output = inputs[0];
    output->dim[a->axis] = a->length;
    return GRAFT_OK;
}

static graft_status prepare(graft_plan_builder *builder, int node) {
    const slice *a = graft_builder_node(builder, node)->node->attributes;
    graft_plan_value input;
    graft_dnn_op *op;
    GRAFT_TRY(graft_builder_plain(builder, node, graft_builder_input(builder, node, 0), &input));
    const graft_dnn_shape shape = graft_dnn_layout_shape(input.layout);
    GRAFT_TRY(graft_dnn_part_new(&shape, 1 + (int)a->axis, a->begin, a->length, &op));
    return graft_builder_finish(builder, node, op, &input, -1);
}

const graft_op graft_op_slice = {
    .name = "slice",
    .help = "some rows of one axis",
    .attribute_size = sizeof(slice),
    .attributes = attributes,
    .min_inputs = 1,
    .max_inputs = 1,
    .infer = infer,
    .prepare = prepare,
    .train_forward = graft_train_forward_slice,
    .train_backward = graft_train_backward_slice,
};
