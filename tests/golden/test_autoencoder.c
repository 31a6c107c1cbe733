/* A step of a convolutional autoencoder and the loss of a variational one against PyTorch (autoencoder/write.py). */
#include "support/support.h"

#include "nn/op.h"
#include "nn/train-plan.h"
#include "support/networks.h"
#include "train/loss.h"
#include "zoo/chain.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SAMPLES = 3, VALUES = 2 * 8 * 5, LATENT = 4, NUMBERS = 7, MOST = 512 };

/* The numbers called `name`. */
static size_t golden(const char *name, float out[MOST]) {
    FILE *file = fopen(GRAFT_TEST_SOURCE_ROOT "/tests/golden/autoencoder/golden.txt", "r");
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
        if (!(fabsf(got[i] - expected[i]) <= 2e-6F + 1e-5F * fabsf(expected[i])))
            fail_msg("%s %zu: %.9g, expected %.9g", what, i, (double)got[i], (double)expected[i]);
}

/* Values of the layer `node`, whose activation may stand in a node of its own. */
static void set_params(graft_graph *graph, int index) {
    graft_node *node = graft_graph_node(graph, index);
    for (int i = 0; i < node->param_count; i++) {
        char name[96];
        float values[MOST];
        graft_tensor *tensor;
        snprintf(name, sizeof name, "step/%.*s/%s", (int)strcspn(node->name, "/"), node->name, node->params[i].name);
        assert_int_equal(golden(name, values), graft_shape_count(&node->params[i].shape));
        assert_ok(graft_tensor_new(GRAFT_F32, &node->params[i].shape, &tensor));
        memcpy(graft_tensor_f32(tensor), values, (size_t)graft_shape_count(&node->params[i].shape) * sizeof *values);
        assert_ok(graft_node_set_param(node, node->params[i].name, tensor));
    }
}

static graft_graph *make_graph(void) {
    static const char text[] = "default:half encoder=conv:4:3/2:relu flatten latent=dense:6 unflat=dense:48:relu "
                               "reshape:4,4,3 decoder=convt:5:3/2:outpad=1,0:relu decoded=conv:2:3";
    const graft_chain_options options = {.what = "autoencoder"};
    graft_graph *graph;
    int last;
    assert_ok(graft_graph_new("autoencoder", &graph));
    assert_ok(graft_chain_append(graph, text, network_input(graph, 2, 8, 5), &options, &last));
    for (int i = 0; i < graft_graph_count(graph); i++)
        set_params(graph, i);
    return graph;
}

static void a_step_equals_pytorch(void **state) {
    (void)state;
    graft_context *context = test_context(2);
    graft_graph *graph = make_graph();
    graft_train_plan_options options = GRAFT_TRAIN_PLAN_OPTIONS_INIT;
    graft_train_plan *plan;
    float x[MOST], expected[MOST], gradient[MOST];
    _Alignas(16) char attributes[GRAFT_LOSS_ATTRIBUTES] = {0};
    const graft_loss *loss = graft_loss_find("reconstruction");
    options.batch = SAMPLES;
    assert_ok(graft_options_defaults(loss->attributes, attributes));
    assert_ok(graft_train_plan_new(context, graph, &options, &plan));
    assert_int_equal(golden("step/x", x), SAMPLES * VALUES);
    memcpy(graft_train_plan_input(plan), x, SAMPLES * VALUES * sizeof *x);
    assert_ok(graft_train_plan_forward(plan, SAMPLES, true, 1, NULL));
    (void)golden("step/y", expected);
    compare("output", graft_train_plan_output(plan), expected, SAMPLES * VALUES);
    graft_loss_batch batch = {.output = graft_train_plan_output(plan),
                              .target = x,
                              .count = SAMPLES,
                              .classes = VALUES,
                              .scale = 1.0 / SAMPLES,
                              .gradient = graft_train_plan_output_gradient(plan)};
    loss->evaluate(attributes, &batch);
    const float mean = (float)(batch.sum / SAMPLES);
    (void)golden("step/loss", expected);
    compare("loss", &mean, expected, 1);
    assert_ok(graft_train_plan_backward(plan, SAMPLES));
    const graft_parameters *parameters = graft_train_plan_parameters(plan);
    assert_int_equal(parameters->segment_count, 10);
    for (int i = 0; i < parameters->segment_count; i++) {
        const graft_parameter_segment *s = &parameters->segments[i];
        char name[96];
        snprintf(name, sizeof name, "step/%.*s/%s_gradient", (int)strcspn(s->node, "/"), s->node, s->name);
        assert_int_equal(golden(name, gradient), s->count);
        compare(name, parameters->gradient + s->offset, gradient, s->count);
    }
    graft_train_plan_free(plan);
    graft_graph_free(graph);
    graft_context_free(context);
}

static void check_variational(const char *of, const char *beta) {
    enum { WIDTH = NUMBERS + 2 * LATENT };
    float x[MOST], output[MOST], expected[MOST], target[SAMPLES * WIDTH] = {0}, gradient[SAMPLES * WIDTH];
    _Alignas(16) char attributes[GRAFT_LOSS_ATTRIBUTES] = {0};
    const graft_loss *loss = graft_loss_find("reconstruction");
    char name[64];
    assert_ok(graft_options_defaults(loss->attributes, attributes));
    assert_ok(graft_option_set(graft_option_find(loss->attributes, "of"), attributes, of));
    assert_ok(graft_option_set(graft_option_find(loss->attributes, "latent"), attributes, "4"));
    assert_ok(graft_option_set(graft_option_find(loss->attributes, "beta"), attributes, beta));
    snprintf(name, sizeof name, "variational/%s/x", of);
    assert_int_equal(golden(name, x), SAMPLES * NUMBERS);
    for (int i = 0; i < SAMPLES; i++)
        memcpy(target + i * WIDTH, x + i * NUMBERS, NUMBERS * sizeof *x);
    snprintf(name, sizeof name, "variational/%s/output", of);
    assert_int_equal(golden(name, output), SAMPLES * WIDTH);
    graft_loss_batch batch = {output, target, NULL, SAMPLES, WIDTH, 1, gradient, 0};
    loss->evaluate(attributes, &batch);
    const float sum = (float)batch.sum;
    snprintf(name, sizeof name, "variational/%s/loss", of);
    (void)golden(name, expected);
    compare(name, &sum, expected, 1);
    snprintf(name, sizeof name, "variational/%s/gradient", of);
    (void)golden(name, expected);
    compare(name, gradient, expected, SAMPLES * WIDTH);
}

static void the_variational_loss_equals_pytorch(void **state) {
    (void)state;
    check_variational("mse", "0.5");
    check_variational("binary", "4");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_equals_pytorch),
        cmocka_unit_test(the_variational_loss_equals_pytorch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
