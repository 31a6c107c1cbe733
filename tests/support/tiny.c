#include "support/tiny.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/file.h"
#include "base/rng.h"
#include "data/image.h"
#include "nn/op.h"
#include "support/networks.h"
#include "support/support.h"
#include "transfer/model-internal.h"

#include <stdio.h>
#include <string.h>

static int add(graft_graph *graph, const char *op, const char *name, const void *attributes, int input) {
    int index;
    assert_ok(graft_graph_add(graph, op, name, attributes, &input, input < 0 ? 0 : 1, &index));
    return index;
}

static int add_conv(graft_graph *graph, const char *conv, const char *relu, int64_t filters, int64_t stride,
                    int input) {
    const graft_conv2d_attributes attributes = {.filters = filters,
                                                .kernel = {3, 3},
                                                .strides = {stride, stride},
                                                .dilations = {1, 1},
                                                .same = true,
                                                .groups = 1,
                                                .bias = true};
    const graft_activation_attributes activation = {.kind = GRAFT_ACT_RELU};
    return add(graph, "activation", relu, &activation, add(graph, "conv2d", conv, &attributes, input));
}

static void draw_weights(graft_graph *graph, uint64_t seed) {
    for (int i = 0; i < graft_graph_count(graph); i++) {
        graft_node *node = graft_graph_node(graph, i);
        for (int j = 0; j < node->param_count; j++) {
            graft_rng rng = graft_rng_make(seed, GRAFT_RNG_TEST, (uint32_t)i, (uint64_t)j);
            graft_tensor *value;
            assert_ok(graft_tensor_new(GRAFT_F32, &node->params[j].shape, &value));
            size_t count = value->bytes / sizeof(float);
            for (size_t k = 0; k < count; k++)
                graft_tensor_f32(value)[k] = (float)graft_rng_normal(&rng) * 0.3f;
            assert_ok(graft_node_set_param(node, node->params[j].name, value));
        }
    }
}

graft_graph *tiny_graph(int size, int classes, uint64_t seed) {
    const graft_input_attributes input = {.shape = {3, size, size}, .rank = 3};
    const graft_dense_attributes dense = {.units = classes, .bias = true};
    graft_graph *graph;
    assert_ok(graft_graph_new("tiny", &graph));
    int at = add(graph, "input", "input_1", &input, -1);
    at = add_conv(graph, "conv1", "relu1", 8, 2, at);
    at = add_conv(graph, "conv2", "relu2", 16, 2, at);
    at = add_conv(graph, "conv3", "relu3", 16, 1, at);
    at = add(graph, "global_avgpool", "pool", NULL, at);
    at = add(graph, "dense", "predictions", &dense, at);
    add(graph, "softmax", "softmax", NULL, at);
    draw_weights(graph, seed);
    return graph;
}

graft_graph *tiny_normed_graph(int size, int classes, uint32_t seed) {
    static const int filters[] = {8, 16, 16}, strides[] = {2, 2, 1};
    const graft_batchnorm_attributes norm = {.epsilon = 1e-3, .scale = true, .center = true};
    const graft_dense_attributes dense = {.units = classes, .bias = true};
    graft_graph *graph;
    assert_ok(graft_graph_new("tiny", &graph));
    int at = network_input(graph, 3, size, size);
    for (int i = 0; i < 3; i++) {
        char conv[8], bn[8], relu[8];
        snprintf(conv, sizeof conv, "conv%d", i + 1);
        snprintf(bn, sizeof bn, "bn%d", i + 1);
        snprintf(relu, sizeof relu, "relu%d", i + 1);
        at = network_conv(graph, conv, at, filters[i], 3, strides[i], 1);
        at = add(graph, "batchnorm", bn, &norm, at);
        at = network_activation(graph, relu, at, GRAFT_ACT_RELU);
    }
    at = add(graph, "global_avgpool", "pool", NULL, at);
    at = add(graph, "dense", "predictions", &dense, at);
    add(graph, "softmax", "softmax", NULL, at);
    network_fill(graph, seed);
    return graph;
}

void tiny_network(graft_context *context, const char *path, int size, int classes, uint64_t seed) {
    tiny_network_save(context, path, tiny_graph(size, classes, seed), size, classes);
}

void tiny_network_save(graft_context *context, const char *path, graft_graph *graph, int size, int classes) {
    size_t width = (size_t)classes;
    char name[] = "tiny";
    graft_model model = {.context = context,
                         .name = name,
                         .graph = graph,
                         .head = &graft_head_network,
                         .state = &width,
                         .class_count = (size_t)classes};
    graft_preprocess_init(&model.spec, GRAFT_SCALING_01);
    model.spec.width = model.spec.height = size;
    assert_ok(graft_cut_make(model.graph, graft_graph_output(model.graph), GRAFT_POOL_NONE, &model.cut));
    assert_ok(graft_model_save(&model, path));
    graft_graph_free(model.graph);
}

/* ---- TF.js: convolution kernels H,W,I,O, dense I,O ---- */

static void add_weights(graft_buffer *bytes, graft_buffer *manifest, const graft_graph *graph, const char *layer) {
    const graft_node *node = graft_graph_node(graph, graft_graph_find(graph, layer));
    const graft_tensor *kernel = graft_node_param(node, "kernel")->value, *bias = graft_node_param(node, "bias")->value;
    graft_tensor *turned;
    const int conv_axes[] = {2, 3, 1, 0}, dense_axes[] = {1, 0};
    bool conv = kernel->shape.rank == 4;
    assert_ok(graft_tensor_permute(kernel, conv ? conv_axes : dense_axes, &turned));
    graft_buffer_add(bytes, turned->data, turned->bytes);
    graft_buffer_add(bytes, bias->data, bias->bytes);
    graft_buffer_format(manifest, "%s{\"name\":\"%s/kernel\",\"dtype\":\"float32\",\"shape\":[",
                        manifest->length ? "," : "", layer);
    for (int i = 0; i < turned->shape.rank; i++)
        graft_buffer_format(manifest, "%s%d", i ? "," : "", (int)turned->shape.dim[i]);
    graft_buffer_format(manifest, "]},{\"name\":\"%s/bias\",\"dtype\":\"float32\",\"shape\":[%d]}", layer,
                        (int)bias->shape.dim[0]);
    graft_tensor_free(turned);
}

static void add_conv_layer(graft_buffer *layers, const char *conv, const char *relu, int filters, int stride) {
    graft_buffer_format(
        layers,
        "{\"class_name\":\"Conv2D\",\"config\":{\"name\":\"%s\",\"filters\":%d,\"kernel_size\":[3,3],"
        "\"strides\":[%d,%d],\"padding\":\"same\",\"data_format\":\"channels_last\",\"dilation_rate\":[1,1],"
        "\"activation\":\"linear\",\"use_bias\":true}},"
        "{\"class_name\":\"ReLU\",\"config\":{\"name\":\"%s\"}},",
        conv, filters, stride, stride, relu);
}

void tiny_tfjs(const char *folder, int size, int classes, uint64_t seed, bool softmax) {
    graft_graph *graph = tiny_graph(size, classes, seed);
    graft_buffer layers, bytes, manifest, model;
    graft_buffer_init(&layers, 0);
    graft_buffer_init(&bytes, 0);
    graft_buffer_init(&manifest, 0);
    graft_buffer_init(&model, 0);
    graft_buffer_format(
        &layers,
        "{\"class_name\":\"InputLayer\",\"config\":{\"name\":\"input_1\",\"batch_input_shape\":[null,%d,%d,3]}},", size,
        size);
    add_conv_layer(&layers, "conv1", "relu1", 8, 2);
    add_conv_layer(&layers, "conv2", "relu2", 16, 2);
    add_conv_layer(&layers, "conv3", "relu3", 16, 1);
    graft_buffer_format(
        &layers,
        "{\"class_name\":\"GlobalAveragePooling2D\",\"config\":{\"name\":\"pool\"}},"
        "{\"class_name\":\"Dense\",\"config\":{\"name\":\"predictions\",\"units\":%d,\"activation\":\"%s\","
        "\"use_bias\":true}}",
        classes, softmax ? "softmax" : "linear");
    const char *const weighted[] = {"conv1", "conv2", "conv3", "predictions"};
    for (size_t i = 0; i < 4; i++)
        add_weights(&bytes, &manifest, graph, weighted[i]);
    graft_buffer_format(
        &model,
        "{\"format\":\"layers-model\",\"modelTopology\":{\"keras_version\":\"2.4.0\",\"backend\":\"tensorflow\","
        "\"model_config\":{\"class_name\":\"Sequential\",\"config\":{\"name\":\"tiny\",\"layers\":[%s]}}},"
        "\"weightsManifest\":[{\"paths\":[\"weights.bin\"],\"weights\":[%s]}]}",
        layers.data, manifest.data);
    assert_ok(graft_buffer_status(&model));
    char *json = graft_path_join(folder, "model.json"), *weights = graft_path_join(folder, "weights.bin");
    assert_ok(graft_folder_make(folder));
    assert_ok(graft_file_write(json, model.data, model.length));
    assert_ok(graft_file_write(weights, bytes.data, bytes.length));
    graft_release(json);
    graft_release(weights);
    graft_buffer_clear(&layers);
    graft_buffer_clear(&bytes);
    graft_buffer_clear(&manifest);
    graft_buffer_clear(&model);
    graft_graph_free(graph);
}

/* ---- pictures ---- */

enum { WIDTH = 48, HEIGHT = 40, PATCH = 8 };

/* Light and dark patches make every picture unlike the others; the mixture of colours goes with the class. */
static void paint(unsigned char *rgb, const char *name, size_t number) {
    graft_rng rng = graft_rng_make(graft_checksum(name, strlen(name)), GRAFT_RNG_TEST, 0, number);
    int light[HEIGHT / PATCH][WIDTH / PATCH];
    const int tint[3] = {name[0] * 37 % 100, name[0] * 61 % 100, name[0] * 83 % 100};
    for (int i = 0; i < HEIGHT / PATCH * (WIDTH / PATCH); i++)
        light[i / (WIDTH / PATCH)][i % (WIDTH / PATCH)] = (int)graft_rng_below(&rng, 120);
    for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++) {
            for (int c = 0; c < 3; c++)
                *rgb++ = (unsigned char)(light[y / PATCH][x / PATCH] + tint[c] + (int)graft_rng_below(&rng, 30));
        }
    }
}

void tiny_pictures(const char *folder, const char *const *names, size_t count, size_t first, size_t each) {
    unsigned char rgb[WIDTH * HEIGHT * 3];
    for (size_t i = 0; i < count; i++) {
        char *class_folder = graft_path_join(folder, names[i]);
        assert_ok(graft_folder_make(class_folder));
        for (size_t j = first; j < first + each; j++) {
            unsigned char *bytes;
            size_t length;
            paint(rgb, names[i], j);
            char *path = graft_text_format("%s/%02zu.jpg", class_folder, j);
            assert_ok(graft_jpeg_write(rgb, WIDTH, HEIGHT, 90, &bytes, &length));
            assert_ok(graft_file_write(path, bytes, length));
            graft_release(bytes);
            graft_release(path);
        }
        graft_release(class_folder);
    }
}
