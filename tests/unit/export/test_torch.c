/* PyTorch's names and orders. */
#include "support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "export/export.h"
#include "formats/container.h"
#include "support/networks.h"

#include <string.h>

enum { C = 4, H = 3, W = 2 };

/* conv/linear, conv -> bn -> flatten (channels last) -> dense */
static graft_graph *make_graph(void) {
    const graft_batchnorm_attributes bn = {.epsilon = 1e-5, .scale = true, .center = true};
    const graft_flatten_attributes flat = {.order = 1};
    const graft_dense_attributes dense = {.units = 5, .bias = true};
    const graft_conv2d_transpose_attributes up = {
        .filters = C, .kernel = {1, 1}, .strides = {1, 1}, .dilations = {1, 1}, .groups = 2};
    graft_graph *graph;
    assert_ok(graft_graph_new("net", &graph));
    int at = network_conv(graph, "conv/linear", network_input(graph, 3, H, W), C + 2, 1, 1, 1);
    at = network_activation(graph, "conv", at, GRAFT_ACT_RELU);
    at = network_add(graph, "conv2d_transpose", "block/up", &up, (const int[]){at, -1});
    at = network_add(graph, "batchnorm", "block/bn", &bn, (const int[]){at, -1});
    at = network_add(graph, "flatten", "flat", &flat, (const int[]){at, -1});
    network_add(graph, "dense", "fc", &dense, (const int[]){at, -1});
    network_fill(graph, 1);
    return graft_graph_count(graph) > 0 ? graph : NULL;
}

static graft_tensor *read_tensor(graft_container *file, const char *name) {
    graft_tensor *tensor;
    int64_t index = graft_container_find(file, name);
    if (index < 0) fail_msg("no tensor %s", name);
    assert_ok(graft_container_read(file, (size_t)index, &tensor));
    return tensor;
}

static const float *param_of(const graft_graph *graph, const char *node, const char *param) {
    return graft_tensor_f32(graft_node_param(graft_graph_node(graph, graft_graph_find(graph, node)), param)->value);
}

static void names_and_orders_are_pytorchs(void **state) {
    char *folder = test_folder(), *path = graft_path_join(folder, "net.safetensors");
    const char *const names[] = {"conv.weight",
                                 "block.up.weight",
                                 "block.bn.weight",
                                 "block.bn.bias",
                                 "block.bn.running_mean",
                                 "block.bn.running_var",
                                 "fc.weight",
                                 "fc.bias",
                                 "block.bn.num_batches_tracked"};
    graft_context *context = test_context(1);
    graft_graph *graph = make_graph();
    const graft_export_source source = {.name = "net", .graph = graph};
    const graft_convert_options options = GRAFT_CONVERT_OPTIONS_INIT;
    graft_container *file;
    (void)state;
    assert_ok(graft_exporter_find("torch")->write(context, &source, &options, path, NULL));
    assert_ok(graft_container_open(context, path, &file));
    assert_string_equal(graft_json_text(graft_json_get(graft_container_metadata(file), "format"), ""), "pt");
    assert_int_equal(graft_container_count(file), sizeof(names) / sizeof(*names));
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        assert_true(graft_container_find(file, names[i]) >= 0);
    graft_tensor *fc = read_tensor(file, "fc.weight"), *up = read_tensor(file, "block.up.weight");
    const float *kernel = param_of(graph, "fc", "kernel"), *ours = param_of(graph, "block/up", "kernel");
    for (int o = 0; o < 5; o++)
        for (int c = 0; c < C; c++)
            for (int y = 0; y < H; y++)
                for (int x = 0; x < W; x++)
                    assert_float_equal(graft_tensor_f32(fc)[((o * C + c) * H + y) * W + x],
                                       kernel[((o * H + y) * W + x) * C + c], 0);
    /* Of 6 inputs and 4 outputs in 2 groups: input i of group g meets the group's 2 outputs. */
    assert_int_equal(up->shape.dim[0], C + 2);
    assert_int_equal(up->shape.dim[1], C / 2);
    for (int i = 0; i < C + 2; i++)
        for (int o = 0; o < C / 2; o++)
            assert_float_equal(graft_tensor_f32(up)[i * (C / 2) + o], ours[(i / 3 * (C / 2) + o) * 3 + i % 3], 0);
    graft_tensor_free(fc);
    graft_tensor_free(up);
    graft_container_free(file);
    graft_graph_free(graph);
    graft_context_free(context);
    graft_release(path);
    test_folder_remove(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(names_and_orders_are_pytorchs)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
