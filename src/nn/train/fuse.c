/* What a convolution or a dense layer can do in one kernel: padding before it, a fixed affine map and an activation
 * after it. A frozen batchnorm thus costs nothing; gradients by the kernel are scaled as the kernel was. */
#include "nn/ops/ops.h"
#include "nn/train/train-internal.h"

static bool is_linear(const graft_trainer *trainer, int node) {
    return trainer->nodes[node].node->op->train_forward == graft_train_forward_linear;
}

int graft_trainer_sole_reader(const graft_trainer *trainer, int node) {
    int reader = -1;
    if (node == trainer->output || graft_trainer_is_tapped(trainer, node)) return -1;
    for (int i = node + 1; i < trainer->count; i++) {
        const graft_train_node *at = &trainer->nodes[i];
        for (int k = 0; at->needed && k < at->node->input_count; k++) {
            if (at->inputs[k] != node) continue;
            if (reader >= 0) return -1;
            reader = i;
        }
    }
    return reader;
}

static void fold_padding(graft_trainer *trainer, int node) {
    graft_train_node *at = &trainer->nodes[node];
    graft_train_node *before = &trainer->nodes[at->inputs[0]];
    if (at->node->op != &graft_op_conv2d || before->node->op != &graft_op_zeropad2d) return;
    if (graft_trainer_sole_reader(trainer, at->inputs[0]) != node) return;
    const graft_pad_attributes *a = before->node->attributes;
    for (int side = 0; side < 4; side++)
        at->padding[side] += a->padding[side];
    at->inputs[0] = before->inputs[0];
    before->needed = false;
}

static void fold_after(graft_trainer *trainer, int node) {
    graft_train_node *at = &trainer->nodes[node];
    int last = node, next = graft_trainer_sole_reader(trainer, node);
    if (next >= 0 && graft_trainer_is_fixed_affine(trainer, next)) {
        trainer->nodes[next].into = node;
        at->affine = last = next;
        next = graft_trainer_sole_reader(trainer, last);
    }
    if (next < 0 || trainer->nodes[next].node->op != &graft_op_activation ||
        !graft_activation_folds(trainer->nodes[next].node->attributes))
        return;
    trainer->nodes[next].into = node;
    at->activation = next;
}

void graft_trainer_fuse(graft_trainer *trainer) {
    for (int i = 0; i < trainer->count; i++) {
        if (!trainer->nodes[i].needed || !is_linear(trainer, i)) continue;
        fold_padding(trainer, i);
        fold_after(trainer, i);
    }
}
