/* Nodes that compute their input are dropped. */
#include "nn/passes/passes.h"

static bool is_identity(const graft_node *node) {
    if (node->op == &graft_op_dropout) return true;
    if (node->op != &graft_op_activation) return false;
    const graft_activation_attributes *a = node->attributes;
    return a->kind == GRAFT_ACT_LINEAR;
}

graft_status graft_pass_identity(graft_plan_builder *builder, int node, bool *changed) {
    if (!is_identity(builder->nodes[node].node)) return GRAFT_OK;
    *changed = true;
    return graft_builder_fold(builder, node, graft_builder_producer(builder, node, 0), NULL);
}
