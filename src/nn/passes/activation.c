/* An activation is computed by the node before it as it stores. */
#include "nn/passes/passes.h"

/* Whether the node's primitive can apply `posts`. */
static bool takes(const graft_plan_builder *builder, int host, const graft_dnn_posts *posts) {
    const graft_op *op = builder->nodes[host].node->op;
    if (op == &graft_op_batchnorm || op == &graft_op_scale_shift)
        return posts->count == 1 && posts->item[0].function == GRAFT_DNN_RELU && posts->item[0].alpha == 0.0F;
    return graft_has_weights(builder, host) || op == &graft_op_add || op == &graft_op_multiply;
}

graft_status graft_pass_activation(graft_plan_builder *builder, int node, bool *changed) {
    const graft_node *n = builder->nodes[node].node;
    if (n->op != &graft_op_activation) return GRAFT_OK;
    const int host = graft_builder_producer(builder, node, 0);
    graft_dnn_posts posts = builder->nodes[host].posts;
    if (!graft_only_reader(builder, host) || !graft_activation_posts(n->attributes, &posts) ||
        !takes(builder, host, &posts))
        return GRAFT_OK;
    builder->nodes[host].posts = posts;
    char kind[32];
    GRAFT_TRY(graft_option_get(graft_option_find(n->op->attributes, "kind"), n->attributes, kind, sizeof kind));
    *changed = true;
    return graft_builder_fold(builder, node, host, kind);
}
