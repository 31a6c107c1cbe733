#include "support/support.h"

#include "nn/plan.h"
#include "support/networks.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int network_add(graft_graph *graph, const char *op, const char *name, const void *attributes, const int *inputs) {
    int count = 0, index = -1;
    while (inputs[count] >= 0)
        count++;
    assert_ok(graft_graph_add(graph, op, name, attributes, inputs, count, &index));
    return index;
}

int network_input(graft_graph *graph, int64_t channels, int64_t height, int64_t width) {
    const graft_input_attributes a = {.shape = {channels, height, width}, .rank = 3};
    return network_add(graph, "input", "input", &a, (const int[]){-1});
}

int network_conv(graft_graph *graph, const char *name, int from, int64_t filters, int64_t kernel, int64_t stride,
                 int64_t groups) {
    const graft_conv2d_attributes a = {.filters = filters,
                                       .kernel = {kernel, kernel},
                                       .strides = {stride, stride},
                                       .dilations = {1, 1},
                                       .same = true,
                                       .groups = groups};
    return network_add(graph, "conv2d", name, &a, (const int[]){from, -1});
}

int network_activation(graft_graph *graph, const char *name, int from, int kind) {
    const graft_activation_attributes a = {.kind = kind, .alpha = kind == GRAFT_ACT_HARD_SIGMOID ? 0.2 : 0.1};
    return network_add(graph, "activation", name, &a, (const int[]){from, -1});
}

static void fill(const graft_param *param, float *values, uint32_t *seed) {
    const int64_t count = graft_shape_count(&param->shape);
    const bool kernel = strcmp(param->name, "kernel") == 0;
    const bool near_one =
        strcmp(param->name, "gamma") == 0 || strcmp(param->name, "variance") == 0 || strcmp(param->name, "scale") == 0;
    /* He et al. 2015, of numbers spread evenly over -1..1 */
    const float size = kernel ? sqrtf(6.0F / ((float)count / (float)param->shape.dim[0])) : near_one ? 0.5F : 0.2F;
    for (int64_t i = 0; i < count; i++)
        values[i] = test_next(seed) * size + (near_one ? 1.0F : 0.0F);
}

void network_fill(graft_graph *graph, uint32_t seed) {
    for (int n = 0; n < graft_graph_count(graph); n++) {
        graft_node *node = graft_graph_node(graph, n);
        for (int i = 0; i < node->param_count; i++) {
            graft_tensor *value;
            if (node->params[i].value != NULL) continue;
            assert_ok(graft_tensor_new(GRAFT_F32, &node->params[i].shape, &value));
            fill(&node->params[i], graft_tensor_f32(value), &seed);
            assert_ok(graft_node_set_param(node, node->params[i].name, value));
        }
    }
}

static int named_conv(graft_graph *graph, const char *block, const char *name, int from, int64_t filters,
                      int64_t kernel, int64_t stride, bool depthwise, bool relu6) {
    char text[96];
    const graft_batchnorm_attributes bn = {.epsilon = 0.001, .scale = true, .center = true};
    snprintf(text, sizeof text, "%s%s", block, name);
    const int64_t groups = depthwise ? graft_graph_node(graph, from)->output.dim[0] : 1;
    int at = network_conv(graph, text, from, depthwise ? groups : filters, kernel, stride, groups);
    snprintf(text, sizeof text, "%s%s_BN", block, name);
    at = network_add(graph, "batchnorm", text, &bn, (const int[]){at, -1});
    if (!relu6) return at;
    snprintf(text, sizeof text, "%s%s_relu", block, name);
    return network_activation(graph, text, at, GRAFT_ACT_RELU6);
}

static int64_t rounded(double filters) {
    const int64_t to = (int64_t)(filters + 4) / 8 * 8, least = to < 8 ? 8 : to;
    return (double)least < 0.9 * filters ? least + 8 : least;
}

size_t network_count(const graft_graph *graph, int node) {
    return (size_t)graft_shape_count(&graft_graph_node(graph, node)->output);
}

float *network_run(graft_context *context, const graft_graph *graph, const float *input) {
    graft_plan *plan;
    graft_plan_state *state;
    assert_ok(graft_plan_new(context, graph, NULL, &plan));
    assert_ok(graft_plan_state_new(plan, &state));
    memcpy(graft_plan_state_input(state, 0), input, network_count(graph, graft_graph_input(graph)) * sizeof *input);
    assert_ok(graft_plan_run(state, 1));
    const size_t bytes = graft_plan_output_size(plan, 0) * sizeof(float);
    float *output = malloc(bytes);
    assert_non_null(output);
    memcpy(output, graft_plan_state_output(state, 0, 0), bytes);
    graft_plan_state_free(state);
    graft_plan_free(plan);
    return output;
}

void network_expect_same_weights(const graft_graph *a, const graft_graph *b) {
    assert_int_equal(graft_graph_count(a), graft_graph_count(b));
    for (int i = 0; i < graft_graph_count(a); i++) {
        const graft_node *x = graft_graph_node(a, i), *y = graft_graph_node(b, i);
        for (int k = 0; k < x->param_count; k++)
            assert_memory_equal(x->params[k].value->data, y->params[k].value->data, x->params[k].value->bytes);
    }
}

graft_graph *network_mobilenet_v2(int64_t size, double width) {
    static const int rows[][4] = {/* expansion, filters, repeats, stride */
                                  {1, 16, 1, 1}, {6, 24, 2, 2},  {6, 32, 3, 2}, {6, 64, 4, 2},
                                  {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}};
    graft_graph *graph;
    assert_ok(graft_graph_new("mobilenet_v2", &graph));
    int at = network_input(graph, 3, size, size), block = 0;
    at = named_conv(graph, "", "Conv1", at, rounded(32 * width), 3, 2, false, true);
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++)
        for (int i = 0; i < rows[row][2]; i++, block++) {
            char name[32];
            snprintf(name, sizeof name, "block_%d_", block);
            const int64_t in = graft_graph_node(graph, at)->output.dim[0], out = rounded(rows[row][1] * width);
            const int64_t stride = i == 0 ? rows[row][3] : 1;
            int inner = at;
            if (rows[row][0] > 1) inner = named_conv(graph, name, "expand", at, in * rows[row][0], 1, 1, false, true);
            inner = named_conv(graph, name, "depthwise", inner, 0, 3, stride, true, true);
            inner = named_conv(graph, name, "project", inner, out, 1, 1, false, false);
            snprintf(name, sizeof name, "block_%d_add", block);
            at = stride == 1 && in == out ? network_add(graph, "add", name, NULL, (const int[]){at, inner, -1}) : inner;
        }
    at = named_conv(graph, "", "Conv_1", at, width > 1 ? rounded(1280 * width) : 1280, 1, 1, false, true);
    const graft_global_pool_attributes pool = {.keepdims = false};
    at = network_add(graph, "global_avgpool", "global_average_pooling2d", &pool, (const int[]){at, -1});
    const graft_dense_attributes dense = {.units = 1000, .bias = true};
    at = network_add(graph, "dense", "Logits", &dense, (const int[]){at, -1});
    const graft_softmax_attributes softmax = {.axis = 0};
    network_add(graph, "softmax", "predictions", &softmax, (const int[]){at, -1});
    network_fill(graph, 1);
    return graph;
}
