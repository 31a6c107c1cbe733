/* The draw of a Gaussian: named by epoch and sample, the same whatever the batch, distributed as it should be, and
 * differentiated as Kingma and Welling do. */
#include "support/support.h"

#include "nn/op.h"
#include "nn/train-plan.h"
#include "support/networks.h"

#include <math.h>
#include <string.h>

enum { SIZE = 500, SAMPLES = 8 };
static const uint64_t ids[SAMPLES] = {5, 1, 0, 77, 4, 1000000, 3, 2};

/* Channel 0 is the mean, channel 1 the log-variance. */
static graft_graph *network(double deviation) {
    const graft_gaussian_sample_attributes a = {.deviation = deviation};
    const graft_slice_attributes first = {.length = 1}, second = {.begin = 1, .length = 1};
    graft_graph *graph;
    assert_ok(graft_graph_new("gaussian", &graph));
    const int input = network_input(graph, 2, 1, SIZE);
    const int mean = network_add(graph, "slice", "mean", &first, (const int[]){input, -1});
    const int log_variance = network_add(graph, "slice", "log_variance", &second, (const int[]){input, -1});
    network_add(graph, "gaussian_sample", "draw", &a, (const int[]){mean, log_variance, -1});
    return graph;
}

static graft_train_plan *new_plan(graft_context *context, const graft_graph *graph, int batch, uint64_t seed) {
    graft_train_plan_options options = GRAFT_TRAIN_PLAN_OPTIONS_INIT;
    graft_train_plan *plan;
    options.batch = batch;
    options.seed = seed;
    options.input_gradient = true;
    assert_ok(graft_train_plan_new(context, graph, &options, &plan));
    return plan;
}

/* Means 2, log-variances ln 9: a deviation of 3. */
static void fill(graft_train_plan *plan, int count) {
    for (int n = 0; n < count; n++)
        for (int i = 0; i < 2 * SIZE; i++)
            graft_train_plan_input(plan)[n * 2 * SIZE + i] = i < SIZE ? 2 : 2 * logf(3);
}

static void draw(graft_train_plan *plan, int count, bool training, uint32_t epoch, const uint64_t *samples) {
    fill(plan, count);
    assert_ok(graft_train_plan_forward(plan, count, training, epoch, samples));
}

static void draws_are_named_and_normal(void **state) {
    (void)state;
    graft_context *one = test_context(1), *two = test_context(2);
    graft_graph *graph = network(1);
    graft_train_plan *batch = new_plan(two, graph, SAMPLES, 9), *single = new_plan(one, graph, 1, 9);
    graft_train_plan *other = new_plan(two, graph, SAMPLES, 10);
    static float drawn[SAMPLES * SIZE];
    draw(batch, SAMPLES, true, 3, ids);
    memcpy(drawn, graft_train_plan_output(batch), sizeof drawn);
    for (int n = 0; n < SAMPLES; n++) {
        draw(single, 1, true, 3, &ids[n]);
        assert_memory_equal(graft_train_plan_output(single), drawn + n * SIZE, SIZE * sizeof(float));
    }
    double sum = 0, squares = 0, tail = 0;
    for (int i = 0; i < SAMPLES * SIZE; i++) {
        const double z = ((double)drawn[i] - 2) / 3;
        sum += z;
        squares += z * z;
        tail += fabs(z) > 1.959964;
    }
    const double n = SAMPLES * SIZE; /* 4000: five standard errors */
    assert_true(fabs(sum / n) < 5 / sqrt(n));
    assert_true(fabs(squares / n - 1) < 5 * sqrt(2 / n));
    assert_true(fabs(tail / n - 0.05) < 5 * sqrt(0.05 * 0.95 / n));
    draw(batch, SAMPLES, true, 4, ids);
    assert_memory_not_equal(graft_train_plan_output(batch), drawn, sizeof drawn);
    draw(other, SAMPLES, true, 3, ids);
    assert_memory_not_equal(graft_train_plan_output(other), drawn, sizeof drawn);
    draw(batch, SAMPLES, false, 3, NULL);
    for (int i = 0; i < SAMPLES * SIZE; i++)
        assert_true(graft_train_plan_output(batch)[i] == 2);
    assert_fails(GRAFT_E_INTERNAL, "no sample ids", graft_train_plan_forward(batch, SAMPLES, true, 3, NULL));
    graft_train_plan_free(batch);
    graft_train_plan_free(single);
    graft_train_plan_free(other);
    graft_graph_free(graph);
    graft_context_free(one);
    graft_context_free(two);
}

/* Of a sum of the draws weighed with 1, 2, 3: against central differences of the plan's own, whose noise is the same.
 */
static void gradients_equal_finite_differences(void **state) {
    (void)state;
    enum { COUNT = 3, STEP_SHIFT = 6 };
    const float step = 1.0F / (1 << STEP_SHIFT);
    const double deviations[] = {1, 0.5};
    graft_context *context = test_context(2);
    for (size_t k = 0; k < 2; k++) {
        graft_graph *graph = network(deviations[k]);
        graft_train_plan *plan = new_plan(context, graph, SAMPLES, 4);
        static float gradient[COUNT * 2 * SIZE];
        draw(plan, COUNT, true, 2, ids);
        for (int i = 0; i < COUNT * SIZE; i++)
            graft_train_plan_output_gradient(plan)[i] = (float)(1 + i % 3);
        assert_ok(graft_train_plan_backward(plan, COUNT));
        memcpy(gradient, graft_train_plan_input_gradient(plan), sizeof gradient);
        for (int probe = 0; probe < 40; probe++) {
            const int n = probe % COUNT, i = probe * 37 % SIZE, channel = probe / 20;
            double value[2];
            for (int side = 0; side < 2; side++) {
                fill(plan, COUNT);
                graft_train_plan_input(plan)[n * 2 * SIZE + channel * SIZE + i] += side ? -step : step;
                assert_ok(graft_train_plan_forward(plan, COUNT, true, 2, ids));
                value[side] = (double)graft_train_plan_output(plan)[n * SIZE + i] * (1 + (n * SIZE + i) % 3);
            }
            const double expected = (value[0] - value[1]) / (2 * (double)step);
            const double got = (double)gradient[n * 2 * SIZE + channel * SIZE + i];
            if (fabs(got - expected) > 2e-4 * (1 + fabs(expected)))
                fail_msg("deviation %g, channel %d, sample %d, number %d: %.9g, expected %.9g", deviations[k], channel,
                         n, i, got, expected);
        }
        graft_train_plan_free(plan);
        graft_graph_free(graph);
    }
    graft_context_free(context);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws_are_named_and_normal),
        cmocka_unit_test(gradients_equal_finite_differences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
