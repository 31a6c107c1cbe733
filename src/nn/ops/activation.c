#include "nn/ops/ops.h"
#include "nn/plan-internal.h"
#include "nn/train/train-internal.h"

#include <float.h>

typedef graft_activation_attributes activation;

static const graft_option attributes[] = {
    GRAFT_ATTRIBUTE_ENUM(activation, "kind", kind, "linear", GRAFT_ACT_CHOICES, "the function"),
    GRAFT_ATTRIBUTE_REAL(activation, "alpha", alpha, "0", -FLT_MAX, FLT_MAX, "slope or scale, by kind"),
    GRAFT_ATTRIBUTE_REAL(activation, "max-value", max_value, "0", 0.0, FLT_MAX, "relu: upper bound, 0 for none"),
    GRAFT_ATTRIBUTE_REAL(activation, "threshold", threshold, "0", -FLT_MAX, FLT_MAX, "relu: where it begins"),
    GRAFT_OPTION_END,
};

static graft_status infer(const graft_node *node, const graft_shape *inputs, graft_shape *output) {
    const activation *a = node->attributes;
    if (a->kind == GRAFT_ACT_HARD_SIGMOID && a->alpha <= 0)
        return graft_fail(GRAFT_E_DATA, "alpha %g for hard_sigmoid, expected a slope above 0", a->alpha);
    *output = inputs[0];
    return GRAFT_OK;
}

static void append(graft_dnn_posts *posts, graft_dnn_function function, double alpha, double beta) {
    posts->item[posts->count++] = (graft_dnn_post){.function = function, .alpha = (float)alpha, .beta = (float)beta};
}

static void append_bounds(const activation *a, graft_dnn_posts *posts) {
    if (a->max_value > 0.0) append(posts, GRAFT_DNN_CLIP, -FLT_MAX, a->max_value);
}

bool graft_activation_posts(const graft_activation_attributes *a, graft_dnn_posts *posts) {
    if (posts->count + 2 > GRAFT_DNN_MAX_POSTS) return false;
    switch ((graft_activation_kind)a->kind) {
    case GRAFT_ACT_LINEAR:
        return true;
    case GRAFT_ACT_RELU:
        if (a->threshold != 0.0) return false;
        if (a->alpha == 0.0 && a->max_value > 0.0) {
            append(posts, GRAFT_DNN_CLIP, 0.0, a->max_value);
            return true;
        }
        append(posts, GRAFT_DNN_RELU, a->alpha, 0.0);
        append_bounds(a, posts);
        return true;
    case GRAFT_ACT_RELU6:
        append(posts, GRAFT_DNN_CLIP, 0.0, 6.0);
        return true;
    case GRAFT_ACT_LEAKY_RELU:
        append(posts, GRAFT_DNN_RELU, a->alpha, 0.0);
        return true;
    case GRAFT_ACT_ELU:
        append(posts, GRAFT_DNN_ELU, a->alpha, 0.0);
        return true;
    case GRAFT_ACT_SELU: /* Klambauer et al. 2017 */
        append(posts, GRAFT_DNN_ELU, 1.6732632423543772, 0.0);
        append(posts, GRAFT_DNN_LINEAR, 1.0507009873554805, 0.0);
        return true;
    case GRAFT_ACT_SIGMOID:
        append(posts, GRAFT_DNN_LOGISTIC, 0.0, 0.0);
        return true;
    case GRAFT_ACT_TANH:
        append(posts, GRAFT_DNN_TANH, 0.0, 0.0);
        return true;
    case GRAFT_ACT_SWISH:
        append(posts, GRAFT_DNN_SWISH, 1.0, 0.0);
        return true;
    case GRAFT_ACT_HARD_SIGMOID:
        append(posts, GRAFT_DNN_LINEAR, a->alpha, 0.5);
        append(posts, GRAFT_DNN_CLIP, 0.0, 1.0);
        return true;
    case GRAFT_ACT_HARD_SWISH:
        append(posts, GRAFT_DNN_HARD_SWISH, 0.0, 0.0);
        return true;
    case GRAFT_ACT_GELU:
        append(posts, GRAFT_DNN_GELU, 0.0, 0.0);
        return true;
    case GRAFT_ACT_SOFTPLUS:
        append(posts, GRAFT_DNN_SOFTPLUS, 0.0, 0.0);
        return true;
    case GRAFT_ACT_EXP:
        append(posts, GRAFT_DNN_EXP, 0.0, 0.0);
        return true;
    case GRAFT_ACT_SOFTSIGN:
        break;
    }
    return false;
}

/* x / (1 + |x|) */
static graft_status prepare_softsign(graft_plan_builder *builder, int node, graft_plan_value input) {
    graft_dnn_posts posts = {.count = 0}, none = {.count = 0};
    graft_plan_value operands[2] = {input};
    graft_dnn_op *op;
    append(&posts, GRAFT_DNN_ABS, 0.0, 0.0);
    append(&posts, GRAFT_DNN_LINEAR, 1.0, 1.0);
    GRAFT_TRY(graft_dnn_elementwise_new(builder->plan->engine, input.layout, &posts, &op));
    GRAFT_TRY(graft_builder_emit(builder, node, NULL, op, &input, -1, &operands[1]));
    GRAFT_TRY(
        graft_dnn_binary_new(builder->plan->engine, GRAFT_DNN_DIVIDE, input.layout, operands[1].layout, &none, &op));
    return graft_builder_finish(builder, node, op, operands, graft_builder_dies(builder, input, node) ? 0 : -1);
}

/* relu(x - threshold), and the threshold again where x reaches it */
static graft_status prepare_threshold(graft_plan_builder *builder, int node, graft_plan_value input) {
    const activation *a = graft_builder_node(builder, node)->node->attributes;
    graft_dnn_posts lift = {.count = 0}, posts = {.count = 0};
    graft_plan_value operands[2] = {input};
    graft_dnn_op *op;
    append(&lift, GRAFT_DNN_LINEAR, a->threshold, 0.0);
    GRAFT_TRY(graft_dnn_at_least_new(builder->plan->engine, input.layout, (float)a->threshold, &lift, &op));
    GRAFT_TRY(graft_builder_emit(builder, node, NULL, op, &input, -1, &operands[1]));
    append(&posts, GRAFT_DNN_LINEAR, 1.0, -a->threshold);
    append(&posts, GRAFT_DNN_RELU, a->alpha, 0.0);
    posts.item[posts.count++] = (graft_dnn_post){.kind = GRAFT_DNN_POST_ADD, .layout = operands[1].layout};
    append_bounds(a, &posts);
    GRAFT_TRY(graft_dnn_elementwise_new(builder->plan->engine, input.layout, &posts, &op));
    return graft_builder_finish(builder, node, op, operands, graft_builder_dies(builder, input, node) ? 0 : -1);
}

static graft_status prepare(graft_plan_builder *builder, int node) {
    const activation *a = graft_builder_node(builder, node)->node->attributes;
    const graft_plan_value input = graft_builder_input(builder, node, 0);
    graft_dnn_posts posts = {.count = 0};
    graft_dnn_op *op;
    if (a->kind == GRAFT_ACT_SOFTSIGN) return prepare_softsign(builder, node, input);
    if (!graft_activation_posts(a, &posts)) return prepare_threshold(builder, node, input);
    if (posts.count == 0) {
        graft_builder_set(builder, node, input);
        return GRAFT_OK;
    }
    GRAFT_TRY(graft_dnn_elementwise_new(builder->plan->engine, input.layout, &posts, &op));
    return graft_builder_finish(builder, node, op, &input, graft_builder_dies(builder, input, node) ? 0 : -1);
}

const graft_op graft_op_activation = {
    .name = "activation",
    .help = "a function of each number by itself",
    .attribute_size = sizeof(activation),
    .attributes = attributes,
    .min_inputs = 1,
    .max_inputs = 1,
    .infer = infer,
    .prepare = prepare,
    .train_forward = graft_train_forward_activation,
    .train_backward = graft_train_backward_activation,
    .train_again = graft_train_again_activation,
};
