/* BatchNorm (in inference) or a scale and shift after a convolution becomes part of its weights. */
#include "nn/passes/passes.h"

graft_status graft_pass_scale_shift_after(graft_plan_builder *builder, int node, bool *changed) {
    const graft_node *n = builder->nodes[node].node;
    if (n->op != &graft_op_batchnorm && n->op != &graft_op_scale_shift) return GRAFT_OK;
    const int host = graft_builder_producer(builder, node, 0);
    graft_affine *after = &builder->nodes[host].after;
    if (!graft_has_weights(builder, host) || !graft_only_reader(builder, host) ||
        builder->nodes[host].posts.count > 0 || builder->nodes[host].addend >= 0)
        return GRAFT_OK;
    graft_affine affine;
    GRAFT_TRY(graft_affine_of(n, &affine));
    if (after->scale != NULL)
        for (int64_t c = 0; c < n->output.dim[0]; c++) {
            affine.shift[c] += affine.scale[c] * after->shift[c];
            affine.scale[c] *= after->scale[c];
        }
    graft_affine_free(after);
    *after = affine;
    *changed = true;
    return graft_builder_fold(builder, node, host, n->op->name);
}
