/* Architectures: totals of parameters as published, sizes, channels, widths, names. */
#include "support/support.h"

#include "base/error.h"
#include "nn/op.h"
#include "support/networks.h"
#include "zoo/arch.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Totals with and without the classifier. Those of Keras count moving statistics: the sums that model.summary() prints
 * for keras.applications (TensorFlow 2.12; https://keras.io/api/applications gives them in millions). Those of
 * torchvision do not: `num_params` of the weights' tables (https://pytorch.org/vision/0.14/models), and for the
 * features the sums over `model.features` or all but `fc`. EfficientNet's Normalization layer has 7 numbers in Keras'
 * count. ResNets for CIFAR-10: keras-io's example cifar10_resnet.py (version 1), and MLPerf Tiny's ResNet8. */
static const struct {
    const char *name;
    int64_t top, no_top;
    int uncounted;
} published[] = {
    {"alexnet.torch", 61100840, 2469696, 0},
    {"vgg16.keras", 138357544, 14714688, 0},
    {"vgg19.keras", 143667240, 20024384, 0},
    {"vgg11.torch", 132863336, 9220480, 0},
    {"vgg13.torch", 133047848, 9404992, 0},
    {"vgg16.torch", 138357544, 14714688, 0},
    {"vgg19.torch", 143667240, 20024384, 0},
    {"resnet50.keras", 25636712, 23587712, 0},
    {"resnet101.keras", 44707176, 42658176, 0},
    {"resnet152.keras", 60419944, 58370944, 0},
    {"resnet18.torch", 11689512, 11176512, 0},
    {"resnet34.torch", 21797672, 21284672, 0},
    {"resnet50.torch", 25557032, 23508032, 0},
    {"resnet101.torch", 44549160, 42500160, 0},
    {"resnet152.torch", 60192808, 58143808, 0},
    {"resnet50_2015.keras", 25636712, 23587712, 0},
    {"resnet50_v2.keras", 25613800, 23564800, 0},
    {"resnet101_v2.keras", 44675560, 42626560, 0},
    {"resnet152_v2.keras", 60380648, 58331648, 0},
    {"inception_v3.keras", 23851784, 21802784, 0},
    {"xception.keras", 22910480, 20861480, 0},
    {"mobilenet_v1.keras", 4253864, 3228864, 0},
    {"mobilenet_v2.keras", 3538984, 2257984, 0},
    {"mobilenet_v3_small.keras", 2554968, 939120, 0},
    {"mobilenet_v3_large.keras", 5507432, 2996352, 0},
    {"densenet121.keras", 8062504, 7037504, 0},
    {"densenet169.keras", 14307880, 12642880, 0},
    {"densenet201.keras", 20242984, 18321984, 0},
    {"efficientnet_b0.keras", 5330571, 4049571, 7},
    {"efficientnet_b1.keras", 7856239, 6575239, 7},
    {"efficientnet_b2.keras", 9177569, 7768569, 7},
    {"efficientnet_b3.keras", 12320535, 10783535, 7},
    {"efficientnet_b4.keras", 19466823, 17673823, 7},
    {"efficientnet_b5.keras", 30562527, 28513527, 7},
    {"efficientnet_b6.keras", 43265143, 40960143, 7},
    {"efficientnet_b7.keras", 66658687, 64097687, 7},
    {"inception_v3.torch", 23834568, 21785568, 0},
    {"mobilenet_v2.torch", 3504872, 2223872, 0},
    {"mobilenet_v3_small.torch", 2542856, 927008, 0},
    {"mobilenet_v3_large.torch", 5483032, 2971952, 0},
    {"densenet121.torch", 7978856, 6953856, 0},
    {"densenet169.torch", 14149480, 12484480, 0},
    {"densenet201.torch", 20013928, 18092928, 0},
    {"efficientnet_b0.torch", 5288548, 4007548, 0},
    {"efficientnet_b1.torch", 7794184, 6513184, 0},
    {"efficientnet_b2.torch", 9109994, 7700994, 0},
    {"efficientnet_b3.torch", 12233232, 10696232, 0},
    {"efficientnet_b4.torch", 19341616, 17548616, 0},
    {"efficientnet_b5.torch", 30389784, 28340784, 0},
    {"efficientnet_b6.torch", 43040704, 40735704, 0},
    {"efficientnet_b7.torch", 66347960, 63786960, 0},
    {"squeezenet1_0.torch", 1248424, 735424, 0},
    {"squeezenet1_1.torch", 1235496, 722496, 0},
    {"squeezenet1_1.keras", 1235496, 722496, 0},
    {"resnet8.keras", 78666, 78016, 0},
    {"resnet20.keras", 274442, 273792, 0},
    {"resnet32.keras", 470218, 469568, 0},
    {"resnet56.keras", 861770, 861120, 0},
    {"graft-s", 4088832, 3063832, 0}, /* as PyTorch counts the network of bench/peers/pretrain_step.py */
};

enum { PUBLISHED = sizeof published / sizeof *published };

/* Without fixed factors and offsets, which are no weights; torchvision's without moving statistics. */
static int64_t weights(const graft_graph *graph, bool statistics) {
    int64_t total = 0;
    for (int i = 0; i < graft_graph_count(graph); i++) {
        const graft_node *node = graft_graph_node(graph, i);
        if (strcmp(node->op->name, "scale_shift") == 0) continue;
        for (int k = 0; k < node->param_count; k++) {
            const bool moving =
                strcmp(node->params[k].name, "mean") == 0 || strcmp(node->params[k].name, "variance") == 0;
            if (statistics || !moving) total += graft_shape_count(&node->params[k].shape);
        }
    }
    return total;
}

static void totals_are_the_published_ones(void **state) {
    (void)state;
    size_t seen = 0;
    const graft_arch *arch;
    for (size_t i = 0; (arch = graft_arch_at(i)) != NULL; i++) {
        size_t k = 0;
        while (k < PUBLISHED && strcmp(published[k].name, arch->name) != 0)
            k++;
        if (k == PUBLISHED) fail_msg("%s has no published total here", arch->name);
        for (int no_top = 0; no_top < 2; no_top++) {
            const graft_arch_options options = {.no_top = no_top};
            graft_graph *graph;
            assert_ok(graft_arch_build(arch->name, &options, &graph));
            const int64_t got = weights(graph, strstr(arch->name, ".keras") != NULL) + published[k].uncounted;
            const int64_t want = no_top ? published[k].no_top : published[k].top;
            if (got != want)
                fail_msg("%s%s: %lld parameters, published %lld", arch->name, no_top ? " without top" : "",
                         (long long)got, (long long)want);
            if (!no_top)
                assert_int_equal(graft_shape_count(&graft_graph_node(graph, graft_graph_output(graph))->output),
                                 arch->classes);
            graft_graph_free(graph);
        }
        seen++;
    }
    assert_int_equal(seen, PUBLISHED);
}

static graft_graph *build(const char *name, graft_arch_options options) {
    graft_graph *graph;
    assert_ok(graft_arch_build(name, &options, &graph));
    return graph;
}

static const graft_node *node_of(const graft_graph *graph, const char *name) {
    const graft_node *node = graft_graph_node(graph, graft_graph_find(graph, name));
    if (!node) fail_msg("%s has no layer %s", graft_graph_name(graph), name);
    return node;
}

/* What totals do not prove: names, strides, kernels, biases, padding of convolutions. */
static void convolutions_are_where_they_belong(void **state) {
    (void)state;
    static const struct {
        const char *arch, *layer;
        int filters, kernel, stride;
        bool bias;
        int padding; /* above; -1: TensorFlow's "same" */
        int rows;    /* of the output */
    } rows[] = {
        {"resnet50.keras", "conv3_block1_1_conv", 128, 1, 2, true, -1, 28},
        {"resnet50.keras", "conv3_block1_2_conv", 128, 3, 1, true, -1, 28},
        {"resnet50.keras", "conv3_block1_0_conv", 512, 1, 2, true, -1, 28},
        {"resnet50.keras", "conv1_conv", 64, 7, 2, true, 0, 112},
        {"resnet50.torch", "layer2.0.conv1", 128, 1, 1, false, 0, 56},
        {"resnet50.torch", "layer2.0.conv2", 128, 3, 2, false, 1, 28},
        {"resnet50.torch", "layer2.0.downsample.0", 512, 1, 2, false, 0, 28},
        {"resnet50.torch", "conv1", 64, 7, 2, false, 3, 112},
        {"resnet34.torch", "layer4.2.conv2", 512, 3, 1, false, 1, 7},
        {"resnet50_v2.keras", "conv2_block3_2_conv", 64, 3, 2, false, 0, 28},
        {"resnet50_v2.keras", "conv3_block1_0_conv", 512, 1, 1, true, -1, 28},
        {"vgg16.keras", "block5_conv3/linear", 512, 3, 1, true, -1, 14},
        {"vgg16.torch", "features.28", 512, 3, 1, true, 1, 14},
        {"alexnet.torch", "features.0", 64, 11, 4, true, 2, 55},
        {"mobilenet_v1.keras", "conv_dw_2", 64, 3, 2, false, 0, 56},
        {"mobilenet_v2.keras", "block_13_expand", 576, 1, 1, false, -1, 14},
        {"mobilenet_v2.keras", "block_13_depthwise", 576, 3, 2, false, -1, 7},
        {"mobilenet_v3_small.keras", "expanded_conv_3/squeeze_excite/Conv_1", 96, 1, 1, true, -1, 1},
        {"mobilenet_v3_large.keras", "expanded_conv_8/expand", 184, 1, 1, false, -1, 14},
        {"densenet121.keras", "conv5_block16_2_conv", 32, 3, 1, false, -1, 7},
        {"densenet121.keras", "conv1/conv", 64, 7, 2, false, 0, 112},
        {"inception_v3.keras", "conv2d_93", 192, 1, 1, false, -1, 8},
        {"xception.keras", "block13_sepconv2", 1024, 1, 1, false, 0, 19},
        {"xception.keras", "conv2d_3", 1024, 1, 2, false, -1, 10},
        {"efficientnet_b0.keras", "block6a_dwconv", 672, 5, 2, false, -1, 7},
        {"efficientnet_b7.keras", "block7d_project_conv", 640, 1, 1, false, -1, 19},
        {"squeezenet1_0.torch", "features.12.expand3x3", 256, 3, 1, true, 1, 13},
        {"resnet8.keras", "conv2d_8", 64, 1, 2, true, -1, 8},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        graft_graph *graph = build(rows[i].arch, (graft_arch_options){.height = 0});
        const graft_node *node = node_of(graph, rows[i].layer);
        const graft_conv2d_attributes *a = node->attributes;
        print_message("%s %s\n", rows[i].arch, rows[i].layer);
        assert_string_equal(node->op->name, "conv2d");
        assert_int_equal(a->filters, rows[i].filters);
        assert_int_equal(a->kernel[0], rows[i].kernel);
        assert_int_equal(a->strides[1], rows[i].stride);
        assert_int_equal(a->bias, rows[i].bias);
        assert_int_equal(a->same ? -1 : a->padding[0], rows[i].padding);
        assert_int_equal(node->output.dim[1], rows[i].rows);
        graft_graph_free(graph);
    }
}

static double epsilon_of(const char *name) {
    static const char *const exact[] = {"resnet50", "resnet101", "resnet152", "densenet"};
    static const char *const large[] = {"mobilenet_v3", "inception", "efficientnet_b5", "efficientnet_b6",
                                        "efficientnet_b7"};
    for (size_t i = 0; i < sizeof large / sizeof *large; i++)
        if (strncmp(name, large[i], strlen(large[i])) == 0) return 1e-3;
    if (strstr(name, ".torch") || strcmp(name, "graft-s") == 0) return 1e-5;
    if (strcmp(name, "resnet50_2015.keras") == 0) return 1e-3;
    for (size_t i = 0; i < sizeof exact / sizeof *exact; i++)
        if (strncmp(name, exact[i], strlen(exact[i])) == 0) return 1.001e-5;
    return 1e-3;
}

static void epsilons_are_the_published_ones(void **state) {
    (void)state;
    const graft_arch *arch;
    for (size_t i = 0; (arch = graft_arch_at(i)) != NULL; i++) {
        graft_graph *graph = build(arch->name, (graft_arch_options){.height = 0});
        for (int n = 0; n < graft_graph_count(graph); n++) {
            const graft_node *node = graft_graph_node(graph, n);
            if (strcmp(node->op->name, "batchnorm") != 0) continue;
            const graft_batchnorm_attributes *a = node->attributes;
            if (a->epsilon != epsilon_of(arch->name) || !a->center ||
                a->scale != (strncmp(arch->name, "inception", 9) != 0 || strstr(arch->name, ".torch")))
                fail_msg("%s: %s: epsilon %g", arch->name, node->name, a->epsilon);
        }
        graft_graph_free(graph);
    }
}

static void rows_are_complete(void **state) {
    (void)state;
    const graft_arch *arch;
    for (size_t i = 0; (arch = graft_arch_at(i)) != NULL; i++) {
        assert_true(strlen(arch->name) > 0 && strlen(arch->help) > 0 && arch->text[0]);
        assert_true(arch->scaling != GRAFT_SCALING_UNKNOWN && arch->size >= arch->minimum);
        assert_ptr_equal(graft_arch_find(arch->name), arch);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(graft_arch_at(k)->name, arch->name);
    }
    assert_string_equal(graft_arch_find("resnet50")->name, "resnet50.keras");
    assert_string_equal(graft_arch_find("resnet18")->name, "resnet18.torch");
    assert_null(graft_arch_find("resnet"));
    assert_true(graft_arch_is("resnet50") && graft_arch_is("my.net") && graft_arch_is("../nets/my.net"));
    assert_false(graft_arch_is("resnet50.h5") || graft_arch_is(".net") || graft_arch_is("my.network"));
    assert_null(graft_arch_find(""));
}

/* The features at the smallest size, and just below. */
static void behaviour_9_any_size_from_the_smallest(void **state) {
    (void)state;
    const graft_arch *arch;
    graft_graph *graph;
    char expected[64];
    for (size_t i = 0; (arch = graft_arch_at(i)) != NULL; i++) {
        graft_arch_options options = {.no_top = true, .height = arch->minimum};
        assert_ok(graft_arch_build(arch->name, &options, &graph));
        graft_graph_free(graph);
        options.height = arch->minimum + 37;
        options.width = arch->minimum + 10;
        assert_ok(graft_arch_build(arch->name, &options, &graph));
        graft_graph_free(graph);
        if (arch->minimum == 1) continue;
        options.width = arch->minimum - 1;
        snprintf(expected, sizeof expected, "the smallest is %dx%d", arch->minimum, arch->minimum);
        assert_fails(GRAFT_E_USAGE, expected, graft_arch_build(arch->name, &options, &graph));
    }
}

/* Built small is the same as built and resized, but for the explicit padding that follows the size in no network here.
 */
static void sizes_change_nothing_else(void **state) {
    (void)state;
    const graft_arch *arch;
    for (size_t i = 0; (arch = graft_arch_at(i)) != NULL; i++) {
        graft_hash direct, resized;
        const int size = arch->minimum > 96 ? arch->minimum : 96;
        graft_graph *small = build(arch->name, (graft_arch_options){.no_top = true, .height = size});
        graft_graph *large = build(arch->name, (graft_arch_options){.no_top = true});
        assert_ok(graft_graph_resize_input(large, size, size));
        assert_ok(graft_graph_hash(small, &direct));
        assert_ok(graft_graph_hash(large, &resized));
        if (!graft_hash_equal(direct, resized)) fail_msg("%s differs", arch->name);
        graft_graph_free(small);
        graft_graph_free(large);
    }
}

static void options_change_what_they_say(void **state) {
    (void)state;
    graft_graph *graph =
        build("mobilenet_v2", (graft_arch_options){.channels = 1, .classes = 7, .height = 96, .width = 64});
    assert_int_equal(graft_node_param(node_of(graph, "Conv1"), "kernel")->shape.dim[1], 1);
    assert_int_equal(node_of(graph, "predictions")->output.dim[0], 7);
    assert_int_equal(node_of(graph, "out_relu")->output.dim[1], 3);
    assert_int_equal(node_of(graph, "out_relu")->output.dim[2], 2);
    graft_graph_free(graph);
    graph = build("efficientnet_b0", (graft_arch_options){.channels = 1});
    assert_int_equal(graft_graph_find(graph, "rescaling_1"), -1);
    graft_graph_free(graph);
    const graft_arch *arch;
    for (size_t i = 0; (arch = graft_arch_at(i)) != NULL; i++) {
        graph = build(arch->name, (graft_arch_options){.channels = 1, .classes = 2});
        assert_int_equal(graft_graph_node(graph, graft_graph_output(graph))->output.dim[0], 2);
        graft_graph_free(graph);
    }
}

/* Totals that the files of keras.applications have: MobileNet 0.25, 0.5, 0.75 (trainable and statistics). */
static void widths_multiply(void **state) {
    (void)state;
    static const struct {
        double width;
        int64_t total;
    } rows[] = {{0.25, 475544}, {0.5, 1342536}, {0.75, 2601976}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        graft_graph *graph = build("mobilenet_v1", (graft_arch_options){.multiplier = rows[i].width});
        assert_int_equal(weights(graph, true), rows[i].total);
        graft_graph_free(graph);
    }
    graft_graph *graph = build("mobilenet_v2", (graft_arch_options){.multiplier = 1.4});
    assert_int_equal(node_of(graph, "out_relu")->output.dim[0], 1792);
    assert_int_equal(node_of(graph, "bn_Conv1")->output.dim[0], 48);
    graft_graph_free(graph);
    graph = build("mobilenet_v2", (graft_arch_options){.multiplier = 0.35});
    assert_int_equal(node_of(graph, "out_relu")->output.dim[0], 1280);
    assert_int_equal(node_of(graph, "expanded_conv_project")->output.dim[0], 8);
    graft_graph_free(graph);
}

static void wishes_that_cannot_be_met(void **state) {
    (void)state;
    graft_graph *graph;
    const graft_arch_options wide = {.multiplier = 0.5}, grey = {.channels = 2}, huge = {.height = 1 << 20},
                             none = {.classes = -1}, wider = {.multiplier = 100}, odd = {.height = 100};
    assert_fails(GRAFT_E_USAGE, "there is no architecture 'resnet51.keras', did you mean 'resnet50.keras'?",
                 graft_arch_build("resnet51.keras", NULL, &graph));
    assert_fails(GRAFT_E_USAGE, "vgg16.keras: this network has no width multiplier",
                 graft_arch_build("vgg16", &wide, &graph));
    assert_fails(GRAFT_E_USAGE, "vgg16.keras: 2 channels, expected 1 (grey) or 3",
                 graft_arch_build("vgg16", &grey, &graph));
    assert_fails(GRAFT_E_USAGE, "expected at most 16384 pixels", graft_arch_build("vgg16", &huge, &graph));
    assert_fails(GRAFT_E_USAGE, "-1 classes", graft_arch_build("vgg16", &none, &graph));
    assert_fails(GRAFT_E_USAGE, "a width multiplier of 100", graft_arch_build("mobilenet_v1", &wider, &graph));
    assert_fails(GRAFT_E_USAGE, "multiples of 6", graft_arch_build("alexnet", &odd, &graph));
}

/* ---- first values ---- */

static double moments(const graft_graph *graph, const char *layer, const char *param, double *largest) {
    const graft_tensor *value = graft_node_param(node_of(graph, layer), param)->value;
    const int64_t count = graft_shape_count(&value->shape);
    double squares = 0;
    *largest = 0;
    for (int64_t i = 0; i < count; i++) {
        const double x = graft_tensor_f32(value)[i];
        squares += x * x;
        *largest = fmax(*largest, fabs(x));
    }
    return sqrt(squares / (double)count);
}

static void assert_near(double got, double want) {
    if (!(fabs(got - want) <= 0.02 * want)) fail_msg("%g, expected %g", got, want);
}

static void first_values_follow_the_framework(void **state) {
    (void)state;
    double largest;
    graft_graph *graph = build("resnet50.torch", (graft_arch_options){.height = 64});
    assert_ok(graft_graph_initialise(graph, graft_arch_find("resnet50.torch")->initialiser, 1));
    assert_ok(graft_graph_complete(graph));
    assert_near(moments(graph, "layer4.1.conv2", "kernel", &largest), sqrt(2.0 / (512 * 9)));
    assert_true(largest > 4 * sqrt(2.0 / (512 * 9)));
    assert_near(moments(graph, "fc", "kernel", &largest), 1 / sqrt(2048.0 * 3));
    assert_near(largest, 1 / sqrt(2048.0));
    assert_true(moments(graph, "fc", "bias", &largest) > 0 && largest <= 1 / sqrt(2048.0));
    assert_true(moments(graph, "bn1", "gamma", &largest) == 1 && moments(graph, "bn1", "variance", &largest) == 1);
    assert_true(moments(graph, "bn1", "beta", &largest) == 0 && moments(graph, "bn1", "mean", &largest) == 0);
    graft_graph_free(graph);
    graph = build("mobilenet_v2.keras", (graft_arch_options){.height = 64});
    assert_ok(graft_graph_initialise(graph, graft_arch_find("mobilenet_v2")->initialiser, 1));
    assert_near(moments(graph, "block_16_expand", "kernel", &largest), sqrt(2.0 / (160 + 960)));
    assert_near(largest, sqrt(6.0 / (160 + 960)));
    assert_near(moments(graph, "block_16_depthwise", "kernel", &largest), sqrt(2.0 / 18));
    assert_true(moments(graph, "predictions/linear", "bias", &largest) == 0);
    graft_graph_free(graph);
}

static void first_values_depend_on_seed_and_names(void **state) {
    (void)state;
    graft_hash hashes[4];
    for (int i = 0; i < 4; i++) {
        graft_graph *graph = build("resnet8", (graft_arch_options){.height = i == 2 ? 64 : 0});
        assert_ok(graft_graph_initialise(graph, GRAFT_INIT_HE, i == 3 ? 2 : 1));
        hashes[i] = graft_hash_bytes(graft_node_param(node_of(graph, "conv2d_5"), "kernel")->value->data, 64 * 4);
        graft_graph_free(graph);
    }
    assert_true(graft_hash_equal(hashes[0], hashes[1]));
    assert_true(graft_hash_equal(hashes[0], hashes[2]));
    assert_false(graft_hash_equal(hashes[0], hashes[3]));
}

/* What learns is forgotten; how pixels are scaled before it is part of the network. */
static void redrawn_networks_keep_the_scaling_of_pixels(void **state) {
    (void)state;
    graft_graph *graph;
    assert_ok(graft_graph_new("scaled", &graph));
    const int input = network_input(graph, 3, 8, 8);
    const int pixels = network_add(graph, "scale_shift", "pixels", NULL, (const int[]){input, -1});
    const int conv = network_conv(graph, "conv", pixels, 4, 3, 1, 1);
    const int later = network_add(graph, "scale_shift", "later", NULL, (const int[]){conv, -1});
    network_fill(graph, 3);
    for (int i = 0; i < 3; i++) {
        const int node = i == 0 ? pixels : i == 1 ? conv : later;
        *graft_tensor_f32(graft_graph_node(graph, node)->params[0].value) = 0.25F;
    }
    assert_ok(graft_graph_redraw(graph, GRAFT_INIT_HE, 1));
    for (int i = 0; i < 3; i++) {
        const int node = i == 0 ? pixels : i == 1 ? conv : later;
        const float now = *graft_tensor_f32(graft_graph_node(graph, node)->params[0].value);
        assert_true((now == 0.25F) == (i == 0));
    }
    graft_graph_free(graph);
}

static graft_status build_and_initialise(void *argument) {
    (void)argument;
    graft_graph *graph;
    GRAFT_TRY(graft_arch_build("resnet8", NULL, &graph));
    graft_status status = graft_graph_initialise(graph, GRAFT_INIT_GLOROT, 1);
    graft_graph_free(graph);
    return status;
}

static void failing_allocations(void **state) {
    (void)state;
    test_failing_allocations(build_and_initialise, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(totals_are_the_published_ones),
        cmocka_unit_test(convolutions_are_where_they_belong),
        cmocka_unit_test(epsilons_are_the_published_ones),
        cmocka_unit_test(rows_are_complete),
        cmocka_unit_test(behaviour_9_any_size_from_the_smallest),
        cmocka_unit_test(sizes_change_nothing_else),
        cmocka_unit_test(options_change_what_they_say),
        cmocka_unit_test(widths_multiply),
        cmocka_unit_test(wishes_that_cannot_be_met),
        cmocka_unit_test(first_values_follow_the_framework),
        cmocka_unit_test(first_values_depend_on_seed_and_names),
        cmocka_unit_test(redrawn_networks_keep_the_scaling_of_pixels),
        cmocka_unit_test(failing_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
