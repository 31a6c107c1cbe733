/* Training of convolutions, transposed convolutions and dense layers. */
#include "nn/ops/ops.h"
#include "nn/train/train-internal.h"
#include <string.h>

enum { KEPT_SOURCE = GRAFT_KEPT_WEIGHTS + 1, KEPT_BIAS };

static void set_window(graft_dnn_linear *out, const int64_t kernel[2], const int64_t strides[2],
                       const int64_t dilations[2], int64_t groups) {
    memcpy(out->kernel, kernel, sizeof out->kernel);
    memcpy(out->strides, strides, sizeof out->strides);
    memcpy(out->dilations, dilations, sizeof out->dilations);
    out->groups = groups;
}

/* What the node computes, without what is folded in; `source` is how its input lies. */
static graft_dnn_linear linear_of(const graft_trainer *trainer, int node, const graft_dnn_layout *source) {
    static const int64_t ones[2] = {1, 1};
    const graft_train_node *at = graft_trainer_node(trainer, node);
    graft_dnn_linear linear = {.source = source, .destination = graft_trainer_shape(trainer, &at->node->output)};
    const graft_shape *input = &graft_graph_node(trainer->graph, at->node->inputs[0])->output;
    linear.bias = graft_node_param(at->node, "bias") != NULL;
    if (at->node->op == &graft_op_conv2d) {
        const graft_conv2d_attributes *a = at->node->attributes;
        set_window(&linear, a->kernel, a->strides, a->dilations, a->groups);
        graft_conv2d_padding(at->node, input, linear.padding);
        for (int side = 0; side < 4; side++)
            linear.padding[side] += at->padding[side];
    } else if (at->node->op == &graft_op_conv2d_transpose) {
        const graft_conv2d_transpose_attributes *a = at->node->attributes;
        linear.kind = GRAFT_DNN_TRANSPOSED;
        set_window(&linear, a->kernel, a->strides, a->dilations, a->groups);
        graft_conv2d_transpose_padding(at->node, input, linear.padding);
    } else {
        linear.kind = GRAFT_DNN_DENSE;
        linear.canonical = graft_trainer_is_bare(at);
        set_window(&linear, ones, ones, ones, 1);
    }
    return linear;
}

/* ---- forward ---- */

static graft_status emit_forward(graft_trainer *trainer, int node, graft_dnn_kernel *kernel, bool bias,
                                 const graft_dnn_linear *linear, graft_plan_value source) {
    graft_train_node *at = graft_trainer_node(trainer, node);
    const graft_dnn_layout *weights = graft_dnn_kernel_layout(kernel, 1);
    at->kept[GRAFT_KEPT_WEIGHTS].layout = weights;
    graft_status status = graft_trainer_relayout(trainer, node, source, graft_dnn_kernel_layout(kernel, 0), &source);
    if (status == GRAFT_OK)
        status = graft_trainer_weights(trainer, node, linear, weights, &at->kept[GRAFT_KEPT_WEIGHTS].buffer);
    if (status == GRAFT_OK && bias) status = graft_trainer_bias(trainer, node, &at->kept[KEPT_BIAS].buffer);
    if (status == GRAFT_OK) status = graft_trainer_value(trainer, graft_dnn_kernel_layout(kernel, 2), &at->value);
    if (status != GRAFT_OK) {
        graft_dnn_kernel_free(kernel);
        return status;
    }
    at->kept[KEPT_SOURCE] = source;
    const graft_train_place places[] = {graft_place(source), graft_place(at->kept[GRAFT_KEPT_WEIGHTS]),
                                        graft_place(at->value), graft_place(at->kept[KEPT_BIAS])};
    return graft_trainer_run(trainer, node, GRAFT_WHEN_ALWAYS, kernel, places);
}

static graft_status forward_kernel(const graft_trainer *trainer, int node, const graft_dnn_layout *source,
                                   graft_dnn_linear *linear, graft_dnn_kernel **out) {
    const graft_train_node *at = graft_trainer_node(trainer, node);
    *linear = linear_of(trainer, node, source);
    linear->bias |= at->affine >= 0;
    if (at->activation >= 0 &&
        !graft_activation_posts(graft_graph_node(trainer->graph, at->activation)->attributes, &linear->posts))
        return graft_fail(GRAFT_E_INTERNAL, "an activation that was folded does not fold");
    return graft_dnn_linear_forward_new(trainer->plan->engine, linear, out);
}

static bool is_light(const graft_trainer *trainer, const graft_train_node *at) {
    if (at->node->op != &graft_op_conv2d) return false;
    const graft_conv2d_attributes *a = at->node->attributes;
    const int64_t channels = graft_graph_node(trainer->graph, at->node->inputs[0])->output.dim[0];
    if (a->groups == channels) return channels > 1;
    return a->groups == 1 && a->kernel[0] == 1 && a->kernel[1] == 1 && a->filters > channels;
}

/* Light convolutions in a row that lead to the node's input. */
static int light_before(const graft_trainer *trainer, int node) {
    const graft_train_node *at;
    do {
        node = graft_trainer_producer(trainer, node, 0);
        at = graft_trainer_node(trainer, node);
    } while (at->node->op == &graft_op_activation || at->node->op == &graft_op_batchnorm);
    return at->light;
}

graft_status graft_train_forward_linear(graft_trainer *trainer, int node) {
    graft_train_node *at = graft_trainer_node(trainer, node);
    graft_plan_value source = graft_trainer_input(trainer, node, 0);
    graft_dnn_linear linear;
    graft_dnn_kernel *kernel;
    if (at->node->op == &graft_op_dense) GRAFT_TRY(graft_trainer_plain(trainer, node, source, &source));
    if (at->affine >= 0) GRAFT_TRY(graft_trainer_affine(trainer, at->affine));
    if (is_light(trainer, at)) at->light = 1 + light_before(trainer, node);
    GRAFT_TRY(forward_kernel(trainer, node, source.layout, &linear, &kernel));
    return emit_forward(trainer, node, kernel, linear.bias, &linear, source);
}

/* ---- backward ---- */

static graft_status source_again(graft_trainer *trainer, int node, graft_plan_value *out) {
    *out = graft_trainer_node(trainer, node)->kept[KEPT_SOURCE];
    if (out->buffer != graft_trainer_input(trainer, node, 0).buffer) return GRAFT_OK;
    return graft_trainer_input_again(trainer, node, 0, out);
}

/* The source is kept for the gradient by the kernel, so that it takes nothing but time. Of a row of light convolutions
 * every third is kept: else the first to be computed again would bring all those before it along. */
graft_status graft_train_again_linear(graft_trainer *trainer, int node) {
    enum { ROW = 3 };
    graft_train_node *at = graft_trainer_node(trainer, node);
    graft_plan_value source;
    graft_dnn_linear linear;
    graft_dnn_kernel *kernel;
    if (trainer->options->recompute != GRAFT_RECOMPUTE_CONVOLUTIONS || at->light % ROW == 0) return GRAFT_OK;
    if (!graft_trainer_learns(trainer, node)) return GRAFT_OK;
    GRAFT_TRY(source_again(trainer, node, &source));
    GRAFT_TRY(graft_trainer_value(trainer, at->value.layout, &at->again));
    graft_train_place places[] = {
        graft_place(source), {-1, 0}, graft_place(at->again), graft_place(at->kept[KEPT_BIAS])};
    linear = linear_of(trainer, node, source.layout);
    GRAFT_TRY(
        graft_trainer_weights_again(trainer, node, &linear, at->kept[GRAFT_KEPT_WEIGHTS].layout, &places[1].buffer));
    GRAFT_TRY(forward_kernel(trainer, node, source.layout, &linear, &kernel));
    return graft_trainer_run(trainer, node, GRAFT_WHEN_ALWAYS, kernel, places);
}

static graft_status emit_weight_gradients(graft_trainer *trainer, int node, graft_dnn_kernel *kernel,
                                          graft_train_place places[4], graft_plan_value gradient) {
    graft_plan_value source;
    const int count = graft_dnn_kernel_operands(kernel);
    GRAFT_TRY(source_again(trainer, node, &source));
    GRAFT_TRY(graft_trainer_relayout(trainer, node, source, graft_dnn_kernel_layout(kernel, 0), &source));
    GRAFT_TRY(graft_trainer_relayout(trainer, node, gradient, graft_dnn_kernel_layout(kernel, 1), &gradient));
    places[0] = graft_place(source);
    places[1] = graft_place(gradient);
    for (int i = 2; i < count; i++) {
        places[i].offset = 0;
        GRAFT_TRY(graft_trainer_buffer(trainer, graft_dnn_layout_bytes(graft_dnn_kernel_layout(kernel, i)), false,
                                       &places[i].buffer));
    }
    return GRAFT_OK;
}

/* Adds the kernel's gradient, laid out as `layout`, to where it is kept. */
static graft_status add_kernel(graft_trainer *trainer, int node, const graft_dnn_linear *linear,
                               const graft_dnn_layout *layout, graft_train_place value) {
    const graft_train_node *at = graft_trainer_node(trainer, node);
    const int param = graft_train_param_index(at->node, "kernel");
    const int scale = at->affine < 0 ? -1 : trainer->nodes[at->affine].scale;
    graft_dnn_layout *canonical;
    graft_dnn_kernel *kernel;
    GRAFT_TRY(graft_dnn_linear_weights(linear, &canonical));
    GRAFT_TRY(graft_trainer_keep(trainer, canonical));
    if (graft_dnn_layout_equal(canonical, layout)) return graft_trainer_accumulate(trainer, node, param, value, scale);
    GRAFT_TRY(graft_dnn_copy_new(trainer->plan->engine, layout, canonical, scale < 0, &kernel));
    const graft_train_plan *plan = trainer->plan;
    graft_train_place places[] = {value, {plan->gradients, plan->segments[at->segments[param]].offset * sizeof(float)}};
    if (scale < 0) return graft_trainer_run(trainer, node, GRAFT_WHEN_ALWAYS, kernel, places);
    places[1].offset = 0;
    graft_status status = graft_trainer_buffer(trainer, graft_dnn_layout_bytes(canonical), false, &places[1].buffer);
    if (status != GRAFT_OK) {
        graft_dnn_kernel_free(kernel);
        return status;
    }
    GRAFT_TRY(graft_trainer_run(trainer, node, GRAFT_WHEN_ALWAYS, kernel, places));
    return graft_trainer_accumulate(trainer, node, param, places[1], scale);
}

/* Places: source, gradient, sums of gradients by the kernel[ and the bias]. */
static graft_status add_dense(const graft_train_plan *plan, const graft_train_step *step) {
    const graft_status status =
        graft_dnn_dense_add_gradients(plan->batch, (int64_t)step->count, step->integer, step->memory[0],
                                      step->memory[1], step->memory[2], step->place_count > 3 ? step->memory[3] : NULL);
    return status == GRAFT_OK ? GRAFT_OK : graft_fail_in(status, "%s", plan->names[step->node]);
}

/* A dense layer's gradient is as large as its kernel: it is added where the sum is kept, without a copy between. */
static graft_status backward_dense(graft_trainer *trainer, int node, graft_plan_value gradient) {
    const graft_train_node *at = graft_trainer_node(trainer, node);
    const graft_train_plan *plan = trainer->plan;
    graft_train_step step = {.step = add_dense, .what = "dense, added", .node = node, .place_count = 2};
    graft_plan_value source;
    GRAFT_TRY(source_again(trainer, node, &source));
    step.places[0] = graft_place(source);
    step.places[1] = graft_place(gradient);
    step.integer = at->node->output.dim[0];
    step.count = (size_t)graft_dnn_layout_shape(source.layout).dim[1];
    for (const char *const *name = (const char *const[]){"kernel", "bias", NULL}; *name != NULL; name++) {
        const int param = graft_train_param_index(at->node, *name);
        if (param < 0) continue;
        const size_t offset = plan->segments[at->segments[param]].offset * sizeof(float);
        step.places[step.place_count++] = (graft_train_place){plan->gradients, offset};
    }
    return graft_trainer_host(trainer, &step);
}

static graft_status backward_weights(graft_trainer *trainer, int node, const graft_dnn_linear *linear,
                                     graft_plan_value gradient) {
    const graft_train_node *at = graft_trainer_node(trainer, node);
    const int bias = graft_train_param_index(at->node, "bias");
    graft_train_place places[4] = {{0, 0}};
    graft_dnn_kernel *kernel;
    if (at->node->op == &graft_op_dense && graft_trainer_is_bare(at)) return backward_dense(trainer, node, gradient);
    GRAFT_TRY(graft_dnn_linear_backward_weights_new(trainer->plan->engine, linear, at->value.layout, &kernel));
    const graft_dnn_layout *layout = graft_dnn_kernel_layout(kernel, 2);
    graft_status status = emit_weight_gradients(trainer, node, kernel, places, gradient);
    if (status != GRAFT_OK) {
        graft_dnn_kernel_free(kernel);
        return status;
    }
    GRAFT_TRY(graft_trainer_run(trainer, node, GRAFT_WHEN_ALWAYS, kernel, places));
    GRAFT_TRY(add_kernel(trainer, node, linear, layout, places[2]));
    if (bias < 0) return GRAFT_OK;
    return graft_trainer_accumulate(trainer, node, bias, places[3],
                                    at->affine < 0 ? -1 : trainer->nodes[at->affine].scale);
}

static graft_status emit_data_gradient(graft_trainer *trainer, int node, const graft_dnn_linear *linear,
                                       graft_dnn_kernel *kernel, graft_train_place places[3], graft_plan_value gradient,
                                       graft_plan_value *out) {
    GRAFT_TRY(graft_trainer_relayout(trainer, node, gradient, graft_dnn_kernel_layout(kernel, 0), &gradient));
    places[0] = graft_place(gradient);
    GRAFT_TRY(
        graft_trainer_weights_again(trainer, node, linear, graft_dnn_kernel_layout(kernel, 1), &places[1].buffer));
    GRAFT_TRY(graft_trainer_value(trainer, graft_dnn_kernel_layout(kernel, 2), out));
    places[2] = graft_place(*out);
    return GRAFT_OK;
}

static graft_status backward_data(graft_trainer *trainer, int node, const graft_dnn_linear *linear,
                                  graft_plan_value gradient) {
    graft_train_place places[3] = {{0, 0}};
    graft_plan_value result = {NULL, -1};
    graft_dnn_kernel *kernel;
    GRAFT_TRY(graft_dnn_linear_backward_data_new(trainer->plan->engine, linear,
                                                 graft_trainer_node(trainer, node)->value.layout, &kernel));
    graft_status status = emit_data_gradient(trainer, node, linear, kernel, places, gradient, &result);
    if (status != GRAFT_OK) {
        graft_dnn_kernel_free(kernel);
        return status;
    }
    GRAFT_TRY(graft_trainer_run(trainer, node, GRAFT_WHEN_ALWAYS, kernel, places));
    return graft_trainer_give(trainer, node, 0, result);
}

graft_status graft_train_backward_linear(graft_trainer *trainer, int node) {
    const graft_train_node *at = graft_trainer_node(trainer, node);
    const graft_dnn_linear linear = linear_of(trainer, node, at->kept[KEPT_SOURCE].layout);
    graft_plan_value gradient = at->gradient, result;
    if (at->activation >= 0) {
        GRAFT_TRY(graft_trainer_again(trainer, node, &result));
        GRAFT_TRY(graft_trainer_activation_backward(trainer, node, at->activation, result, &gradient));
    }
    if (graft_trainer_learns(trainer, node)) GRAFT_TRY(backward_weights(trainer, node, &linear, gradient));
    if (graft_trainer_wants(trainer, node, 0)) GRAFT_TRY(backward_data(trainer, node, &linear, gradient));
    return GRAFT_OK;
}
