#include "nn/ops/ops.h"
#include "nn/plan-internal.h"
#include "nn/train/train-internal.h"

typedef graft_conv2d_attributes conv2d;

static const graft_option attributes[] = {
    GRAFT_ATTRIBUTE_INT(conv2d, "filters", filters, NULL, 1, GRAFT_MAX_DIMENSION, "output channels"),
    GRAFT_ATTRIBUTE_INTS(conv2d, "kernel", kernel, 2, NULL, 1, GRAFT_MAX_WINDOW, "height and width of the kernel"),
    GRAFT_ATTRIBUTE_INTS(conv2d, "strides", strides, 2, "1,1", 1, GRAFT_MAX_WINDOW, "step down and to the right"),
    GRAFT_ATTRIBUTE_INTS(conv2d, "dilations", dilations, 2, "1,1", 1, GRAFT_MAX_WINDOW,
                         "distance between the kernel's cells"),
    GRAFT_ATTRIBUTE_INTS(conv2d, "padding", padding, 4, "0,0,0,0", 0, GRAFT_MAX_WINDOW,
                         "zeros above, below, left, right"),
    GRAFT_ATTRIBUTE_FLAG(conv2d, "same", same, NULL, "pad as TensorFlow's \"same\" does"),
    GRAFT_ATTRIBUTE_INT(conv2d, "groups", groups, "1", 1, GRAFT_MAX_DIMENSION, "blocks of channels kept apart"),
    GRAFT_ATTRIBUTE_FLAG(conv2d, "bias", bias, "true", "add one number a filter"),
    GRAFT_OPTION_END,
};

static graft_window window_of(const graft_node *node) {
    const conv2d *a = node->attributes;
    return (graft_window){a->kernel, a->strides, a->dilations, a->padding, a->same};
}

void graft_conv2d_padding(const graft_node *node, const graft_shape *input, int64_t out[4]) {
    graft_window window = window_of(node);
    graft_window_padding(&window, input, out);
}

static graft_status infer(const graft_node *node, const graft_shape *inputs, graft_shape *output) {
    const conv2d *a = node->attributes;
    graft_window window = window_of(node);
    GRAFT_TRY(graft_window_infer(&window, &inputs[0], a->filters, output));
    if (inputs[0].dim[0] % a->groups == 0 && a->filters % a->groups == 0) return GRAFT_OK;
    return graft_fail(GRAFT_E_DATA, "%lld groups over %lld input channels and %lld filters, expected a divisor of both",
                      (long long)a->groups, (long long)inputs[0].dim[0], (long long)a->filters);
}

static graft_status params(graft_node *node, const graft_shape *inputs) {
    const conv2d *a = node->attributes;
    graft_shape kernel = GRAFT_SHAPE(a->filters, inputs[0].dim[0] / a->groups, a->kernel[0], a->kernel[1]);
    GRAFT_TRY(graft_node_declare(node, "kernel", &kernel));
    return a->bias ? graft_declare_vector(node, "bias", a->filters) : GRAFT_OK;
}

static int64_t multiply_adds(const graft_node *node) {
    return graft_shape_count(&node->params[0].shape) * node->output.dim[1] * node->output.dim[2];
}

static graft_status prepare(graft_plan_builder *builder, int node) {
    const graft_plan_node *planned = graft_builder_node(builder, node);
    const conv2d *a = planned->node->attributes;
    graft_dnn_convolution convolution = {.destination = graft_builder_shape(builder, &planned->node->output),
                                         .kernel = {a->kernel[0], a->kernel[1]},
                                         .strides = {a->strides[0], a->strides[1]},
                                         .dilations = {a->dilations[0], a->dilations[1]},
                                         .groups = a->groups};
    graft_conv2d_padding(planned->node, &graft_graph_node(builder->graph, planned->node->inputs[0])->output,
                         convolution.padding);
    for (int side = 0; side < 4; side++)
        convolution.padding[side] += planned->padding[side];
    return graft_builder_convolution(builder, node, &convolution);
}

const graft_op graft_op_conv2d = {
    .name = "conv2d",
    .help = "two-dimensional convolution, grouped or depthwise too",
    .attribute_size = sizeof(conv2d),
    .attributes = attributes,
    .min_inputs = 1,
    .max_inputs = 1,
    .infer = infer,
    .params = params,
    .prepare = prepare,
    .train_forward = graft_train_forward_linear,
    .train_backward = graft_train_backward_linear,
    .train_again = graft_train_again_linear,
    .multiply_adds = multiply_adds,
};
