/* A scale and shift before a convolution becomes part of its weights: the scale always, a shift only where no zero
 * padding stands between them, for the padding is not shifted. */
#include "nn/passes/passes.h"

static bool is_padded(const graft_plan_builder *builder, int node) {
    const graft_plan_node *planned = &builder->nodes[node];
    int64_t padding[4] = {0};
    if (planned->node->op == &graft_op_conv2d)
        graft_conv2d_padding(planned->node, &graft_graph_node(builder->graph, planned->node->inputs[0])->output,
                             padding);
    for (int side = 0; side < 4; side++)
        if (padding[side] + planned->padding[side] > 0) return true;
    return false;
}

static bool is_zero(const double *values, int64_t count) {
    for (int64_t i = 0; i < count; i++)
        if (values[i] != 0.0) return false;
    return true;
}

graft_status graft_pass_scale_shift_before(graft_plan_builder *builder, int node, bool *changed) {
    graft_plan_node *planned = &builder->nodes[node];
    if (!graft_has_weights(builder, node) || planned->before.scale != NULL) return GRAFT_OK;
    const int affine_node = graft_builder_producer(builder, node, 0);
    const graft_node *n = builder->nodes[affine_node].node;
    if ((n->op != &graft_op_batchnorm && n->op != &graft_op_scale_shift) ||
        builder->nodes[affine_node].posts.count > 0 || !graft_only_reader(builder, affine_node))
        return GRAFT_OK;
    graft_affine affine;
    GRAFT_TRY(graft_affine_of(n, &affine));
    if (is_padded(builder, node) && !is_zero(affine.shift, n->output.dim[0])) {
        graft_affine_free(&affine);
        return GRAFT_OK;
    }
    planned->before = affine;
    planned->inputs[0] = graft_builder_producer(builder, affine_node, 0);
    *changed = true;
    return graft_builder_label(builder, node, n->op->name, true);
}
