/* What maxpool2d and avgpool2d share. */
#include "nn/ops/ops.h"
#include "nn/plan-internal.h"

typedef graft_pool_attributes pool;

const graft_option graft_pool_attribute_table[] = {
    GRAFT_ATTRIBUTE_INTS(pool, "size", size, 2, NULL, 1, GRAFT_MAX_DIMENSION, "height and width of the window"),
    GRAFT_ATTRIBUTE_INTS(pool, "strides", strides, 2, "1,1", 1, GRAFT_MAX_DIMENSION, "step down and to the right"),
    GRAFT_ATTRIBUTE_INTS(pool, "padding", padding, 4, "0,0,0,0", 0, GRAFT_MAX_WINDOW,
                         "cells above, below, left, right"),
    GRAFT_ATTRIBUTE_FLAG(pool, "same", same, NULL, "pad as TensorFlow's \"same\" does"),
    GRAFT_ATTRIBUTE_FLAG(pool, "count-padding", count_padding, NULL, "padded cells count in averages"),
    GRAFT_OPTION_END,
};

static graft_window window_of(const graft_node *node) {
    const pool *a = node->attributes;
    return (graft_window){a->size, a->strides, NULL, a->padding, a->same};
}

void graft_pool_padding(const graft_node *node, const graft_shape *input, int64_t out[4]) {
    graft_window window = window_of(node);
    graft_window_padding(&window, input, out);
}

graft_status graft_infer_pool(const graft_node *node, const graft_shape *inputs, graft_shape *output) {
    const pool *a = node->attributes;
    /* A window that lies in the padding alone has no maximum and no average. */
    for (int side = 0; side < 4; side++)
        if (a->padding[side] >= a->size[side / 2])
            return graft_fail(GRAFT_E_DATA, "padding %lld for a window of %lld, expected less than the window",
                              (long long)a->padding[side], (long long)a->size[side / 2]);
    graft_window window = window_of(node);
    return graft_window_infer(&window, &inputs[0], inputs[0].dim[0], output);
}

graft_status graft_prepare_pool(graft_plan_builder *builder, int node, graft_dnn_pooling_kind kind) {
    const graft_plan_node *planned = graft_builder_node(builder, node);
    const pool *a = planned->node->attributes;
    const graft_plan_value input = graft_builder_input(builder, node, 0);
    graft_dnn_pooling pooling = {.source = input.layout,
                                 .destination = graft_builder_shape(builder, &planned->node->output),
                                 .size = {a->size[0], a->size[1]},
                                 .strides = {a->strides[0], a->strides[1]},
                                 .kind = kind};
    graft_dnn_op *op;
    graft_pool_padding(planned->node, &graft_graph_node(builder->graph, planned->node->inputs[0])->output,
                       pooling.padding);
    for (int side = 0; side < 4; side++)
        pooling.padding[side] += planned->padding[side];
    GRAFT_TRY(graft_dnn_pooling_new(builder->plan->engine, &pooling, &op));
    return graft_builder_finish(builder, node, op, &input, -1);
}
