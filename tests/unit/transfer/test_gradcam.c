#include "support/support.h"

#include "support/networks.h"
#include "transfer/gradcam.h"

#include <stdio.h>
#include <string.h>

enum { ROWS = 12, COLUMNS = 10 };

/* What tests/golden/gradcam/write.py computes. */
static float number(int64_t tensor, int64_t index) {
    return (float)((double)((index * 7919 + tensor * 104729 + 12345) % 10007) / 10007 - 0.5);
}

static void set(graft_graph *graph, int node, const char *name, int64_t tensor, float shift) {
    graft_node *owner = graft_graph_node(graph, node);
    const graft_param *param = graft_node_param(owner, name);
    graft_tensor *value;
    assert_non_null(param);
    assert_ok(graft_tensor_new(GRAFT_F32, &param->shape, &value));
    float *to = graft_tensor_f32(value);
    for (int64_t i = 0; i < graft_shape_count(&param->shape); i++)
        to[i] = number(tensor, i) + shift;
    assert_ok(graft_node_set_param(owner, name, value));
}

static int convolution(graft_graph *graph, const char *name, int from, int64_t filters, int64_t tensor) {
    const graft_conv2d_attributes a = {.filters = filters,
                                       .kernel = {3, 3},
                                       .strides = {1, 1},
                                       .dilations = {1, 1},
                                       .same = true,
                                       .groups = 1,
                                       .bias = true};
    int node = network_add(graph, "conv2d", name, &a, (const int[]){from, -1});
    set(graph, node, "kernel", tensor, 0);
    set(graph, node, "bias", tensor + 1, 0);
    return node;
}

static int relu(graft_graph *graph, const char *name, int from) {
    const graft_activation_attributes a = {.kind = GRAFT_ACT_RELU};
    return network_add(graph, "activation", name, &a, (const int[]){from, -1});
}

static graft_graph *network(bool dropout) {
    graft_graph *graph;
    const graft_batchnorm_attributes norm = {.epsilon = 1e-3, .scale = true, .center = true};
    const graft_pool_attributes pool = {.size = {2, 2}, .strides = {2, 2}};
    const graft_dense_attributes dense = {.units = 4, .bias = true};
    const graft_dropout_attributes drop = {.rate = 0.5};
    assert_ok(graft_graph_new("small", &graph));
    int at = convolution(graph, "conv1", network_input(graph, 3, ROWS, COLUMNS), 5, 1);
    at = network_add(graph, "batchnorm", "norm", &norm, (const int[]){at, -1});
    set(graph, at, "mean", 3, 0);
    set(graph, at, "variance", 4, 1);
    set(graph, at, "gamma", 5, 1);
    set(graph, at, "beta", 6, 0);
    at = relu(graph, "relu1", at);
    at = network_add(graph, "maxpool2d", "pool", &pool, (const int[]){at, -1});
    at = relu(graph, "relu2", convolution(graph, "conv2", at, 6, 7));
    at = network_add(graph, "global_avgpool", "gap", NULL, (const int[]){at, -1});
    if (dropout) at = network_add(graph, "dropout", "dropout", &drop, (const int[]){at, -1});
    at = network_add(graph, "dense", "dense", &dense, (const int[]){at, -1});
    set(graph, at, "kernel", 9, 0);
    set(graph, at, "bias", 10, 0);
    network_add(graph, "softmax", "softmax", NULL, (const int[]){at, -1});
    return graph;
}

static void fill(graft_gradcam *gradcam) {
    float *input = graft_gradcam_input(gradcam);
    for (int64_t i = 0; i < 3 * ROWS * COLUMNS; i++)
        input[i] = 2 * number(0, i);
}

static void expect_line(FILE *file, const float *got, size_t count, const char *name) {
    double largest = 0;
    for (size_t i = 0; i < count; i++) {
        double wanted;
        assert_int_equal(fscanf(file, "%lf", &wanted), 1);
        if (wanted > largest) largest = wanted;
        if (!((double)got[i] >= wanted - 1e-6 && (double)got[i] <= wanted + 1e-6))
            fail_msg("%s: cell %zu: %.8g, expected %.8g", name, i, (double)got[i], wanted);
    }
    assert_true(largest > 1e-4);
}

static void equals_autograd(void **state) {
    const bool dropout = *state != NULL;
    graft_context *context = test_context(1);
    graft_graph *graph = network(dropout);
    FILE *file = fopen(test_source("tests/golden/gradcam/golden.txt"), "r");
    char name[32];
    unsigned output;
    int lines = 0;
    const float *probabilities;
    assert_non_null(file);
    while (fscanf(file, "%31s %u", name, &output) == 2) {
        graft_gradcam *gradcam;
        float map[ROWS * COLUMNS];
        const bool answer = strcmp(name, "probabilities") == 0;
        assert_ok(graft_gradcam_new(context, graph, answer ? -1 : graft_graph_find(graph, name), &gradcam));
        fill(gradcam);
        assert_ok(graft_gradcam_forward(gradcam, &probabilities));
        if (answer) {
            expect_line(file, probabilities, graft_gradcam_classes(gradcam), name);
        } else {
            assert_ok(graft_gradcam_map(gradcam, output, map));
            expect_line(file, map, graft_gradcam_rows(gradcam) * graft_gradcam_columns(gradcam), name);
        }
        graft_gradcam_free(gradcam);
        lines++;
    }
    assert_int_equal(lines, 5);
    fclose(file);
    graft_graph_free(graph);
    graft_context_free(context);
}

static void the_last_map_is_taken(void **state) {
    (void)state;
    graft_context *context = test_context(1);
    graft_graph *graph = network(false), *prefix;
    int layer, pool = graft_graph_find(graph, "pool");
    assert_ok(graft_gradcam_layer(graph, &layer));
    assert_string_equal(graft_graph_node(graph, layer)->name, "relu2");
    /* A pooling that ends the maps blurs them: what it pools is taken. */
    assert_ok(graft_graph_prefix(graph, &pool, 1, &prefix, NULL));
    assert_ok(graft_gradcam_layer(prefix, &layer));
    assert_string_equal(graft_graph_node(prefix, layer)->name, "relu1");
    graft_graph_free(prefix);
    graft_graph_free(graph);
    graft_context_free(context);
}

static void a_network_without_maps_is_told(void **state) {
    (void)state;
    graft_context *context = test_context(1);
    graft_graph *graph;
    graft_gradcam *gradcam;
    const graft_dense_attributes dense = {.units = 4, .bias = true};
    const graft_input_attributes input = {.shape = {6}, .rank = 1};
    assert_ok(graft_graph_new("flat", &graph));
    int at = network_add(graph, "input", "input", &input, (const int[]){-1});
    at = network_add(graph, "dense", "dense", &dense, (const int[]){at, -1});
    network_fill(graph, 1);
    assert_fails(GRAFT_E_USAGE, "--method occlusion", graft_gradcam_new(context, graph, -1, &gradcam));
    assert_null(gradcam);
    assert_fails(GRAFT_E_USAGE, "is no map", graft_gradcam_new(context, graph, at, &gradcam));
    graft_graph_free(graph);
    graft_context_free(context);
}

static void a_layer_that_others_go_around_is_told(void **state) {
    (void)state;
    graft_context *context = test_context(1);
    graft_graph *graph;
    graft_gradcam *gradcam;
    assert_ok(graft_graph_new("residual", &graph));
    int input = network_input(graph, 3, 8, 8), first = network_conv(graph, "first", input, 3, 3, 1, 1);
    int inner = network_conv(graph, "inner", first, 3, 3, 1, 1);
    int sum = network_add(graph, "add", "sum", NULL, (const int[]){first, inner, -1});
    network_add(graph, "global_avgpool", "gap", NULL, (const int[]){sum, -1});
    network_fill(graph, 1);
    assert_fails(GRAFT_E_USAGE, "layer inner: other layers go around it",
                 graft_gradcam_new(context, graph, inner, &gradcam));
    assert_ok(graft_gradcam_new(context, graph, -1, &gradcam));
    assert_string_equal(graft_gradcam_layer_name(gradcam), "sum");
    graft_gradcam_free(gradcam);
    graft_graph_free(graph);
    graft_context_free(context);
}

int main(void) {
    static bool dropout = true;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_autograd),
        {"dropout_is_off", equals_autograd, NULL, NULL, &dropout},
        cmocka_unit_test(the_last_map_is_taken),
        cmocka_unit_test(a_network_without_maps_is_told),
        cmocka_unit_test(a_layer_that_others_go_around_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
