/* Convolutions and dense nodes: everything folded into the weights, the rest into what the primitive stores. */
#include "nn/plan-internal.h"

typedef struct weights {
    float *kernel, *bias; /* owned; NULL: the node's own values do */
} weights;

static const float *values(const graft_node *node, const char *name) {
    const graft_param *param = graft_node_param(node, name);
    return param == NULL ? NULL : graft_tensor_f32(param->value);
}

/* One output channel: kernel and bias with the scales and shifts before and after it. */
static void fold_channel(const graft_plan_node *planned, const graft_shape *kernel, int64_t group, int64_t o,
                         weights *out) {
    const int64_t inputs = kernel->dim[1], cells = graft_shape_count(kernel) / (kernel->dim[0] * inputs);
    const float *from = values(planned->node, "kernel") + o * inputs * cells, *bias = values(planned->node, "bias");
    float *to = out->kernel + o * inputs * cells;
    const graft_affine *before = &planned->before, *after = &planned->after;
    const double gain = after->scale == NULL ? 1.0 : after->scale[o];
    double offset = bias == NULL ? 0.0 : bias[o];
    for (int64_t i = 0; before->scale == NULL && i < inputs * cells; i++) /* nothing before: no sum to wait for */
        to[i] = (float)(from[i] * gain);
    for (int64_t i = 0; before->scale != NULL && i < inputs; i++) {
        const int64_t channel = group * inputs + i;
        const double scale = before->scale[channel], shift = before->shift[channel];
        for (int64_t cell = 0; cell < cells; cell++) {
            const double value = from[i * cells + cell];
            to[i * cells + cell] = (float)(value * scale * gain);
            offset += value * shift;
        }
    }
    out->bias[o] = (float)(offset * gain + (after->scale == NULL ? 0.0 : after->shift[o]));
}

static graft_status fold_weights(const graft_plan_node *planned, int64_t groups, weights *out) {
    if (planned->before.scale == NULL && planned->after.scale == NULL) return GRAFT_OK;
    const graft_shape *kernel = &graft_node_param(planned->node, "kernel")->shape;
    out->kernel = graft_allocate((size_t)graft_shape_count(kernel), sizeof *out->kernel);
    out->bias = graft_allocate((size_t)kernel->dim[0], sizeof *out->bias);
    if (out->kernel == NULL || out->bias == NULL) return graft_fail_memory("folded weights");
    for (int64_t o = 0; o < kernel->dim[0]; o++)
        fold_channel(planned, kernel, o / (kernel->dim[0] / groups), o, out);
    return GRAFT_OK;
}

static int addend_place(const graft_dnn_posts *posts) {
    int place = 0;
    while (posts->item[place].kind != GRAFT_DNN_POST_ADD)
        place++;
    return place;
}

static graft_status finish(graft_plan_builder *builder, int node, graft_dnn_op *op, graft_plan_value input,
                           const graft_plan_value *addend, int in_place) {
    graft_plan_value sources[2] = {input};
    if (addend != NULL) sources[1] = *addend;
    graft_status status = graft_builder_relayout(builder, node, input, graft_dnn_op_source(op, 0), &sources[0]);
    if (status != GRAFT_OK) {
        graft_dnn_op_free(op);
        return status;
    }
    return graft_builder_finish(builder, node, op, sources, in_place);
}

/* The sum as a step of its own, for where the convolution cannot do it at speed. */
static graft_status apart(graft_plan_builder *builder, int node, graft_dnn_convolution *convolution,
                          graft_plan_value input, graft_plan_value addend) {
    const graft_dnn_posts all = builder->nodes[node].posts;
    const int place = addend_place(&all);
    graft_dnn_posts rest = {.count = 0};
    graft_plan_value operands[2], sum;
    graft_dnn_op *op;
    convolution->posts = all;
    convolution->posts.count = place;
    for (int i = place + 1; i < all.count; i++)
        rest.item[rest.count++] = all.item[i];
    GRAFT_TRY(graft_dnn_convolution_new(builder->plan->engine, convolution, &op));
    GRAFT_TRY(finish(builder, node, op, input, NULL, -1));
    operands[0] = builder->nodes[node].value;
    GRAFT_TRY(graft_builder_relayout(builder, node, addend, operands[0].layout, &operands[1]));
    GRAFT_TRY(graft_builder_binary(builder, node, GRAFT_DNN_ADD, operands, &rest, true, &sum));
    graft_builder_set(builder, node, sum);
    return GRAFT_OK;
}

static graft_status emit(graft_plan_builder *builder, int node, graft_dnn_convolution *convolution) {
    const graft_plan_node *planned = &builder->nodes[node];
    graft_dnn_op *op;
    bool done;
    GRAFT_TRY(graft_builder_convolution_int8(builder, node, convolution, &done));
    if (done) return GRAFT_OK;
    const graft_plan_value input = graft_builder_input(builder, node, 0);
    convolution->source = input.layout;
    convolution->posts = planned->posts;
    convolution->algorithm = builder->exact ? GRAFT_DNN_DIRECT : GRAFT_DNN_BY_RULE;
    if (planned->addend < 0) {
        GRAFT_TRY(graft_dnn_convolution_new(builder->plan->engine, convolution, &op));
        return finish(builder, node, op, input, NULL, -1);
    }
    const graft_plan_value addend =
        graft_builder_value(builder, graft_builder_resolve(builder, planned->addend), false);
    const bool in_place = addend.buffer != input.buffer && graft_builder_dies(builder, addend, node);
    graft_dnn_post *post = &convolution->posts.item[addend_place(&convolution->posts)];
    post->kind = in_place ? GRAFT_DNN_POST_SUM : GRAFT_DNN_POST_ADD;
    post->layout = addend.layout;
    GRAFT_TRY(graft_dnn_convolution_new(builder->plan->engine, convolution, &op));
    if (graft_dnn_op_is_direct(op)) return finish(builder, node, op, input, &addend, in_place ? 1 : -1);
    graft_dnn_op_free(op);
    return apart(builder, node, convolution, input, addend);
}

graft_status graft_builder_convolution(graft_plan_builder *builder, int node, graft_dnn_convolution *convolution) {
    const graft_plan_node *planned = &builder->nodes[node];
    weights folded = {NULL, NULL};
    graft_status status = fold_weights(planned, convolution->groups, &folded);
    if (status == GRAFT_OK) {
        convolution->weights = folded.kernel == NULL ? values(planned->node, "kernel") : folded.kernel;
        convolution->bias = folded.bias == NULL ? values(planned->node, "bias") : folded.bias;
        status = emit(builder, node, convolution);
    }
    graft_release(folded.kernel);
    graft_release(folded.bias);
    return status;
}
