/* What the files of this folder share. */
#ifndef GRAFT_SRC_NN_PASSES_PASSES_H
#define GRAFT_SRC_NN_PASSES_PASSES_H

#include "nn/ops/ops.h"
#include "nn/plan-internal.h"

#define GRAFT_PASS(name) graft_pass graft_pass_##name;
#include "nn/passes.def"
#undef GRAFT_PASS

static inline bool graft_node_is(const graft_plan_builder *builder, int node, const graft_op *op) {
    return builder->nodes[node].node->op == op;
}

/* A convolution or a dense node: something with weights to fold into. */
static inline bool graft_has_weights(const graft_plan_builder *builder, int node) {
    return graft_node_is(builder, node, &graft_op_conv2d) || graft_node_is(builder, node, &graft_op_dense);
}

/* `node` reads `host` and nobody else does: folding it in takes a value away from nobody. */
static inline bool graft_only_reader(const graft_plan_builder *builder, int host) {
    return graft_builder_readers(builder, host) == 1;
}

#endif
