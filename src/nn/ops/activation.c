#include "nn/ops/ops.h"

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

const graft_op graft_op_activation = {
    .name = "activation",
    .help = "a function of each number by itself",
    .attribute_size = sizeof(activation),
    .attributes = attributes,
    .min_inputs = 1,
    .max_inputs = 1,
    .infer = infer,
    .prepare = NULL,
};
