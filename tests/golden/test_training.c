/* Ten steps of every optimizer on a small residual network against PyTorch: training/make.py. */
#include "support/support.h"

#include "formats/npy.h"
#include "nn/op.h"
#include "nn/train-plan.h"
#include "support/networks.h"
#include "train/recipe.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 8, STEPS = 10, CLASSES = 4, SIZE = 12, PICTURE = 3 * SIZE * SIZE };
static const double tolerance = 1e-4;

typedef struct trace_case {
    const char *optimizer;
    double rate, decay;
} trace_case;

/* In the order of make.py's CASES. */
static const trace_case cases[] = {
    {"sgd:momentum=0.9", 0.02, 0},
    {"sgd:momentum=0.9:nesterov", 0.02, 0},
    {"adam", 2e-3, 0},
    {"adamw", 2e-3, 0.1},
    {"rmsprop:momentum=0.9", 1e-3, 0},
    {"adamax", 2e-3, 0},
    {"nadam", 2e-3, 0},
    {"lion", 1e-3, 0.1},
    {"lamb", 0.01, 0.01},
};
enum { CASES = sizeof cases / sizeof *cases };

static const graft_batchnorm_mode modes[] = {GRAFT_BATCHNORM_TRAIN, GRAFT_BATCHNORM_FROZEN};

#define ONE(from) ((const int[]){from, -1})

static int conv_and_norm(graft_graph *graph, const char *name, int from, int64_t filters, int64_t kernel,
                         int64_t groups) {
    const graft_batchnorm_attributes norm = {.epsilon = 1e-3, .scale = true, .center = true};
    char text[32];
    snprintf(text, sizeof text, "%s_bn", name);
    return network_add(graph, "batchnorm", text, &norm,
                       ONE(network_conv(graph, name, from, filters, kernel, 1, groups)));
}

static graft_graph *build(void) {
    const graft_pool_attributes pool = {.size = {3, 3}, .strides = {2, 2}, .padding = {1, 1, 1, 1}};
    const graft_global_pool_attributes gap = {.keepdims = false};
    const graft_dense_attributes dense = {.units = CLASSES, .bias = true};
    graft_graph *graph;
    assert_ok(graft_graph_new("residual", &graph));
    int at = conv_and_norm(graph, "conv1", network_input(graph, 3, SIZE, SIZE), 8, 3, 1);
    const graft_activation_attributes relu = {.kind = GRAFT_ACT_RELU};
    const int skip = network_add(graph, "activation", "relu1", &relu, ONE(at));
    at = conv_and_norm(graph, "conv2", skip, 8, 3, 1);
    at = network_add(graph, "add", "sum", NULL, (const int[]){skip, at, -1});
    at = network_add(graph, "activation", "relu2", &relu, ONE(at));
    at = network_add(graph, "maxpool2d", "pool", &pool, ONE(at));
    at = network_activation(graph, "relu3", conv_and_norm(graph, "depthwise", at, 8, 3, 8), GRAFT_ACT_RELU6);
    at = network_activation(graph, "swish4", conv_and_norm(graph, "conv4", at, 12, 1, 1), GRAFT_ACT_SWISH);
    at = network_add(graph, "global_avgpool", "gap", &gap, ONE(at));
    network_add(graph, "dense", "dense", &dense, ONE(at));
    return graph;
}

static void set_values(graft_graph *graph, const float *values) {
    for (int i = 0; i < graft_graph_count(graph); i++) {
        graft_node *node = graft_graph_node(graph, i);
        for (int k = 0; k < node->param_count; k++) {
            graft_tensor *value;
            assert_ok(graft_tensor_new(GRAFT_F32, &node->params[k].shape, &value));
            memcpy(value->data, values, value->bytes);
            values += value->bytes / sizeof *values;
            assert_ok(graft_node_set_param(node, node->params[k].name, value));
        }
    }
}

static void fill_batch(int step, float *pictures, float *targets) {
    memset(targets, 0, BATCH * CLASSES * sizeof *targets);
    for (int n = 0; n < BATCH; n++) {
        const int label = (step * BATCH + n) * 5 / 3 % CLASSES;
        targets[n * CLASSES + label] = 1;
        for (int i = 0; i < PICTURE; i++) {
            const int64_t place = (int64_t)(step * BATCH + n) * PICTURE + i;
            const float value = (float)((double)(place * 7919 % 10007) / 5003.5 - 1);
            pictures[n * PICTURE + i] = value + 0.5F * (float)label / CLASSES;
        }
    }
}

/* One step in micro-batches of the plan's size; returns the mean loss. */
static double run_step(graft_train_plan *plan, const graft_recipe *recipe, int step) {
    float pictures[BATCH * PICTURE], targets[BATCH * CLASSES];
    const int micro = graft_train_plan_batch(plan);
    double sum = 0;
    fill_batch(step, pictures, targets);
    for (int at = 0; at < BATCH; at += micro) {
        memcpy(graft_train_plan_input(plan), pictures + at * PICTURE, (size_t)(micro * PICTURE) * sizeof(float));
        assert_ok(graft_train_plan_forward(plan, micro, true, 0, NULL));
        graft_loss_batch batch = {.output = graft_train_plan_output(plan),
                                  .target = targets + at * CLASSES,
                                  .count = (size_t)micro,
                                  .classes = CLASSES,
                                  .scale = 1.0 / BATCH,
                                  .gradient = graft_train_plan_output_gradient(plan)};
        recipe->loss->evaluate(recipe->loss_attributes, &batch);
        sum += batch.sum;
        assert_ok(graft_train_plan_backward(plan, micro));
    }
    return sum / BATCH;
}

static void update(graft_train_plan *plan, const graft_recipe *recipe, const trace_case *c, float *slots, int step) {
    const graft_parameters *p = graft_train_plan_parameters(plan);
    for (int i = 0; i < p->segment_count; i++) {
        const graft_parameter_segment *s = &p->segments[i];
        graft_update u = {.value = p->value + s->offset,
                          .gradient = p->gradient + s->offset,
                          .count = s->count,
                          .rate = c->rate,
                          .decay = s->decays ? c->decay : 0,
                          .step = (uint64_t)step + 1};
        for (int k = 0; k < GRAFT_OPTIMIZER_SLOTS; k++)
            u.slot[k] = slots + (size_t)k * p->count + s->offset;
        recipe->optimizer->update(recipe->optimizer_attributes, &u);
    }
    memset(p->gradient, 0, p->count * sizeof *p->gradient);
    assert_ok(graft_train_plan_parameters_changed(plan));
}

/* Each tensor within the tolerance of its largest value. */
static void compare(const graft_graph *graph, const trace_case *c, int mode, const float *expected) {
    for (int i = 0; i < graft_graph_count(graph); i++) {
        const graft_node *node = graft_graph_node(graph, i);
        for (int k = 0; k < node->param_count; k++) {
            const float *got = graft_tensor_f32(node->params[k].value);
            const int64_t count = graft_shape_count(&node->params[k].shape);
            double largest = 0;
            for (int64_t n = 0; n < count; n++)
                largest = fmax(largest, fabs((double)expected[n]));
            for (int64_t n = 0; n < count; n++)
                if (!(fabs((double)got[n] - (double)expected[n]) <= tolerance * largest))
                    fail_msg("%s, batchnorm %d: %s/%s %lld is %.9g, expected %.9g", c->optimizer, mode, node->name,
                             node->params[k].name, (long long)n, (double)got[n], (double)expected[n]);
            expected += count;
        }
    }
}

static void check(graft_context *context, const trace_case *c, graft_batchnorm_mode mode, int micro,
                  const float *initial, const float *trace) {
    graft_train_plan_options options = GRAFT_TRAIN_PLAN_OPTIONS_INIT;
    graft_graph *graph = build();
    graft_train_plan *plan;
    graft_recipe recipe;
    options.batch = micro;
    options.batchnorm = mode;
    options.momentum = 0.9;
    set_values(graph, initial);
    assert_ok(graft_recipe_parse(&recipe, NULL, c->optimizer, NULL));
    assert_ok(graft_train_plan_new(context, graph, &options, &plan));
    float *slots = calloc(GRAFT_OPTIMIZER_SLOTS * graft_train_plan_parameters(plan)->count, sizeof *slots);
    for (int step = 0; step < STEPS; step++) {
        const double loss = run_step(plan, &recipe, step);
        if (!(fabs(loss - (double)trace[step]) <= tolerance * fabs((double)trace[step])))
            fail_msg("%s, batchnorm %d: loss of step %d is %.9g, expected %.9g", c->optimizer, (int)mode, step, loss,
                     (double)trace[step]);
        update(plan, &recipe, c, slots, step);
    }
    assert_ok(graft_train_plan_store(plan, graph));
    compare(graph, c, (int)mode, trace + STEPS);
    free(slots);
    graft_train_plan_free(plan);
    graft_graph_free(graph);
}

static void ten_steps_of_every_optimizer_equal_pytorch(void **state) {
    (void)state;
    graft_context *context = test_context(2);
    graft_tensor *initial, *traces;
    assert_ok(graft_npy_read(test_source("tests/golden/training/initial.npy"), &initial));
    assert_ok(graft_npy_read(test_source("tests/golden/training/traces.npy"), &traces));
    assert_int_equal(traces->shape.dim[0], 2 * CASES);
    assert_int_equal(traces->shape.dim[1], STEPS + initial->shape.dim[0]);
    for (int i = 0; i < 2 * CASES; i++) {
        const float *trace = graft_tensor_f32(traces) + i * traces->shape.dim[1];
        check(context, &cases[i / 2], modes[i % 2], BATCH, graft_tensor_f32(initial), trace);
        /* the same in micro-batches, which batch statistics would tell apart */
        if (modes[i % 2] == GRAFT_BATCHNORM_FROZEN)
            check(context, &cases[i / 2], modes[i % 2], 2, graft_tensor_f32(initial), trace);
    }
    graft_tensor_free(initial);
    graft_tensor_free(traces);
    graft_context_free(context);
}

static void every_optimizer_has_a_trace(void **state) {
    (void)state;
    for (size_t i = 0; graft_optimizer_at(i) != NULL; i++) {
        const char *name = graft_optimizer_at(i)->name;
        size_t k = 0;
        while (k < CASES && (strncmp(cases[k].optimizer, name, strlen(name)) != 0 ||
                             strchr(":", cases[k].optimizer[strlen(name)]) == NULL))
            k++;
        if (k == CASES) fail_msg("no trace of optimizer %s", name);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_optimizer_has_a_trace),
        cmocka_unit_test(ten_steps_of_every_optimizer_equal_pytorch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
