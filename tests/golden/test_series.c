/* GRU and LSTM against PyTorch's packed sequences (series/recurrent.py): series of several lengths in one batch, both
 * directions, forward and gradients. */
#include "support/support.h"

#include "nn/op.h"
#include "nn/train-plan.h"
#include "support/networks.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHANNELS = 3, STEPS = 7, UNITS = 5, SAMPLES = 3, MOST = 512 };
static const int lengths[SAMPLES] = {7, 4, 1};

/* The numbers called `name`. */
static size_t golden(const char *name, float out[MOST]) {
    FILE *file = fopen(GRAFT_TEST_SOURCE_ROOT "/tests/golden/series/recurrent.txt", "r");
    char found[64];
    size_t count;
    assert_non_null(file);
    while (fscanf(file, "%63s %zu", found, &count) == 2) {
        assert_true(count <= MOST);
        for (size_t i = 0; i < count; i++)
            assert_int_equal(fscanf(file, "%f", &out[i]), 1);
        if (strcmp(found, name) == 0) {
            fclose(file);
            return count;
        }
    }
    fail_msg("no golden numbers called %s", name);
    return 0;
}

static void compare(const char *what, const float *got, const float *expected, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (!(fabsf(got[i] - expected[i]) <= 2e-5F)) fail_msg("%s %zu: %g, expected %g", what, i, got[i], expected[i]);
}

static void set_params(graft_graph *graph, const char *kind, const char *direction) {
    graft_node *node = graft_graph_node(graph, graft_graph_find(graph, direction));
    for (int i = 0; i < node->param_count; i++) {
        char name[96];
        float values[MOST];
        graft_tensor *tensor;
        snprintf(name, sizeof name, "%s/%s/%s", kind, direction, node->params[i].name);
        const size_t count = golden(name, values);
        assert_int_equal(count, graft_shape_count(&node->params[i].shape));
        assert_ok(graft_tensor_new(GRAFT_F32, &node->params[i].shape, &tensor));
        memcpy(graft_tensor_f32(tensor), values, count * sizeof *values);
        assert_ok(graft_node_set_param(node, node->params[i].name, tensor));
    }
}

/* The series are the first channels of the input, the mask the last one. */
static graft_graph *make_graph(const char *kind, bool sequence) {
    graft_graph *graph;
    assert_ok(graft_graph_new(kind, &graph));
    const int input = network_input(graph, CHANNELS + 1, 1, STEPS);
    const graft_slice_attributes values = {.length = CHANNELS}, mask = {.begin = CHANNELS, .length = 1};
    const int x = network_add(graph, "slice", "x", &values, (const int[]){input, -1});
    const int m = network_add(graph, "slice", "mask", &mask, (const int[]){input, -1});
    graft_recurrent_attributes a = {.units = UNITS, .sequence = sequence, .masked = true};
    const graft_concat_attributes join = {.axis = 0};
    const int there = network_add(graph, kind, "there", &a, (const int[]){x, m, -1});
    a.backwards = true;
    const int back = network_add(graph, kind, "back", &a, (const int[]){x, m, -1});
    network_add(graph, "concat", "both", &join, (const int[]){there, back, -1});
    set_params(graph, kind, "there");
    set_params(graph, kind, "back");
    return graph;
}

static graft_train_plan *run(graft_context *context, const graft_graph *graph, const char *kind) {
    graft_train_plan_options options = GRAFT_TRAIN_PLAN_OPTIONS_INIT;
    graft_train_plan *plan;
    float x[MOST];
    char name[64];
    options.batch = SAMPLES;
    assert_ok(graft_train_plan_new(context, graph, &options, &plan));
    snprintf(name, sizeof name, "%s/x", kind);
    golden(name, x);
    float *input = graft_train_plan_input(plan);
    for (int n = 0; n < SAMPLES; n++)
        for (int t = 0; t < STEPS; t++) {
            for (int c = 0; c < CHANNELS; c++)
                input[(n * (CHANNELS + 1) + c) * STEPS + t] = t < lengths[n] ? x[(n * STEPS + t) * CHANNELS + c] : 7;
            input[(n * (CHANNELS + 1) + CHANNELS) * STEPS + t] = t < lengths[n];
        }
    assert_ok(graft_train_plan_forward(plan, SAMPLES, true, 1, NULL));
    return plan;
}

static void check_states(graft_context *context, const char *kind) {
    graft_graph *graph = make_graph(kind, true);
    graft_train_plan *plan = run(context, graph, kind);
    float expected[MOST];
    char name[64];
    snprintf(name, sizeof name, "%s/states", kind);
    golden(name, expected);
    const float *output = graft_train_plan_output(plan);
    for (int n = 0; n < SAMPLES; n++)
        for (int t = 0; t < lengths[n]; t++)
            for (int u = 0; u < 2 * UNITS; u++)
                compare(name, &output[(n * 2 * UNITS + u) * STEPS + t], &expected[(n * STEPS + t) * 2 * UNITS + u], 1);
    graft_train_plan_free(plan);
    graft_graph_free(graph);
}

static void check_last(graft_context *context, const char *kind) {
    graft_graph *graph = make_graph(kind, false);
    graft_train_plan *plan = run(context, graph, kind);
    float expected[MOST];
    char name[96];
    snprintf(name, sizeof name, "%s/last", kind);
    assert_int_equal(golden(name, expected), SAMPLES * 2 * UNITS);
    compare(name, graft_train_plan_output(plan), expected, (size_t)SAMPLES * 2 * UNITS);
    snprintf(name, sizeof name, "%s/weight", kind);
    const size_t weights = golden(name, expected);
    memcpy(graft_train_plan_output_gradient(plan), expected, weights * sizeof *expected);
    assert_ok(graft_train_plan_backward(plan, SAMPLES));
    const graft_parameters *p = graft_train_plan_parameters(plan);
    for (int i = 0; i < p->segment_count; i++) {
        snprintf(name, sizeof name, "%s/%s/%s_gradient", kind, p->segments[i].node, p->segments[i].name);
        assert_int_equal(golden(name, expected), p->segments[i].count);
        compare(name, p->gradient + p->segments[i].offset, expected, p->segments[i].count);
    }
    graft_train_plan_free(plan);
    graft_graph_free(graph);
}

static void test_gru(void **state) {
    (void)state;
    graft_context *context = test_context(2);
    check_states(context, "gru");
    check_last(context, "gru");
    graft_context_free(context);
}

static void test_lstm(void **state) {
    (void)state;
    graft_context *context = test_context(2);
    check_states(context, "lstm");
    check_last(context, "lstm");
    graft_context_free(context);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_gru), cmocka_unit_test(test_lstm)};
    return cmocka_run_group_tests_name("golden/series", tests, NULL, NULL);
}
