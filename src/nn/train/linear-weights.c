/* Where kernels of convolutions, transposed convolutions and dense layers find their weights while these learn. */
#include "nn/train/train-internal.h"

bool graft_trainer_is_bare(const graft_train_node *at) {
    return at->affine < 0 && at->segments[graft_train_param_index(at->node, "kernel")] >= 0;
}

/* The kernel in the layout `layout`, packed by a step of its own right before it is read. */
static graft_status pack_here(graft_trainer *trainer, int node, const graft_dnn_layout *canonical,
                              const graft_dnn_layout *layout, int *out) {
    const graft_train_node *at = graft_trainer_node(trainer, node);
    const int segment = at->segments[graft_train_param_index(at->node, "kernel")];
    const size_t offset = trainer->plan->segments[segment].offset * sizeof(float);
    graft_plan_value packed;
    graft_dnn_kernel *kernel;
    GRAFT_TRY(graft_trainer_value(trainer, layout, &packed));
    GRAFT_TRY(graft_dnn_copy_new(trainer->plan->engine, canonical, layout, false, &kernel));
    const graft_train_place places[] = {{trainer->plan->values, offset}, graft_place(packed)};
    *out = packed.buffer;
    return graft_trainer_run(trainer, node, GRAFT_WHEN_ALWAYS, kernel, places);
}

static bool packs_here(const graft_trainer *trainer, int node) {
    return trainer->options->recompute == GRAFT_RECOMPUTE_CONVOLUTIONS &&
           graft_trainer_is_bare(graft_trainer_node(trainer, node));
}

graft_status graft_trainer_weights(graft_trainer *trainer, int node, const graft_dnn_linear *linear,
                                   const graft_dnn_layout *layout, int *out) {
    const graft_train_node *at = graft_trainer_node(trainer, node);
    const int param = graft_train_param_index(at->node, "kernel");
    const graft_shape *shape = &at->node->params[param].shape;
    graft_train_pack pack = {.node = node,
                             .param = param,
                             .segment = at->segments[param],
                             .scale = at->affine < 0 ? -1 : trainer->nodes[at->affine].scale,
                             .shift = -1,
                             .count = (size_t)graft_shape_count(shape),
                             .rows = (size_t)shape->dim[0]};
    graft_dnn_layout *canonical;
    GRAFT_TRY(graft_dnn_linear_weights(linear, &canonical));
    GRAFT_TRY(graft_trainer_keep(trainer, canonical));
    const bool as_kept = graft_dnn_layout_equal(canonical, layout);
    if (as_kept && graft_trainer_is_bare(at)) return graft_trainer_segment(trainer, pack.segment, out);
    if (packs_here(trainer, node)) return pack_here(trainer, node, canonical, layout, out);
    GRAFT_TRY(graft_trainer_buffer(trainer, graft_dnn_layout_bytes(layout), true, &pack.to));
    *out = pack.to;
    if (!as_kept) GRAFT_TRY(graft_dnn_copy_new(trainer->plan->engine, canonical, layout, false, &pack.kernel));
    return graft_trainer_pack(trainer, &pack);
}

graft_status graft_trainer_weights_again(graft_trainer *trainer, int node, const graft_dnn_linear *linear,
                                         const graft_dnn_layout *layout, int *out) {
    const graft_plan_value *kept = &graft_trainer_node(trainer, node)->kept[GRAFT_KEPT_WEIGHTS];
    *out = kept->buffer;
    if (!packs_here(trainer, node) && graft_dnn_layout_equal(layout, kept->layout)) return GRAFT_OK;
    return graft_trainer_weights(trainer, node, linear, layout, out);
}

graft_status graft_trainer_bias(graft_trainer *trainer, int node, int *out) {
    const graft_train_node *at = graft_trainer_node(trainer, node);
    graft_train_pack pack = {.node = node,
                             .param = graft_train_param_index(at->node, "bias"),
                             .segment = -1,
                             .scale = -1,
                             .shift = -1,
                             .count = (size_t)at->node->output.dim[0],
                             .rows = (size_t)at->node->output.dim[0]};
    if (pack.param >= 0) pack.segment = at->segments[pack.param];
    if (at->affine >= 0) {
        pack.scale = trainer->nodes[at->affine].scale;
        pack.shift = trainer->nodes[at->affine].shift;
    }
    GRAFT_TRY(graft_trainer_buffer(trainer, pack.count * sizeof(float), true, &pack.to));
    *out = pack.to;
    return graft_trainer_pack(trainer, &pack);
}
