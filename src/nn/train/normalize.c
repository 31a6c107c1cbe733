/* Training of softmax within a network, local response and layer normalisation. */
#include "nn/ops/ops.h"
#include "nn/train/train-internal.h"

enum { KEPT_SOURCE, KEPT_MEAN, KEPT_VARIANCE, KEPT_WORKSPACE = KEPT_MEAN };

static int axis_of(const graft_node *node) {
    return 1 + (int)((const graft_softmax_attributes *)node->attributes)->axis;
}

graft_status graft_train_forward_softmax(graft_trainer *trainer, int node) {
    graft_train_node *at = graft_trainer_node(trainer, node);
    graft_plan_value source;
    graft_dnn_kernel *kernel;
    GRAFT_TRY(graft_trainer_plain(trainer, node, graft_trainer_input(trainer, node, 0), &source));
    GRAFT_TRY(graft_dnn_softmax_forward_new(trainer->plan->engine, source.layout, axis_of(at->node), &kernel));
    return graft_trainer_map(trainer, node, kernel, source, &at->value);
}

graft_status graft_train_backward_softmax(graft_trainer *trainer, int node) {
    const graft_train_node *at = graft_trainer_node(trainer, node);
    graft_plan_value target;
    graft_dnn_kernel *kernel;
    GRAFT_TRY(graft_trainer_value(trainer, at->gradient.layout, &target));
    GRAFT_TRY(graft_dnn_softmax_backward_new(trainer->plan->engine, at->value.layout, axis_of(at->node), &kernel));
    const graft_train_place places[] = {graft_place(at->value), graft_place(at->gradient), graft_place(target)};
    GRAFT_TRY(graft_trainer_run(trainer, node, GRAFT_WHEN_ALWAYS, kernel, places));
    return graft_trainer_give(trainer, node, 0, target);
}

/* ---- local response ---- */

static graft_dnn_response response_of(const graft_node *node) {
    const graft_lrn_attributes *a = node->attributes;
    return (graft_dnn_response){a->size, a->alpha, a->beta, a->k};
}

graft_status graft_train_forward_lrn(graft_trainer *trainer, int node) {
    graft_train_node *at = graft_trainer_node(trainer, node);
    const graft_plan_value source = graft_trainer_input(trainer, node, 0);
    const graft_dnn_response response = response_of(at->node);
    graft_dnn_kernel *kernel;
    at->kept[KEPT_SOURCE] = source;
    GRAFT_TRY(graft_trainer_value(trainer, source.layout, &at->value));
    GRAFT_TRY(graft_dnn_response_forward_new(trainer->plan->engine, source.layout, &response, &kernel));
    if (graft_dnn_kernel_operands(kernel) == 3) {
        graft_status status =
            graft_trainer_value(trainer, graft_dnn_kernel_layout(kernel, 2), &at->kept[KEPT_WORKSPACE]);
        if (status != GRAFT_OK) {
            graft_dnn_kernel_free(kernel);
            return status;
        }
    }
    const graft_train_place places[] = {graft_place(source), graft_place(at->value),
                                        graft_place(at->kept[KEPT_WORKSPACE])};
    return graft_trainer_run(trainer, node, GRAFT_WHEN_ALWAYS, kernel, places);
}

graft_status graft_train_backward_lrn(graft_trainer *trainer, int node) {
    const graft_train_node *at = graft_trainer_node(trainer, node);
    const graft_dnn_response response = response_of(at->node);
    graft_plan_value target;
    graft_dnn_kernel *kernel;
    GRAFT_TRY(graft_trainer_value(trainer, at->gradient.layout, &target));
    GRAFT_TRY(graft_dnn_response_backward_new(trainer->plan->engine, at->value.layout, &response, &kernel));
    const graft_train_place places[] = {graft_place(at->kept[KEPT_SOURCE]), graft_place(at->gradient),
                                        graft_place(target), graft_place(at->kept[KEPT_WORKSPACE])};
    GRAFT_TRY(graft_trainer_run(trainer, node, GRAFT_WHEN_ALWAYS, kernel, places));
    return graft_trainer_give(trainer, node, 0, target);
}

/* ---- layer ---- */

static graft_status vector_or(graft_trainer *trainer, int node, const char *name, int constant, int *out) {
    *out = constant;
    if (graft_train_param_index(graft_trainer_node(trainer, node)->node, name) < 0) return GRAFT_OK;
    return graft_trainer_vector(trainer, node, name, out);
}

graft_status graft_train_forward_layernorm(graft_trainer *trainer, int node) {
    graft_train_node *at = graft_trainer_node(trainer, node);
    const graft_layernorm_attributes *a = at->node->attributes;
    const graft_dnn_shape shape = graft_trainer_shape(trainer, &at->node->output);
    const size_t bytes = (size_t)(shape.dim[0] * shape.dim[2] * shape.dim[3]) * sizeof(float);
    graft_plan_value source = graft_trainer_input(trainer, node, 0);
    graft_dnn_kernel *kernel;
    GRAFT_TRY(shape.dim[2] * shape.dim[3] > 1 ? graft_trainer_channels_last(trainer, node, source, &source)
                                              : graft_trainer_plain(trainer, node, source, &source));
    at->kept[KEPT_SOURCE] = source;
    GRAFT_TRY(vector_or(trainer, node, "gamma", trainer->ones, &at->scale));
    GRAFT_TRY(vector_or(trainer, node, "beta", trainer->zeros, &at->shift));
    GRAFT_TRY(graft_trainer_buffer(trainer, bytes, false, &at->kept[KEPT_MEAN].buffer));
    GRAFT_TRY(graft_trainer_buffer(trainer, bytes, false, &at->kept[KEPT_VARIANCE].buffer));
    GRAFT_TRY(graft_trainer_value(trainer, source.layout, &at->value));
    GRAFT_TRY(graft_dnn_layernorm_forward_new(trainer->plan->engine, source.layout, a->epsilon, &kernel));
    const graft_train_place places[] = {graft_place(source),
                                        graft_place(at->value),
                                        graft_place(at->kept[KEPT_MEAN]),
                                        graft_place(at->kept[KEPT_VARIANCE]),
                                        graft_place_of(at->scale),
                                        graft_place_of(at->shift)};
    return graft_trainer_run(trainer, node, GRAFT_WHEN_ALWAYS, kernel, places);
}

static graft_status accumulate(graft_trainer *trainer, int node, const char *name, graft_train_place value) {
    const int param = graft_train_param_index(graft_trainer_node(trainer, node)->node, name);
    if (param < 0 || !graft_trainer_learns(trainer, node)) return GRAFT_OK;
    return graft_trainer_accumulate(trainer, node, param, value, -1);
}

graft_status graft_train_backward_layernorm(graft_trainer *trainer, int node) {
    const graft_train_node *at = graft_trainer_node(trainer, node);
    const graft_layernorm_attributes *a = at->node->attributes;
    const size_t bytes = (size_t)at->node->output.dim[0] * sizeof(float);
    graft_plan_value target;
    graft_dnn_kernel *kernel;
    int scale, shift;
    GRAFT_TRY(graft_trainer_value(trainer, at->gradient.layout, &target));
    GRAFT_TRY(graft_trainer_buffer(trainer, bytes, false, &scale));
    GRAFT_TRY(graft_trainer_buffer(trainer, bytes, false, &shift));
    GRAFT_TRY(graft_dnn_layernorm_backward_new(trainer->plan->engine, at->value.layout, a->epsilon, &kernel));
    const graft_train_place places[] = {graft_place(at->kept[KEPT_SOURCE]),
                                        graft_place(at->gradient),
                                        graft_place(target),
                                        graft_place(at->kept[KEPT_MEAN]),
                                        graft_place(at->kept[KEPT_VARIANCE]),
                                        graft_place_of(at->scale),
                                        graft_place_of(scale),
                                        graft_place_of(shift),
                                        graft_place_of(at->shift)};
    GRAFT_TRY(graft_trainer_run(trainer, node, GRAFT_WHEN_ALWAYS, kernel, places));
    graft_trainer_serve_parameters(trainer);
    GRAFT_TRY(accumulate(trainer, node, "gamma", places[6]));
    GRAFT_TRY(accumulate(trainer, node, "beta", places[7]));
    graft_trainer_serve_input(trainer, node, 0);
    return graft_trainer_wants(trainer, node, 0) ? graft_trainer_give(trainer, node, 0, target) : GRAFT_OK;
}
