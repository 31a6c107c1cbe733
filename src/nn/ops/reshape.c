#include "nn/ops/ops.h"
#include "nn/plan-internal.h"
#include "nn/train/train-internal.h"

typedef graft_reshape_attributes reshape;

static const graft_option attributes[] = {
    GRAFT_ATTRIBUTE_INTS(reshape, "shape", shape, 4, NULL, -1, GRAFT_MAX_DIMENSION,
                         "the new dimensions, -1 for what is left; the rest 0"),
    GRAFT_ATTRIBUTE_INT(reshape, "rank", rank, "1", 1, 4, "how many of them count"),
    GRAFT_ATTRIBUTE_ENUM(reshape, "order", order, "chw", GRAFT_FLATTEN_CHOICES,
                         "the order of the dimensions and of the elements"),
    GRAFT_OPTION_END,
};

static graft_status infer(const graft_node *node, const graft_shape *inputs, graft_shape *output) {
    const reshape *a = node->attributes;
    if (a->rank != 1 && a->rank != 3)
        return graft_fail(GRAFT_E_DATA, "%lld dimensions, expected 1 or 3", (long long)a->rank);
    int64_t total = graft_shape_count(&inputs[0]), known = 1;
    int open = -1;
    graft_shape shape = graft_shape_make((int)a->rank, a->shape);
    for (int i = 0; i < shape.rank; i++) {
        if (shape.dim[i] > 0 && known <= GRAFT_MAX_ELEMENTS)
            known *= shape.dim[i];
        else if (shape.dim[i] == -1 && open < 0)
            open = i;
        else
            known = 0;
    }
    if (open >= 0 && known > 0) {
        shape.dim[open] = total / known;
        known *= shape.dim[open];
    }
    if (known != total) {
        char text[GRAFT_SHAPE_TEXT];
        return graft_fail(GRAFT_E_DATA, "input %s of %lld elements, expected as many as the new shape has (%lld)",
                          graft_shape_text(&inputs[0], text), (long long)total, (long long)known);
    }
    *output = shape;
    if (shape.rank == 3 && a->order == 1) *output = GRAFT_SHAPE(shape.dim[2], shape.dim[0], shape.dim[1]);
    return GRAFT_OK;
}

static graft_status prepare(graft_plan_builder *builder, int node) {
    const graft_plan_node *planned = graft_builder_node(builder, node);
    const reshape *a = planned->node->attributes;
    const graft_dnn_shape shape = graft_builder_shape(builder, &planned->node->output);
    const bool channels_last = a->order == 1;
    graft_plan_value value;
    GRAFT_TRY(graft_prepare_flat(builder, node, channels_last, &value));
    if (shape.dim[2] * shape.dim[3] > 1) {
        graft_dnn_layout *layout;
        GRAFT_TRY(graft_builder_plain(builder, node, value, &value));
        GRAFT_TRY(channels_last ? graft_dnn_layout_channels_last(&shape, &layout)
                                : graft_dnn_layout_plain(&shape, &layout));
        GRAFT_TRY(graft_builder_view(builder, value, layout, &value));
    }
    graft_builder_set(builder, node, value);
    return GRAFT_OK;
}

const graft_op graft_op_reshape = {
    .name = "reshape",
    .help = "the same elements in another shape",
    .attribute_size = sizeof(reshape),
    .attributes = attributes,
    .min_inputs = 1,
    .max_inputs = 1,
    .infer = infer,
    .prepare = prepare,
    .train_forward = graft_train_forward_reshape,
    .train_backward = graft_train_backward_reshape,
};
