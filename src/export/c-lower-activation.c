/* Activations: limits become part of the step before, other functions are steps in place. */
#include "export/c-lower.h"
#include <float.h>
#include <string.h>

typedef graft_activation_attributes activation;

/* A limit below, or on both sides, and nothing else. */
static bool limits(const activation *a, float out[2]) {
    out[0] = 0;
    out[1] = a->kind == GRAFT_ACT_RELU6 ? 6.0F : a->max_value > 0 ? (float)a->max_value : FLT_MAX;
    if (a->kind == GRAFT_ACT_RELU) return a->alpha == 0 && a->threshold == 0;
    return a->kind == GRAFT_ACT_RELU6;
}

static graft_c_kernel_id kernel_of(graft_activation_kind kind) {
    switch (kind) {
    case GRAFT_ACT_ELU:
    case GRAFT_ACT_SELU:
        return GRAFT_C_elu_f32;
    case GRAFT_ACT_SIGMOID:
        return GRAFT_C_sigmoid_f32;
    case GRAFT_ACT_TANH:
        return GRAFT_C_tanh_f32;
    case GRAFT_ACT_SWISH:
        return GRAFT_C_swish_f32;
    case GRAFT_ACT_HARD_SIGMOID:
        return GRAFT_C_hard_sigmoid_f32;
    case GRAFT_ACT_HARD_SWISH:
        return GRAFT_C_hard_swish_f32;
    case GRAFT_ACT_GELU:
        return GRAFT_C_gelu_f32;
    case GRAFT_ACT_SOFTPLUS:
        return GRAFT_C_softplus_f32;
    case GRAFT_ACT_SOFTSIGN:
        return GRAFT_C_softsign_f32;
    case GRAFT_ACT_EXP:
        return GRAFT_C_exp_f32;
    case GRAFT_ACT_LINEAR:
    case GRAFT_ACT_RELU:
    case GRAFT_ACT_RELU6:
    case GRAFT_ACT_LEAKY_RELU:
        break;
    }
    return GRAFT_C_relu_f32;
}

/* What the kernel takes beside its input; the count. */
static size_t numbers_of(const activation *a, float out[3]) {
    switch ((graft_activation_kind)a->kind) {
    case GRAFT_ACT_RELU:
        out[0] = (float)a->alpha;
        out[1] = (float)a->threshold;
        out[2] = a->max_value > 0 ? (float)a->max_value : FLT_MAX;
        return 3;
    case GRAFT_ACT_RELU6:
        out[0] = out[1] = 0;
        out[2] = 6;
        return 3;
    case GRAFT_ACT_LEAKY_RELU:
        out[0] = (float)a->alpha;
        out[1] = 0;
        out[2] = FLT_MAX;
        return 3;
    case GRAFT_ACT_ELU:
        out[0] = (float)a->alpha;
        out[1] = 1;
        return 2;
    case GRAFT_ACT_SELU:
        out[0] = 1.6732632423543772F;
        out[1] = 1.0507009873554805F;
        return 2;
    case GRAFT_ACT_HARD_SIGMOID:
        out[0] = (float)a->alpha;
        return 1;
    case GRAFT_ACT_HARD_SWISH:
        out[0] = 1.0F / 6.0F;
        return 1;
    default:
        return 0;
    }
}

graft_status graft_c_lower_activation(graft_c_lowering *lowering, int index) {
    const graft_node *node = graft_graph_node(lowering->graph, index);
    const activation *a = node->attributes;
    const elements p = {(int)graft_shape_count(&node->output)};
    float numbers[3], bounds[2];
    graft_c_step *host = graft_c_host(lowering, index);
    if (a->kind == GRAFT_ACT_LINEAR) {
        graft_c_same(lowering, index);
        return GRAFT_OK;
    }
    if (host != NULL && limits(a, bounds)) {
        memcpy(graft_c_array_of(host, "bounds")->values, bounds, sizeof bounds);
        graft_c_same(lowering, index);
        return GRAFT_OK;
    }
    GRAFT_TRY(graft_c_node_step(lowering, index, kernel_of(a->kind), "elements", &p, sizeof p, 1, &host));
    const size_t count = numbers_of(a, numbers);
    return count == 0 ? GRAFT_OK : graft_c_add_floats(host, "numbers", numbers, count);
}
