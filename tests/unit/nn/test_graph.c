#include "support/support.h"

#include "nn/op.h"

#include <stdio.h>

static int add(graft_graph *graph, const char *op, const char *name, const void *attributes, int input) {
    int index = -1;
    assert_ok(graft_graph_add(graph, op, name, attributes, &input, input < 0 ? 0 : 1, &index));
    return index;
}

static const graft_input_attributes picture = {.shape = {3, 32, 32}, .rank = 3};

static graft_conv2d_attributes conv(int64_t filters, int64_t kernel, int64_t stride, bool same) {
    return (graft_conv2d_attributes){.filters = filters,
                                     .kernel = {kernel, kernel},
                                     .strides = {stride, stride},
                                     .dilations = {1, 1},
                                     .same = same,
                                     .groups = 1,
                                     .bias = true};
}

/* input 3x32x32 -> conv 8 same/2 -> batchnorm -> relu -> global average -> dense 10 -> softmax */
static graft_graph *small_network(const char *prefix) {
    graft_graph *graph;
    char name[64];
    assert_ok(graft_graph_new("small", &graph));
    graft_conv2d_attributes first = conv(8, 3, 2, true);
    graft_activation_attributes relu = {.kind = GRAFT_ACT_RELU};
    graft_dense_attributes dense = {.units = 10, .bias = true};
    const struct {
        const char *op;
        const void *attributes;
    } rows[] = {{"input", &picture},      {"conv2d", &first}, {"batchnorm", NULL}, {"activation", &relu},
                {"global_avgpool", NULL}, {"dense", &dense},  {"softmax", NULL}};
    for (int i = 0; i < 7; i++) {
        snprintf(name, sizeof(name), "%s%s", prefix, rows[i].op);
        add(graph, rows[i].op, name, rows[i].attributes, i - 1);
    }
    return graph;
}

static void fill(graft_graph *graph, float value) {
    for (int i = 0; i < graft_graph_count(graph); i++) {
        graft_node *node = graft_graph_node(graph, i);
        for (int k = 0; k < node->param_count; k++) {
            graft_tensor *tensor;
            assert_ok(graft_tensor_new(GRAFT_F32, &node->params[k].shape, &tensor));
            for (int64_t j = 0; j < graft_shape_count(&tensor->shape); j++)
                graft_tensor_f32(tensor)[j] = value + (float)(j % 7);
            assert_ok(graft_node_set_param(node, node->params[k].name, tensor));
        }
    }
}

static void assert_shape(const graft_graph *graph, int index, int64_t a, int64_t b, int64_t c) {
    const graft_shape *got = &graft_graph_node(graph, index)->output;
    graft_shape wanted = b ? GRAFT_SHAPE(a, b, c) : GRAFT_SHAPE(a);
    char text[GRAFT_SHAPE_TEXT];
    if (!graft_shape_equal(got, &wanted)) fail_msg("node %d has shape %s", index, graft_shape_text(got, text));
}

static void shapes_parameters_and_totals(void **state) {
    (void)state;
    graft_graph *graph = small_network("");
    assert_shape(graph, 1, 8, 16, 16);
    assert_shape(graph, 4, 8, 0, 0);
    assert_shape(graph, 6, 10, 0, 0);
    graft_graph_totals totals;
    graft_graph_totals_of(graph, &totals);
    assert_int_equal(totals.parameters, 8 * 3 * 9 + 8 + 4 * 8 + 8 * 10 + 10);
    assert_int_equal(totals.trainable, totals.parameters - 16);
    assert_int_equal(totals.multiply_adds, 8 * 3 * 9 * 16 * 16 + 80);
    assert_int_equal(totals.activations, 3 * 32 * 32 + 3 * 8 * 16 * 16 + 8 + 10 + 10);
    assert_int_equal(graft_graph_input(graph), 0);
    assert_int_equal(graft_graph_output(graph), 6);
    assert_int_equal(graft_graph_find(graph, "dense"), 5);
    assert_int_equal(graft_graph_find(graph, "dance"), -1);
    assert_int_equal(graft_graph_node(graph, 0)->stage, 0);
    assert_int_equal(graft_graph_node(graph, 3)->stage, 1);
    assert_int_equal(graft_graph_node(graph, 6)->stage, 2);
    graft_graph_free(graph);
}

static void stage_follows_the_main_path(void **state) {
    (void)state;
    graft_graph *graph;
    assert_ok(graft_graph_new("squeeze", &graph));
    graft_conv2d_attributes halve = conv(4, 3, 2, true), trim = conv(4, 3, 1, false);
    graft_global_pool_attributes keep = {.keepdims = true};
    int input = add(graph, "input", "input", &picture, -1);
    int main_path = add(graph, "conv2d", "halve", &halve, input);
    int trimmed = add(graph, "conv2d", "trim", &trim, main_path);
    int squeezed = add(graph, "global_avgpool", "squeeze", &keep, trimmed);
    int product;
    assert_ok(graft_graph_add(graph, "multiply", "excite", NULL, (int[]){squeezed, trimmed}, 2, &product));
    assert_shape(graph, product, 4, 14, 14);
    assert_int_equal(graft_graph_node(graph, trimmed)->stage, 1);
    assert_int_equal(graft_graph_node(graph, squeezed)->stage, 2);
    assert_int_equal(graft_graph_node(graph, product)->stage, 1);
    graft_graph_free(graph);
}

static void errors_name_layer_operation_received_expected(void **state) {
    (void)state;
    graft_graph *graph = small_network("");
    graft_conv2d_attributes wide = conv(4, 40, 1, false), grouped = conv(4, 1, 1, false), none = {0};
    grouped.groups = 3;
    assert_fails(GRAFT_E_DATA, "there is no operation 'conv3d', did you mean 'conv2d'?",
                 graft_graph_add(graph, "conv3d", "x", NULL, (int[]){0}, 1, NULL));
    assert_fails(GRAFT_E_DATA, "layer 'input' occurs twice",
                 graft_graph_add(graph, "flatten", "input", NULL, (int[]){0}, 1, NULL));
    assert_fails(GRAFT_E_DATA, "a second input beside 'input'",
                 graft_graph_add(graph, "input", "x", &picture, NULL, 0, NULL));
    assert_fails(GRAFT_E_DATA, "layer 'x' (add): 1 inputs, expected at least 2",
                 graft_graph_add(graph, "add", "x", NULL, (int[]){0}, 1, NULL));
    assert_fails(GRAFT_E_DATA, "input 0 is node 9, expected one of the 7 before it",
                 graft_graph_add(graph, "flatten", "x", NULL, (int[]){9}, 1, NULL));
    assert_fails(GRAFT_E_DATA, "layer 'x' (conv2d): input 3x32x32 with padding 0+0, expected a height of at least 40",
                 graft_graph_add(graph, "conv2d", "x", &wide, (int[]){0}, 1, NULL));
    assert_fails(GRAFT_E_DATA, "layer 'x' (conv2d): 3 groups over 8 input channels and 4 filters",
                 graft_graph_add(graph, "conv2d", "x", &grouped, (int[]){1}, 1, NULL));
    assert_fails(GRAFT_E_DATA, "layer 'x' (conv2d): attribute filters is 0, expected 1 to 16777216",
                 graft_graph_add(graph, "conv2d", "x", &none, (int[]){0}, 1, NULL));
    assert_fails(GRAFT_E_DATA, "layer 'x' (dense): input 3x32x32, expected a vector",
                 graft_graph_add(graph, "dense", "x", &(graft_dense_attributes){.units = 1}, (int[]){0}, 1, NULL));
    assert_fails(GRAFT_E_DATA, "layer 'x' (add): input 1 is 8x16x16 beside 3x32x32",
                 graft_graph_add(graph, "add", "x", NULL, (int[]){0, 1}, 2, NULL));
    assert_fails(GRAFT_E_DATA, "layer 'x' (concat): input 1 is 8x16x16 beside 3x32x32",
                 graft_graph_add(graph, "concat", "x", NULL, (int[]){0, 1}, 2, NULL));
    assert_fails(GRAFT_E_DATA, "layer 'x' (reshape): input 3x32x32 of 3072 elements",
                 graft_graph_add(graph, "reshape", "x", &(graft_reshape_attributes){.shape = {5}, .rank = 1},
                                 (int[]){0}, 1, NULL));
    assert_int_equal(graft_graph_count(graph), 7); /* nothing that failed was added */
    graft_graph_free(graph);
}

static void caps_hold_against_overflow(void **state) {
    (void)state;
    graft_graph *graph;
    assert_ok(graft_graph_new("huge", &graph));
    const int64_t most = GRAFT_MAX_DIMENSION;
    graft_input_attributes huge = {.shape = {most, most, most}, .rank = 3};
    assert_fails(GRAFT_E_DATA, "layer 'huge' (input): the output would be 16777216x16777216x16777216",
                 graft_graph_add(graph, "input", "huge", &huge, NULL, 0, NULL));
    huge = (graft_input_attributes){.shape = {-1}, .rank = 1};
    assert_fails(GRAFT_E_DATA, "attribute shape is -1", graft_graph_add(graph, "input", "huge", &huge, NULL, 0, NULL));
    huge = (graft_input_attributes){.shape = {most}, .rank = 1};
    add(graph, "input", "input", &huge, -1);
    assert_fails(GRAFT_E_DATA, "kernel would be 16777216x16777216",
                 graft_graph_add(graph, "dense", "d", &(graft_dense_attributes){.units = most}, (int[]){0}, 1, NULL));
    assert_fails(GRAFT_E_DATA, "the output would be 33554432",
                 graft_graph_add(graph, "concat", "c", NULL, (int[]){0, 0}, 2, NULL));
    graft_graph_free(graph);
}

static void node_count_is_capped(void **state) {
    (void)state;
    graft_graph *graph;
    assert_ok(graft_graph_new("long", &graph));
    graft_input_attributes tiny = {.shape = {1}, .rank = 1};
    graft_status status = graft_graph_add(graph, "input", "0", &tiny, NULL, 0, NULL);
    for (int i = 1; i <= GRAFT_MAX_NODES && status == GRAFT_OK; i++) {
        char name[16];
        snprintf(name, sizeof(name), "%d", i);
        status = graft_graph_add(graph, "flatten", name, NULL, (int[]){i - 1}, 1, NULL);
    }
    assert_fails(GRAFT_E_DATA, "expected at most 65536", status);
    assert_int_equal(graft_graph_count(graph), GRAFT_MAX_NODES);
    graft_graph_free(graph);
}

/* Values from TensorFlow's rule, ceil(in / stride): the odd cell goes below and to the right. */
static void same_padding_follows_the_input_size(void **state) {
    (void)state;
    const struct {
        int64_t in, kernel, stride, dilation, out, before, after;
    } rows[] = {{32, 3, 2, 1, 16, 0, 1}, {33, 3, 2, 1, 17, 1, 1}, {32, 3, 1, 1, 32, 1, 1}, {32, 2, 1, 1, 32, 0, 1},
                {7, 5, 3, 1, 3, 2, 2},   {8, 5, 3, 1, 3, 1, 2},   {10, 3, 1, 2, 10, 2, 2}, {5, 1, 2, 1, 3, 0, 0}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        graft_graph *graph;
        assert_ok(graft_graph_new("same", &graph));
        graft_input_attributes input = {.shape = {1, rows[i].in, rows[i].in}, .rank = 3};
        graft_conv2d_attributes attributes = conv(1, rows[i].kernel, rows[i].stride, true);
        attributes.dilations[0] = attributes.dilations[1] = rows[i].dilation;
        add(graph, "input", "input", &input, -1);
        int node = add(graph, "conv2d", "conv", &attributes, 0);
        assert_shape(graph, node, 1, rows[i].out, rows[i].out);
        int64_t padding[4];
        graft_conv2d_padding(graft_graph_node(graph, node), &graft_graph_node(graph, 0)->output, padding);
        assert_int_equal(padding[0], rows[i].before);
        assert_int_equal(padding[1], rows[i].after);
        assert_int_equal(padding[2], rows[i].before);
        assert_int_equal(padding[3], rows[i].after);
        graft_graph_free(graph);
    }
}

static void wrong_parameters_are_refused(void **state) {
    (void)state;
    graft_graph *graph = small_network("");
    graft_node *node = graft_graph_node(graph, 1);
    assert_fails(GRAFT_E_DATA,
                 "8 parameters have no values: conv2d/kernel, conv2d/bias, batchnorm/gamma, "
                 "batchnorm/beta, batchnorm/mean, ...",
                 graft_graph_complete(graph));
    graft_tensor *tensor;
    graft_shape keras = GRAFT_SHAPE(3, 3, 3, 8), vector = GRAFT_SHAPE(8);
    assert_ok(graft_tensor_new(GRAFT_F32, &keras, &tensor));
    assert_fails(GRAFT_E_DATA, "conv2d/kernel: F32 of shape 3x3x3x8, expected F32 of shape 8x3x3x3",
                 graft_node_set_param(node, "kernel", tensor));
    assert_ok(graft_tensor_new(GRAFT_F32, &vector, &tensor));
    assert_fails(GRAFT_E_DATA, "layer 'conv2d' (conv2d) has no parameter 'biass'",
                 graft_node_set_param(node, "biass", tensor));
    fill(graph, 1);
    assert_ok(graft_graph_complete(graph));
    graft_graph_free(graph);
}

static graft_hash hash_of(const graft_graph *graph) {
    graft_hash hash;
    assert_ok(graft_graph_hash(graph, &hash));
    return hash;
}

static void hash_is_structure_and_weights_not_names(void **state) {
    (void)state;
    graft_graph *one = small_network("a_"), *other = small_network("b_");
    graft_hash empty = hash_of(one);
    assert_true(graft_hash_equal(empty, hash_of(other)));
    fill(one, 1);
    assert_false(graft_hash_equal(empty, hash_of(one)));
    fill(other, 1);
    assert_true(graft_hash_equal(hash_of(one), hash_of(other)));
    graft_tensor_f32(graft_graph_node(other, 5)->params[1].value)[3] += 1;
    assert_false(graft_hash_equal(hash_of(one), hash_of(other)));
    fill(other, 1);
    ((graft_batchnorm_attributes *)graft_graph_node(other, 2)->attributes)->epsilon *= 1.0000001;
    assert_false(graft_hash_equal(hash_of(one), hash_of(other)));
    graft_graph_free(one);
    graft_graph_free(other);
}

static void prefix_keeps_what_is_needed(void **state) {
    (void)state;
    graft_graph *graph = small_network(""), *part;
    int unused = add(graph, "global_maxpool", "unused", NULL, 3);
    fill(graph, 2);
    int map[2];
    assert_ok(graft_graph_prefix(graph, (int[]){3, 1}, 2, &part, map));
    assert_int_equal(graft_graph_count(part), 4);
    assert_int_equal(map[0], 3);
    assert_int_equal(map[1], 1);
    assert_int_equal(graft_graph_output(part), 1);
    assert_string_equal(graft_graph_node(part, 2)->name, "batchnorm");
    const graft_param *from = graft_node_param(graft_graph_node(graph, 1), "kernel");
    const graft_param *to = graft_node_param(graft_graph_node(part, 1), "kernel");
    assert_ptr_not_equal(from->value->data, to->value->data);
    assert_memory_equal(from->value->data, to->value->data, from->value->bytes);
    graft_graph_free(part);
    assert_ok(graft_graph_prefix(graph, &unused, 1, &part, map));
    assert_int_equal(graft_graph_count(part), 5);
    assert_int_equal(graft_graph_find(part, "dense"), -1);
    graft_graph_free(part);
    assert_fails(GRAFT_E_USAGE, "node 99", graft_graph_prefix(graph, (int[]){99}, 1, &part, NULL));
    graft_graph_free(graph);
}

static graft_graph *pyramid(int64_t size, bool with_dense) {
    graft_graph *graph;
    assert_ok(graft_graph_new("pyramid", &graph));
    graft_input_attributes input = {.shape = {3, size, size}, .rank = 3};
    graft_pool_attributes pool = {.size = {2, 2}, .strides = {2, 2}};
    graft_dense_attributes dense = {.units = 2, .bias = true};
    int last = add(graph, "input", "input", &input, -1);
    for (int i = 0; i < 5; i++)
        last = add(graph, "maxpool2d", (const char *[]){"p1", "p2", "p3", "p4", "p5"}[i], &pool, last);
    if (!with_dense) return graph;
    last = add(graph, "flatten", "flatten", NULL, last);
    add(graph, "dense", "dense", &dense, last);
    return graph;
}

static void behaviour_9_resize_names_the_smallest_legal_size(void **state) {
    (void)state;
    graft_graph *graph = pyramid(224, false);
    graft_hash before = hash_of(graph);
    assert_fails(GRAFT_E_DATA,
                 "input size 20x200 does not fit this network, the smallest legal size is 32x32: layer 'p5' "
                 "(maxpool2d): input 3x1x12",
                 graft_graph_resize_input(graph, 20, 200));
    assert_true(graft_hash_equal(before, hash_of(graph)));
    assert_shape(graph, 5, 3, 7, 7);
    assert_ok(graft_graph_resize_input(graph, 32, 64));
    assert_shape(graph, 5, 3, 1, 2);
    assert_int_equal(graft_graph_node(graph, 5)->stage, 5);
    assert_ok(graft_graph_resize_input(graph, 299, 299));
    assert_shape(graph, 5, 3, 9, 9);
    assert_fails(GRAFT_E_USAGE, "input size 0x5", graft_graph_resize_input(graph, 0, 5));
    graft_graph_free(graph);
}

static void resize_respects_loaded_weights(void **state) {
    (void)state;
    graft_graph *graph = pyramid(64, true);
    assert_ok(graft_graph_resize_input(graph, 96, 96)); /* nothing is loaded yet: the shape is free */
    assert_int_equal(graft_graph_node(graph, 7)->params[0].shape.dim[1], 27);
    fill(graph, 0);
    assert_fails(GRAFT_E_DATA, "made for 96x96: layer 'dense' (dense): its kernel is 2x27 and would have to be 2x48",
                 graft_graph_resize_input(graph, 128, 128));
    assert_fails(GRAFT_E_DATA, "the smallest legal size is 96x96", graft_graph_resize_input(graph, 64, 64));
    assert_ok(graft_graph_resize_input(graph, 97, 97));
    graft_graph_free(graph);
}

static graft_status build_and_copy(void *argument) {
    (void)argument;
    graft_graph *graph = NULL, *part = NULL;
    graft_status status = graft_graph_new("memory", &graph);
    graft_conv2d_attributes first = conv(8, 3, 2, true);
    if (status == GRAFT_OK) status = graft_graph_add(graph, "input", "input", &picture, NULL, 0, NULL);
    if (status == GRAFT_OK) status = graft_graph_add(graph, "conv2d", "conv", &first, (int[]){0}, 1, NULL);
    if (status == GRAFT_OK) status = graft_graph_add(graph, "batchnorm", "bn", NULL, (int[]){1}, 1, NULL);
    if (status == GRAFT_OK) status = graft_graph_prefix(graph, (int[]){2}, 1, &part, NULL);
    if (status == GRAFT_OK) status = graft_graph_resize_input(part, 64, 64);
    graft_graph_free(graph);
    graft_graph_free(part);
    return status;
}

static void allocations_may_fail(void **state) {
    (void)state;
    test_failing_allocations(build_and_copy, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_parameters_and_totals),
        cmocka_unit_test(stage_follows_the_main_path),
        cmocka_unit_test(errors_name_layer_operation_received_expected),
        cmocka_unit_test(caps_hold_against_overflow),
        cmocka_unit_test(node_count_is_capped),
        cmocka_unit_test(same_padding_follows_the_input_size),
        cmocka_unit_test(wrong_parameters_are_refused),
        cmocka_unit_test(hash_is_structure_and_weights_not_names),
        cmocka_unit_test(prefix_keeps_what_is_needed),
        cmocka_unit_test(behaviour_9_resize_names_the_smallest_legal_size),
        cmocka_unit_test(resize_respects_loaded_weights),
        cmocka_unit_test(allocations_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
