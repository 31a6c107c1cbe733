/* Pools, sums, products, normalisation, softmax: nodes that are a step of their own. */
#include "export/c-lower.h"
#include <string.h>

static graft_status pool(graft_c_lowering *lowering, int index, graft_c_kernel_id kernel, const int64_t size[2],
                         const int64_t strides[2], const int64_t padding[4], bool count_padding) {
    const graft_shape *in = &graft_c_input(lowering, index, 0)->output;
    const graft_shape *out = &graft_graph_node(lowering->graph, index)->output;
    graft_c_step *step;
    const window p = {.in_height = (int)in->dim[1],
                      .in_width = (int)in->dim[2],
                      .in_channels = (int)in->dim[0],
                      .out_height = out->rank == 3 ? (int)out->dim[1] : 1,
                      .out_width = out->rank == 3 ? (int)out->dim[2] : 1,
                      .out_channels = (int)in->dim[0],
                      .kernel_height = (int)size[0],
                      .kernel_width = (int)size[1],
                      .stride_down = (int)strides[0],
                      .stride_right = (int)strides[1],
                      .dilation_down = 1,
                      .dilation_right = 1,
                      .top = (int)padding[0],
                      .left = (int)padding[2],
                      .groups = (int)in->dim[0],
                      .count_padding = count_padding};
    return graft_c_node_step(lowering, index, kernel, "window", &p, sizeof p, 1, &step);
}

static graft_status sliding(graft_c_lowering *lowering, int index, graft_c_kernel_id kernel) {
    const graft_node *node = graft_graph_node(lowering->graph, index);
    const graft_pool_attributes *a = node->attributes;
    int64_t padding[4];
    graft_pool_padding(node, &graft_c_input(lowering, index, 0)->output, padding);
    return pool(lowering, index, kernel, a->size, a->strides, padding, a->count_padding);
}

graft_status graft_c_lower_maxpool2d(graft_c_lowering *lowering, int index) {
    return sliding(lowering, index, GRAFT_C_maxpool_f32);
}

graft_status graft_c_lower_avgpool2d(graft_c_lowering *lowering, int index) {
    return sliding(lowering, index, GRAFT_C_avgpool_f32);
}

static graft_status whole(graft_c_lowering *lowering, int index, graft_c_kernel_id kernel) {
    const int64_t ones[2] = {1, 1}, none[4] = {0};
    return pool(lowering, index, kernel, &graft_c_input(lowering, index, 0)->output.dim[1], ones, none, false);
}

graft_status graft_c_lower_global_maxpool(graft_c_lowering *lowering, int index) {
    return whole(lowering, index, GRAFT_C_maxpool_f32);
}

graft_status graft_c_lower_global_avgpool(graft_c_lowering *lowering, int index) {
    return whole(lowering, index, GRAFT_C_avgpool_f32);
}

/* The first input that has the output's shape, then the others, one after the other. */
static graft_status merge(graft_c_lowering *lowering, int index, graft_c_kernel_id kernel) {
    const graft_node *node = graft_graph_node(lowering->graph, index);
    const graft_shape *out = &node->output;
    int first = 0;
    while (!graft_shape_equal(&graft_c_input(lowering, index, first)->output, out))
        first++;
    lowering->value[index] = graft_c_input_value(lowering, index, first);
    if (node->input_count == 1) {
        graft_c_same(lowering, index);
        return GRAFT_OK;
    }
    for (int k = 0; k < node->input_count; k++) {
        if (k == first) continue;
        const int sum = lowering->value[index];
        const pair p = {(int)graft_c_area(out), (int)out->dim[0],
                        !graft_shape_equal(&graft_c_input(lowering, index, k)->output, out)};
        graft_c_step *step;
        GRAFT_TRY(graft_c_node_step(lowering, index, kernel, "pair", &p, sizeof p, 0, &step));
        step->inputs[0] = sum;
        step->inputs[1] = graft_c_input_value(lowering, index, k);
        step->input_count = 2;
        GRAFT_TRY(graft_c_add_bounds(step));
    }
    return GRAFT_OK;
}

graft_status graft_c_lower_add(graft_c_lowering *lowering, int index) {
    return merge(lowering, index, GRAFT_C_add_f32);
}

graft_status graft_c_lower_multiply(graft_c_lowering *lowering, int index) {
    return merge(lowering, index, GRAFT_C_multiply_f32);
}

graft_status graft_c_lower_softmax(graft_c_lowering *lowering, int index) {
    const graft_node *node = graft_graph_node(lowering->graph, index);
    const graft_softmax_attributes *a = node->attributes;
    const int channels = (int)node->output.dim[0], area = (int)graft_c_area(&node->output);
    const int width = node->output.rank == 3 ? (int)node->output.dim[2] : 1, height = area / width;
    line p = {area, channels, 1};
    graft_c_step *step;
    if (a->axis == 1) p = (line){1, height, width * channels};
    if (a->axis == 2) p = (line){height, width, channels};
    return graft_c_node_step(lowering, index, GRAFT_C_softmax_f32, "line", &p, sizeof p, 1, &step);
}

graft_status graft_c_lower_lrn(graft_c_lowering *lowering, int index) {
    const graft_node *node = graft_graph_node(lowering->graph, index);
    const graft_lrn_attributes *a = node->attributes;
    const float numbers[3] = {(float)(a->alpha / (double)a->size), (float)a->beta, (float)a->k};
    const response p = {(int)graft_c_area(&node->output), (int)node->output.dim[0], (int)a->size};
    graft_c_step *step;
    GRAFT_TRY(graft_c_node_step(lowering, index, GRAFT_C_lrn_f32, "response", &p, sizeof p, 1, &step));
    return graft_c_add_floats(step, "numbers", numbers, 3);
}

static graft_status vector(graft_c_step *step, const graft_node *node, const char *name, float missing) {
    const graft_param *param = graft_node_param(node, name);
    const size_t count = (size_t)node->output.dim[0];
    float *to;
    GRAFT_TRY(graft_c_add_array(step, name, GRAFT_C_FLOAT, count, &to));
    for (size_t c = 0; c < count; c++)
        to[c] = param == NULL ? missing : graft_tensor_f32(param->value)[c];
    return GRAFT_OK;
}

graft_status graft_c_lower_layernorm(graft_c_lowering *lowering, int index) {
    const graft_node *node = graft_graph_node(lowering->graph, index);
    const graft_layernorm_attributes *a = node->attributes;
    const float epsilon = (float)a->epsilon;
    const table p = {(int)graft_c_area(&node->output), (int)node->output.dim[0]};
    graft_c_step *step;
    GRAFT_TRY(graft_c_node_step(lowering, index, GRAFT_C_layernorm_f32, "table", &p, sizeof p, 1, &step));
    GRAFT_TRY(vector(step, node, "gamma", 1));
    GRAFT_TRY(vector(step, node, "beta", 0));
    return graft_c_add_floats(step, "epsilon", &epsilon, 1);
}
