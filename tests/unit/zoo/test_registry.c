/* Recognition: files of published networks, and the published structures built here layer by layer. That those are
 * built right is told by the parameter totals that Keras documents (https://keras.io/api/applications). */
#include "support/support.h"

#include "import/import.h"
#include "nn/op.h"
#include "zoo/registry.h"

#include <stdio.h>
#include <string.h>

/* ---- files ---- */

static void check_file(const char *weights, const char *name, bool safe, int64_t parameters) {
    graft_context *context = test_context(1);
    graft_container *container;
    graft_graph *graph;
    bool top = !safe;
    char path[256];
    snprintf(path, sizeof(path), "weights/%s", weights);
    assert_ok(graft_container_open(context, test_shared(path), &container));
    assert_ok(graft_import_keras(context, container, &graph, NULL));
    const graft_known_network *known = graft_zoo_recognise(graph, &top);
    if (name) {
        assert_non_null(known);
        assert_string_equal(known->name, name);
    } else {
        assert_null(known);
    }
    assert_int_equal(top, safe);
    if (known && safe) assert_int_equal(known->scaling, GRAFT_SCALING_TF);
    graft_graph_totals totals;
    graft_graph_totals_of(graph, &totals);
    if (parameters) assert_int_equal(totals.parameters, parameters);
    graft_graph_free(graph);
    graft_container_free(container);
    graft_context_free(context);
}

static void behaviour_3_published_files_are_recognised(void **state) {
    (void)state;
    check_file("mobilenet_v2_imagenet.h5", "mobilenet_v2", true, 3538984);
    check_file("mobilenet_v1_0.25_224_imagenet.h5", "mobilenet_v1", true, 0);
}

static void behaviour_3_specialised_files_are_not_safe(void **state) {
    (void)state;
    check_file("tfjs-mobilenet_v2", "mobilenet_v2", false, 0);
    check_file("tfjs-inception_v3", "inception_v3", false, 0);
}

static void behaviour_3_unknown_files_are_not_recognised(void **state) {
    (void)state;
    check_file("resnet8_cifar10.h5", NULL, false, 0);
    check_file("mobilenet_v1_0.25_96_vww.h5", NULL, false, 0);
}

/* ---- structures ---- */

typedef struct net {
    graft_graph *graph;
    int at; /* the last node */
    char prefix[64];
} net;

static void name_of(const net *n, char out[160], const char *name) {
    snprintf(out, 160, "%s%s", n->prefix, name);
}

static int put(net *n, const char *op, const char *name, const void *attributes, const int *inputs, int count) {
    char full[160];
    name_of(n, full, name);
    assert_ok(graft_graph_add(n->graph, op, full, attributes, inputs, count, &n->at));
    return n->at;
}

static int then(net *n, const char *op, const char *name, const void *attributes) {
    int input = n->at;
    return put(n, op, name, attributes, &input, 1);
}

static int conv(net *n, const char *name, int64_t filters, int64_t kernel, int64_t stride, int64_t groups, bool bias) {
    graft_conv2d_attributes a = {.filters = filters,
                                 .kernel = {kernel, kernel},
                                 .strides = {stride, stride},
                                 .dilations = {1, 1},
                                 .same = true,
                                 .groups = groups,
                                 .bias = bias};
    return then(n, "conv2d", name, &a);
}

static int64_t channels_of(const net *n) {
    return graft_graph_node(n->graph, n->at)->output.dim[0];
}

static int depthwise(net *n, const char *name, int64_t kernel, int64_t stride) {
    return conv(n, name, channels_of(n), kernel, stride, channels_of(n), false);
}

static int norm(net *n, const char *name) {
    return then(n, "batchnorm", name, NULL);
}

static int relu(net *n, const char *name) {
    graft_activation_attributes a = {.kind = GRAFT_ACT_RELU};
    return then(n, "activation", name, &a);
}

static int pool(net *n, const char *op, const char *name, int64_t size, int64_t stride) {
    graft_pool_attributes a = {.size = {size, size}, .strides = {stride, stride}, .same = true};
    return then(n, op, name, &a);
}

static int merge(net *n, const char *op, const char *name, int a, int b) {
    return put(n, op, name, NULL, (int[]){a, b}, 2);
}

static net begin(int64_t size) {
    net n = {.at = -1};
    graft_input_attributes a = {.shape = {3, size, size}, .rank = 3};
    assert_ok(graft_graph_new("network", &n.graph));
    put(&n, "input", "input", &a, NULL, 0);
    return n;
}

static void head(net *n, int64_t classes) {
    n->prefix[0] = 0;
    then(n, "global_avgpool", "avg_pool", NULL);
    then(n, "dense", "predictions", &(graft_dense_attributes){.units = classes, .bias = true});
    then(n, "softmax", "softmax", NULL);
}

static void check(net *n, const char *name, bool safe, int64_t parameters) {
    bool top = !safe;
    const graft_known_network *known = graft_zoo_recognise(n->graph, &top);
    if (!known) fail_msg("%s is not recognised", name);
    assert_string_equal(known->name, name);
    assert_int_equal(top, safe);
    graft_graph_totals totals;
    graft_graph_totals_of(n->graph, &totals);
    if (parameters) assert_int_equal(totals.parameters, parameters);
}

static void end(net *n) {
    graft_graph_free(n->graph);
}

static net vgg(int depth) {
    net n = begin(224);
    char name[32];
    for (int block = 1; block <= 5; block++) {
        int layers = block < 3 ? 2 : depth == 16 ? 3 : 4;
        for (int i = 1; i <= layers; i++) {
            snprintf(name, sizeof(name), "block%d_conv%d", block, i);
            conv(&n, name, block < 4 ? 32 << block : 512, 3, 1, 1, true);
        }
        snprintf(name, sizeof(name), "block%d_pool", block);
        pool(&n, "maxpool2d", name, 2, 2);
    }
    return n;
}

static void recognises_vgg(void **state) {
    (void)state;
    for (int depth = 16; depth <= 19; depth += 3) {
        const char *name = depth == 16 ? "vgg16" : "vgg19";
        net n = vgg(depth);
        check(&n, name, true, 0); /* without a head */
        then(&n, "flatten", "flatten", NULL);
        then(&n, "dense", "fc1", &(graft_dense_attributes){.units = 4096, .bias = true});
        then(&n, "dense", "fc2", &(graft_dense_attributes){.units = 4096, .bias = true});
        then(&n, "dense", "predictions", &(graft_dense_attributes){.units = 1000, .bias = true});
        check(&n, name, true, depth == 16 ? 138357544 : 143667240);
        then(&n, "dense", "more", &(graft_dense_attributes){.units = 1000, .bias = true});
        check(&n, name, false, 0); /* the head is another one */
        end(&n);
    }
}

static void resnet_block(net *n, int64_t filters, int64_t stride, bool shortcut) {
    int start = n->at, side = start;
    if (shortcut) {
        conv(n, "_0_conv", 4 * filters, 1, stride, 1, true);
        side = norm(n, "_0_bn");
        n->at = start;
    }
    conv(n, "_1_conv", filters, 1, stride, 1, true);
    norm(n, "_1_bn");
    relu(n, "_1_relu");
    conv(n, "_2_conv", filters, 3, 1, 1, true);
    norm(n, "_2_bn");
    relu(n, "_2_relu");
    conv(n, "_3_conv", 4 * filters, 1, 1, 1, true);
    norm(n, "_3_bn");
    merge(n, "add", "_add", side, n->at);
    relu(n, "_out");
}

static void resnet_v2_block(net *n, int64_t filters, int64_t stride, bool shortcut) {
    int start = n->at, side = start;
    norm(n, "_preact_bn");
    int active = relu(n, "_preact_relu");
    if (shortcut)
        side = conv(n, "_0_conv", 4 * filters, 1, stride, 1, true);
    else if (stride > 1) {
        n->at = start;
        side = pool(n, "maxpool2d", "_pool", 1, stride);
    }
    n->at = active;
    conv(n, "_1_conv", filters, 1, 1, 1, false);
    norm(n, "_1_bn");
    relu(n, "_1_relu");
    conv(n, "_2_conv", filters, 3, stride, 1, false);
    norm(n, "_2_bn");
    relu(n, "_2_relu");
    conv(n, "_3_conv", 4 * filters, 1, 1, 1, true);
    merge(n, "add", "_out", side, n->at);
}

static void check_resnet(const int blocks[4], const char *name, const char *name2, int64_t total, int64_t total2) {
    for (int version = 1; version <= 2; version++) {
        net n = begin(224);
        conv(&n, "conv1_conv", 64, 7, 2, 1, true);
        if (version == 1) norm(&n, "conv1_bn");
        if (version == 1) relu(&n, "conv1_relu");
        pool(&n, "maxpool2d", "pool1_pool", 3, 2);
        for (int stage = 0; stage < 4; stage++)
            for (int i = 1; i <= blocks[stage]; i++) {
                snprintf(n.prefix, sizeof(n.prefix), "conv%d_block%d", stage + 2, i);
                if (version == 1)
                    resnet_block(&n, 64 << stage, i == 1 && stage > 0 ? 2 : 1, i == 1);
                else
                    resnet_v2_block(&n, 64 << stage, i == blocks[stage] && stage < 3 ? 2 : 1, i == 1);
            }
        n.prefix[0] = 0;
        if (version == 2) norm(&n, "post_bn");
        if (version == 2) relu(&n, "post_relu");
        head(&n, 1000);
        check(&n, version == 1 ? name : name2, true, version == 1 ? total : total2);
        end(&n);
    }
}

static void recognises_resnet(void **state) {
    (void)state;
    check_resnet((int[]){3, 4, 6, 3}, "resnet50", "resnet50_v2", 25636712, 25613800);
    check_resnet((int[]){3, 4, 23, 3}, "resnet101", "resnet101_v2", 44707176, 44675560);
    check_resnet((int[]){3, 8, 36, 3}, "resnet152", "resnet152_v2", 60419944, 60380648);
}

/* One convolution and its normalisation: res2a_branch2a and bn2a_branch2a. */
static int branch(net *n, const char *block, const char *part, int64_t filters, int64_t kernel, int64_t stride) {
    char name[64];
    snprintf(name, sizeof(name), "res%s_%s", block, part);
    conv(n, name, filters, kernel, stride, 1, true);
    snprintf(name, sizeof(name), "bn%s_%s", block, part);
    return norm(n, name);
}

static void recognises_resnet50_of_2015(void **state) {
    (void)state;
    static const int blocks[] = {3, 4, 6, 3};
    net n = begin(224);
    conv(&n, "conv1", 64, 7, 2, 1, true);
    norm(&n, "bn_conv1");
    pool(&n, "maxpool2d", "max_pooling2d_1", 3, 2);
    for (int stage = 0; stage < 4; stage++)
        for (int i = 0; i < blocks[stage]; i++) {
            char block[32], name[64];
            int start = n.at, side = start, stride = i == 0 && stage > 0 ? 2 : 1;
            snprintf(block, sizeof(block), "%d%c", stage + 2, 'a' + i);
            if (i == 0) side = branch(&n, block, "branch1", 256 << stage, 1, stride);
            n.at = start;
            branch(&n, block, "branch2a", 64 << stage, 1, stride);
            branch(&n, block, "branch2b", 64 << stage, 3, 1);
            branch(&n, block, "branch2c", 256 << stage, 1, 1);
            snprintf(name, sizeof(name), "add_%s", block);
            merge(&n, "add", name, side, n.at);
        }
    head(&n, 1000);
    check(&n, "resnet50_2015", true, 25636712);
    end(&n);
}

static void check_densenet(const int blocks[4], const char *name, int64_t total) {
    net n = begin(224);
    conv(&n, "conv1/conv", 64, 7, 2, 1, false);
    norm(&n, "conv1/bn");
    relu(&n, "conv1/relu");
    pool(&n, "maxpool2d", "pool1", 3, 2);
    for (int stage = 0; stage < 4; stage++) {
        for (int i = 1; i <= blocks[stage]; i++) {
            int start = n.at;
            snprintf(n.prefix, sizeof(n.prefix), "conv%d_block%d", stage + 2, i);
            norm(&n, "_0_bn");
            relu(&n, "_0_relu");
            conv(&n, "_1_conv", 128, 1, 1, 1, false);
            norm(&n, "_1_bn");
            relu(&n, "_1_relu");
            conv(&n, "_2_conv", 32, 3, 1, 1, false);
            merge(&n, "concat", "_concat", start, n.at);
        }
        if (stage == 3) break;
        snprintf(n.prefix, sizeof(n.prefix), "pool%d", stage + 2);
        norm(&n, "_bn");
        relu(&n, "_relu");
        conv(&n, "_conv", channels_of(&n) / 2, 1, 1, 1, false);
        pool(&n, "avgpool2d", "_pool", 2, 2);
    }
    n.prefix[0] = 0;
    norm(&n, "bn");
    relu(&n, "relu");
    head(&n, 1000);
    check(&n, name, true, total);
    end(&n);
}

static void recognises_densenet(void **state) {
    (void)state;
    check_densenet((int[]){6, 12, 24, 16}, "densenet121", 8062504);
    check_densenet((int[]){6, 12, 32, 32}, "densenet169", 14307880);
    check_densenet((int[]){6, 12, 48, 32}, "densenet201", 20242984);
}

static void separable(net *n, int block, int index, int64_t filters) {
    char name[64];
    snprintf(name, sizeof(name), "block%d_sepconv%d/depthwise", block, index);
    depthwise(n, name, 3, 1);
    snprintf(name, sizeof(name), "block%d_sepconv%d", block, index);
    conv(n, name, filters, 1, 1, 1, false);
    snprintf(name, sizeof(name), "block%d_sepconv%d_bn", block, index);
    norm(n, name);
    snprintf(name, sizeof(name), "block%d_sepconv%d_act", block, index);
    relu(n, name);
}

static void recognises_xception(void **state) {
    (void)state;
    net n = begin(299);
    char name[64];
    conv(&n, "block1_conv1", 32, 3, 2, 1, false);
    norm(&n, "block1_conv1_bn");
    conv(&n, "block1_conv2", 64, 3, 1, 1, false);
    norm(&n, "block1_conv2_bn");
    for (int block = 2; block <= 13; block++) {
        static const int64_t widths[] = {128, 256, 728};
        bool down = block < 5 || block == 13;
        int start = n.at, side = start;
        int64_t width = block < 5 ? widths[block - 2] : block == 13 ? 1024 : 728;
        if (down) {
            snprintf(name, sizeof(name), "conv2d_%d", block);
            conv(&n, name, width, 1, 2, 1, false);
            snprintf(name, sizeof(name), "batch_normalization_%d", block);
            side = norm(&n, name);
            n.at = start;
        }
        for (int i = 1; i <= (down ? 2 : 3); i++)
            separable(&n, block, i, block == 13 && i == 1 ? 728 : width);
        snprintf(name, sizeof(name), "block%d_pool", block);
        if (down) pool(&n, "maxpool2d", name, 3, 2);
        snprintf(name, sizeof(name), "add_%d", block);
        merge(&n, "add", name, side, n.at);
    }
    separable(&n, 14, 1, 1536);
    separable(&n, 14, 2, 2048);
    head(&n, 1000);
    check(&n, "xception", true, 22910480);
    end(&n);
}

static int64_t rounded(int64_t channels, double width) {
    int64_t result = (int64_t)((double)channels * width + 4) / 8 * 8;
    return (double)result < 0.9 * (double)channels * width ? result + 8 : result;
}

static void mb_conv(net *n, int expand, int64_t kernel, int64_t stride, int64_t filters) {
    int start = n->at;
    int64_t in = channels_of(n);
    if (expand > 1) {
        conv(n, "expand_conv", in * expand, 1, 1, 1, false);
        norm(n, "expand_bn");
    }
    depthwise(n, "dwconv", kernel, stride);
    int wide = norm(n, "bn");
    then(n, "global_avgpool", "se_squeeze", &(graft_global_pool_attributes){.keepdims = true});
    conv(n, "se_reduce", in / 4 > 1 ? in / 4 : 1, 1, 1, 1, true);
    conv(n, "se_expand", in * expand, 1, 1, 1, true);
    merge(n, "multiply", "se_excite", wide, n->at);
    conv(n, "project_conv", filters, 1, 1, 1, false);
    norm(n, "project_bn");
    if (stride == 1 && in == filters) merge(n, "add", "add", start, n->at);
}

static net efficientnet(double width, double depth, bool rescaling) {
    static const struct {
        int repeats, expand;
        int64_t kernel, stride, filters;
    } stages[] = {{1, 1, 3, 1, 16},  {2, 6, 3, 2, 24},  {2, 6, 5, 2, 40}, {3, 6, 3, 2, 80},
                  {3, 6, 5, 1, 112}, {4, 6, 5, 2, 192}, {1, 6, 3, 1, 320}};
    net n = begin(224);
    if (rescaling) then(&n, "scale_shift", "rescaling", NULL);
    conv(&n, "stem_conv", rounded(32, width), 3, 2, 1, false);
    norm(&n, "stem_bn");
    for (int s = 0; s < 7; s++) {
        double exact = stages[s].repeats * depth;
        int repeats = (int)exact + (exact > (int)exact);
        for (int i = 0; i < repeats; i++) {
            snprintf(n.prefix, sizeof(n.prefix), "block%d%c_", s + 1, 'a' + i);
            mb_conv(&n, stages[s].expand, stages[s].kernel, i ? 1 : stages[s].stride,
                    rounded(stages[s].filters, width));
        }
    }
    n.prefix[0] = 0;
    conv(&n, "top_conv", rounded(1280, width), 1, 1, 1, false);
    norm(&n, "top_bn");
    then(&n, "activation", "top_activation", &(graft_activation_attributes){.kind = GRAFT_ACT_SWISH});
    return n;
}

static void recognises_efficientnet(void **state) {
    (void)state;
    /* Keras' totals count 7 numbers of the Normalization layer; here a scale_shift of 6 stands in for it. */
    static const struct {
        const char *name;
        double width, depth;
        int64_t total;
    } variants[] = {{"efficientnet_b0", 1.0, 1.0, 5330571},  {"efficientnet_b1", 1.0, 1.1, 7856239},
                    {"efficientnet_b2", 1.1, 1.2, 9177569},  {"efficientnet_b3", 1.2, 1.4, 12320535},
                    {"efficientnet_b4", 1.4, 1.8, 19466823}, {"efficientnet_b5", 1.6, 2.2, 30562527},
                    {"efficientnet_b6", 1.8, 2.6, 43265143}, {"efficientnet_b7", 2.0, 3.1, 66658687}};
    for (int i = 0; i < 8; i++) {
        net n = efficientnet(variants[i].width, variants[i].depth, true);
        head(&n, 1000);
        check(&n, variants[i].name, true, variants[i].total - 7 + 6);
        end(&n);
    }
    net n = efficientnet(1, 1, false); /* rescaled outside, nobody knows how */
    check(&n, "efficientnet_b0", false, 0);
    end(&n);
}

static void recognises_squeezenet(void **state) {
    (void)state;
    static const int squeeze[] = {16, 16, 32, 32, 48, 48, 64, 64};
    net n = begin(227);
    conv(&n, "conv1", 64, 3, 2, 1, true);
    pool(&n, "maxpool2d", "pool1", 3, 2);
    for (int i = 0; i < 8; i++) {
        snprintf(n.prefix, sizeof(n.prefix), "fire%d/", i + 2);
        int small = conv(&n, "squeeze1x1", squeeze[i], 1, 1, 1, true);
        int left = conv(&n, "expand1x1", 4 * squeeze[i], 1, 1, 1, true);
        n.at = small;
        int right = conv(&n, "expand3x3", 4 * squeeze[i], 3, 1, 1, true);
        merge(&n, "concat", "concat", left, right);
        if (i == 1 || i == 3) pool(&n, "maxpool2d", "pool", 3, 2);
    }
    n.prefix[0] = 0;
    check(&n, "squeezenet", true, 0);
    conv(&n, "conv10", 1000, 1, 1, 1, true);
    then(&n, "global_avgpool", "avg", NULL);
    check(&n, "squeezenet", true, 1235496);
    end(&n);
}

static void rescaling_in_front_is_not_safe(void **state) {
    (void)state;
    net n = begin(224);
    then(&n, "scale_shift", "rescaling", NULL);
    char name[64];
    for (int block = 1; block <= 5; block++)
        for (int i = 1; i <= (block < 3 ? 2 : 3); i++) {
            snprintf(name, sizeof(name), "block%d_conv%d", block, i);
            conv(&n, name, block < 4 ? 32 << block : 512, 3, 1, 1, true);
        }
    pool(&n, "maxpool2d", "block5_pool", 2, 2);
    check(&n, "vgg16", false, 0);
    end(&n);
}

static void every_row_is_complete(void **state) {
    (void)state;
    const graft_known_network *known;
    for (size_t i = 0; (known = graft_zoo_known(i)) != NULL; i++) {
        assert_true(strlen(known->name) > 0 && strlen(known->title) > 0 && strlen(known->licence) > 0);
        assert_true(strncmp(known->source, "https://", 8) == 0);
        assert_true(known->scaling != GRAFT_SCALING_UNKNOWN && known->size >= 32);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(graft_zoo_known(k)->name, known->name);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(behaviour_3_published_files_are_recognised),
        cmocka_unit_test(behaviour_3_specialised_files_are_not_safe),
        cmocka_unit_test(behaviour_3_unknown_files_are_not_recognised),
        cmocka_unit_test(recognises_vgg),
        cmocka_unit_test(recognises_resnet),
        cmocka_unit_test(recognises_resnet50_of_2015),
        cmocka_unit_test(recognises_densenet),
        cmocka_unit_test(recognises_xception),
        cmocka_unit_test(recognises_efficientnet),
        cmocka_unit_test(recognises_squeezenet),
        cmocka_unit_test(rescaling_in_front_is_not_safe),
        cmocka_unit_test(every_row_is_complete),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
