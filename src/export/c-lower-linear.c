/* Convolutions, dense layers, and what folds into them. */
#include "export/c-lower.h"
#include <math.h>
#include <string.h>

/* Kernel O,I,H,W in the order of the text: blocks of output channels, in each the cells, the inputs, the outputs. */
static void order_weights(const window *p, const float *kernel, float *to) {
    const int inputs = p->in_channels / p->groups, outputs = p->out_channels / p->groups;
    const int cells = p->kernel_height * p->kernel_width;
    for (int first = 0, n; first < p->out_channels; first += n) {
        const int left = (first / outputs + 1) * outputs - first;
        n = left < BLOCK ? left : BLOCK;
        for (int cell = 0; cell < cells; cell++)
            for (int i = 0; i < inputs; i++)
                for (int o = 0; o < n; o++)
                    *to++ = kernel[((size_t)(first + o) * (size_t)inputs + (size_t)i) * (size_t)cells + (size_t)cell];
    }
}

static graft_status linear(graft_c_lowering *lowering, int index, const window *p) {
    const graft_node *node = graft_graph_node(lowering->graph, index);
    const graft_param *kernel = graft_node_param(node, "kernel"), *bias = graft_node_param(node, "bias");
    const bool depthwise = !p->transposed && p->groups == p->in_channels && p->out_channels == p->in_channels;
    graft_c_step *step;
    float *weights, *offsets;
    GRAFT_TRY(graft_c_node_step(lowering, index, depthwise ? GRAFT_C_depthwise_f32 : GRAFT_C_conv_f32, "window", p,
                                sizeof *p, 1, &step));
    GRAFT_TRY(graft_c_add_array(step, "weights", GRAFT_C_FLOAT, (size_t)graft_shape_count(&kernel->shape), &weights));
    GRAFT_TRY(graft_c_add_array(step, "bias", GRAFT_C_FLOAT, (size_t)p->out_channels, &offsets));
    GRAFT_TRY(graft_c_add_bounds(step));
    const float *from = graft_tensor_f32(kernel->value);
    const int cells = p->kernel_height * p->kernel_width;
    if (depthwise)
        for (int i = 0; i < cells * p->in_channels; i++)
            weights[i] = from[i % p->in_channels * cells + i / p->in_channels];
    else
        order_weights(p, from, weights);
    if (bias != NULL) memcpy(offsets, graft_tensor_f32(bias->value), (size_t)p->out_channels * sizeof *offsets);
    return GRAFT_OK;
}

/* From maps of `in` to maps of `out`. */
static window between(const graft_shape *in, const graft_shape *out, const int64_t padding[4], int64_t groups) {
    return (window){.in_height = (int)in->dim[1],
                    .in_width = (int)in->dim[2],
                    .in_channels = (int)in->dim[0],
                    .out_height = (int)out->dim[1],
                    .out_width = (int)out->dim[2],
                    .out_channels = (int)out->dim[0],
                    .top = (int)padding[0],
                    .left = (int)padding[2],
                    .groups = (int)groups};
}

static void slide(window *p, const int64_t kernel[2], const int64_t strides[2], const int64_t dilations[2]) {
    p->kernel_height = (int)kernel[0];
    p->kernel_width = (int)kernel[1];
    p->stride_down = (int)strides[0];
    p->stride_right = (int)strides[1];
    p->dilation_down = (int)dilations[0];
    p->dilation_right = (int)dilations[1];
}

graft_status graft_c_lower_conv2d(graft_c_lowering *lowering, int index) {
    const graft_node *node = graft_graph_node(lowering->graph, index);
    const graft_conv2d_attributes *a = node->attributes;
    const graft_node *before = graft_c_input(lowering, index, 0);
    int64_t padding[4];
    graft_conv2d_padding(node, &before->output, padding);
    const graft_shape *in = &before->output;
    int from = node->inputs[0];
    if (strcmp(before->op->name, "zeropad2d") == 0) { /* its own padding does the same */
        const graft_pad_attributes *pad = before->attributes;
        padding[0] += pad->padding[0];
        padding[2] += pad->padding[2];
        from = before->inputs[0];
        in = &graft_graph_node(lowering->graph, from)->output;
    }
    window p = between(in, &node->output, padding, a->groups);
    slide(&p, a->kernel, a->strides, a->dilations);
    GRAFT_TRY(linear(lowering, index, &p));
    lowering->program->steps[lowering->program->step_count - 1].inputs[0] = lowering->value[from];
    return GRAFT_OK;
}

graft_status graft_c_lower_conv2d_transpose(graft_c_lowering *lowering, int index) {
    const graft_node *node = graft_graph_node(lowering->graph, index);
    const graft_conv2d_transpose_attributes *a = node->attributes;
    const graft_shape *in = &graft_c_input(lowering, index, 0)->output;
    int64_t padding[4];
    graft_conv2d_transpose_padding(node, in, padding);
    window p = between(in, &node->output, padding, a->groups);
    slide(&p, a->kernel, a->strides, a->dilations);
    p.transposed = 1;
    return linear(lowering, index, &p);
}

/* One cell, or many side by side, each by itself. */
static window cells_of(int64_t cells, int64_t in, int64_t out, int64_t groups) {
    return (window){1, (int)cells, (int)in, 1, (int)cells, (int)out, 1, 1, 1, 1, 1, 1, 0, 0, (int)groups, 0, 0};
}

graft_status graft_c_lower_dense(graft_c_lowering *lowering, int index) {
    const graft_node *node = graft_graph_node(lowering->graph, index);
    const window p = cells_of(1, graft_c_input(lowering, index, 0)->output.dim[0], node->output.dim[0], 1);
    return linear(lowering, index, &p);
}

/* y = x * scale[c] + shift[c], as part of the step before or as one of its own. */
static graft_status affine(graft_c_lowering *lowering, int index, const double *scale, const double *shift) {
    const graft_node *node = graft_graph_node(lowering->graph, index);
    graft_c_step *step = graft_c_host(lowering, index);
    graft_c_array *weights = step ? graft_c_array_of(step, "weights") : NULL;
    const int64_t channels = node->output.dim[0];
    float *w, *b;
    if (weights != NULL && step->arrays[1].count == (size_t)channels) {
        w = weights->values;
        b = step->arrays[1].values;
        for (size_t i = 0; i < weights->count; i++)
            w[i] = (float)(w[i] * scale[graft_c_weight_channel(step, i)]);
        for (int64_t c = 0; c < channels; c++)
            b[c] = (float)(b[c] * scale[c] + shift[c]);
        graft_c_same(lowering, index);
        return GRAFT_OK;
    }
    const window p = cells_of(graft_c_area(&node->output), channels, channels, channels);
    GRAFT_TRY(graft_c_node_step(lowering, index, GRAFT_C_depthwise_f32, "window", &p, sizeof p, 1, &step));
    GRAFT_TRY(graft_c_add_array(step, "weights", GRAFT_C_FLOAT, (size_t)channels, &w));
    GRAFT_TRY(graft_c_add_array(step, "bias", GRAFT_C_FLOAT, (size_t)channels, &b));
    for (int64_t c = 0; c < channels; c++) {
        w[c] = (float)scale[c];
        b[c] = (float)shift[c];
    }
    return graft_c_add_bounds(step);
}

static double number(const graft_node *node, const char *name, int64_t c, double missing) {
    const graft_param *param = graft_node_param(node, name);
    return param == NULL ? missing : graft_tensor_f32(param->value)[c];
}

/* scale and shift from the node's parameters. */
static graft_status scaled(graft_c_lowering *lowering, int index, const double *epsilon) {
    const graft_node *node = graft_graph_node(lowering->graph, index);
    const int64_t channels = node->output.dim[0];
    double *scale = graft_allocate(2 * (size_t)channels, sizeof *scale);
    if (scale == NULL) return graft_fail_memory("C source");
    double *shift = scale + channels;
    for (int64_t c = 0; c < channels; c++) {
        scale[c] = epsilon == NULL ? number(node, "scale", c, 1)
                                   : number(node, "gamma", c, 1) / sqrt(number(node, "variance", c, 1) + *epsilon);
        shift[c] = epsilon == NULL ? number(node, "shift", c, 0)
                                   : number(node, "beta", c, 0) - number(node, "mean", c, 0) * scale[c];
    }
    const graft_status status = affine(lowering, index, scale, shift);
    graft_release(scale);
    return status;
}

graft_status graft_c_lower_batchnorm(graft_c_lowering *lowering, int index) {
    const graft_batchnorm_attributes *a = graft_graph_node(lowering->graph, index)->attributes;
    return scaled(lowering, index, &a->epsilon);
}

graft_status graft_c_lower_scale_shift(graft_c_lowering *lowering, int index) {
    return scaled(lowering, index, NULL);
}
