/* Where networks are cut: the last layer before the classifier, wide inner activations before it. */
#include "support/support.h"

#include "base/error.h"
#include "nn/op.h"
#include "support/tiny.h"
#include "transfer/cuts.h"
#include "zoo/arch.h"

#include <string.h>

static int add(graft_graph *graph, const char *op, const char *name, const void *attributes, int a, int b) {
    const int inputs[] = {a, b};
    int index;
    assert_ok(graft_graph_add(graph, op, name, attributes, inputs, (a >= 0) + (b >= 0), &index));
    return index;
}

static int conv(graft_graph *graph, const char *name, int64_t filters, int64_t kernel, int64_t groups, int input) {
    const graft_conv2d_attributes attributes = {.filters = filters,
                                                .kernel = {kernel, kernel},
                                                .strides = {1, 1},
                                                .dilations = {1, 1},
                                                .same = true,
                                                .groups = groups};
    return add(graph, "conv2d", name, &attributes, input, -1);
}

static int relu(graft_graph *graph, const char *name, int input) {
    return add(graph, "activation", name, &(graft_activation_attributes){.kind = GRAFT_ACT_RELU6}, input, -1);
}

static graft_graph *begin(int *at) {
    graft_graph *graph;
    assert_ok(graft_graph_new("test", &graph));
    *at = add(graph, "input", "input", &(graft_input_attributes){.shape = {3, 8, 8}, .rank = 3}, -1, -1);
    return graph;
}

static void assert_candidates(const graft_graph *graph, const char *expected) {
    graft_cut cuts[GRAFT_CUT_LIMIT];
    size_t count;
    char got[512] = "";
    assert_ok(graft_cut_candidates(graph, GRAFT_POOL_AVG, cuts, &count));
    for (size_t i = 0; i < count; i++) {
        if (i > 0) strcat(got, " ");
        strcat(got, graft_graph_node(graph, cuts[i].node)->name);
    }
    assert_string_equal(got, expected);
}

/* Two inverted residuals and a last convolution, as MobileNetV2 ends. */
static void inverted_residuals_are_cut_at_their_expansions(void **state) {
    (void)state;
    int at;
    graft_graph *graph = begin(&at);
    at = relu(graph, "stem_relu", conv(graph, "stem", 8, 3, 1, at));
    for (int block = 1; block <= 2; block++) {
        const char *const names[2][5] = {{"e1", "e1_relu", "d1", "d1_relu", "p1"},
                                         {"e2", "e2_relu", "d2", "d2_relu", "p2"}};
        const char *const *name = names[block - 1];
        int expanded = relu(graph, name[1], conv(graph, name[0], 48, 1, 1, at));
        at = conv(graph, name[4], 8, 1, 1, relu(graph, name[3], conv(graph, name[2], 48, 3, 48, expanded)));
    }
    at = relu(graph, "out_relu", conv(graph, "out", 64, 1, 1, at));
    at = add(graph, "global_avgpool", "pool", NULL, at, -1);
    at = add(graph, "dropout", "dropout", &(graft_dropout_attributes){.rate = 0.2}, at, -1);
    at = add(graph, "dense", "top", &(graft_dense_attributes){.units = 5, .bias = true}, at, -1);
    add(graph, "softmax", "softmax", NULL, at, -1);
    assert_candidates(graph, "pool e2_relu e1_relu");
    graft_graph_free(graph);
}

static void residual_blocks_are_cut_after_their_last_activation(void **state) {
    (void)state;
    int at;
    graft_graph *graph = begin(&at);
    at = relu(graph, "stem_relu", conv(graph, "stem", 32, 3, 1, at));
    for (int block = 1; block <= 2; block++) {
        const char *const names[2][5] = {{"a1", "a1_relu", "b1", "add1", "out1"},
                                         {"a2", "a2_relu", "b2", "add2", "out2"}};
        const char *const *name = names[block - 1];
        int inner = relu(graph, name[1], conv(graph, name[0], 8, 1, 1, at));
        at = relu(graph, name[4], add(graph, "add", name[3], NULL, at, conv(graph, name[2], 32, 1, 1, inner)));
    }
    add(graph, "global_avgpool", "pool", NULL, at, -1); /* no classifier */
    assert_candidates(graph, "pool out1 stem_relu");
    graft_graph_free(graph);
}

static void a_convolution_before_softmax_is_a_classifier(void **state) {
    (void)state;
    int at;
    graft_graph *graph = begin(&at);
    int features = relu(graph, "features", conv(graph, "conv", 32, 3, 1, at));
    at = relu(graph, "class_relu", conv(graph, "class_conv", 5, 1, 1, features));
    at = add(graph, "global_avgpool", "pool", NULL, at, -1);
    add(graph, "softmax", "softmax", NULL, at, -1);
    assert_int_equal(graft_cut_last(graph), features);
    assert_candidates(graph, "features");
    graft_graph_free(graph);
}

/* VGG: fully connected layers are wider than any map, the last map still counts. */
static void the_last_map_before_dense_layers_is_a_candidate(void **state) {
    (void)state;
    int at;
    graft_graph *graph = begin(&at);
    at = relu(graph, "relu1", conv(graph, "conv1", 16, 3, 1, at));
    at = add(graph, "flatten", "flatten", NULL, at, -1);
    at = relu(graph, "fc1_relu",
              add(graph, "dense", "fc1", &(graft_dense_attributes){.units = 256, .bias = true}, at, -1));
    at = relu(graph, "fc2_relu",
              add(graph, "dense", "fc2", &(graft_dense_attributes){.units = 256, .bias = true}, at, -1));
    at = add(graph, "dense", "top", &(graft_dense_attributes){.units = 5, .bias = true}, at, -1);
    add(graph, "softmax", "softmax", NULL, at, -1);
    assert_candidates(graph, "fc2_relu fc1_relu relu1");
    assert_string_equal(graft_graph_node(graph, graft_cut_last_map(graph))->name, "relu1");
    graft_graph_free(graph);
}

/* Published networks: the last candidate is where the stage before ends, past every branch. */
static void the_stage_before_the_last_is_a_candidate(void **state) {
    (void)state;
    static const char *const rows[][2] = {
        {"inception_v3", "mixed7"},
        {"mobilenet_v2", "block_13_expand_relu"},
        {"resnet50", "conv4_block6_out"},
        {"vgg16", "block5_conv2"}}; /* block5_conv3, the end itself, is the one before */
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        graft_cut cuts[GRAFT_CUT_LIMIT];
        size_t count;
        graft_graph *graph;
        assert_ok(graft_arch_build(rows[i][0], NULL, &graph));
        assert_ok(graft_cut_candidates(graph, GRAFT_POOL_AVG, cuts, &count));
        const char *end = graft_graph_node(graph, cuts[count - 1].node)->name;
        if (strncmp(end, rows[i][1], strlen(rows[i][1])) != 0) fail_msg("%s: %s", rows[i][0], end);
        assert_true(count <= GRAFT_CUT_LIMIT);
        assert_ok(graft_cut_candidates(graph, GRAFT_POOL_NONE, cuts, &count)); /* whole maps: without it */
        assert_true(count < GRAFT_CUT_LIMIT);
        graft_graph_free(graph);
    }
}

static void pooling_is_what_it_says(void **state) {
    (void)state;
    graft_graph *graph = tiny_graph(16, 4, 1);
    const float value[2][4] = {{1, 2, 3, 6}, {-1, -2, -3, -4}};
    graft_cut cut = {.pool = GRAFT_POOL_AVG, .channels = 2, .area = 4, .width = 2};
    float row[8];
    graft_cut_apply(&cut, value[0], row);
    assert_float_equal(row[0], 3, 0);
    assert_float_equal(row[1], -2.5f, 0);
    cut.pool = GRAFT_POOL_MAX;
    graft_cut_apply(&cut, value[0], row);
    assert_float_equal(row[0], 6, 0);
    assert_float_equal(row[1], -1, 0);
    cut.pool = GRAFT_POOL_NONE;
    cut.width = 8;
    graft_cut_apply(&cut, value[0], row);
    assert_memory_equal(row, value, sizeof(value));
    assert_ok(graft_cut_named(graph, "relu1", GRAFT_POOL_NONE, &cut));
    assert_int_equal(cut.width, 8 * 8 * 8);
    assert_int_equal(cut.stored, GRAFT_F16);
    assert_ok(graft_cut_named(graph, "pool", GRAFT_POOL_NONE, &cut));
    assert_int_equal(cut.width, 16);
    assert_int_equal(cut.stored, GRAFT_F32);
    graft_graph_free(graph);
}

static void an_unknown_layer_gets_the_nearest_name(void **state) {
    (void)state;
    graft_graph *graph = tiny_graph(16, 4, 1);
    graft_cut cut;
    assert_fails(GRAFT_E_USAGE, "did you mean relu2?", graft_cut_named(graph, "relu22", GRAFT_POOL_AVG, &cut));
    assert_fails(GRAFT_E_USAGE, "expected 0 (avg)", graft_cut_named(graph, "relu2", 3, &cut));
    graft_graph_free(graph);
}

static void equal_prefixes_hash_equally_whatever_follows(void **state) {
    (void)state;
    graft_graph *a = tiny_graph(16, 4, 1), *b = tiny_graph(16, 7, 1), *c = tiny_graph(16, 4, 2);
    graft_cut cut;
    graft_hash hash[4];
    assert_ok(graft_cut_named(a, "relu3", GRAFT_POOL_AVG, &cut));
    assert_ok(graft_cut_hash(a, &cut, &hash[0]));
    assert_ok(graft_cut_hash(b, &cut, &hash[1]));
    assert_ok(graft_cut_hash(c, &cut, &hash[2]));
    cut.pool = GRAFT_POOL_MAX;
    assert_ok(graft_cut_hash(a, &cut, &hash[3]));
    assert_true(graft_hash_equal(hash[0], hash[1]));
    assert_false(graft_hash_equal(hash[0], hash[2]));
    assert_false(graft_hash_equal(hash[0], hash[3]));
    graft_graph_free(a);
    graft_graph_free(b);
    graft_graph_free(c);
}

/* What ends in a dense layer is a classifier, but for an encoder. */
static void a_code_is_no_classifier(void **state) {
    (void)state;
    for (int way = 0; way < 2; way++) {
        int at;
        graft_graph *graph = begin(&at);
        at = relu(graph, "relu", conv(graph, "conv", 4, 3, 1, at));
        const int flat = add(graph, "flatten", "flat", &(graft_flatten_attributes){.order = 0}, at, -1);
        const int top = add(graph, "dense", way ? "latent" : "top", &(graft_dense_attributes){.units = 3}, flat, -1);
        assert_int_equal(graft_cut_last(graph), way ? top : flat);
        graft_graph_free(graph);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inverted_residuals_are_cut_at_their_expansions),
        cmocka_unit_test(residual_blocks_are_cut_after_their_last_activation),
        cmocka_unit_test(a_convolution_before_softmax_is_a_classifier),
        cmocka_unit_test(the_last_map_before_dense_layers_is_a_candidate),
        cmocka_unit_test(the_stage_before_the_last_is_a_candidate),
        cmocka_unit_test(a_code_is_no_classifier),
        cmocka_unit_test(pooling_is_what_it_says),
        cmocka_unit_test(an_unknown_layer_gets_the_nearest_name),
        cmocka_unit_test(equal_prefixes_hash_equally_whatever_follows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
