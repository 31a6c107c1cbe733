#include "support/support.h"

#include "base/alloc.h"
#include "base/threads.h"
#include "dnn/dnn.h"
#include "nn/plan.h"
#include "support/networks.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static graft_context *context;

typedef struct runner {
    graft_plan *plan;
    graft_plan_state *state;
} runner;

static runner start(const graft_graph *graph, const graft_plan_options *options) {
    runner r;
    assert_ok(graft_plan_new(context, graph, options, &r.plan));
    assert_ok(graft_plan_state_new(r.plan, &r.state));
    return r;
}

static void stop(runner r) {
    graft_plan_state_free(r.state);
    graft_plan_free(r.plan);
}

/* A sample of numbers in -1..1; each seed gives another. */
static void fill_sample(float *out, size_t count, uint32_t seed) {
    test_fill(out, count, seed * 2654435761U + 1U);
}

/* Output 0 of sample `seed`, computed at place `index` of a batch of `count` others. */
static float *computed(const graft_graph *graph, runner r, uint32_t seed, int index, int count) {
    for (int i = 0; i < count; i++)
        fill_sample(graft_plan_state_input(r.state, i), network_count(graph, graft_graph_input(graph)),
                    i == index ? seed : 1000U * seed + (uint32_t)i);
    assert_ok(graft_plan_run(r.state, count));
    const size_t bytes = graft_plan_output_size(r.plan, 0) * sizeof(float);
    float *out = malloc(bytes);
    memcpy(out, graft_plan_state_output(r.state, 0, index), bytes);
    return out;
}

/* ---- results ---- */

static void test_folding_changes_nothing(void **state) {
    (void)state;
    graft_graph *graph = network_mobilenet_v2(96, 0.35);
    graft_plan_options apart = GRAFT_PLAN_OPTIONS_INIT;
    apart.no_fold = true;
    apart.batch = 1;
    runner folded = start(graph, NULL), unfolded = start(graph, &apart);
    assert_true(graft_plan_step_count(folded.plan) < graft_plan_step_count(unfolded.plan) / 2);
    float *a = computed(graph, folded, 7, 0, 1), *b = computed(graph, unfolded, 7, 0, 1);
    for (size_t i = 0; i < graft_plan_output_size(folded.plan, 0); i++)
        assert_true(fabsf(a[i] - b[i]) <= 1e-6F + 1e-4F * fabsf(b[i]));
    free(a);
    free(b);
    stop(folded);
    stop(unfolded);
    graft_graph_free(graph);
}

static void test_place_in_the_batch_does_not_matter(void **state) {
    (void)state;
    graft_graph *graph = network_mobilenet_v2(64, 0.35);
    graft_plan_options options = GRAFT_PLAN_OPTIONS_INIT;
    options.batch = 4;
    runner r = start(graph, &options);
    float *expected = computed(graph, r, 3, 0, 4);
    const size_t bytes = graft_plan_output_size(r.plan, 0) * sizeof(float);
    static const int places[][2] = {{0, 1}, {0, 2}, {1, 2}, {2, 3}, {3, 4}, {1, 4}};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        float *got = computed(graph, r, 3, places[i][0], places[i][1]);
        assert_memory_equal(got, expected, bytes);
        free(got);
    }
    free(expected);
    stop(r);
    graft_graph_free(graph);
}

/* Large pictures, small ones and dense layers, each wanting its own number of samples at a time; Winograd's shapes;
 * a value that is read two segments on. */
static graft_graph *narrowing_network(void) {
    graft_graph *graph;
    const graft_pool_attributes half = {.size = {2, 2}, .strides = {2, 2}};
    const graft_flatten_attributes flatten = {.order = 0};
    const graft_dense_attributes wide = {.units = 301, .bias = true}, narrow = {.units = 10, .bias = true};
    const graft_concat_attributes concat = {.axis = 0};
    assert_ok(graft_graph_new("narrowing", &graph));
    int at = network_input(graph, 3, 56, 56), side, deep;
    at = network_conv(graph, "stem", at, 64, 3, 2, 1);
    at = network_conv(graph, "fast", at, 64, 3, 1, 1);
    at = network_activation(graph, "fast_relu", at, GRAFT_ACT_RELU);
    side = at = network_add(graph, "maxpool2d", "pool", &half, (const int[]){at, -1});
    at = network_conv(graph, "middle", at, 128, 3, 1, 1);
    at = network_conv(graph, "middle_fast", at, 128, 3, 1, 1);
    deep = network_add(graph, "maxpool2d", "deep_pool", &half, (const int[]){at, -1});
    deep = network_conv(graph, "deep", deep, 256, 3, 1, 1);
    deep =
        network_add(graph, "global_avgpool", "mean", &(graft_global_pool_attributes){false}, (const int[]){deep, -1});
    side = network_add(graph, "flatten", "flatten", &flatten, (const int[]){side, -1});
    at = network_add(graph, "concat", "both", &concat, (const int[]){deep, side, -1});
    at = network_add(graph, "dense", "wide", &wide, (const int[]){at, -1});
    network_add(graph, "dense", "narrow", &narrow, (const int[]){at, -1});
    network_fill(graph, 5);
    return graph;
}

static void test_the_batch_does_not_matter(void **state) {
    (void)state;
    graft_graph *graph = narrowing_network();
    graft_plan_options options = GRAFT_PLAN_OPTIONS_INIT;
    options.batch = 1;
    runner one = start(graph, &options);
    float *expected = computed(graph, one, 3, 0, 1);
    static const int runs[][3] = {{4, 0, 4}, {4, 2, 3}, {16, 0, 1}, {16, 15, 16}, {16, 7, 9}, {6, 5, 6}, {0, 0, 1}};
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        options.batch = runs[i][0];
        runner r = start(graph, &options);
        float *got = computed(graph, r, 3, runs[i][1], runs[i][2]);
        assert_memory_equal(got, expected, graft_plan_output_size(one.plan, 0) * sizeof(float));
        free(got);
        stop(r);
    }
    free(expected);
    stop(one);
    graft_graph_free(graph);
}

static void test_branches_write_side_by_side(void **state) {
    (void)state;
    graft_graph *graph;
    const graft_concat_attributes concat = {.axis = 0};
    graft_plan_options options = GRAFT_PLAN_OPTIONS_INIT;
    char *text;
    assert_ok(graft_graph_new("branches", &graph));
    int at = network_input(graph, 3, 40, 40);
    at = network_conv(graph, "stem", at, 32, 3, 1, 1);
    int a = network_conv(graph, "a", at, 16, 3, 1, 1), b = network_conv(graph, "b", at, 48, 1, 1, 1);
    int inner = network_add(graph, "concat", "inner", &concat, (const int[]){b, a, -1});
    int c = network_conv(graph, "c", at, 32, 3, 1, 1);
    at = network_add(graph, "concat", "outer", &concat, (const int[]){c, inner, -1});
    at = network_conv(graph, "last", at, 256, 3, 4, 1);
    network_conv(graph, "small", at, 256, 3, 1, 1);
    network_fill(graph, 9);
    options.batch = 8;
    runner r = start(graph, &options);
    assert_ok(graft_plan_describe(r.plan, &text));
    assert_null(strstr(text, "concat"));
    graft_release(text);
    options.no_fold = true;
    runner apart = start(graph, &options);
    float *expected = computed(graph, apart, 3, 0, 1);
    for (int place = 0; place < 8; place++) {
        float *got = computed(graph, r, 3, place, 8);
        for (size_t i = 0; i < graft_plan_output_size(r.plan, 0); i++)
            assert_true(fabsf(got[i] - expected[i]) <= 1e-5F + 1e-4F * fabsf(expected[i]));
        free(got);
    }
    /* A value that is wanted itself as well. */
    const int outputs[] = {inner, graft_graph_output(graph)};
    options = (graft_plan_options)GRAFT_PLAN_OPTIONS_INIT;
    options.batch = 2;
    options.outputs = outputs;
    options.output_count = 2;
    runner both = start(graph, &options);
    options.batch = 1;
    runner one = start(graph, &options);
    float *x = computed(graph, both, 4, 1, 2), *y = computed(graph, one, 4, 0, 1);
    assert_memory_equal(x, y, graft_plan_output_size(one.plan, 0) * sizeof(float));
    free(x);
    free(y);
    free(expected);
    stop(both);
    stop(one);
    stop(apart);
    stop(r);
    graft_graph_free(graph);
}

static void test_exact_is_close_to_the_rule(void **state) {
    (void)state;
    graft_graph *graph = narrowing_network();
    graft_plan_options options = GRAFT_PLAN_OPTIONS_INIT;
    char *text;
    runner fast = start(graph, &options);
    options.exact = true;
    runner exact = start(graph, &options);
    assert_ok(graft_plan_describe(exact.plan, &text));
    assert_null(strstr(text, "wino"));
    graft_release(text);
    float *a = computed(graph, fast, 7, 0, 1), *b = computed(graph, exact, 7, 0, 1);
    float largest = 0.0F;
    for (size_t i = 0; i < graft_plan_output_size(exact.plan, 0); i++)
        if (fabsf(b[i]) > largest) largest = fabsf(b[i]);
    for (size_t i = 0; i < graft_plan_output_size(exact.plan, 0); i++)
        assert_true(fabsf(a[i] - b[i]) <= 1e-4F * largest);
    free(a);
    free(b);
    stop(fast);
    stop(exact);
    graft_graph_free(graph);
}

static void test_few_samples_get_a_small_batch(void **state) {
    (void)state;
    graft_graph *graph = narrowing_network();
    graft_plan_options options = GRAFT_PLAN_OPTIONS_INIT;
    runner many = start(graph, &options);
    options.samples = 1;
    runner few = start(graph, &options);
    assert_true(graft_plan_batch(many.plan) > 4);
    assert_int_equal(graft_plan_batch(few.plan), 1);
    stop(many);
    stop(few);
    graft_graph_free(graph);
}

static void test_states_agree_to_the_bit(void **state) {
    (void)state;
    graft_graph *graph = network_mobilenet_v2(64, 0.35);
    runner r = start(graph, NULL);
    runner other = {.plan = r.plan};
    assert_ok(graft_plan_state_new(r.plan, &other.state));
    float *a = computed(graph, r, 1, 0, 1), *b = computed(graph, other, 1, 0, 1);
    assert_memory_equal(a, b, graft_plan_output_size(r.plan, 0) * sizeof(float));
    free(a);
    free(b);
    graft_plan_state_free(other.state);
    stop(r);
    graft_graph_free(graph);
}

typedef struct side_by_side {
    const graft_graph *graph;
    runner workers[4];
    float *results[24];
} side_by_side;

static graft_status compute_sample(void *argument, int worker, size_t index) {
    side_by_side *all = argument;
    all->results[index] = computed(all->graph, all->workers[worker], (uint32_t)index, 0, 1);
    return GRAFT_OK;
}

static void test_threads_do_not_matter(void **state) {
    (void)state;
    graft_graph *graph = network_mobilenet_v2(64, 0.35);
    graft_context *four = test_context(4);
    runner r = start(graph, NULL);
    side_by_side all = {.graph = graph};
    for (int i = 0; i < 4; i++) {
        all.workers[i].plan = r.plan;
        assert_ok(graft_plan_state_new(r.plan, &all.workers[i].state));
    }
    assert_ok(graft_parallel_for(four, 24, compute_sample, &all));
    for (uint32_t i = 0; i < 24; i++) {
        float *alone = computed(graph, r, i, 0, 1);
        assert_memory_equal(all.results[i], alone, graft_plan_output_size(r.plan, 0) * sizeof(float));
        free(alone);
        free(all.results[i]);
    }
    for (int i = 0; i < 4; i++)
        graft_plan_state_free(all.workers[i].state);
    stop(r);
    graft_context_free(four);
    graft_graph_free(graph);
}

static void test_the_callers_threads_are_given_back(void **state) {
    (void)state;
    graft_graph *graph = network_mobilenet_v2(32, 0.35);
    const int before = graft_dnn_single_thread_begin();
    graft_dnn_single_thread_end(5);
    runner r = start(graph, NULL);
    assert_ok(graft_plan_run(r.state, 1));
    const int after = graft_dnn_single_thread_begin();
    graft_dnn_single_thread_end(before);
    assert_int_equal(after, 5);
    stop(r);
    graft_graph_free(graph);
}

static void test_wanted_nodes_stay_apart(void **state) {
    (void)state;
    graft_graph *graph = network_mobilenet_v2(64, 0.35);
    const int wanted[] = {graft_graph_find(graph, "Conv1_BN"), graft_graph_find(graph, "block_2_project"),
                          graft_graph_find(graph, "block_2_add"), graft_graph_find(graph, "input"),
                          graft_graph_find(graph, "Conv1_BN")};
    graft_plan_options options = GRAFT_PLAN_OPTIONS_INIT, apart = GRAFT_PLAN_OPTIONS_INIT;
    options.batch = apart.batch = 2;
    options.outputs = wanted;
    options.output_count = 5;
    apart.no_fold = true;
    apart.output_count = 1;
    runner all = start(graph, &options);
    for (int w = 0; w < 5; w++) {
        apart.outputs = &wanted[w];
        runner alone = start(graph, &apart);
        for (int i = 0; i < 2; i++)
            fill_sample(graft_plan_state_input(all.state, i), network_count(graph, graft_graph_input(graph)),
                        (uint32_t)i);
        assert_ok(graft_plan_run(all.state, 2));
        float *expected = computed(graph, alone, 1, 1, 2);
        const size_t size = graft_plan_output_size(alone.plan, 0);
        assert_int_equal(size, graft_plan_output_size(all.plan, w));
        const float *got = graft_plan_state_output(all.state, w, 1);
        for (size_t i = 0; i < size; i++)
            assert_true(fabsf(got[i] - expected[i]) <= 2e-5F * (1.0F + fabsf(expected[i])));
        free(expected);
        stop(alone);
    }
    stop(all);
    graft_graph_free(graph);
}

/* ---- what the plan looks like ---- */

static void test_mobilenet_v2_has_no_reorders_inside(void **state) {
    (void)state;
#ifdef __x86_64__
    if (!__builtin_cpu_supports("avx2")) skip(); /* older kernels want other layouts */
#endif
    graft_graph *graph = network_mobilenet_v2(224, 1.0);
    graft_plan *plan;
    char *text;
    assert_ok(graft_plan_new(context, graph, NULL, &plan));
    assert_ok(graft_plan_describe(plan, &text));
    assert_null(strstr(text, "reorder"));
    assert_null(strstr(text, "ref:"));
    assert_null(strstr(text, "gemm"));
    assert_non_null(strstr(text, "conv2d+batchnorm+relu6 Conv1 32x112x112 "));
    assert_non_null(strstr(text, "conv2d+batchnorm+add block_2_project "));
    /* 53 layers with weights, pooling and softmax */
    assert_int_equal(graft_plan_step_count(plan), 55);
    graft_release(text);
    graft_plan_free(plan);
    graft_graph_free(graph);
}

/* ---- errors ---- */

static void test_missing_parameter(void **state) {
    (void)state;
    graft_graph *graph;
    graft_plan *plan;
    assert_ok(graft_graph_new("net", &graph));
    network_conv(graph, "lonely", network_input(graph, 3, 8, 8), 4, 3, 1, 1);
    assert_fails(GRAFT_E_DATA, "lonely: parameter kernel", graft_plan_new(context, graph, NULL, &plan));
    /* a part that does not need it can be planned */
    const int input = graft_graph_input(graph);
    graft_plan_options options = GRAFT_PLAN_OPTIONS_INIT;
    options.outputs = &input;
    options.output_count = 1;
    assert_ok(graft_plan_new(context, graph, &options, &plan));
    graft_plan_free(plan);
    graft_graph_free(graph);
}

static void test_wrong_calls(void **state) {
    (void)state;
    graft_graph *graph = network_mobilenet_v2(32, 0.35);
    graft_plan_options options = GRAFT_PLAN_OPTIONS_INIT;
    graft_plan *plan;
    const int beyond = graft_graph_count(graph);
    options.batch = GRAFT_PLAN_MAX_BATCH + 1;
    assert_fails(GRAFT_E_USAGE, "batch of 1025", graft_plan_new(context, graph, &options, &plan));
    options.batch = -1;
    assert_fails(GRAFT_E_USAGE, "batch of -1", graft_plan_new(context, graph, &options, &plan));
    options = (graft_plan_options)GRAFT_PLAN_OPTIONS_INIT;
    options.outputs = &beyond;
    options.output_count = 1;
    assert_fails(GRAFT_E_USAGE, "output", graft_plan_new(context, graph, &options, &plan));
    options = (graft_plan_options)GRAFT_PLAN_OPTIONS_INIT;
    options.batch = 2;
    runner r = start(graph, &options);
    assert_fails(GRAFT_E_INTERNAL, "3 samples", graft_plan_run(r.state, 3));
    assert_fails(GRAFT_E_INTERNAL, "0 samples", graft_plan_run(r.state, 0));
    stop(r);
    graft_graph_free(graph);
}

static void test_shapes_without_primitives(void **state) {
    (void)state;
    graft_graph *graph;
    graft_plan *plan;
    assert_ok(graft_graph_new("net", &graph));
    assert_fails(GRAFT_E_DATA, "net", graft_plan_new(context, graph, NULL, &plan));
    const graft_input_attributes input = {.shape = {2, 3, 4, 5}, .rank = 4};
    network_add(graph, "input", "volume", &input, (const int[]){-1});
    assert_fails(GRAFT_E_DATA, "volume (input): shape 2x3x4x5", graft_plan_new(context, graph, NULL, &plan));
    graft_graph_free(graph);
}

static graft_status build_all(void *graph) {
    graft_plan *plan = NULL;
    graft_plan_state *state = NULL;
    char *text = NULL;
    graft_status status = graft_plan_new(context, graph, NULL, &plan);
    if (status == GRAFT_OK) status = graft_plan_state_new(plan, &state);
    if (status == GRAFT_OK) status = graft_plan_describe(plan, &text);
    graft_release(text);
    graft_plan_state_free(state);
    graft_plan_free(plan);
    return status;
}

static void test_failing_allocations_are_clean(void **state) {
    (void)state;
    graft_graph *graph;
    assert_ok(graft_graph_new("net", &graph));
    const graft_batchnorm_attributes bn = {.epsilon = 0.001, .scale = true, .center = true};
    const graft_flatten_attributes flatten = {.order = 1};
    const graft_dense_attributes dense = {.units = 3, .bias = true};
    const graft_pad_attributes pad = {.padding = {1, 2, 3, 4}};
    const graft_concat_attributes concat = {.axis = 0};
    int at = network_input(graph, 3, 8, 8), side;
    at = network_add(graph, "batchnorm", "first", &bn, (const int[]){at, -1});
    at = network_conv(graph, "conv", at, 5, 3, 1, 1);
    at = network_add(graph, "batchnorm", "bn", &bn, (const int[]){at, -1});
    side = at = network_activation(graph, "softsign", at, GRAFT_ACT_SOFTSIGN);
    at = network_conv(graph, "more", at, 5, 1, 1, 1);
    at = network_add(graph, "add", "add", NULL, (const int[]){at, side, -1});
    at = network_activation(graph, "relu", at, GRAFT_ACT_RELU);
    at = network_add(graph, "concat", "concat", &concat, (const int[]){at, side, -1});
    at = network_add(graph, "zeropad2d", "pad", &pad, (const int[]){at, -1});
    at = network_add(graph, "flatten", "flatten", &flatten, (const int[]){at, -1});
    network_add(graph, "dense", "dense", &dense, (const int[]){at, -1});
    network_fill(graph, 1);
    test_failing_allocations(build_all, graph);
    graft_graph_free(graph);
}

static int setup(void **state) {
    (void)state;
    context = test_context(1);
    return context == NULL;
}

static int teardown(void **state) {
    (void)state;
    graft_context_free(context);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_folding_changes_nothing),
        cmocka_unit_test(test_place_in_the_batch_does_not_matter),
        cmocka_unit_test(test_the_batch_does_not_matter),
        cmocka_unit_test(test_branches_write_side_by_side),
        cmocka_unit_test(test_exact_is_close_to_the_rule),
        cmocka_unit_test(test_few_samples_get_a_small_batch),
        cmocka_unit_test(test_states_agree_to_the_bit),
        cmocka_unit_test(test_threads_do_not_matter),
        cmocka_unit_test(test_the_callers_threads_are_given_back),
        cmocka_unit_test(test_wanted_nodes_stay_apart),
        cmocka_unit_test(test_mobilenet_v2_has_no_reorders_inside),
        cmocka_unit_test(test_missing_parameter),
        cmocka_unit_test(test_wrong_calls),
        cmocka_unit_test(test_shapes_without_primitives),
        cmocka_unit_test(test_failing_allocations_are_clean),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
