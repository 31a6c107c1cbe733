/* The sum of a convolution's output and a value computed before it is done by the convolution as it stores. */
#include "nn/passes/passes.h"

graft_status graft_pass_residual(graft_plan_builder *builder, int node, bool *changed) {
    const graft_node *n = builder->nodes[node].node;
    if (n->op != &graft_op_add || n->input_count != 2) return GRAFT_OK;
    const int a = graft_builder_producer(builder, node, 0), b = graft_builder_producer(builder, node, 1);
    const int host = a > b ? a : b, addend = a > b ? b : a;
    graft_plan_node *planned = &builder->nodes[host];
    if (a == b || !graft_has_weights(builder, host) || !graft_only_reader(builder, host) || planned->addend >= 0 ||
        planned->posts.count == GRAFT_DNN_MAX_POSTS ||
        !graft_shape_equal(&planned->node->output, &builder->nodes[addend].node->output))
        return GRAFT_OK;
    planned->addend = addend;
    planned->posts.item[planned->posts.count++].kind = GRAFT_DNN_POST_ADD;
    *changed = true;
    return graft_builder_fold(builder, node, host, n->op->name);
}
