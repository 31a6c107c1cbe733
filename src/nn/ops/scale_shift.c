#include "nn/ops/ops.h"
#include "nn/plan-internal.h"
#include "nn/train/train-internal.h"
#include <math.h>

static graft_status params(graft_node *node, const graft_shape *inputs) {
    GRAFT_TRY(graft_declare_vector(node, "scale", inputs[0].dim[0]));
    return graft_declare_vector(node, "shift", inputs[0].dim[0]);
}

/* BatchNorm's gamma, beta, mean, variance as a scale and a shift. */
static void from_statistics(const graft_node *node, graft_affine *out) {
    const graft_batchnorm_attributes *a = node->attributes;
    const float *mean = graft_tensor_f32(graft_node_param(node, "mean")->value);
    const float *variance = graft_tensor_f32(graft_node_param(node, "variance")->value);
    const float *gamma = a->scale ? graft_tensor_f32(graft_node_param(node, "gamma")->value) : NULL;
    const float *beta = a->center ? graft_tensor_f32(graft_node_param(node, "beta")->value) : NULL;
    for (int64_t c = 0; c < node->output.dim[0]; c++) {
        out->scale[c] = (gamma ? (double)gamma[c] : 1.0) / sqrt((double)variance[c] + a->epsilon);
        out->shift[c] = (beta ? (double)beta[c] : 0.0) - (double)mean[c] * out->scale[c];
    }
}

graft_status graft_affine_of(const graft_node *node, graft_affine *out) {
    const size_t channels = (size_t)node->output.dim[0];
    out->scale = graft_allocate(channels, 2 * sizeof *out->scale);
    if (out->scale == NULL) return graft_fail_memory("a plan");
    out->shift = out->scale + channels;
    if (node->op == &graft_op_batchnorm) {
        from_statistics(node, out);
        return GRAFT_OK;
    }
    const float *scale = graft_tensor_f32(graft_node_param(node, "scale")->value);
    const float *shift = graft_tensor_f32(graft_node_param(node, "shift")->value);
    for (size_t c = 0; c < channels; c++) {
        out->scale[c] = scale[c];
        out->shift[c] = shift[c];
    }
    return GRAFT_OK;
}

void graft_affine_free(graft_affine *affine) {
    graft_release(affine->scale);
    *affine = (graft_affine){NULL, NULL};
}

graft_status graft_prepare_scale_shift(graft_plan_builder *builder, int node) {
    const graft_plan_node *planned = graft_builder_node(builder, node);
    const size_t channels = (size_t)planned->node->output.dim[0];
    const graft_plan_value input = graft_builder_input(builder, node, 0);
    graft_affine affine;
    graft_dnn_op *op;
    GRAFT_TRY(graft_affine_of(planned->node, &affine));
    graft_status status = GRAFT_E_MEMORY;
    float *scale = graft_allocate(channels, 2 * sizeof *scale), *shift = scale + channels;
    if (scale != NULL) {
        for (size_t c = 0; c < channels; c++) {
            scale[c] = (float)affine.scale[c];
            shift[c] = (float)affine.shift[c];
        }
        status = graft_dnn_scale_shift_new(builder->plan->engine, input.layout, scale, shift, &planned->posts, &op);
    } else {
        status = graft_fail_memory("a plan");
    }
    graft_release(scale);
    graft_affine_free(&affine);
    if (status != GRAFT_OK) return status;
    return graft_builder_finish(builder, node, op, &input, graft_builder_dies(builder, input, node) ? 0 : -1);
}

const graft_op graft_op_scale_shift = {
    .name = "scale_shift",
    .help = "a factor and an offset for each channel",
    .min_inputs = 1,
    .max_inputs = 1,
    .infer = graft_infer_same,
    .params = params,
    .prepare = graft_prepare_scale_shift,
    .train_forward = graft_train_forward_affine,
    .train_backward = graft_train_backward_affine,
    .train_again = graft_train_again_affine,
};
