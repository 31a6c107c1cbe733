/* Zero padding becomes the padding of the convolution or pooling that reads it. */
#include "nn/passes/passes.h"

/* No value of the node is below 0. */
static bool is_nonnegative(const graft_plan_builder *builder, int node) {
    for (;;) {
        const graft_node *n = builder->nodes[node].node;
        if (n->op == &graft_op_activation) {
            const graft_activation_attributes *a = n->attributes;
            switch ((graft_activation_kind)a->kind) {
            case GRAFT_ACT_RELU:
                return a->alpha == 0.0 && a->threshold >= 0.0;
            case GRAFT_ACT_RELU6:
            case GRAFT_ACT_SIGMOID:
            case GRAFT_ACT_HARD_SIGMOID:
            case GRAFT_ACT_SOFTPLUS:
            case GRAFT_ACT_EXP:
                return true;
            case GRAFT_ACT_LINEAR:
                break;
            default:
                return false;
            }
        } else if (n->op != &graft_op_maxpool2d && n->op != &graft_op_avgpool2d && n->op != &graft_op_dropout &&
                   n->op != &graft_op_zeropad2d) {
            return false;
        }
        node = n->inputs[0];
    }
}

/* What a window of this node reaches over, and its padding so far. */
static bool window(const graft_plan_builder *builder, int node, int64_t reach[2], int64_t padding[4]) {
    const graft_plan_node *planned = &builder->nodes[node];
    const graft_node *n = planned->node;
    const graft_shape *input = n->input_count > 0 ? &graft_graph_node(builder->graph, n->inputs[0])->output : NULL;
    if (n->op == &graft_op_conv2d) {
        const graft_conv2d_attributes *a = n->attributes;
        graft_conv2d_padding(n, input, padding);
        for (int axis = 0; axis < 2; axis++)
            reach[axis] = (a->kernel[axis] - 1) * a->dilations[axis] + 1;
    } else if (n->op == &graft_op_maxpool2d || n->op == &graft_op_avgpool2d) {
        const graft_pool_attributes *a = n->attributes;
        graft_pool_padding(n, input, padding);
        for (int axis = 0; axis < 2; axis++)
            reach[axis] = a->size[axis];
    } else {
        return false;
    }
    for (int side = 0; side < 4; side++)
        padding[side] += planned->padding[side];
    return true;
}

/* Zeros are what the reader would take its own padding for. */
static bool is_exact(const graft_plan_builder *builder, int node, const int64_t padding[4]) {
    const graft_node *n = builder->nodes[node].node;
    if (n->op == &graft_op_conv2d) return true;
    if (n->op == &graft_op_maxpool2d) return is_nonnegative(builder, n->inputs[0]);
    const graft_pool_attributes *a = n->attributes;
    return a->count_padding || (padding[0] == 0 && padding[1] == 0 && padding[2] == 0 && padding[3] == 0);
}

graft_status graft_pass_padding(graft_plan_builder *builder, int node, bool *changed) {
    graft_plan_node *planned = &builder->nodes[node];
    int64_t reach[2], padding[4];
    if (!window(builder, node, reach, padding)) return GRAFT_OK;
    const int pad = graft_builder_producer(builder, node, 0);
    if (!graft_node_is(builder, pad, &graft_op_zeropad2d) || !is_exact(builder, node, padding)) return GRAFT_OK;
    const graft_pad_attributes *a = builder->nodes[pad].node->attributes;
    /* A window that lies in the padding alone is where the fast kernels end. */
    for (int side = 0; side < 4; side++)
        if (padding[side] + a->padding[side] >= reach[side / 2]) return GRAFT_OK;
    for (int side = 0; side < 4; side++)
        planned->padding[side] += a->padding[side];
    planned->inputs[0] = graft_builder_producer(builder, pad, 0);
    *changed = true;
    return graft_builder_label(builder, node, "zeropad2d", true);
}
