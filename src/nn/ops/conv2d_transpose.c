#include "nn/ops/ops.h"
#include "nn/plan-internal.h"
#include "nn/train/train-internal.h"

typedef graft_conv2d_transpose_attributes transpose;

static const graft_option attributes[] = {
    GRAFT_ATTRIBUTE_INT(transpose, "filters", filters, NULL, 1, GRAFT_MAX_DIMENSION, "output channels"),
    GRAFT_ATTRIBUTE_INTS(transpose, "kernel", kernel, 2, NULL, 1, GRAFT_MAX_WINDOW, "height and width of the kernel"),
    GRAFT_ATTRIBUTE_INTS(transpose, "strides", strides, 2, "1,1", 1, GRAFT_MAX_WINDOW,
                         "distance between the inputs' places in the output"),
    GRAFT_ATTRIBUTE_INTS(transpose, "dilations", dilations, 2, "1,1", 1, GRAFT_MAX_WINDOW,
                         "distance between the kernel's cells"),
    GRAFT_ATTRIBUTE_INTS(transpose, "padding", padding, 4, "0,0,0,0", 0, GRAFT_MAX_WINDOW,
                         "cells cut off above, below, left, right"),
    GRAFT_ATTRIBUTE_INTS(transpose, "output-padding", output_padding, 2, "0,0", 0, GRAFT_MAX_WINDOW,
                         "rows below and columns to the right that only the bias reaches"),
    GRAFT_ATTRIBUTE_FLAG(transpose, "same", same, NULL, "the output is the input times the stride, as TensorFlow does"),
    GRAFT_ATTRIBUTE_INT(transpose, "groups", groups, "1", 1, GRAFT_MAX_DIMENSION, "blocks of channels kept apart"),
    GRAFT_ATTRIBUTE_FLAG(transpose, "bias", bias, "true", "add one number a filter"),
    GRAFT_OPTION_END,
};

static int64_t reach(const transpose *a, int axis) {
    return (a->kernel[axis] - 1) * a->dilations[axis] + 1;
}

/* What is cut off; below and to the right less by the output padding, even below 0. */
void graft_conv2d_transpose_padding(const graft_node *node, const graft_shape *input, int64_t out[4]) {
    const transpose *a = node->attributes;
    (void)input;
    for (int axis = 0; axis < 2; axis++) {
        out[2 * axis] = a->padding[2 * axis];
        out[2 * axis + 1] = a->padding[2 * axis + 1] - a->output_padding[axis];
        if (!a->same) continue;
        const int64_t total = reach(a, axis) - a->strides[axis];
        out[2 * axis] = total > 0 ? total / 2 : 0;
        out[2 * axis + 1] = total - out[2 * axis];
    }
}

static graft_status check(const transpose *a, const graft_shape *input) {
    int64_t given = 0;
    for (int side = 0; side < 4; side++)
        given += a->padding[side];
    for (int axis = 0; axis < 2; axis++) {
        given += a->output_padding[axis];
        if (a->output_padding[axis] >= a->strides[axis] && a->output_padding[axis] > 0)
            return graft_fail(GRAFT_E_DATA, "output padding %lld with stride %lld, expected less than the stride",
                              (long long)a->output_padding[axis], (long long)a->strides[axis]);
    }
    if (a->same && given > 0) return graft_fail(GRAFT_E_DATA, "padding beside \"same\", expected one of the two");
    if (input->dim[0] % a->groups == 0 && a->filters % a->groups == 0) return GRAFT_OK;
    return graft_fail(GRAFT_E_DATA, "%lld groups over %lld input channels and %lld filters, expected a divisor of both",
                      (long long)a->groups, (long long)input->dim[0], (long long)a->filters);
}

static graft_status infer(const graft_node *node, const graft_shape *inputs, graft_shape *output) {
    const transpose *a = node->attributes;
    int64_t padding[4];
    GRAFT_TRY(graft_need_rank(&inputs[0], 3));
    GRAFT_TRY(check(a, &inputs[0]));
    graft_conv2d_transpose_padding(node, &inputs[0], padding);
    *output = GRAFT_SHAPE(a->filters, 0, 0);
    for (int axis = 0; axis < 2; axis++)
        output->dim[1 + axis] = (inputs[0].dim[1 + axis] - 1) * a->strides[axis] + reach(a, axis) - padding[2 * axis] -
                                padding[2 * axis + 1];
    return GRAFT_OK;
}

static graft_status params(graft_node *node, const graft_shape *inputs) {
    const transpose *a = node->attributes;
    const graft_shape kernel = GRAFT_SHAPE(a->filters, inputs[0].dim[0] / a->groups, a->kernel[0], a->kernel[1]);
    GRAFT_TRY(graft_node_declare(node, "kernel", &kernel));
    return a->bias ? graft_declare_vector(node, "bias", a->filters) : GRAFT_OK;
}

/* Every input cell meets the whole kernel; borders that are cut off are counted too. */
/* Cells of the input along an axis: infer, backwards. */
static int64_t input_length(const graft_node *node, int axis) {
    const transpose *a = node->attributes;
    int64_t length = node->output.dim[1 + axis];
    if (a->same) return length / a->strides[axis];
    return (length - reach(a, axis) + a->padding[2 * axis] + a->padding[2 * axis + 1]) / a->strides[axis] + 1;
}

/* Every cell of the input meets the whole kernel. */
static int64_t multiply_adds(const graft_node *node) {
    return graft_shape_count(&node->params[0].shape) * input_length(node, 0) * input_length(node, 1);
}

static graft_status prepare(graft_plan_builder *builder, int node) {
    const graft_node *at = graft_builder_node(builder, node)->node;
    const transpose *a = at->attributes;
    graft_plan_value input = graft_builder_input(builder, node, 0);
    graft_dnn_convolution convolution = {.source = input.layout,
                                         .destination = graft_builder_shape(builder, &at->output),
                                         .kernel = {a->kernel[0], a->kernel[1]},
                                         .strides = {a->strides[0], a->strides[1]},
                                         .dilations = {a->dilations[0], a->dilations[1]},
                                         .groups = a->groups,
                                         .weights = graft_tensor_f32(graft_node_param(at, "kernel")->value)};
    graft_dnn_op *op;
    if (a->bias) convolution.bias = graft_tensor_f32(graft_node_param(at, "bias")->value);
    graft_conv2d_transpose_padding(at, NULL, convolution.padding);
    GRAFT_TRY(graft_dnn_transposed_new(builder->plan->engine, &convolution, &op));
    graft_status status = graft_builder_relayout(builder, node, input, graft_dnn_op_source(op, 0), &input);
    if (status != GRAFT_OK) {
        graft_dnn_op_free(op);
        return status;
    }
    return graft_builder_finish(builder, node, op, &input, -1);
}

const graft_op graft_op_conv2d_transpose = {
    .name = "conv2d_transpose",
    .help = "transpose of a two-dimensional convolution: larger pictures from smaller ones",
    .attribute_size = sizeof(transpose),
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
