#include "nn/ops/ops.h"
#include "nn/plan-internal.h"
#include "nn/train/train-internal.h"

static const graft_option attributes[] = {
    GRAFT_ATTRIBUTE_INT(graft_dense_attributes, "units", units, NULL, 1, GRAFT_MAX_DIMENSION, "length of the output"),
    GRAFT_ATTRIBUTE_FLAG(graft_dense_attributes, "bias", bias, "true", "add one number a unit"),
    GRAFT_OPTION_END,
};

static graft_status infer(const graft_node *node, const graft_shape *inputs, graft_shape *output) {
    const graft_dense_attributes *a = node->attributes;
    GRAFT_TRY(graft_need_rank(&inputs[0], 1));
    *output = GRAFT_SHAPE(a->units);
    return GRAFT_OK;
}

static graft_status params(graft_node *node, const graft_shape *inputs) {
    const graft_dense_attributes *a = node->attributes;
    graft_shape kernel = GRAFT_SHAPE(a->units, inputs[0].dim[0]);
    GRAFT_TRY(graft_node_declare(node, "kernel", &kernel));
    return a->bias ? graft_declare_vector(node, "bias", a->units) : GRAFT_OK;
}

static int64_t multiply_adds(const graft_node *node) {
    return graft_shape_count(&node->params[0].shape);
}

/* A convolution of 1x1 over a picture of 1x1. */
static graft_status prepare(graft_plan_builder *builder, int node) {
    graft_dnn_convolution convolution = {
        .destination = graft_builder_shape(builder, &graft_builder_node(builder, node)->node->output),
        .kernel = {1, 1},
        .strides = {1, 1},
        .dilations = {1, 1},
        .groups = 1};
    return graft_builder_convolution(builder, node, &convolution);
}

const graft_op graft_op_dense = {
    .name = "dense",
    .help = "every output from every input of a vector",
    .attribute_size = sizeof(graft_dense_attributes),
    .attributes = attributes,
    .min_inputs = 1,
    .max_inputs = 1,
    .infer = infer,
    .params = params,
    .prepare = prepare,
    .train_forward = graft_train_forward_linear,
    .train_backward = graft_train_backward_linear,
    .multiply_adds = multiply_adds,
};
