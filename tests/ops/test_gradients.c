/* Every op of the registry, in several variants, alone on a row-major input and behind a convolution (where values lie
 * in blocks of channels): forward against the reference in double precision, gradients against its central
 * differences, samples one by one against all at once. */
#include "support/support.h"

#include "nn/op.h"
#include "nn/train-plan.h"
#include "ops/variants.h"
#include "support/networks.h"
#include "support/reference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 3, PROBED = 24 };
static const double forward_tolerance = 1e-4, gradient_tolerance = 1e-3;

typedef struct one_case {
    const op_variant *variant;
    bool behind;
    graft_batchnorm_mode batchnorm;
    graft_graph *graph;
    size_t input_size, output_size;
    float *input, *weight; /* of BATCH samples; weight: what the sum of outputs is weighed with */
} one_case;

static one_case open_case(const op_variant *variant, bool behind, graft_batchnorm_mode batchnorm) {
    one_case c = {.variant = variant, .behind = behind, .batchnorm = batchnorm};
    uint32_t seed = 7;
    assert_ok(graft_graph_new(variant->label, &c.graph));
    int from = network_input(c.graph, 6, 7, 5);
    if (behind) from = network_conv(c.graph, "front", from, 32, 3, 1, 1);
    variant->build(c.graph, from);
    network_fill(c.graph, 3);
    c.input_size = (size_t)graft_shape_count(&graft_graph_node(c.graph, 0)->output);
    c.output_size = (size_t)graft_shape_count(&graft_graph_node(c.graph, graft_graph_output(c.graph))->output);
    c.input = calloc(BATCH * c.input_size, sizeof(float));
    c.weight = calloc(BATCH * c.output_size, sizeof(float));
    for (size_t i = 0; i < BATCH * c.input_size; i++)
        c.input[i] = 2 * test_next(&seed);
    for (size_t i = 0; i < BATCH * c.output_size; i++)
        c.weight[i] = test_next(&seed);
    return c;
}

static void close_case(one_case *c) {
    graft_graph_free(c->graph);
    free(c->input);
    free(c->weight);
}

static void complain(const one_case *c, const char *what, size_t i, double got, double expected) {
    fail_msg("%s (%s%s): %s %zu: %.9g, expected %.9g", c->variant->op, c->variant->label,
             c->behind ? ", behind a convolution" : "", what, i, got, expected);
}

/* |got - expected| against the largest expected value */
static void compare(const one_case *c, const char *what, const double *expected, const float *got, size_t count,
                    double tolerance) {
    double largest = 0;
    for (size_t i = 0; i < count; i++)
        largest = fmax(largest, fabs(expected[i]));
    for (size_t i = 0; i < count; i++)
        if (!(fabs((double)got[i] - expected[i]) <= tolerance * fmax(largest, 1e-6)))
            complain(c, what, i, (double)got[i], expected[i]);
}

/* The weighed sum of all outputs. */
static double reference_sum(const one_case *c) {
    const int last = graft_graph_output(c->graph);
    double sum = 0;
    for (size_t n = 0; n < BATCH; n++) {
        double **values = reference_run(c->graph, c->input + n * c->input_size);
        for (size_t i = 0; i < c->output_size; i++)
            sum += values[last][i] * (double)c->weight[n * c->output_size + i];
        reference_free(c->graph, values);
    }
    return sum;
}

/* Central difference of the sum by *value. */
static double difference(const one_case *c, float *value) {
    const float kept = *value;
    *value = kept + 2e-6F;
    const double above = (double)*value, high = reference_sum(c);
    *value = kept - 2e-6F;
    const double below = (double)*value, low = reference_sum(c);
    *value = kept;
    return (high - low) / (above - below);
}

/* A sample of the gradients of an array that the sum depends on. */
static void check_gradient(const one_case *c, const char *what, float *values, const float *gradient, size_t count) {
    double expected[PROBED];
    float got[PROBED];
    const size_t probed = count < PROBED ? count : PROBED;
    for (size_t i = 0; i < probed; i++) {
        const size_t at = i * count / probed + (count > PROBED ? i % (count / PROBED) : 0);
        expected[i] = difference(c, &values[at]);
        got[i] = gradient[at];
    }
    compare(c, what, expected, got, probed, gradient_tolerance);
}

static graft_train_plan *make_plan(graft_context *context, const one_case *c, int batch) {
    graft_train_plan_options options = GRAFT_TRAIN_PLAN_OPTIONS_INIT;
    graft_train_plan *plan;
    options.batch = batch;
    options.batchnorm = c->batchnorm;
    options.input_gradient = true;
    graft_status status = graft_train_plan_new(context, c->graph, &options, &plan);
    if (status != GRAFT_OK) fail_msg("%s (%s): %s", c->variant->op, c->variant->label, graft_error_text());
    return plan;
}

static void run_plan(graft_train_plan *plan, const one_case *c, size_t first, int count) {
    memcpy(graft_train_plan_input(plan), c->input + first * c->input_size, (size_t)count * c->input_size * 4);
    assert_ok(graft_train_plan_forward(plan, count, true, 1, NULL));
    memcpy(graft_train_plan_output_gradient(plan), c->weight + first * c->output_size,
           (size_t)count * c->output_size * 4);
    assert_ok(graft_train_plan_backward(plan, count));
}

static void check_outputs(const one_case *c, const graft_train_plan *plan) {
    const int last = graft_graph_output(c->graph);
    for (size_t n = 0; n < BATCH; n++) {
        double **values = reference_run(c->graph, c->input + n * c->input_size);
        compare(c, "output", values[last], graft_train_plan_output(plan) + n * c->output_size, c->output_size,
                forward_tolerance);
        reference_free(c->graph, values);
    }
}

static void check_parameters(const one_case *c, const graft_parameters *parameters) {
    for (int i = 0; i < parameters->segment_count; i++) {
        const graft_parameter_segment *s = &parameters->segments[i];
        graft_param *param = graft_node_param(graft_graph_node(c->graph, s->node_index), s->name);
        check_gradient(c, s->name, graft_tensor_f32(param->value), parameters->gradient + s->offset, s->count);
    }
}

static double *widened(const float *values, size_t count) {
    double *wide = calloc(count + 1, sizeof *wide);
    for (size_t i = 0; i < count; i++)
        wide[i] = values[i];
    return wide;
}

/* Places of the micro-batch that hold no sample add nothing. */
static void check_unfilled(graft_context *context, const one_case *c, graft_train_plan *whole) {
    const graft_parameters *expected = graft_train_plan_parameters(whole);
    graft_train_plan *plan = make_plan(context, c, BATCH + 2);
    double *gradient = widened(expected->gradient, expected->count);
    for (size_t i = 0; i < (BATCH + 2) * c->input_size; i++)
        graft_train_plan_input(plan)[i] = 3;
    for (size_t i = 0; i < (BATCH + 2) * c->output_size; i++)
        graft_train_plan_output_gradient(plan)[i] = 3;
    run_plan(plan, c, 0, BATCH);
    compare(c, "gradient of an unfilled batch", gradient, graft_train_plan_parameters(plan)->gradient, expected->count,
            1e-4);
    free(gradient);
    graft_train_plan_free(plan);
}

/* One sample at a time gives the same outputs, and gradients that add up to the same. */
static void check_one_by_one(graft_context *context, const one_case *c, graft_train_plan *whole) {
    const graft_parameters *expected = graft_train_plan_parameters(whole);
    graft_train_plan *plan = make_plan(context, c, 1);
    double *gradient = widened(expected->gradient, expected->count);
    double *output = widened(graft_train_plan_output(whole), BATCH * c->output_size);
    double *input_gradient = widened(graft_train_plan_input_gradient(whole), BATCH * c->input_size);
    for (size_t n = 0; n < BATCH; n++) {
        run_plan(plan, c, n, 1);
        compare(c, "output of a batch of one", output + n * c->output_size, graft_train_plan_output(plan),
                c->output_size, 1e-5);
        compare(c, "input gradient of a batch of one", input_gradient + n * c->input_size,
                graft_train_plan_input_gradient(plan), c->input_size, 1e-4);
    }
    compare(c, "summed gradient", gradient, graft_train_plan_parameters(plan)->gradient, expected->count, 1e-4);
    free(gradient);
    free(output);
    free(input_gradient);
    graft_train_plan_free(plan);
}

/* What is trained is then run by an inference plan. */
static void check_inference(graft_context *context, const one_case *c) {
    float *got = network_run(context, c->graph, c->input);
    double **values = reference_run(c->graph, c->input);
    compare(c, "output of the inference plan", values[graft_graph_output(c->graph)], got, c->output_size,
            forward_tolerance);
    reference_free(c->graph, values);
    free(got);
}

static void check_case(graft_context *context, const op_variant *variant, bool behind, graft_batchnorm_mode batchnorm) {
    one_case c = open_case(variant, behind, batchnorm);
    graft_train_plan *plan = make_plan(context, &c, BATCH);
    run_plan(plan, &c, 0, BATCH);
    check_outputs(&c, plan);
    check_gradient(&c, "input", c.input, graft_train_plan_input_gradient(plan), BATCH * c.input_size);
    check_parameters(&c, graft_train_plan_parameters(plan));
    check_one_by_one(context, &c, plan);
    check_unfilled(context, &c, plan);
    check_inference(context, &c);
    graft_train_plan_free(plan);
    close_case(&c);
}

static void check_ops(bool behind) {
    graft_context *context = test_context(2);
    for (size_t i = 0; i < op_variant_count; i++)
        check_case(context, &op_variants[i], behind, GRAFT_BATCHNORM_STATS);
    for (size_t i = 0; i < series_variant_count; i++)
        check_case(context, &series_variants[i], behind, GRAFT_BATCHNORM_STATS);
    graft_context_free(context);
}

static void test_every_op_alone(void **state) {
    (void)state;
    check_ops(false);
}

static void test_every_op_behind_a_convolution(void **state) {
    (void)state;
    check_ops(true);
}

/* Behind a convolution, a transposed one or a dense layer a frozen batchnorm is part of the weights. */
static void test_frozen_batchnorm_is_exact(void **state) {
    (void)state;
    graft_context *context = test_context(2);
    for (size_t i = 0; i < op_variant_count; i++) {
        if (strcmp(op_variants[i].op, "batchnorm") != 0) continue;
        check_case(context, &op_variants[i], false, GRAFT_BATCHNORM_FROZEN);
        check_case(context, &op_variants[i], true, GRAFT_BATCHNORM_FROZEN);
    }
    graft_context_free(context);
}

static void test_every_op_has_a_variant(void **state) {
    (void)state;
    for (size_t i = 0; graft_op_at(i) != NULL; i++) {
        size_t k = 0;
        while (k < op_variant_count && strcmp(op_variants[k].op, graft_op_at(i)->name) != 0)
            k++;
        for (size_t j = 0; k == op_variant_count && j < series_variant_count; j++)
            if (strcmp(series_variants[j].op, graft_op_at(i)->name) == 0) k = j;
        if (k == op_variant_count) fail_msg("no variant of op %s", graft_op_at(i)->name);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_op_has_a_variant),
        cmocka_unit_test(test_every_op_alone),
        cmocka_unit_test(test_every_op_behind_a_convolution),
        cmocka_unit_test(test_frozen_batchnorm_is_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
