/* Which layers learn, and where the cached part ends. */
#include "support/support.h"

#include "support/networks.h"
#include "support/tiny.h"
#include "transfer/freeze.h"
#include "transfer/tune-network.h"
#include "zoo/arch.h"

#include <string.h>

/* input conv1 relu1 conv2 relu2 conv3 relu3 pool | head_dense head_softmax */
static graft_tune_network network(void) {
    graft_graph *graph = tiny_graph(16, 5, 1);
    graft_tune_network out;
    assert_ok(graft_tune_network_new(graph, graft_graph_find(graph, "pool"), NULL, 3, 7, &out));
    graft_graph_free(graph);
    return out;
}

static const char *name_of(const graft_tune_network *n, int node) {
    return graft_graph_node(n->graph, node)->name;
}

static void assert_fine_tune(const graft_tune_network *n, const char *text, const char *first, const char *boundary) {
    graft_freeze_plan plan;
    int from;
    assert_ok(graft_freeze_fine_tune(n->graph, n->head, "fine-tune", text, &from));
    assert_ok(graft_freeze_make(n->graph, from, &plan));
    assert_string_equal(name_of(n, plan.first), first);
    assert_string_equal(name_of(n, plan.boundary), boundary);
    graft_freeze_clear(&plan);
}

static void assert_freeze(const graft_tune_network *n, const char *text, const char *first) {
    graft_freeze_plan plan;
    int from;
    assert_ok(graft_freeze_freeze(n->graph, n->head, text, &from));
    assert_ok(graft_freeze_make(n->graph, from, &plan));
    assert_string_equal(name_of(n, plan.first), first);
    graft_freeze_clear(&plan);
}

static void behaviour_26_layers_are_named_counted_or_staged(void **state) {
    (void)state;
    graft_tune_network n = network();
    assert_fine_tune(&n, "none", "head_dense", "pool");
    assert_fine_tune(&n, "last:1", "conv3", "relu2");
    assert_fine_tune(&n, "last:2", "conv2", "relu1");
    assert_fine_tune(&n, "last:9", "conv1", "input_1");
    assert_fine_tune(&n, "stage:1", "conv2", "relu1"); /* conv2 halves, conv3 keeps */
    assert_fine_tune(&n, "relu2", "conv3", "relu2");
    assert_fine_tune(&n, "all", "conv1", "input_1");
    assert_freeze(&n, "all", "head_dense");
    assert_freeze(&n, "none", "conv1");
    assert_freeze(&n, "until:conv2", "conv3");
    assert_freeze(&n, "first:1", "conv2");
    assert_freeze(&n, "first:3", "head_dense");
    graft_tune_network_clear(&n);
}

static void what_does_not_exist_is_told_with_the_nearest(void **state) {
    (void)state;
    graft_tune_network n = network();
    int from;
    assert_fails(GRAFT_E_USAGE, "did you mean \"conv3\"",
                 graft_freeze_fine_tune(n.graph, n.head, "fine-tune", "konv3", &from));
    assert_fails(GRAFT_E_USAGE, "expected a number from 1",
                 graft_freeze_fine_tune(n.graph, n.head, "fine-tune", "last:x", &from));
    assert_fails(GRAFT_E_USAGE, "until:LAYER or first:N", graft_freeze_freeze(n.graph, n.head, "last:2", &from));
    assert_fails(GRAFT_E_USAGE, "no layer \"head_dense\"",
                 graft_freeze_fine_tune(n.graph, n.head, "fine-tune", "head_dense", &from));
    graft_tune_network_clear(&n);
}

/* In front of the boundary it would never drop anything. */
static void a_heads_dropout_is_trained_with(void **state) {
    (void)state;
    graft_graph *graph = tiny_graph(16, 5, 1);
    graft_tune_network n;
    assert_ok(graft_tune_network_new(graph, graft_graph_find(graph, "relu3"), "gap dropout:0.5 dense", 3, 7, &n));
    assert_fine_tune(&n, "none", "head_dense", "head_global_average_pooling2d");
    graft_tune_network_clear(&n);
    graft_graph_free(graph);
}

/* The boundary of a residual block is before it, also when its last layer alone learns. */
static void blocks_are_cut_before_their_branches(void **state) {
    (void)state;
    graft_graph *graph = network_mobilenet_v2(32, 0.35);
    graft_tune_network n;
    graft_freeze_plan plan;
    int from;
    assert_ok(graft_tune_network_new(graph, graft_tune_network_place(graph, NULL), NULL, 4, 0, &n));
    assert_ok(graft_freeze_fine_tune(n.graph, n.head, "fine-tune", "block_12_project", &from));
    assert_ok(graft_freeze_make(n.graph, from, &plan));
    assert_string_equal(name_of(&n, plan.boundary), "block_11_add");
    assert_false(plan.trainable[graft_graph_find(n.graph, "block_12_depthwise")]);
    graft_freeze_clear(&plan);
    assert_fine_tune(&n, "block_13_expand", "block_13_expand", "block_12_add");
    graft_tune_network_clear(&n);
    graft_graph_free(graph);
}

/* A layer with its activation built in is two nodes; both are what its name says. */
static void a_layer_begins_with_its_values(void **state) {
    (void)state;
    const graft_arch_options options = {.no_top = true, .height = 32};
    graft_graph *graph;
    graft_tune_network n;
    assert_ok(graft_arch_build("vgg16", &options, &graph));
    assert_ok(graft_tune_network_new(graph, graft_tune_network_place(graph, NULL), NULL, 4, 0, &n));
    assert_fine_tune(&n, "block5_conv1", "block5_conv1/linear", "block4_pool");
    assert_freeze(&n, "until:block5_conv1", "block5_conv2/linear");
    graft_tune_network_clear(&n);
    graft_graph_free(graph);
}

static void behaviour_01_frozen_batchnorm_is_held_in_every_mode(void **state) {
    (void)state;
    graft_graph *graph = network_mobilenet_v2(32, 0.35);
    graft_tune_network n;
    graft_freeze_plan plan;
    assert_ok(graft_tune_network_new(graph, graft_tune_network_place(graph, NULL), NULL, 4, 0, &n));
    assert_ok(graft_freeze_make(n.graph, graft_graph_find(n.graph, "block_13_expand"), &plan));
    int before = graft_graph_find(n.graph, "block_12_project_BN"),
        after = graft_graph_find(n.graph, "block_14_project_BN");
    const graft_batchnorm_mode modes[] = {GRAFT_BATCHNORM_FROZEN, GRAFT_BATCHNORM_STATS, GRAFT_BATCHNORM_TRAIN};
    for (int i = 0; i < 3; i++) {
        assert_true(graft_freeze_holds(n.graph, &plan, modes[i], before, "gamma"));
        assert_true(graft_freeze_holds(n.graph, &plan, modes[i], before, "mean"));
        assert_int_equal(graft_freeze_holds(n.graph, &plan, modes[i], after, "gamma"), i == 0);
        assert_int_equal(graft_freeze_holds(n.graph, &plan, modes[i], after, "mean"), i < 2);
    }
    graft_freeze_count frozen, trained;
    assert_ok(graft_freeze_check(n.graph, &plan, GRAFT_BATCHNORM_FROZEN, &frozen));
    assert_ok(graft_freeze_check(n.graph, &plan, GRAFT_BATCHNORM_TRAIN, &trained));
    graft_graph_totals totals;
    graft_graph_totals_of(n.graph, &totals);
    assert_int_equal(frozen.trainable + frozen.frozen, totals.parameters);
    assert_int_equal(trained.trainable + trained.frozen, totals.parameters);
    assert_true(trained.trainable > frozen.trainable);
    /* A single changed number shows. */
    graft_tensor_f32(graft_node_param(graft_graph_node(n.graph, before), "variance")->value)[0] *= 1.5f;
    graft_freeze_count changed;
    assert_ok(graft_freeze_check(n.graph, &plan, GRAFT_BATCHNORM_TRAIN, &changed));
    assert_false(graft_hash_equal(changed.held, trained.held));
    graft_freeze_clear(&plan);
    graft_tune_network_clear(&n);
    graft_graph_free(graph);
}

static void heads_of_layers_are_checked(void **state) {
    (void)state;
    graft_graph *graph = tiny_graph(16, 5, 1);
    graft_tune_network n;
    int relu = graft_tune_network_place(graph, "gap dropout:0.2 dense:8:relu dense"),
        pool = graft_tune_network_place(graph, "dense");
    assert_string_equal(graft_graph_node(graph, relu)->name, "relu3");
    assert_string_equal(graft_graph_node(graph, pool)->name, "pool");
    assert_ok(graft_tune_network_new(graph, relu, "gap dropout:0.2 dense", 3, 0, &n));
    assert_true(n.dense > n.head);
    graft_tune_network_clear(&n);
    assert_ok(graft_tune_network_new(graph, relu, "gap dense:8:relu dense", 3, 0, &n));
    assert_int_equal(n.dense, -1);
    graft_tune_network_clear(&n);
    assert_fails(GRAFT_E_USAGE, "expected the 3 classes",
                 graft_tune_network_new(graph, relu, "gap dense:8:relu", 3, 0, &n));
    assert_fails(GRAFT_E_USAGE, "--head", graft_tune_network_new(graph, relu, "gap dnse", 3, 0, &n));
    graft_graph_free(graph);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_heads_dropout_is_trained_with),
        cmocka_unit_test(behaviour_26_layers_are_named_counted_or_staged),
        cmocka_unit_test(what_does_not_exist_is_told_with_the_nearest),
        cmocka_unit_test(blocks_are_cut_before_their_branches),
        cmocka_unit_test(a_layer_begins_with_its_values),
        cmocka_unit_test(behaviour_01_frozen_batchnorm_is_held_in_every_mode),
        cmocka_unit_test(heads_of_layers_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
