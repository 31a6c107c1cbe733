#include "dnn/rows.h"
#include "nn/ops/ops.h"
#include "nn/plan-internal.h"
#include "nn/train/train-internal.h"

typedef graft_embedding_attributes embedding;

static const graft_option attributes[] = {
    GRAFT_ATTRIBUTE_INT(embedding, "rows", rows, NULL, 1, GRAFT_MAX_DIMENSION, "different numbers: 0 to rows-1"),
    GRAFT_ATTRIBUTE_INT(embedding, "units", units, NULL, 1, GRAFT_MAX_DIMENSION, "length of a row"),
    GRAFT_OPTION_END,
};

static graft_status infer(const graft_node *node, const graft_shape *inputs, graft_shape *output) {
    const embedding *a = node->attributes;
    char text[GRAFT_SHAPE_TEXT];
    if (inputs[0].rank != 3 || inputs[0].dim[0] != 1 || inputs[0].dim[1] != 1)
        return graft_fail(GRAFT_E_DATA, "input %s, expected whole numbers: 1 x 1 x steps",
                          graft_shape_text(&inputs[0], text));
    *output = GRAFT_SHAPE(a->units, 1, inputs[0].dim[2]);
    return GRAFT_OK;
}

static graft_status params(graft_node *node, const graft_shape *inputs) {
    const embedding *a = node->attributes;
    const graft_shape table = GRAFT_SHAPE(a->rows, a->units);
    (void)inputs;
    return graft_node_declare(node, "table", &table);
}

static graft_status prepare(graft_plan_builder *builder, int node) {
    const graft_node *at = graft_builder_node(builder, node)->node;
    const embedding *a = at->attributes;
    graft_plan_value input;
    graft_dnn_op *op;
    GRAFT_TRY(graft_builder_plain(builder, node, graft_builder_input(builder, node, 0), &input));
    const graft_dnn_shape shape = graft_dnn_layout_shape(input.layout);
    const graft_dnn_lookup lookup = {shape.dim[0], shape.dim[3], a->rows, a->units};
    GRAFT_TRY(graft_dnn_lookup_new(&lookup, graft_tensor_f32(graft_node_param(at, "table")->value), &op));
    return graft_builder_finish(builder, node, op, &input, -1);
}

const graft_op graft_op_embedding = {
    .name = "embedding",
    .help = "a learnt row for each whole number",
    .attribute_size = sizeof(embedding),
    .attributes = attributes,
    .min_inputs = 1,
    .max_inputs = 1,
    .infer = infer,
    .params = params,
    .prepare = prepare,
    .train_forward = graft_train_forward_embedding,
    .train_backward = graft_train_backward_embedding,
};
