/* Architectures of the table against the same networks of other makers: torchvision, and Keras' written anew in Python
 * (zoo/make.py). Weights follow from layers' names by the same formula on both sides: a wrong name, stride, padding,
 * epsilon, order or activation changes the numbers. */
#include "support/formula.h"
#include "support/support.h"

#include "base/alloc.h"
#include "formats/npy.h"
#include "nn/op.h"
#include "nn/plan.h"
#include "zoo/arch.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { FEATURES = 512, CLASSES = 10 };

typedef struct golden {
    const char *name;
    int size, channels;
    double multiplier, gain;
    bool no_top;
} golden;

static const golden goldens[] = {
    {"alexnet.torch", 224, 3, 1, 6, false},           {"vgg11.torch", 64, 3, 1, 6, true},
    {"resnet18.torch", 65, 3, 1, 6, false},           {"resnet50.torch", 64, 3, 1, 6, false},
    {"squeezenet1_0.torch", 64, 3, 1, 6, false},      {"squeezenet1_1.torch", 75, 3, 1, 6, false},
    {"mobilenet_v2.torch", 65, 3, 1, 3, false},       {"mobilenet_v3_small.torch", 66, 3, 1, 3, false},
    {"mobilenet_v3_large.torch", 65, 3, 1, 3, false}, {"densenet121.torch", 64, 3, 1, 6, false},
    {"efficientnet_b0.torch", 65, 3, 1, 3, false},    {"efficientnet_b5.torch", 66, 3, 1, 3, false},
    {"inception_v3.torch", 107, 3, 1, 6, false},      {"vgg16.keras", 64, 3, 1, 6, false},
    {"resnet50.keras", 65, 3, 1, 6, false},           {"resnet50_v2.keras", 64, 3, 1, 6, false},
    {"inception_v3.keras", 107, 3, 1, 6, false},      {"xception.keras", 75, 3, 1, 3, false},
    {"mobilenet_v1.keras", 65, 3, 0.25, 6, false},    {"mobilenet_v2.keras", 65, 3, 0.35, 3, false},
    {"mobilenet_v3_small.keras", 66, 3, 1, 3, false}, {"mobilenet_v3_large.keras", 65, 3, 1, 3, false},
    {"densenet121.keras", 64, 3, 1, 6, false},        {"efficientnet_b0.keras", 66, 3, 1, 3, false},
    {"efficientnet_b3.keras", 65, 3, 1, 3, false},    {"resnet20.keras", 33, 1, 1, 6, false},
};

/* ---- make.py's formula ---- */

static void fill(graft_graph *graph, double gain) {
    for (int n = 0; n < graft_graph_count(graph); n++) {
        graft_node *node = graft_graph_node(graph, n);
        for (int i = 0; i < node->param_count; i++) {
            graft_tensor *value;
            if (node->params[i].value) continue;
            assert_ok(graft_tensor_new(GRAFT_F32, &node->params[i].shape, &value));
            formula_param(node, &node->params[i], gain, graft_tensor_f32(value));
            assert_ok(graft_node_set_param(node, node->params[i].name, value));
        }
    }
}

/* ---- comparison ---- */

static void check(const char *name, const char *what, const float *got, int64_t stride_count, const float *expected,
                  int64_t count) {
    double worst = 0, largest = 0;
    for (int64_t i = 0; i < count; i++) {
        const double difference = fabs((double)got[i * stride_count / count] - (double)expected[i]);
        worst = difference <= worst ? worst : difference; /* NaN stays */
        largest = fmax(largest, fabs((double)expected[i]));
    }
    print_message("%s: %s: max|difference| %.2g of max|value| %.3g\n", name, what, worst, largest);
    if (!(worst <= 1e-4 * largest) || largest == 0) fail_msg("%s: %s differ: %g of %g", name, what, worst, largest);
}

/* The features' node is the last of the network without its classifier. */
static int features_of(const golden *g, const graft_arch_options *options, const graft_graph *graph) {
    graft_arch_options without = *options;
    graft_graph *features;
    without.no_top = true;
    assert_ok(graft_arch_build(g->name, &without, &features));
    const int index = graft_graph_find(graph, graft_graph_node(features, graft_graph_output(features))->name);
    assert_int_equal(index, graft_graph_output(features));
    graft_graph_free(features);
    return index;
}

static int logits_of(const graft_graph *graph) {
    const graft_node *last = graft_graph_node(graph, graft_graph_output(graph));
    if (strcmp(last->op->name, "softmax") != 0) return graft_graph_output(graph);
    return last->inputs[0];
}

static void run_golden(void **state) {
    const golden *g = *state;
    const graft_arch_options options = {.no_top = g->no_top,
                                        .classes = CLASSES,
                                        .height = g->size,
                                        .channels = g->channels,
                                        .multiplier = g->multiplier};
    graft_context *context = test_context(1);
    graft_graph *graph;
    graft_plan *plan;
    graft_plan_state *plan_state;
    graft_tensor *expected;
    char path[256];
    assert_ok(graft_arch_build(g->name, &options, &graph));
    fill(graph, g->gain);
    snprintf(path, sizeof path, "tests/golden/zoo/%s.npy", g->name);
    assert_ok(graft_npy_read(test_source(path), &expected));
    assert_int_equal(expected->bytes / sizeof(float), FEATURES + (g->no_top ? 0 : CLASSES));
    const int outputs[] = {features_of(g, &options, graph), logits_of(graph)};
    graft_plan_options plan_options = GRAFT_PLAN_OPTIONS_INIT;
    plan_options.batch = 1;
    plan_options.outputs = outputs;
    plan_options.output_count = g->no_top ? 1 : 2;
    assert_ok(graft_plan_new(context, graph, &plan_options, &plan));
    assert_ok(graft_plan_state_new(plan, &plan_state));
    const bool raw = graft_arch_find(g->name)->scaling == GRAFT_SCALING_RAW;
    float *input = graft_plan_state_input(plan_state, 0);
    for (int i = 0; i < g->channels * g->size * g->size; i++) {
        const double u = formula_number(formula_hash("input"), (uint32_t)i);
        input[i] = (float)(raw ? (u + 1.0) * 127.5 : u);
    }
    assert_ok(graft_plan_run(plan_state, 1));
    check(g->name, "features", graft_plan_state_output(plan_state, 0, 0), (int64_t)graft_plan_output_size(plan, 0),
          graft_tensor_f32(expected), FEATURES);
    if (!g->no_top)
        check(g->name, "logits", graft_plan_state_output(plan_state, 1, 0), CLASSES,
              graft_tensor_f32(expected) + FEATURES, CLASSES);
    graft_plan_state_free(plan_state);
    graft_plan_free(plan);
    graft_graph_free(graph);
    graft_tensor_free(expected);
    graft_context_free(context);
}

int main(void) {
    struct CMUnitTest tests[sizeof goldens / sizeof *goldens];
    for (size_t i = 0; i < sizeof goldens / sizeof *goldens; i++) {
        golden *row = graft_allocate(1, sizeof *row);
        if (!row) return 1;
        memcpy(row, &goldens[i], sizeof *row);
        tests[i] = (struct CMUnitTest){.name = goldens[i].name, .test_func = run_golden, .initial_state = row};
    }
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    for (size_t i = 0; i < sizeof goldens / sizeof *goldens; i++)
        graft_release(tests[i].initial_state);
    return failed;
}
