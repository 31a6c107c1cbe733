#include "nn/ops/ops.h"
#include "nn/plan-internal.h"
#include "nn/train/train-internal.h"

typedef graft_layernorm_attributes layernorm;

static const graft_option attributes[] = {
    GRAFT_ATTRIBUTE_REAL(layernorm, "epsilon", epsilon, "0.001", 0.0, 1.0, "added to the variance"),
    GRAFT_ATTRIBUTE_FLAG(layernorm, "scale", scale, "true", "multiply by gamma"),
    GRAFT_ATTRIBUTE_FLAG(layernorm, "center", center, "true", "add beta"),
    GRAFT_OPTION_END,
};

static graft_status params(graft_node *node, const graft_shape *inputs) {
    const layernorm *a = node->attributes;
    if (a->scale) GRAFT_TRY(graft_declare_vector(node, "gamma", inputs[0].dim[0]));
    return a->center ? graft_declare_vector(node, "beta", inputs[0].dim[0]) : GRAFT_OK;
}

/* The parameter's values, or `constant` in its place. */
static void copy_or(const graft_node *node, const char *name, float constant, float *out) {
    const graft_param *param = graft_node_param(node, name);
    for (int64_t c = 0; c < node->output.dim[0]; c++)
        out[c] = param == NULL ? constant : graft_tensor_f32(param->value)[c];
}

/* Each cell's channels side by side. */
static graft_status gather(graft_plan_builder *builder, int node, graft_plan_value *out) {
    const graft_plan_value input = graft_builder_input(builder, node, 0);
    const graft_dnn_shape shape = graft_dnn_layout_shape(input.layout);
    graft_dnn_layout *layout;
    if (shape.dim[2] * shape.dim[3] == 1) return graft_builder_plain(builder, node, input, out);
    GRAFT_TRY(graft_dnn_layout_channels_last(&shape, &layout));
    GRAFT_TRY(graft_builder_keep(builder, layout));
    return graft_builder_relayout(builder, node, input, layout, out);
}

static graft_status prepare(graft_plan_builder *builder, int node) {
    const graft_node *at = graft_builder_node(builder, node)->node;
    const layernorm *a = at->attributes;
    const size_t channels = (size_t)at->output.dim[0];
    graft_plan_value input;
    graft_dnn_op *op;
    GRAFT_TRY(gather(builder, node, &input));
    float *vectors = graft_allocate(2 * channels, sizeof *vectors);
    if (vectors == NULL) return graft_fail_memory("a plan");
    copy_or(at, "gamma", 1.0F, vectors);
    copy_or(at, "beta", 0.0F, vectors + channels);
    graft_status status =
        graft_dnn_layernorm_new(builder->plan->engine, input.layout, a->epsilon, vectors, vectors + channels, &op);
    graft_release(vectors);
    if (status != GRAFT_OK) return status;
    return graft_builder_finish(builder, node, op, &input, -1);
}

const graft_op graft_op_layernorm = {
    .name = "layernorm",
    .help = "normalisation of each cell over its channels, or of a vector (Ba et al. 2016)",
    .attribute_size = sizeof(layernorm),
    .attributes = attributes,
    .min_inputs = 1,
    .max_inputs = 1,
    .infer = graft_infer_same,
    .params = params,
    .prepare = prepare,
    .train_forward = graft_train_forward_layernorm,
    .train_backward = graft_train_backward_layernorm,
};
