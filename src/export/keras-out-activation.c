/* Functions of each number by itself, and softmax. */
#include "base/error.h"
#include "export/export-common.h"
#include "export/keras-out.h"

#include <math.h>
#include <string.h>

const char *graft_keras_out_function(const graft_node *node) {
    if (strcmp(node->op->name, "softmax") == 0) return node->output.rank == 1 ? "softmax" : NULL;
    if (strcmp(node->op->name, "activation") != 0) return NULL;
    const graft_activation_attributes *a = node->attributes;
    switch ((graft_activation_kind)a->kind) {
    case GRAFT_ACT_LINEAR:
        return "linear";
    case GRAFT_ACT_RELU:
        return a->alpha == 0 && a->max_value == 0 && a->threshold == 0 ? "relu" : NULL;
    case GRAFT_ACT_ELU:
        return a->alpha == 1 ? "elu" : NULL;
    case GRAFT_ACT_SELU:
        return "selu";
    case GRAFT_ACT_SIGMOID:
        return "sigmoid";
    case GRAFT_ACT_TANH:
        return "tanh";
    case GRAFT_ACT_SWISH:
        return "swish";
    case GRAFT_ACT_HARD_SIGMOID: /* Keras 2's */
        return fabs(a->alpha - 0.2) < 1e-9 ? "hard_sigmoid" : NULL;
    case GRAFT_ACT_GELU:
        return "gelu";
    case GRAFT_ACT_SOFTPLUS:
        return "softplus";
    case GRAFT_ACT_SOFTSIGN:
        return "softsign";
    case GRAFT_ACT_EXP:
        return "exponential";
    case GRAFT_ACT_RELU6:
    case GRAFT_ACT_LEAKY_RELU:
    case GRAFT_ACT_HARD_SWISH:
        break;
    }
    return NULL;
}

static graft_status by_name(graft_keras_out *out, const char *function) {
    graft_json *config = graft_json_new_object();
    graft_json_set_text(config, "activation", function);
    return graft_keras_out_layer(out, "Activation", NULL, config, NULL, 0);
}

static graft_status with_alpha(graft_keras_out *out, const char *class_name, double alpha) {
    graft_json *config = graft_json_new_object();
    graft_json_set_real(config, "alpha", alpha);
    return graft_keras_out_layer(out, class_name, NULL, config, NULL, 0);
}

static graft_status relu(graft_keras_out *out, const char *suffix, double max_value, double slope, double threshold) {
    graft_json *config = graft_json_new_object();
    graft_json_set(config, "max_value", max_value > 0 ? graft_json_new_real(max_value) : graft_json_new_null());
    graft_json_set_real(config, "negative_slope", slope);
    graft_json_set_real(config, "threshold", threshold);
    return graft_keras_out_layer(out, "ReLU", suffix, config, NULL, 0);
}

static graft_status any_relu(graft_keras_out *out, const graft_activation_attributes *a) {
    if (a->max_value == 0 && a->threshold == 0) return with_alpha(out, "LeakyReLU", a->alpha);
    if (a->alpha < 0 || a->threshold < 0)
        return graft_export_refuse(graft_keras_out_node(out), "Keras",
                                   "a bounded ReLU with a negative slope or threshold below 0");
    return relu(out, NULL, a->max_value, a->alpha, a->threshold);
}

/* clamp(slope * x + 0.5, 0, 1) */
static graft_status clamped(graft_keras_out *out, double slope, const char *suffix) {
    graft_json *config = graft_json_new_object();
    graft_json_set_real(config, "scale", slope);
    graft_json_set_real(config, "offset", 0.5);
    GRAFT_TRY(graft_keras_out_layer(out, "Rescaling", "rescaled", config, NULL, 0));
    return relu(out, suffix, 1, 0, 0);
}

/* x * clamp(x / 6 + 0.5, 0, 1) */
static graft_status hard_swish(graft_keras_out *out) {
    const char *x = out->input[0];
    GRAFT_TRY(clamped(out, 1.0 / 6.0, "gate"));
    out->input[1] = out->input[0];
    out->input[0] = x;
    out->input_count = 2;
    return graft_keras_out_layer(out, "Multiply", NULL, graft_json_new_object(), NULL, 0);
}

graft_status graft_keras_out_activation(graft_keras_out *out) {
    const graft_node *node = graft_keras_out_node(out);
    const graft_activation_attributes *a = node->attributes;
    const char *function = graft_keras_out_function(node);
    if (function) return by_name(out, function);
    switch ((graft_activation_kind)a->kind) {
    case GRAFT_ACT_RELU:
        return any_relu(out, a);
    case GRAFT_ACT_RELU6:
        return relu(out, NULL, 6, 0, 0);
    case GRAFT_ACT_LEAKY_RELU:
        return with_alpha(out, "LeakyReLU", a->alpha);
    case GRAFT_ACT_ELU:
        return with_alpha(out, "ELU", a->alpha);
    case GRAFT_ACT_HARD_SIGMOID:
        return clamped(out, a->alpha, NULL);
    case GRAFT_ACT_HARD_SWISH:
        return hard_swish(out);
    default:
        return graft_export_refuse(node, "Keras", "this activation");
    }
}

/* `steps` bounds the walk back: where it ends the answer is no. */
static bool is_positive(const graft_graph *graph, int index, int *steps) {
    static const char *const keeps[] = {"maxpool2d", "avgpool2d", "dropout", "zeropad2d", "concat",
                                        "add",       "multiply",  "reshape", "flatten",   "upsample2d"};
    const graft_node *node = graft_graph_node(graph, index);
    const graft_activation_attributes *a = node->attributes;
    if (--*steps < 0) return false;
    if (strcmp(node->op->name, "softmax") == 0) return true;
    if (strcmp(node->op->name, "activation") == 0)
        return (a->kind == GRAFT_ACT_RELU && a->alpha == 0 && a->threshold >= 0) || a->kind == GRAFT_ACT_RELU6 ||
               a->kind == GRAFT_ACT_SIGMOID || a->kind == GRAFT_ACT_HARD_SIGMOID || a->kind == GRAFT_ACT_SOFTPLUS ||
               a->kind == GRAFT_ACT_EXP;
    for (size_t i = 0; i < sizeof(keeps) / sizeof(*keeps); i++) {
        if (strcmp(node->op->name, keeps[i]) != 0) continue;
        for (int k = 0; k < node->input_count; k++)
            if (!is_positive(graph, node->inputs[k], steps)) return false;
        return true;
    }
    return false;
}

bool graft_keras_out_positive(const graft_graph *graph, int node) {
    int steps = 1000;
    return is_positive(graph, node, &steps);
}
