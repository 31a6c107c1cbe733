/* What add and multiply share. */
#include "nn/ops/ops.h"
#include "nn/plan-internal.h"

static bool fits(const graft_shape *small, const graft_shape *large) {
    if (graft_shape_equal(small, large)) return true;
    return small->rank == 3 && large->rank == 3 && small->dim[0] == large->dim[0] && small->dim[1] == 1 &&
           small->dim[2] == 1;
}

graft_status graft_infer_broadcast(const graft_node *node, const graft_shape *inputs, graft_shape *output) {
    const graft_shape *largest = &inputs[0];
    for (int i = 1; i < node->input_count; i++)
        if (fits(largest, &inputs[i])) largest = &inputs[i];
    for (int i = 0; i < node->input_count; i++) {
        if (fits(&inputs[i], largest)) continue;
        char one[GRAFT_SHAPE_TEXT], other[GRAFT_SHAPE_TEXT];
        return graft_fail(GRAFT_E_DATA, "input %d is %s beside %s, expected equal shapes or Cx1x1 beside CxHxW", i,
                          graft_shape_text(&inputs[i], one), graft_shape_text(largest, other));
    }
    *output = *largest;
    return GRAFT_OK;
}

/* The first input that has the output's shape: the others are combined with it. */
static int largest(const graft_plan_builder *builder, const graft_node *node) {
    for (int k = 0; k < node->input_count; k++)
        if (graft_shape_equal(&graft_graph_node(builder->graph, node->inputs[k])->output, &node->output)) return k;
    return 0;
}

/* Another input reads the buffer too. */
static bool is_shared(const graft_plan_builder *builder, int node, int k, int count) {
    for (int other = 0; other < count; other++)
        if (other != k &&
            graft_builder_input(builder, node, other).buffer == graft_builder_input(builder, node, k).buffer)
            return true;
    return false;
}

graft_status graft_prepare_broadcast(graft_plan_builder *builder, int node, graft_dnn_binary_kind kind) {
    const graft_plan_node *planned = graft_builder_node(builder, node);
    const int count = planned->node->input_count, first = largest(builder, planned->node);
    const int last = first == count - 1 ? count - 2 : count - 1;
    const graft_dnn_posts none = {.count = 0};
    graft_plan_value operands[2] = {graft_builder_input(builder, node, first)};
    bool in_place = graft_builder_dies(builder, operands[0], node) && !is_shared(builder, node, first, count);
    for (int k = 0; k < count; k++) {
        if (k == first) continue;
        const graft_plan_value input = graft_builder_input(builder, node, k);
        const graft_dnn_shape shape = graft_dnn_layout_shape(input.layout);
        graft_dnn_layout *layout;
        GRAFT_TRY(graft_dnn_layout_like(operands[0].layout, &shape, &layout));
        GRAFT_TRY(graft_builder_keep(builder, layout));
        GRAFT_TRY(graft_builder_relayout(builder, node, input, layout, &operands[1]));
        GRAFT_TRY(graft_builder_binary(builder, node, kind, operands, k == last ? &planned->posts : &none, in_place,
                                       &operands[0]));
        in_place = true;
    }
    graft_builder_set(builder, node, operands[0]);
    return GRAFT_OK;
}
