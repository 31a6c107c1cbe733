/* Activations: layers of their own, and those inside other layers. */
#include "import/keras.h"

#include <math.h>
#include <string.h>

/* Keras' names of functions. `alpha3` holds where Keras 3 differs; Keras 2 before it. */
static const struct {
    const char *name;
    int kind;
    double alpha, alpha3;
} functions[] = {
    {"linear", GRAFT_ACT_LINEAR, 0, 0},
    {"relu", GRAFT_ACT_RELU, 0, 0},
    {"relu6", GRAFT_ACT_RELU6, 0, 0},
    {"leaky_relu", GRAFT_ACT_LEAKY_RELU, 0.2, 0.2},
    {"elu", GRAFT_ACT_ELU, 1, 1},
    {"selu", GRAFT_ACT_SELU, 0, 0},
    {"sigmoid", GRAFT_ACT_SIGMOID, 0, 0},
    {"tanh", GRAFT_ACT_TANH, 0, 0},
    {"swish", GRAFT_ACT_SWISH, 0, 0},
    {"silu", GRAFT_ACT_SWISH, 0, 0},
    {"hard_sigmoid", GRAFT_ACT_HARD_SIGMOID, 0.2, 1.0 / 6.0},
    {"hard_swish", GRAFT_ACT_HARD_SWISH, 0, 0},
    {"hard_silu", GRAFT_ACT_HARD_SWISH, 0, 0},
    {"gelu", GRAFT_ACT_GELU, 0, 0},
    {"softplus", GRAFT_ACT_SOFTPLUS, 0, 0},
    {"softsign", GRAFT_ACT_SOFTSIGN, 0, 0},
    {"exponential", GRAFT_ACT_EXP, 0, 0},
};

/* "relu", or Keras 3's {"class_name": "function", "config": "relu"}; NULL when it is something else. */
static const char *activation_name(const graft_keras_call *call) {
    const graft_json *value = graft_json_get(call->config, "activation");
    if (graft_json_type_of(value) == GRAFT_JSON_NULL) return "linear";
    if (graft_json_type_of(value) == GRAFT_JSON_OBJECT) value = graft_json_get(value, "config");
    return graft_json_text(value, NULL);
}

bool graft_keras_has_activation(const graft_keras_call *call) {
    const char *name = activation_name(call);
    return !name || strcmp(name, "linear") != 0;
}

const char *graft_keras_before_activation(const graft_keras_call *call) {
    return graft_keras_has_activation(call) ? "linear" : NULL;
}

/* The operation and its attributes for Keras' name of a function. */
static graft_status find_function(const graft_keras_call *call, const char **op, graft_activation_attributes *out) {
    const char *name = activation_name(call);
    *op = "activation";
    for (size_t i = 0; name && i < sizeof(functions) / sizeof(functions[0]); i++) {
        if (strcmp(functions[i].name, name) != 0) continue;
        out->kind = functions[i].kind;
        out->alpha = call->keras->keras3 ? functions[i].alpha3 : functions[i].alpha;
        return GRAFT_OK;
    }
    *op = "softmax";
    if (name && strcmp(name, "softmax") == 0) return GRAFT_OK;
    return graft_keras_refuse(call, "activation", "relu, softmax, sigmoid or another of Keras' functions");
}

graft_status graft_keras_then_activation(graft_keras_call *call) {
    const char *op;
    graft_activation_attributes a = {0};
    if (!graft_keras_has_activation(call)) return GRAFT_OK;
    GRAFT_TRY(find_function(call, &op, &a));
    return graft_keras_then(call, op, NULL, strcmp(op, "softmax") == 0 ? NULL : &a);
}

graft_status graft_keras_activation(graft_keras_call *call) {
    const char *op;
    graft_activation_attributes a = {0};
    GRAFT_TRY(find_function(call, &op, &a));
    return graft_keras_add(call, op, NULL, strcmp(op, "softmax") == 0 ? NULL : &a);
}

/* A number that may be absent or null. */
static graft_status read_real(const graft_keras_call *call, const char *key, double fallback, double *out) {
    const graft_json *value = graft_json_get(call->config, key);
    *out = graft_json_type_of(value) == GRAFT_JSON_NULL ? fallback : graft_json_real(value, NAN);
    return isfinite(*out) ? GRAFT_OK : graft_keras_refuse(call, key, "a number");
}

graft_status graft_keras_relu(graft_keras_call *call) {
    graft_activation_attributes a = {.kind = GRAFT_ACT_RELU};
    GRAFT_TRY(read_real(call, "negative_slope", 0, &a.alpha));
    GRAFT_TRY(read_real(call, "threshold", 0, &a.threshold));
    bool bounded = graft_json_type_of(graft_json_get(call->config, "max_value")) != GRAFT_JSON_NULL;
    GRAFT_TRY(read_real(call, "max_value", 0, &a.max_value));
    if (bounded && a.max_value <= 0) return graft_keras_refuse(call, "max_value", "a number above 0");
    return graft_keras_add(call, "activation", NULL, &a);
}

graft_status graft_keras_leaky_relu(graft_keras_call *call) {
    graft_activation_attributes a = {.kind = GRAFT_ACT_LEAKY_RELU};
    const char *key = graft_json_get(call->config, "negative_slope") ? "negative_slope" : "alpha"; /* Keras 3 | 2 */
    GRAFT_TRY(read_real(call, key, 0.3, &a.alpha));
    return graft_keras_add(call, "activation", NULL, &a);
}

graft_status graft_keras_elu(graft_keras_call *call) {
    graft_activation_attributes a = {.kind = GRAFT_ACT_ELU};
    GRAFT_TRY(read_real(call, "alpha", 1, &a.alpha));
    return graft_keras_add(call, "activation", NULL, &a);
}

graft_status graft_keras_softmax(graft_keras_call *call) {
    graft_softmax_attributes a = {0};
    GRAFT_TRY(graft_keras_axis(call, -1, &a.axis));
    return graft_keras_add(call, "softmax", NULL, &a);
}
