/* The training plan as a whole: memory, what is pruned, what stays bit for bit, randomness, batch statistics. */
#include "support/support.h"

#include "base/alloc.h"
#include "nn/op.h"
#include "nn/train-plan.h"
#include "support/networks.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define UNDER_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNDER_SANITIZER 1
#endif
#endif
#ifndef UNDER_SANITIZER
#define UNDER_SANITIZER 0
#endif

#define ONE(from) ((const int[]){from, -1})

static const graft_batchnorm_attributes norm = {.epsilon = 0.01, .scale = true, .center = true};

/* conv-bn-relu6, a residual block, maxpool, gap, dense, softmax */
static graft_graph *small_network(int64_t size, int64_t filters) {
    const graft_pool_attributes pool = {.size = {2, 2}, .strides = {2, 2}};
    const graft_global_pool_attributes gap = {.keepdims = false};
    const graft_dense_attributes dense = {.units = 5, .bias = true};
    const graft_softmax_attributes softmax = {.axis = 0};
    graft_graph *graph;
    assert_ok(graft_graph_new("small", &graph));
    int at = network_input(graph, 3, size, size), skip;
    at = network_conv(graph, "conv1", at, filters, 3, 1, 1);
    at = network_add(graph, "batchnorm", "bn1", &norm, ONE(at));
    skip = at = network_activation(graph, "relu1", at, GRAFT_ACT_RELU6);
    at = network_conv(graph, "conv2", at, filters, 3, 1, 1);
    at = network_add(graph, "batchnorm", "bn2", &norm, ONE(at));
    at = network_activation(graph, "swish2", at, GRAFT_ACT_SWISH);
    at = network_conv(graph, "depthwise", at, filters, 3, 1, filters);
    at = network_add(graph, "add", "sum", NULL, (const int[]){skip, at, -1});
    at = network_add(graph, "maxpool2d", "pool", &pool, ONE(at));
    at = network_add(graph, "global_avgpool", "gap", &gap, ONE(at));
    at = network_add(graph, "dense", "logits", &dense, ONE(at));
    network_add(graph, "softmax", "probabilities", &softmax, ONE(at));
    network_fill(graph, 9);
    return graph;
}

static graft_train_plan *new_plan(graft_context *context, const graft_graph *graph, int batch,
                                  graft_batchnorm_mode batchnorm, const bool *trainable) {
    graft_train_plan_options options = GRAFT_TRAIN_PLAN_OPTIONS_INIT;
    graft_train_plan *plan;
    options.batch = batch;
    options.batchnorm = batchnorm;
    options.trainable = trainable;
    options.seed = 21;
    assert_ok(graft_train_plan_new(context, graph, &options, &plan));
    return plan;
}

static float number(size_t i) {
    return (float)(i * 7919 % 1009) / 504.5F - 1.0F;
}

static const uint64_t ids[8] = {100, 101, 102, 103, 104, 105, 106, 107};

/* Forward and backward of `count` samples, the first of which is sample `first` of a fixed set. */
static void step(graft_train_plan *plan, size_t first, int count) {
    const size_t in = graft_train_plan_input_size(plan), out = graft_train_plan_output_size(plan);
    for (size_t i = 0; i < (size_t)count * in; i++)
        graft_train_plan_input(plan)[i] = number(first * in + i);
    assert_ok(graft_train_plan_forward(plan, count, true, 3, ids + first));
    for (size_t i = 0; i < (size_t)count * out; i++)
        graft_train_plan_output_gradient(plan)[i] = number(17 + first * out + i);
    assert_ok(graft_train_plan_backward(plan, count));
}

/* Gradient descent. */
static void update(graft_train_plan *plan, float rate) {
    const graft_parameters *p = graft_train_plan_parameters(plan);
    for (size_t i = 0; i < p->count; i++) {
        p->value[i] -= rate * p->gradient[i];
        p->gradient[i] = 0;
    }
    assert_ok(graft_train_plan_parameters_changed(plan));
}

static float *copied(const float *values, size_t count) {
    float *copy = malloc(count * sizeof *copy);
    memcpy(copy, values, count * sizeof *copy);
    return copy;
}

/* ---- memory ---- */

static double resident_peak(void) {
    char line[256];
    double kib = 0;
    FILE *file = fopen("/proc/self/status", "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "VmHWM: %lf", &kib) == 1) break;
    fclose(file);
    return kib * 1024;
}

/* First of all tests: later the peak would be an earlier plan's. */
static void test_memory_is_as_measured(void **state) {
    enum { MEASURED = 48 }; /* large beside the libraries' own few MiB */
    (void)state;
    if (UNDER_SANITIZER) skip(); /* the sanitizer's own memory hides the plan's */
    graft_context *context = test_context(2);
    graft_graph *graph = small_network(64, 32);
    graft_train_plan_options options = GRAFT_TRAIN_PLAN_OPTIONS_INIT;
    uint64_t bytes;
    options.batch = MEASURED;
    options.batchnorm = GRAFT_BATCHNORM_TRAIN;
    const double before = resident_peak();
    assert_ok(graft_train_plan_measure(context, graph, &options, &bytes));
    assert_true(resident_peak() - before < 0.15 * (double)bytes); /* measuring allocates next to nothing */
    graft_train_plan *plan = new_plan(context, graph, MEASURED, GRAFT_BATCHNORM_TRAIN, NULL);
    for (size_t i = 0; i < MEASURED * graft_train_plan_input_size(plan); i++)
        graft_train_plan_input(plan)[i] = number(i);
    assert_ok(graft_train_plan_forward(plan, MEASURED, true, 0, NULL));
    assert_ok(graft_train_plan_backward(plan, MEASURED));
    const double measured = resident_peak() - before;
    if (fabs(measured - (double)bytes) > 0.15 * measured)
        fail_msg("%.1f MiB measured, %.1f planned", measured / 1048576, (double)bytes / 1048576);
    graft_train_plan_free(plan);
    graft_graph_free(graph);
    graft_context_free(context);
}

/* Results of activations whose input is kept for the derivative are computed again, to the same bits. */
static void test_recomputation_saves_memory_alone(void **state) {
    (void)state;
    graft_context *context = test_context(2);
    graft_graph *graph;
    graft_train_plan_options options = GRAFT_TRAIN_PLAN_OPTIONS_INIT;
    graft_train_plan *plans[2];
    uint64_t bytes[2];
    assert_ok(graft_graph_new("swish", &graph));
    int at = network_input(graph, 3, 16, 16);
    for (int i = 0; i < 4; i++) {
        const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h"};
        at = network_conv(graph, names[2 * i], at, 16, 3, 1, 1);
        at = network_activation(graph, names[2 * i + 1], at, GRAFT_ACT_SWISH);
    }
    network_fill(graph, 2);
    options.batch = 4;
    for (int k = 0; k < 2; k++) {
        options.recompute = k == 1 ? GRAFT_RECOMPUTE_NOTHING : GRAFT_RECOMPUTE_CHEAP;
        assert_ok(graft_train_plan_measure(context, graph, &options, &bytes[k]));
        assert_ok(graft_train_plan_new(context, graph, &options, &plans[k]));
        step(plans[k], 0, 4);
    }
    assert_true((double)bytes[0] < 0.9 * (double)bytes[1]);
    const graft_parameters *a = graft_train_plan_parameters(plans[0]), *b = graft_train_plan_parameters(plans[1]);
    assert_memory_equal(a->gradient, b->gradient, a->count * sizeof(float));
    graft_train_plan_free(plans[0]);
    graft_train_plan_free(plans[1]);
    graft_graph_free(graph);
    graft_context_free(context);
}

/* conv, batchnorm and, but for the last of a block, relu6 */
static int add_normalised(graft_graph *graph, int from, int64_t filters, int64_t kernel, int64_t groups,
                          bool rectified) {
    char name[32];
    snprintf(name, sizeof name, "conv%d", graft_graph_count(graph));
    int at = network_conv(graph, name, from, filters, kernel, 1, groups);
    snprintf(name, sizeof name, "bn%d", graft_graph_count(graph));
    at = network_add(graph, "batchnorm", name, &norm, ONE(at));
    if (!rectified) return at;
    snprintf(name, sizeof name, "relu%d", graft_graph_count(graph));
    return network_activation(graph, name, at, GRAFT_ACT_RELU6);
}

/* Inverted residuals, then depthwise and widening layers in a row. */
static graft_graph *inverted_network(void) {
    const graft_global_pool_attributes gap = {.keepdims = false};
    graft_graph *graph;
    assert_ok(graft_graph_new("inverted", &graph));
    int at = add_normalised(graph, network_input(graph, 3, 24, 24), 8, 3, 1, true);
    for (int block = 0; block < 3; block++) {
        int way = add_normalised(graph, at, 48, 1, 1, true);
        way = add_normalised(graph, way, 48, 3, 48, true);
        way = add_normalised(graph, way, 8, 1, 1, false);
        at = network_add(graph, "add", (const char *const[]){"add0", "add1", "add2"}[block], NULL,
                         (const int[]){at, way, -1});
    }
    for (int64_t filters = 8; filters < 64; filters *= 2) {
        at = add_normalised(graph, at, filters, 3, filters, true);
        at = add_normalised(graph, at, 2 * filters, 1, 1, true);
    }
    network_add(graph, "global_avgpool", "gap", &gap, ONE(at));
    network_fill(graph, 5);
    return graph;
}

/* Whatever is computed again, and in each mode of batchnorm, gradients are the same bits. */
static void test_recomputation_of_normalised_networks(void **state) {
    static const graft_recompute levels[] = {GRAFT_RECOMPUTE_NOTHING, GRAFT_RECOMPUTE_CHEAP,
                                             GRAFT_RECOMPUTE_CONVOLUTIONS};
    (void)state;
    graft_context *context = test_context(2);
    graft_graph *graph = inverted_network();
    for (int mode = GRAFT_BATCHNORM_FROZEN; mode <= GRAFT_BATCHNORM_TRAIN; mode++) {
        graft_train_plan_options options = GRAFT_TRAIN_PLAN_OPTIONS_INIT;
        graft_train_plan *plans[3];
        uint64_t bytes[3];
        options.batch = 4;
        options.batchnorm = (graft_batchnorm_mode)mode;
        for (int k = 0; k < 3; k++) {
            options.recompute = levels[k];
            assert_ok(graft_train_plan_measure(context, graph, &options, &bytes[k]));
            assert_ok(graft_train_plan_new(context, graph, &options, &plans[k]));
            step(plans[k], 0, 4);
        }
        /* A frozen one is part of its convolution: nothing cheap is left to compute again. */
        assert_true((double)bytes[1] <= (mode == GRAFT_BATCHNORM_FROZEN ? 1.0 : 0.75) * (double)bytes[0]);
        assert_true((double)bytes[2] < 0.8 * (double)bytes[1]);
        const graft_parameters *first = graft_train_plan_parameters(plans[0]);
        for (int k = 1; k < 3; k++)
            assert_memory_equal(graft_train_plan_parameters(plans[k])->gradient, first->gradient,
                                first->count * sizeof(float));
        for (int k = 0; k < 3; k++)
            graft_train_plan_free(plans[k]);
    }
    graft_graph_free(graph);
    graft_context_free(context);
}

static size_t allocations;

static void *count_allocate(void *user, size_t bytes, size_t alignment) {
    void *memory = NULL;
    (void)user;
    __atomic_add_fetch(&allocations, 1, __ATOMIC_RELAXED);
    if (alignment < sizeof(void *)) alignment = sizeof(void *);
    return posix_memalign(&memory, alignment, bytes) == 0 ? memory : NULL;
}

static void *count_resize(void *user, void *old, size_t bytes) {
    (void)user;
    __atomic_add_fetch(&allocations, 1, __ATOMIC_RELAXED);
    return realloc(old, bytes);
}

static void count_release(void *user, void *memory) {
    (void)user;
    free(memory);
}

static void test_steps_allocate_nothing(void **state) {
    (void)state;
    const graft_allocator counting = {count_allocate, count_resize, count_release, NULL};
    graft_allocator_set(&counting);
    graft_context *context = test_context(2);
    graft_graph *graph = small_network(8, 8);
    graft_train_plan *plan = new_plan(context, graph, 4, GRAFT_BATCHNORM_TRAIN, NULL);
    const size_t before = allocations;
    step(plan, 0, 4);
    update(plan, 0.01F);
    step(plan, 0, 4);
    assert_int_equal(allocations, before);
    graft_train_plan_free(plan);
    graft_graph_free(graph);
    graft_context_free(context);
    graft_allocator_set(NULL);
}

static graft_status make_and_free(void *argument) {
    graft_context *context;
    graft_train_plan *plan = NULL;
    graft_train_plan_options options = GRAFT_TRAIN_PLAN_OPTIONS_INIT;
    options.batch = 2;
    options.batchnorm = GRAFT_BATCHNORM_TRAIN;
    options.input_gradient = true;
    graft_status status = graft_context_new(&context, NULL);
    if (status != GRAFT_OK) return status;
    status = graft_train_plan_new(context, argument, &options, &plan);
    graft_train_plan_free(plan);
    graft_context_free(context);
    return status;
}

static void test_failing_allocations_are_told(void **state) {
    (void)state;
    graft_graph *graph = small_network(8, 8);
    test_failing_allocations(make_and_free, graph);
    graft_graph_free(graph);
}

/* ---- what is computed ---- */

static void test_only_what_learns_is_computed(void **state) {
    (void)state;
    graft_context *context = test_context(1);
    graft_graph *graph = small_network(8, 8);
    const int count = graft_graph_count(graph), logits = graft_graph_find(graph, "logits");
    bool *trainable = calloc((size_t)count, sizeof *trainable);
    graft_train_plan *all = new_plan(context, graph, 2, GRAFT_BATCHNORM_FROZEN, NULL);
    trainable[logits] = true;
    graft_train_plan *head = new_plan(context, graph, 2, GRAFT_BATCHNORM_FROZEN, trainable);
    trainable[logits] = false;
    graft_train_plan *none = new_plan(context, graph, 2, GRAFT_BATCHNORM_FROZEN, trainable);
    char *text;
    assert_ok(graft_train_plan_describe(head, &text));
    for (const char *line = strstr(text, "backward"); line; line = strstr(line + 1, "backward"))
        assert_true(strncmp(line, "backward logits ", strlen("backward logits ")) == 0);
    graft_release(text);
    assert_int_equal(graft_train_plan_backward_steps(none), 0);
    assert_in_range(graft_train_plan_backward_steps(head), 1, 4);
    assert_true(graft_train_plan_backward_steps(all) > 10);
    assert_int_equal(graft_train_plan_parameters(head)->segment_count, 2);
    assert_int_equal(graft_train_plan_parameters(none)->count, 0);
    assert_null(graft_train_plan_input_gradient(head));
    /* the head's gradients are the same whatever else learns */
    step(all, 0, 2);
    step(head, 0, 2);
    step(none, 0, 2);
    const graft_parameters *whole = graft_train_plan_parameters(all), *part = graft_train_plan_parameters(head);
    assert_memory_equal(whole->gradient + whole->count - part->count, part->gradient, part->count * sizeof(float));
    assert_string_equal(part->segments[0].node, "logits");
    assert_true(part->segments[0].decays && !part->segments[1].decays);
    graft_train_plan_free(all);
    graft_train_plan_free(head);
    graft_train_plan_free(none);
    free(trainable);
    graft_graph_free(graph);
    graft_context_free(context);
}

/* Bytes of a node's parameters in both graphs. */
static bool same_parameters(const graft_graph *a, const graft_graph *b, const char *name) {
    const graft_node *x = graft_graph_node(a, graft_graph_find(a, name));
    const graft_node *y = graft_graph_node(b, graft_graph_find(b, name));
    for (int i = 0; i < x->param_count; i++)
        if (memcmp(x->params[i].value->data, y->params[i].value->data, x->params[i].value->bytes) != 0) return false;
    return true;
}

static void train_and_compare(graft_batchnorm_mode mode, bool bn2_learns, bool bn1_same, bool bn2_same) {
    graft_context *context = test_context(2);
    graft_graph *graph = small_network(8, 8), *before = small_network(8, 8);
    const int count = graft_graph_count(graph);
    bool *trainable = malloc((size_t)count * sizeof *trainable);
    memset(trainable, 1, (size_t)count);
    trainable[graft_graph_find(graph, "bn2")] = bn2_learns;
    trainable[graft_graph_find(graph, "depthwise")] = false;
    graft_train_plan *plan = new_plan(context, graph, 4, mode, trainable);
    for (int i = 0; i < 5; i++) {
        step(plan, 0, 4);
        update(plan, 0.01F);
    }
    assert_ok(graft_train_plan_store(plan, graph));
    assert_false(same_parameters(before, graph, "conv1"));
    assert_false(same_parameters(before, graph, "logits"));
    assert_true(same_parameters(before, graph, "depthwise"));
    assert_int_equal(same_parameters(before, graph, "bn1"), bn1_same);
    assert_int_equal(same_parameters(before, graph, "bn2"), bn2_same);
    graft_train_plan_free(plan);
    free(trainable);
    graft_graph_free(graph);
    graft_graph_free(before);
    graft_context_free(context);
}

static void behaviour_1_frozen_layers_and_their_statistics_stay_bit_equal(void **state) {
    (void)state;
    train_and_compare(GRAFT_BATCHNORM_FROZEN, true, true, true);
    train_and_compare(GRAFT_BATCHNORM_STATS, false, false, true);
    train_and_compare(GRAFT_BATCHNORM_TRAIN, false, false, true);
    train_and_compare(GRAFT_BATCHNORM_TRAIN, true, false, false);
}

static void test_stats_mode_keeps_the_statistics(void **state) {
    (void)state;
    graft_context *context = test_context(1);
    graft_graph *graph = small_network(8, 8), *before = small_network(8, 8);
    graft_train_plan *plan = new_plan(context, graph, 4, GRAFT_BATCHNORM_STATS, NULL);
    size_t count;
    graft_train_plan_statistics(plan, &count);
    assert_int_equal(count, 0);
    step(plan, 0, 4);
    update(plan, 0.01F);
    assert_ok(graft_train_plan_store(plan, graph));
    const int bn = graft_graph_find(graph, "bn1");
    const char *const names[] = {"gamma", "beta", "mean", "variance"};
    for (int i = 0; i < 4; i++) {
        const graft_tensor *a = graft_node_param(graft_graph_node(graph, bn), names[i])->value;
        const graft_tensor *b = graft_node_param(graft_graph_node(before, bn), names[i])->value;
        assert_int_equal(memcmp(a->data, b->data, a->bytes) == 0, i >= 2);
    }
    graft_train_plan_free(plan);
    graft_graph_free(graph);
    graft_graph_free(before);
    graft_context_free(context);
}

/* ---- same bits ---- */

static void test_same_bits_twice(void **state) {
    (void)state;
    graft_context *context = test_context(2);
    graft_graph *graph = small_network(16, 16);
    graft_train_plan *plans[2];
    for (int k = 0; k < 2; k++) {
        plans[k] = new_plan(context, graph, 4, GRAFT_BATCHNORM_TRAIN, NULL);
        for (int i = 0; i < 4; i++) {
            step(plans[k], 0, 4);
            step(plans[k], 4, 3);
            update(plans[k], 0.01F);
        }
    }
    const graft_parameters *a = graft_train_plan_parameters(plans[0]), *b = graft_train_plan_parameters(plans[1]);
    assert_memory_equal(a->value, b->value, a->count * sizeof(float));
    graft_train_plan_free(plans[0]);
    graft_train_plan_free(plans[1]);
    graft_graph_free(graph);
    graft_context_free(context);
}

/* A plan made from the stored graph goes on exactly where the first one stands; so does one that is told. */
static void test_stored_values_go_on(void **state) {
    (void)state;
    graft_context *context = test_context(2);
    graft_graph *graph = small_network(8, 16);
    graft_train_plan *told = new_plan(context, graph, 4, GRAFT_BATCHNORM_TRAIN, NULL);
    graft_train_plan *plan = new_plan(context, graph, 4, GRAFT_BATCHNORM_TRAIN, NULL);
    for (int i = 0; i < 3; i++) {
        step(plan, 0, 4);
        update(plan, 0.01F);
    }
    assert_ok(graft_train_plan_store(plan, graph));
    graft_train_plan *again = new_plan(context, graph, 4, GRAFT_BATCHNORM_TRAIN, NULL);
    const graft_parameters *from = graft_train_plan_parameters(plan), *to = graft_train_plan_parameters(told);
    memcpy(to->value, from->value, from->count * sizeof(float));
    assert_ok(graft_train_plan_load_statistics(told, graph));
    graft_train_plan *const plans[] = {plan, again, told};
    float *expected = NULL;
    for (int k = 0; k < 3; k++) {
        const size_t in = 4 * graft_train_plan_input_size(plan), out = 4 * graft_train_plan_output_size(plan);
        for (size_t i = 0; i < in; i++)
            graft_train_plan_input(plans[k])[i] = number(i);
        assert_ok(graft_train_plan_forward(plans[k], 4, false, 0, NULL)); /* by the moving statistics */
        if (k == 0) expected = copied(graft_train_plan_output(plan), out);
        assert_memory_equal(graft_train_plan_output(plans[k]), expected, out * sizeof(float));
    }
    free(expected);
    graft_train_plan_free(plan);
    graft_train_plan_free(again);
    graft_train_plan_free(told);
    graft_graph_free(graph);
    graft_context_free(context);
}

/* ---- dropout ---- */

static graft_graph *dropout_network(double rate) {
    const graft_dropout_attributes drop = {.rate = rate};
    graft_graph *graph;
    assert_ok(graft_graph_new("dropout", &graph));
    const int at = network_input(graph, 3, 13, 11);
    const int first = network_add(graph, "dropout", "first", &drop, ONE(at));
    const int second = network_add(graph, "dropout", "second", &drop, ONE(at));
    network_add(graph, "add", "sum", NULL, (const int[]){first, second, -1});
    return graph;
}

static void forward_ones(graft_train_plan *plan, int count, bool training, uint32_t epoch, const uint64_t *samples) {
    for (size_t i = 0; i < (size_t)count * graft_train_plan_input_size(plan); i++)
        graft_train_plan_input(plan)[i] = 1;
    assert_ok(graft_train_plan_forward(plan, count, training, epoch, samples));
}

static void test_dropout_is_named_by_epoch_and_sample(void **state) {
    (void)state;
    graft_context *one = test_context(1), *two = test_context(2);
    graft_graph *graph = dropout_network(0.4);
    graft_train_plan *batch = new_plan(two, graph, 8, GRAFT_BATCHNORM_FROZEN, NULL);
    graft_train_plan *single = new_plan(one, graph, 1, GRAFT_BATCHNORM_FROZEN, NULL);
    const size_t size = graft_train_plan_output_size(batch);
    forward_ones(batch, 8, true, 3, ids);
    float *expected = copied(graft_train_plan_output(batch), 8 * size);
    for (size_t n = 0; n < 8; n++) {
        forward_ones(single, 1, true, 3, &ids[n]);
        assert_memory_equal(graft_train_plan_output(single), expected + n * size, size * sizeof(float));
    }
    /* kept numbers grow by 1 / (1 - rate); each of the two draws for itself */
    size_t kept[3] = {0};
    for (size_t i = 0; i < 8 * size; i++) {
        const int times = (int)lroundf(expected[i] * 0.6F);
        assert_in_range(times, 0, 2);
        assert_true(fabsf(expected[i] - (float)times / 0.6F) < 1e-5F);
        kept[times]++;
    }
    assert_in_range(kept[1], 0.44 * 8 * (double)size, 0.52 * 8 * (double)size); /* 2 * 0.4 * 0.6 */
    forward_ones(batch, 8, true, 4, ids);
    assert_memory_not_equal(graft_train_plan_output(batch), expected, 8 * size * sizeof(float));
    assert_memory_not_equal(expected, expected + size, size * sizeof(float));
    forward_ones(batch, 8, false, 3, NULL);
    for (size_t i = 0; i < 8 * size; i++)
        assert_true(graft_train_plan_output(batch)[i] == 2);
    assert_fails(GRAFT_E_INTERNAL, "no sample ids", graft_train_plan_forward(batch, 8, true, 3, NULL));
    free(expected);
    graft_train_plan_free(batch);
    graft_train_plan_free(single);
    graft_graph_free(graph);
    graft_context_free(one);
    graft_context_free(two);
}

static void test_dropout_drops_the_same_backward(void **state) {
    (void)state;
    graft_context *context = test_context(2);
    for (int k = 0; k < 2; k++) {
        graft_graph *graph = dropout_network(k == 0 ? 0.4 : 1.0);
        graft_train_plan_options options = GRAFT_TRAIN_PLAN_OPTIONS_INIT;
        graft_train_plan *plan;
        options.batch = 8;
        options.input_gradient = true;
        assert_ok(graft_train_plan_new(context, graph, &options, &plan));
        forward_ones(plan, 8, true, 3, ids);
        const size_t count = 8 * graft_train_plan_output_size(plan);
        for (size_t i = 0; i < count; i++)
            graft_train_plan_output_gradient(plan)[i] = 1;
        assert_ok(graft_train_plan_backward(plan, 8));
        assert_memory_equal(graft_train_plan_input_gradient(plan), graft_train_plan_output(plan),
                            count * sizeof(float));
        graft_train_plan_free(plan);
        graft_graph_free(graph);
    }
    graft_context_free(context);
}

/* ---- batch statistics ---- */

enum { N = 4, C = 5, AREA = 6 };

typedef struct norm_case {
    double x[N][C][AREA], gamma[C], beta[C], weight[N][C][AREA];
    double mean[C], variance[C]; /* results */
} norm_case;

/* The weighed sum of a batchnorm's outputs by the batch's statistics. */
static double norm_sum(norm_case *c) {
    double sum = 0;
    for (int k = 0; k < C; k++) {
        c->mean[k] = c->variance[k] = 0;
        for (int i = 0; i < N * AREA; i++)
            c->mean[k] += c->x[i / AREA][k][i % AREA] / (N * AREA);
        for (int i = 0; i < N * AREA; i++)
            c->variance[k] += pow(c->x[i / AREA][k][i % AREA] - c->mean[k], 2) / (N * AREA);
        for (int i = 0; i < N * AREA; i++)
            sum += c->weight[i / AREA][k][i % AREA] *
                   ((c->x[i / AREA][k][i % AREA] - c->mean[k]) / sqrt(c->variance[k] + norm.epsilon) * c->gamma[k] +
                    c->beta[k]);
    }
    return sum;
}

static void check_difference(norm_case *c, double *value, float gradient, const char *what) {
    const double kept = *value;
    *value = kept + 1e-5;
    const double high = norm_sum(c);
    *value = kept - 1e-5;
    const double low = norm_sum(c);
    *value = kept;
    if (fabs((high - low) / 2e-5 - (double)gradient) > 1e-3)
        fail_msg("%s: gradient %.7g, expected %.7g", what, (double)gradient, (high - low) / 2e-5);
}

static void check_norm_gradients(norm_case *c, graft_train_plan *plan) {
    double *x = &c->x[0][0][0];
    for (int i = 0; i < N * C * AREA; i++)
        check_difference(c, &x[i], graft_train_plan_input_gradient(plan)[i], "input");
    for (int k = 0; k < C; k++) {
        check_difference(c, &c->gamma[k], graft_train_plan_parameters(plan)->gradient[k], "gamma");
        check_difference(c, &c->beta[k], graft_train_plan_parameters(plan)->gradient[C + k], "beta");
    }
}

static void check_moving(const norm_case *c, graft_train_plan *plan, const graft_graph *before, graft_graph *after) {
    const graft_node *old = graft_graph_node(before, 1), *now = graft_graph_node(after, 1);
    assert_ok(graft_train_plan_store(plan, after));
    for (int k = 0; k < C; k++) {
        const double mean = (double)graft_tensor_f32(graft_node_param(old, "mean")->value)[k];
        const double variance = (double)graft_tensor_f32(graft_node_param(old, "variance")->value)[k];
        const double unbiased = c->variance[k] * (N * AREA) / (N * AREA - 1);
        assert_true(fabs(0.9 * mean + 0.1 * c->mean[k] -
                         (double)graft_tensor_f32(graft_node_param(now, "mean")->value)[k]) < 1e-6);
        assert_true(fabs(0.9 * variance + 0.1 * unbiased -
                         (double)graft_tensor_f32(graft_node_param(now, "variance")->value)[k]) < 1e-6);
    }
}

static graft_graph *norm_network(void) {
    graft_graph *graph;
    assert_ok(graft_graph_new("norm", &graph));
    network_add(graph, "batchnorm", "bn", &norm, ONE(network_input(graph, C, 2, 3)));
    network_fill(graph, 4);
    return graph;
}

static void test_batch_statistics(void **state) {
    (void)state;
    graft_context *context = test_context(2);
    graft_graph *graph = norm_network(), *after = norm_network();
    graft_train_plan_options options = GRAFT_TRAIN_PLAN_OPTIONS_INIT;
    graft_train_plan *plan;
    norm_case c;
    options.batch = N;
    options.batchnorm = GRAFT_BATCHNORM_TRAIN;
    options.momentum = 0.9;
    options.input_gradient = true;
    assert_ok(graft_train_plan_new(context, graph, &options, &plan));
    for (int i = 0; i < N * C * AREA; i++) {
        (&c.x[0][0][0])[i] = (double)(graft_train_plan_input(plan)[i] = number((size_t)i));
        (&c.weight[0][0][0])[i] = (double)number((size_t)i + 1000);
    }
    for (int k = 0; k < C; k++) {
        c.gamma[k] = (double)graft_train_plan_parameters(plan)->value[k];
        c.beta[k] = (double)graft_train_plan_parameters(plan)->value[C + k];
    }
    assert_ok(graft_train_plan_forward(plan, N, true, 0, NULL));
    for (int i = 0; i < N * C * AREA; i++)
        graft_train_plan_output_gradient(plan)[i] = (float)(&c.weight[0][0][0])[i];
    assert_ok(graft_train_plan_backward(plan, N));
    check_norm_gradients(&c, plan);
    (void)norm_sum(&c);
    check_moving(&c, plan, graph, after);
    graft_train_plan_free(plan);
    graft_graph_free(graph);
    graft_graph_free(after);
    graft_context_free(context);
}

/* ---- refusals ---- */

static void test_refusals(void **state) {
    (void)state;
    graft_context *context = test_context(1);
    graft_graph *graph;
    graft_train_plan *plan;
    graft_train_plan_options options = GRAFT_TRAIN_PLAN_OPTIONS_INIT;
    assert_ok(graft_graph_new("bare", &graph));
    network_conv(graph, "conv", network_input(graph, 3, 4, 4), 4, 3, 1, 1);
    assert_fails(GRAFT_E_USAGE, "expected 1 or more", graft_train_plan_new(context, graph, &options, &plan));
    options.batch = 2;
    assert_fails(GRAFT_E_DATA, "conv: parameter kernel has no value",
                 graft_train_plan_new(context, graph, &options, &plan));
    network_fill(graph, 1);
    assert_ok(graft_train_plan_new(context, graph, &options, &plan));
    assert_fails(GRAFT_E_INTERNAL, "3 samples", graft_train_plan_forward(plan, 3, true, 0, NULL));
    assert_fails(GRAFT_E_INTERNAL, "0 samples", graft_train_plan_forward(plan, 0, true, 0, NULL));
    assert_ok(graft_train_plan_forward(plan, 2, false, 0, NULL));
    assert_fails(GRAFT_E_INTERNAL, "not training", graft_train_plan_backward(plan, 2));
    graft_train_plan_free(plan);
    graft_graph_free(graph);
    graft_context_free(context);
}

static void test_outputs_are_logits(void **state) {
    (void)state;
    graft_context *context = test_context(1);
    graft_graph *graph = small_network(8, 8);
    graft_train_plan *plan = new_plan(context, graph, 1, GRAFT_BATCHNORM_FROZEN, NULL);
    assert_int_equal(graft_train_plan_output_size(plan), 5);
    step(plan, 0, 1);
    double sum = 0;
    for (int i = 0; i < 5; i++)
        sum += (double)graft_train_plan_output(plan)[i];
    assert_true(fabs(sum - 1) > 1e-3);
    graft_train_plan_free(plan);
    graft_graph_free(graph);
    graft_context_free(context);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_is_as_measured),
        cmocka_unit_test(test_recomputation_saves_memory_alone),
        cmocka_unit_test(test_recomputation_of_normalised_networks),
        cmocka_unit_test(test_steps_allocate_nothing),
        cmocka_unit_test(test_failing_allocations_are_told),
        cmocka_unit_test(test_only_what_learns_is_computed),
        cmocka_unit_test(behaviour_1_frozen_layers_and_their_statistics_stay_bit_equal),
        cmocka_unit_test(test_stats_mode_keeps_the_statistics),
        cmocka_unit_test(test_same_bits_twice),
        cmocka_unit_test(test_stored_values_go_on),
        cmocka_unit_test(test_dropout_is_named_by_epoch_and_sample),
        cmocka_unit_test(test_dropout_drops_the_same_backward),
        cmocka_unit_test(test_batch_statistics),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_outputs_are_logits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
