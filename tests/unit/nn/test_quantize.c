#include "support/support.h"

#include "nn/quantize.h"
#include "support/networks.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLES = 6, BATCH = 4 };

static graft_context *context;

typedef struct samples {
    size_t size;
    uint32_t seed;
} samples;

static graft_status made_up(void *argument, int worker, size_t index, float *out) {
    const samples *s = argument;
    (void)worker;
    test_fill(out, s->size, (s->seed + (uint32_t)index) * 2654435761U + 1U);
    return GRAFT_OK;
}

static samples samples_of(const graft_graph *graph, uint32_t seed) {
    return (samples){network_count(graph, graft_graph_input(graph)), seed};
}

static graft_quantization *quantized(const graft_graph *graph) {
    samples s = samples_of(graph, 1);
    const graft_quantize_samples calibration = {
        .sample = made_up, .argument = &s, .count = SAMPLES, .least_sqnr = 20.0};
    graft_quantization *out;
    assert_ok(graft_quantize(context, graph, NULL, 0, &calibration, &out));
    return out;
}

/* The outputs of samples that were not calibrated on, `count` at a time. */
static float *computed(const graft_graph *graph, const graft_quantization *quantization, int batch, int count,
                       char **steps) {
    graft_plan_options options = GRAFT_PLAN_OPTIONS_INIT;
    samples s = samples_of(graph, 100);
    graft_plan *plan;
    graft_plan_state *state;
    options.batch = batch;
    options.quantization = quantization;
    assert_ok(graft_plan_new(context, graph, &options, &plan));
    assert_ok(graft_plan_state_new(plan, &state));
    const size_t size = graft_plan_output_size(plan, 0);
    float *out = malloc(BATCH * size * sizeof *out);
    for (int done = 0; done < BATCH; done += count) {
        for (int i = 0; i < count; i++)
            assert_ok(made_up(&s, 0, (size_t)(done + i), graft_plan_state_input(state, i)));
        assert_ok(graft_plan_run(state, count));
        for (int i = 0; i < count; i++)
            memcpy(out + (size_t)(done + i) * size, graft_plan_state_output(state, 0, i), size * sizeof *out);
    }
    if (steps != NULL) assert_ok(graft_plan_describe(plan, steps));
    graft_plan_state_free(state);
    graft_plan_free(plan);
    return out;
}

static double sqnr(const float *exact, const float *rounded, size_t count) {
    double signal = 0.0, noise = 0.0;
    for (size_t i = 0; i < count; i++) {
        signal += (double)exact[i] * exact[i];
        noise += ((double)rounded[i] - exact[i]) * ((double)rounded[i] - exact[i]);
    }
    return noise > 0.0 ? 10.0 * log10(signal / noise) : INFINITY;
}

/* Integers at least in `int8` layers, the result at least `least` dB above what rounding changed. Without instructions
 * for integers both are the same floats. */
static void check(graft_graph *graph, int int8, double least, const char *step) {
    const size_t size = (size_t)graft_shape_count(&graft_graph_node(graph, graft_graph_output(graph))->output);
    graft_quantization *quantization = quantized(graph);
    char *steps;
    float *exact = computed(graph, NULL, BATCH, BATCH, NULL);
    float *rounded = computed(graph, quantization, BATCH, BATCH, &steps);
    const double got = sqnr(exact, rounded, BATCH * size);
    if (graft_quantization_works()) {
        if (quantization->int8 < int8)
            fail_msg("%d layers on integers, expected %d:\n%s", quantization->int8, int8, steps);
        if (got < least) fail_msg("%.1f dB, expected %.1f:\n%s", got, least, steps);
        if (strstr(steps, step) == NULL) fail_msg("no step \"%s\" in\n%s", step, steps);
        assert_true(quantization->cosine > 0.98 && (quantization->cosine < 1.0 || quantization->int8 == 0));
    } else {
        assert_memory_equal(exact, rounded, BATCH * size * sizeof *exact);
    }
    float *alone = computed(graph, quantization, 1, 1, NULL), *pairs = computed(graph, quantization, BATCH, 2, NULL);
    assert_memory_equal(alone, rounded, BATCH * size * sizeof *alone);
    assert_memory_equal(pairs, rounded, BATCH * size * sizeof *pairs);
    free(alone);
    free(pairs);
    free(exact);
    free(rounded);
    free(steps);
    graft_quantization_free(quantization);
    graft_graph_free(graph);
}

static graft_graph *begin(int64_t channels, int64_t size, int *at) {
    graft_graph *graph;
    assert_ok(graft_graph_new("test", &graph));
    *at = network_input(graph, channels, size, size);
    return graph;
}

static int relu(graft_graph *graph, const char *name, int from) {
    const graft_activation_attributes a = {.kind = GRAFT_ACT_RELU};
    return network_add(graph, "activation", name, &a, (const int[]){from, -1});
}

static int relu_conv(graft_graph *graph, const char *name, int from, int64_t filters, int64_t kernel, int64_t groups) {
    char after[64];
    snprintf(after, sizeof after, "%s_relu", name);
    return relu(graph, after, network_conv(graph, name, from, filters, kernel, 1, groups));
}

static int add(graft_graph *graph, const char *name, int a, int b) {
    return network_add(graph, "add", name, NULL, (const int[]){a, b, -1});
}

/* Sums of rectified and of signed values, one of which is read again afterwards; a convolution over what it is added
 * to. */
static void test_sums(void **state) {
    (void)state;
    int at, side;
    graft_graph *graph = begin(3, 20, &at);
    at = side = relu_conv(graph, "stem", at, 32, 3, 1);
    at = network_conv(graph, "long_b", relu_conv(graph, "long_a", at, 48, 1, 1), 32, 3, 1, 1);
    at = relu(graph, "first_relu", add(graph, "first", at, side));
    side = network_conv(graph, "projection", at, 64, 1, 1, 1);
    at = network_conv(graph, "wide", at, 64, 3, 1, 1);
    at = side = add(graph, "second", at, side);
    at = add(graph, "third", network_conv(graph, "over_itself", at, 64, 1, 1, 1), at);
    at = add(graph, "fourth", network_conv(graph, "late", at, 64, 3, 1, 1), side);
    network_conv(graph, "last", at, 17, 1, 1, 1);
    network_fill(graph, 3);
    check(graph, 8, 25.0, "conv2d+add+relu long_b");
}

/* Branches that end in a convolution, a window and an average; a window over a concat, a concat of a concat. */
static void test_branches(void **state) {
    (void)state;
    const graft_pool_attributes window = {.size = {3, 3}, .strides = {1, 1}, .same = true};
    const graft_concat_attributes concat = {.axis = 0};
    int at, a, b, c, d;
    graft_graph *graph = begin(3, 18, &at);
    at = relu_conv(graph, "stem", at, 32, 3, 1);
    for (int i = 0; i < 2; i++) {
        char name[4][32];
        for (int k = 0; k < 4; k++)
            snprintf(name[k], sizeof name[k], "%c%d", "abcj"[k], i);
        a = relu_conv(graph, name[0], at, 24, 1, 1);
        b = relu_conv(graph, name[1], at, 40, 3, 1);
        c = network_add(graph, "maxpool2d", i == 0 ? "max0" : "max1", &window, (const int[]){at, -1});
        d = network_add(graph, "avgpool2d", i == 0 ? "mean0" : "mean1", &window, (const int[]){at, -1});
        d = relu_conv(graph, name[2], d, 16, 1, 1);
        at = network_add(graph, "concat", name[3], &concat, (const int[]){a, b, c, d, -1});
    }
    at = network_conv(graph, "last", at, 20, 1, 1, 1);
    network_add(graph, "global_avgpool", "mean", &(graft_global_pool_attributes){false}, (const int[]){at, -1});
    network_fill(graph, 5);
    check(graph, 8, 22.0, "concat j0 112x18x18 nhwc:u8>nhwc:u8");
}

/* Functions that are no rectifier, depthwise kernels, a vector's layers. */
static void test_functions_and_vectors(void **state) {
    (void)state;
    const graft_flatten_attributes flatten = {.order = 0};
    const graft_dense_attributes wide = {.units = 64, .bias = true}, narrow = {.units = 10, .bias = true};
    int at;
    graft_graph *graph = begin(3, 14, &at);
    at = network_activation(graph, "swish", network_conv(graph, "stem", at, 32, 3, 2, 1), GRAFT_ACT_SWISH);
    at = relu_conv(graph, "depthwise", at, 32, 3, 32);
    at = network_activation(graph, "leaky", network_conv(graph, "point", at, 16, 1, 1, 1), GRAFT_ACT_LEAKY_RELU);
    at = network_activation(graph, "six", network_conv(graph, "grouped", at, 32, 3, 1, 2), GRAFT_ACT_RELU6);
    at = network_add(graph, "flatten", "flatten", &flatten, (const int[]){at, -1});
    at = relu(graph, "dense_relu", network_add(graph, "dense", "wide", &wide, (const int[]){at, -1}));
    network_add(graph, "dense", "narrow", &narrow, (const int[]){at, -1});
    network_fill(graph, 7);
    check(graph, 6, 22.0, "depthwise 32x7x7 nhwc:s8>nhwc:u8");
}

static void test_mobilenet(void **state) {
    (void)state;
    check(network_mobilenet_v2(64, 0.35), 0, 15.0, "conv2d+batchnorm+relu6 block_0_depthwise");
}

static void test_the_record_is_the_same_every_time(void **state) {
    (void)state;
    graft_graph *graph = network_mobilenet_v2(32, 0.35);
    graft_quantization *a = quantized(graph), *b = quantized(graph);
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        assert_string_equal(a->values[i].name, b->values[i].name);
        assert_memory_equal(&a->values[i].unit, &b->values[i].unit, sizeof a->values[i].unit);
        assert_int_equal(a->values[i].int8, b->values[i].int8);
        assert_ptr_equal(graft_quantization_find(a, a->values[i].name), &a->values[i]);
    }
    assert_null(graft_quantization_find(a, "nothing"));
    graft_quantization_free(a);
    graft_quantization_free(b);
    graft_graph_free(graph);
}

/* What rounds too much computes on floats: nothing is left when no rounding is allowed. */
static void test_a_strict_bound_leaves_floats(void **state) {
    (void)state;
    int at;
    graft_graph *graph = begin(3, 9, &at);
    network_conv(graph, "last", relu_conv(graph, "stem", at, 16, 3, 1), 8, 1, 1, 1);
    network_fill(graph, 2);
    samples s = samples_of(graph, 1);
    const graft_quantize_samples calibration = {.sample = made_up, .argument = &s, .count = 2, .least_sqnr = 200.0};
    graft_quantization *quantization;
    assert_ok(graft_quantize(context, graph, NULL, 0, &calibration, &quantization));
    if (graft_quantization_works()) assert_int_equal(quantization->int8, 0);
    float *exact = computed(graph, NULL, 1, 1, NULL), *same = computed(graph, quantization, 1, 1, NULL);
    if (graft_quantization_works()) assert_memory_equal(exact, same, BATCH * 8U * 81U * sizeof *same);
    free(exact);
    free(same);
    graft_quantization_free(quantization);
    graft_graph_free(graph);
}

static graft_status no_sample(void *argument, int worker, size_t index, float *out) {
    (void)argument;
    (void)worker;
    (void)index;
    (void)out;
    return GRAFT_E_CANCELLED;
}

static graft_status infinite(void *argument, int worker, size_t index, float *out) {
    (void)argument;
    (void)worker;
    (void)index;
    out[0] = INFINITY;
    return GRAFT_OK;
}

static void test_wrong_calls(void **state) {
    (void)state;
    graft_graph *graph = network_mobilenet_v2(32, 0.35);
    graft_quantize_samples calibration = {.sample = no_sample};
    graft_quantization *quantization;
    assert_fails(GRAFT_E_USAGE, "no samples", graft_quantize(context, graph, NULL, 0, &calibration, &quantization));
    calibration.count = 1;
    assert_int_equal(graft_quantize(context, graph, NULL, 0, &calibration, &quantization), GRAFT_E_CANCELLED);
    calibration.sample = infinite;
    assert_fails(GRAFT_E_DATA, "not finite", graft_quantize(context, graph, NULL, 0, &calibration, &quantization));
    graft_graph_free(graph);
}

static graft_status quantize_and_plan(void *argument) {
    const graft_graph *graph = argument;
    samples s = samples_of(graph, 1);
    const graft_quantize_samples calibration = {.sample = made_up, .argument = &s, .count = 1};
    graft_plan_options options = GRAFT_PLAN_OPTIONS_INIT;
    graft_quantization *quantization;
    graft_plan *plan;
    graft_status status = graft_quantize(context, graph, NULL, 0, &calibration, &quantization);
    if (status != GRAFT_OK) return status;
    options.quantization = quantization;
    status = graft_plan_new(context, graph, &options, &plan);
    graft_quantization_free(quantization);
    if (status == GRAFT_OK) graft_plan_free(plan);
    return status;
}

static void test_failing_allocations_are_clean(void **state) {
    (void)state;
    int at;
    graft_graph *graph = begin(3, 6, &at);
    at = relu_conv(graph, "stem", at, 16, 3, 1);
    add(graph, "sum", network_conv(graph, "last", at, 16, 1, 1, 1), at);
    network_fill(graph, 2);
    test_failing_allocations(quantize_and_plan, graph);
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
        cmocka_unit_test(test_sums),
        cmocka_unit_test(test_branches),
        cmocka_unit_test(test_functions_and_vectors),
        cmocka_unit_test(test_mobilenet),
        cmocka_unit_test(test_the_record_is_the_same_every_time),
        cmocka_unit_test(test_a_strict_bound_leaves_floats),
        cmocka_unit_test(test_wrong_calls),
        cmocka_unit_test(test_failing_allocations_are_clean),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
