#include "nn/ops/ops.h"
#include "nn/plan-internal.h"
#include "nn/train/train-internal.h"

static const graft_option attributes[] = {
    GRAFT_ATTRIBUTE_REAL(graft_batchnorm_attributes, "epsilon", epsilon, "0.001", 0.0, 1.0, "added to the variance"),
    GRAFT_ATTRIBUTE_FLAG(graft_batchnorm_attributes, "scale", scale, "true", "multiply by gamma"),
    GRAFT_ATTRIBUTE_FLAG(graft_batchnorm_attributes, "center", center, "true", "add beta"),
    GRAFT_OPTION_END,
};

static graft_status params(graft_node *node, const graft_shape *inputs) {
    const graft_batchnorm_attributes *a = node->attributes;
    int64_t channels = inputs[0].dim[0];
    if (a->scale) GRAFT_TRY(graft_declare_vector(node, "gamma", channels));
    if (a->center) GRAFT_TRY(graft_declare_vector(node, "beta", channels));
    GRAFT_TRY(graft_declare_vector(node, "mean", channels));
    return graft_declare_vector(node, "variance", channels);
}

const graft_op graft_op_batchnorm = {
    .name = "batchnorm",
    .help = "normalisation of each channel by its stored mean and variance (Ioffe and Szegedy 2015)",
    .attribute_size = sizeof(graft_batchnorm_attributes),
    .attributes = attributes,
    .min_inputs = 1,
    .max_inputs = 1,
    .infer = graft_infer_same,
    .params = params,
    .prepare = graft_prepare_scale_shift,
    .train_forward = graft_train_forward_affine,
    .train_backward = graft_train_backward_affine,
    .train_again = graft_train_again_affine,
};
