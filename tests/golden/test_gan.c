/* Three steps of a small DCGAN against PyTorch: gan/make.py. */
#include "support/support.h"

#include "formats/npy.h"
#include "transfer/gan-internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 4, STEPS = 3, SIZE = 16, LATENT = 6, WIDTH = 4, PIXELS = SIZE * SIZE };
static const double tolerance = 1e-4;

typedef struct trace_case {
    const char *name;
    bool spectral;
    graft_gan_loss loss;
    double smoothing;
} trace_case;

/* In the order of make.py's rows. */
static const trace_case cases[] = {{"batch normalisation", false, GRAFT_GAN_NON_SATURATING, 0.1},
                                   {"spectral normalisation", true, GRAFT_GAN_HINGE, 0}};

static const float *set_values(graft_graph *graph, const float *values) {
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
    return values;
}

/* What follows the values: the first u of each layer. */
static void set_vectors(graft_context *context, graft_adversarial *gan, const graft_graph *discriminator,
                        const float *u) {
    graft_spectral *spectral = graft_adversarial_spectral(gan);
    size_t count;
    float *vectors = graft_spectral_vectors(spectral, &count), *end = vectors + count;
    for (int i = 0; i < graft_graph_count(discriminator); i++) {
        const graft_param *kernel = graft_node_param(graft_graph_node(discriminator, i), "kernel");
        if (kernel == NULL) continue;
        const size_t rows = (size_t)kernel->shape.dim[0];
        memcpy(vectors, u, rows * sizeof *u);
        u += rows;
        vectors += rows + (size_t)graft_shape_count(&kernel->shape) / rows;
    }
    assert_ptr_equal(vectors, end);
    assert_ok(graft_spectral_iterate(context, spectral));
    assert_ok(graft_train_plan_parameters_changed(graft_adversarial_plan(gan, GRAFT_DISCRIMINATOR)));
}

static void fill(float *out, int64_t first, int64_t count, int64_t factor, int64_t modulus, double scale) {
    for (int64_t i = 0; i < count; i++)
        out[i] = (float)(scale * ((double)((first + i) * factor % modulus) / ((double)modulus / 2) - 1));
}

static void compare_loss(const trace_case *c, const char *player, int step, double got, double expected) {
    if (!(fabs(got - expected) <= tolerance * fmax(1, fabs(expected))))
        fail_msg("%s: the %s's loss of step %d is %.9g, expected %.9g", c->name, player, step, got, expected);
}

static void run(const trace_case *c, graft_adversarial *gan, const float **trace) {
    for (int step = 0; step < STEPS; step++) {
        graft_adversarial_sums sums = {0};
        bool finite;
        fill(graft_adversarial_pictures(gan), (int64_t)step * BATCH * PIXELS, BATCH * PIXELS, 7919, 10007, 1);
        fill(graft_adversarial_vectors(gan), (int64_t)step * BATCH * LATENT, BATCH * LATENT, 104729, 10009, 1.5);
        assert_ok(graft_adversarial_step(gan, (uint64_t)step, &sums, &finite));
        assert_true(finite);
        compare_loss(c, "discriminator", step, sums.discriminator / sums.samples, (double)*(*trace)++);
        compare_loss(c, "generator", step, sums.generator / sums.samples, (double)*(*trace)++);
    }
}

/* Each value within the tolerance of 1, or of its tensor's largest. */
static const float *compare(const trace_case *c, const graft_graph *graph, const float *expected) {
    for (int i = 0; i < graft_graph_count(graph); i++) {
        const graft_node *node = graft_graph_node(graph, i);
        for (int k = 0; k < node->param_count; k++) {
            const float *got = graft_tensor_f32(node->params[k].value);
            const int64_t count = graft_shape_count(&node->params[k].shape);
            for (int64_t n = 0; n < count; n++)
                if (!(fabs((double)got[n] - (double)expected[n]) <= tolerance * fmax(1, fabs((double)expected[n]))))
                    fail_msg("%s: %s/%s %lld is %.9g, expected %.9g", c->name, node->name, node->params[k].name,
                             (long long)n, (double)got[n], (double)expected[n]);
            expected += count;
        }
    }
    return expected;
}

static void check(graft_context *context, const trace_case *c, const float *initial, const float *trace) {
    const graft_gan_spec spec = {
        .size = SIZE, .channels = 1, .latent = LATENT, .width = WIDTH, .spectral = c->spectral};
    const graft_adversarial_options options = {.batch = BATCH,
                                               .loss = c->loss,
                                               .rate = {2e-3, 2e-3},
                                               .beta1 = 0.5,
                                               .beta2 = 0.999,
                                               .epsilon = 1e-8,
                                               .smoothing = c->smoothing,
                                               .momentum = 0.9,
                                               .spectral = c->spectral};
    const graft_gan_arch *arch;
    graft_graph *generator, *discriminator;
    graft_adversarial *gan;
    int features;
    assert_ok(graft_gan_arch_find("dcgan", &arch));
    assert_ok(graft_gan_generator(arch, &spec, &generator));
    assert_ok(graft_gan_discriminator(arch, &spec, &discriminator, &features));
    const float *vectors = set_values(discriminator, set_values(generator, initial));
    assert_ok(graft_adversarial_new(context, generator, discriminator, &options, &gan));
    if (c->spectral) set_vectors(context, gan, discriminator, vectors);
    run(c, gan, &trace);
    assert_ok(graft_adversarial_store(gan, GRAFT_GENERATOR, false, generator));
    assert_ok(graft_adversarial_store(gan, GRAFT_DISCRIMINATOR, false, discriminator));
    (void)compare(c, discriminator, compare(c, generator, trace));
    graft_adversarial_free(gan);
    graft_graph_free(generator);
    graft_graph_free(discriminator);
}

static void three_steps_equal_pytorch(void **state) {
    (void)state;
    graft_context *context = test_context(2);
    graft_tensor *initial, *traces;
    assert_ok(graft_npy_read(test_source("tests/golden/gan/initial.npy"), &initial));
    assert_ok(graft_npy_read(test_source("tests/golden/gan/traces.npy"), &traces));
    for (int i = 0; i < 2; i++)
        check(context, &cases[i], graft_tensor_f32(initial) + i * initial->shape.dim[1],
              graft_tensor_f32(traces) + i * traces->shape.dim[1]);
    graft_tensor_free(initial);
    graft_tensor_free(traces);
    graft_context_free(context);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(three_steps_equal_pytorch)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
