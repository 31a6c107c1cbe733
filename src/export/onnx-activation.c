/* Activations: ONNX has most of them; the others are put together. */
#include "export/onnx-builder.h"

#include "base/error.h"

/* NULL: no bound on that side. */
static graft_status clip(graft_to_onnx_builder *self, const double *low, const double *high, const char **value) {
    const char *from = "", *to = NULL;
    if (low) GRAFT_TRY(graft_to_onnx_scalar(self, *low, &from));
    if (high) GRAFT_TRY(graft_to_onnx_scalar(self, *high, &to));
    return graft_to_onnx_emit(self, "Clip", (const char *const[]){*value, from, to, NULL}, NULL, value);
}

/* x >= threshold: x; below: alpha * (x - threshold). */
static graft_status bent(graft_to_onnx_builder *self, const graft_activation_attributes *a, const char **value) {
    const char *threshold, *alpha, *above = *value, *below = *value;
    GRAFT_TRY(graft_to_onnx_scalar(self, a->threshold, &threshold));
    GRAFT_TRY(graft_to_onnx_scalar(self, a->alpha, &alpha));
    GRAFT_TRY(graft_to_onnx_with(self, "GreaterOrEqual", threshold, &above));
    GRAFT_TRY(graft_to_onnx_with(self, "Sub", threshold, &below));
    GRAFT_TRY(graft_to_onnx_with(self, "Mul", alpha, &below));
    return graft_to_onnx_emit(self, "Where", (const char *const[]){above, *value, below, NULL}, NULL, value);
}

static graft_status relu(graft_to_onnx_builder *self, const graft_activation_attributes *a, const char **value) {
    const double zero = 0;
    const bool bounded = a->max_value > 0;
    if (a->threshold != 0) {
        GRAFT_TRY(bent(self, a, value));
    } else if (a->alpha != 0) {
        GRAFT_TRY(graft_to_onnx_then(self, "LeakyRelu", graft_to_onnx_real("alpha", a->alpha), value));
    } else {
        return bounded ? clip(self, &zero, &a->max_value, value) : graft_to_onnx_then(self, "Relu", NULL, value);
    }
    return bounded ? clip(self, NULL, &a->max_value, value) : GRAFT_OK;
}

static graft_status selu(graft_to_onnx_builder *self, const char **value) {
    graft_json *attributes = graft_to_onnx_real("alpha", 1.6732632423543772); /* Klambauer et al. 2017 */
    graft_json_set_real(attributes, "gamma", 1.0507009873554805);
    return graft_to_onnx_then(self, "Selu", attributes, value);
}

static graft_status hard_sigmoid(graft_to_onnx_builder *self, double alpha, const char **value) {
    graft_json *attributes = graft_to_onnx_real("alpha", alpha);
    graft_json_set_real(attributes, "beta", 0.5);
    return graft_to_onnx_then(self, "HardSigmoid", attributes, value);
}

/* x / 2 * (1 + erf(x / sqrt 2)) */
static graft_status gelu(graft_to_onnx_builder *self, const char *x, const char **value) {
    const char *root, *one, *half;
    GRAFT_TRY(graft_to_onnx_scalar(self, 1.4142135623730951, &root));
    GRAFT_TRY(graft_to_onnx_scalar(self, 1, &one));
    GRAFT_TRY(graft_to_onnx_scalar(self, 0.5, &half));
    GRAFT_TRY(graft_to_onnx_with(self, "Div", root, value));
    GRAFT_TRY(graft_to_onnx_then(self, "Erf", NULL, value));
    GRAFT_TRY(graft_to_onnx_with(self, "Add", one, value));
    GRAFT_TRY(graft_to_onnx_with(self, "Mul", x, value));
    return graft_to_onnx_with(self, "Mul", half, value);
}

static graft_status apply(graft_to_onnx_builder *self, const graft_activation_attributes *a, const char *x,
                          const char **value) {
    static const double zero = 0, six = 6;
    switch ((graft_activation_kind)a->kind) {
    case GRAFT_ACT_LINEAR:
        return GRAFT_OK;
    case GRAFT_ACT_RELU:
        return relu(self, a, value);
    case GRAFT_ACT_RELU6:
        return clip(self, &zero, &six, value);
    case GRAFT_ACT_LEAKY_RELU:
        return graft_to_onnx_then(self, "LeakyRelu", graft_to_onnx_real("alpha", a->alpha), value);
    case GRAFT_ACT_ELU:
        return graft_to_onnx_then(self, "Elu", graft_to_onnx_real("alpha", a->alpha), value);
    case GRAFT_ACT_SELU:
        return selu(self, value);
    case GRAFT_ACT_SIGMOID:
        return graft_to_onnx_then(self, "Sigmoid", NULL, value);
    case GRAFT_ACT_TANH:
        return graft_to_onnx_then(self, "Tanh", NULL, value);
    case GRAFT_ACT_SWISH:
        GRAFT_TRY(graft_to_onnx_then(self, "Sigmoid", NULL, value));
        return graft_to_onnx_with(self, "Mul", x, value);
    case GRAFT_ACT_HARD_SIGMOID:
        return hard_sigmoid(self, a->alpha, value);
    case GRAFT_ACT_HARD_SWISH: /* the operator of that name came with set 14 */
        GRAFT_TRY(hard_sigmoid(self, 1.0 / 6, value));
        return graft_to_onnx_with(self, "Mul", x, value);
    case GRAFT_ACT_GELU:
        return gelu(self, x, value);
    case GRAFT_ACT_SOFTPLUS:
        return graft_to_onnx_then(self, "Softplus", NULL, value);
    case GRAFT_ACT_SOFTSIGN:
        return graft_to_onnx_then(self, "Softsign", NULL, value);
    case GRAFT_ACT_EXP:
        return graft_to_onnx_then(self, "Exp", NULL, value);
    }
    return graft_fail(GRAFT_E_USAGE, "ONNX: layer %.200s: an activation that ONNX files cannot say", self->node->name);
}

graft_status graft_to_onnx_activation(graft_to_onnx_builder *self) {
    const char *x = graft_to_onnx_input(self, 0), *value = x;
    GRAFT_TRY(apply(self, self->node->attributes, x, &value));
    return graft_to_onnx_give(self, value);
}
