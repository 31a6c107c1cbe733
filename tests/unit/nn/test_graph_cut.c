/* Taking graphs apart and putting them together. */
#include "support/support.h"

#include "support/networks.h"
#include "support/reference.h"

#include <math.h>
#include <string.h>

/* input -> a -> relu -> b -> add(relu, b) -> c, and a node that nobody needs */
static graft_graph *residual(void) {
    graft_graph *graph;
    assert_ok(graft_graph_new("residual", &graph));
    int input = network_input(graph, 3, 8, 8);
    int a = network_conv(graph, "a", input, 4, 3, 2, 1);
    int relu = network_activation(graph, "relu", a, GRAFT_ACT_RELU);
    int b = network_conv(graph, "b", relu, 4, 3, 1, 1);
    int add = network_add(graph, "add", "add", NULL, (int[]){relu, b, -1});
    network_conv(graph, "aside", relu, 4, 3, 1, 1);
    int c = network_conv(graph, "c", add, 5, 1, 1, 1);
    assert_ok(graft_graph_set_output(graph, c));
    network_fill(graph, 3);
    return graph;
}

static bool passes(const graft_graph *graph, const bool *marks, const char *name) {
    return marks[graft_graph_find(graph, name)];
}

static void test_articulations(void **state) {
    (void)state;
    graft_graph *graph = residual();
    bool marks[16];
    assert_ok(graft_graph_articulations(graph, marks));
    assert_true(marks[graft_graph_input(graph)]);
    assert_true(passes(graph, marks, "a"));
    assert_true(passes(graph, marks, "relu"));
    assert_false(passes(graph, marks, "b"));
    assert_true(passes(graph, marks, "add"));
    assert_false(passes(graph, marks, "aside"));
    assert_true(passes(graph, marks, "c"));
    graft_graph_free(graph);
}

/* Prefix and suffix joined compute the whole. */
static void test_parts_compute_the_whole(void **state) {
    (void)state;
    graft_graph *graph = residual();
    float input[3 * 8 * 8];
    for (int i = 0; i < 3 * 8 * 8; i++)
        input[i] = sinf((float)i);
    double **whole = reference_run(graph, input);
    const char *const cuts[] = {"a", "relu", "add"};
    for (size_t i = 0; i < 3; i++) {
        int at = graft_graph_find(graph, cuts[i]), map[16];
        graft_graph *front, *back, *joined;
        assert_ok(graft_graph_prefix(graph, &at, 1, &front, NULL));
        assert_ok(graft_graph_suffix(graph, at, graft_graph_output(graph), &back, map));
        assert_int_equal(graft_graph_find(back, "aside"), -1);
        assert_int_equal(map[graft_graph_find(graph, "aside")], -1);
        assert_int_equal(map[graft_graph_find(graph, "c")], graft_graph_find(back, "c"));
        assert_string_equal(graft_graph_node(back, graft_graph_input(back))->name, cuts[i]);
        assert_ok(graft_graph_concat(front, back, &joined));
        double **values = reference_run(joined, input);
        int end = graft_graph_output(joined), output = graft_graph_output(graph);
        for (int64_t k = 0; k < graft_shape_count(&graft_graph_node(graph, output)->output); k++)
            assert_true(values[end][k] == whole[output][k]);
        reference_free(joined, values);
        graft_graph_free(front);
        graft_graph_free(back);
        graft_graph_free(joined);
    }
    reference_free(graph, whole);
    graft_graph_free(graph);
}

static void test_blocks_of_mobilenet_can_be_cut_after_their_sums(void **state) {
    (void)state;
    graft_graph *graph = network_mobilenet_v2(32, 0.35);
    bool *marks = test_calloc((size_t)graft_graph_count(graph), sizeof(bool));
    assert_ok(graft_graph_articulations(graph, marks));
    assert_true(passes(graph, marks, "block_12_add"));
    assert_false(passes(graph, marks, "block_12_expand"));
    assert_true(passes(graph, marks, "block_13_expand"));
    graft_graph *back;
    assert_ok(
        graft_graph_suffix(graph, graft_graph_find(graph, "block_12_add"), graft_graph_output(graph), &back, NULL));
    assert_ok(graft_graph_complete(back));
    graft_graph_free(back);
    test_free(marks);
    graft_graph_free(graph);
}

static void test_what_cannot_be_cut_or_joined_is_refused(void **state) {
    (void)state;
    graft_graph *graph = residual(), *part, *joined;
    int b = graft_graph_find(graph, "b"), relu = graft_graph_find(graph, "relu");
    assert_fails(GRAFT_E_USAGE, "'add' reads 'relu'",
                 graft_graph_suffix(graph, b, graft_graph_output(graph), &part, NULL));
    assert_ok(graft_graph_suffix(graph, relu, graft_graph_output(graph), &part, NULL));
    assert_fails(GRAFT_E_DATA, "takes 4x4x4", graft_graph_concat(graph, part, &joined));
    graft_graph_free(part);
    graft_graph_free(graph);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_articulations),
        cmocka_unit_test(test_parts_compute_the_whole),
        cmocka_unit_test(test_blocks_of_mobilenet_can_be_cut_after_their_sums),
        cmocka_unit_test(test_what_cannot_be_cut_or_joined_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
