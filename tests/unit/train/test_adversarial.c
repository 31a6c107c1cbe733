/* Both players: what a step leaves alone, what goes on where it stood, spectral normalisation by its definition. */
#include "support/support.h"

#include "support/networks.h"
#include "train/adversarial.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 4, SIDE = 8, LATENT = 3, PIXELS = SIDE * SIDE };

#define ONE(from) ((const int[]){from, -1})

/* 3 numbers to 8x8 cells. */
static graft_graph *small_generator(void) {
    const graft_conv2d_transpose_attributes first = {
        .filters = 8, .kernel = {4, 4}, .strides = {1, 1}, .dilations = {1, 1}, .groups = 1};
    const graft_conv2d_transpose_attributes second = {
        .filters = 1, .kernel = {4, 4}, .strides = {2, 2}, .dilations = {1, 1}, .padding = {1, 1, 1, 1}, .groups = 1};
    const graft_batchnorm_attributes norm = {.epsilon = 1e-5, .scale = true, .center = true};
    graft_graph *graph;
    assert_ok(graft_graph_new("generator", &graph));
    int at = network_add(graph, "conv2d_transpose", "g1", &first, ONE(network_input(graph, LATENT, 1, 1)));
    at = network_add(graph, "batchnorm", "g1_bn", &norm, ONE(at));
    at = network_activation(graph, "g1_relu", at, GRAFT_ACT_RELU);
    at = network_add(graph, "conv2d_transpose", "g2", &second, ONE(at));
    network_activation(graph, "g2_tanh", at, GRAFT_ACT_TANH);
    network_fill(graph, 1);
    return graph;
}

static graft_graph *small_discriminator(void) {
    const graft_dense_attributes dense = {.units = 1, .bias = true};
    const graft_flatten_attributes flat = {.order = 0};
    graft_graph *graph;
    assert_ok(graft_graph_new("discriminator", &graph));
    int at = network_conv(graph, "d1", network_input(graph, 1, SIDE, SIDE), 8, 3, 2, 1);
    at = network_activation(graph, "d1_relu", at, GRAFT_ACT_RELU);
    at = network_conv(graph, "d2", at, 8, 3, 2, 1);
    at = network_activation(graph, "d2_relu", at, GRAFT_ACT_RELU);
    at = network_add(graph, "flatten", "flat", &flat, ONE(at));
    network_add(graph, "dense", "d3", &dense, ONE(at));
    network_fill(graph, 2);
    return graph;
}

typedef struct game {
    graft_context *context;
    graft_graph *generator, *discriminator;
    graft_adversarial *gan;
} game;

static graft_adversarial_options options_of(bool spectral) {
    return (graft_adversarial_options){.batch = BATCH,
                                       .rate = {1e-3, 2e-3},
                                       .beta1 = 0.5,
                                       .beta2 = 0.999,
                                       .epsilon = 1e-8,
                                       .ema = 0.9,
                                       .momentum = 0.9,
                                       .spectral = spectral,
                                       .loss = spectral ? GRAFT_GAN_HINGE : GRAFT_GAN_NON_SATURATING};
}

static game open_game(const graft_adversarial_options *options) {
    game g = {.context = test_context(2), .generator = small_generator(), .discriminator = small_discriminator()};
    assert_ok(graft_adversarial_new(g.context, g.generator, g.discriminator, options, &g.gan));
    return g;
}

static void close_game(game *g) {
    graft_adversarial_free(g->gan);
    graft_graph_free(g->generator);
    graft_graph_free(g->discriminator);
    graft_context_free(g->context);
}

static void play(game *g, int first, int steps) {
    for (int step = first; step < first + steps; step++) {
        graft_adversarial_sums sums = {0};
        bool finite;
        for (int i = 0; i < BATCH * PIXELS; i++)
            graft_adversarial_pictures(g->gan)[i] = (float)((step * 131 + i) * 7919 % 1009) / 504.5F - 1;
        graft_adversarial_latents(3, (uint64_t)step, BATCH, LATENT, graft_adversarial_vectors(g->gan));
        assert_ok(graft_adversarial_step(g->gan, (uint64_t)step, &sums, &finite));
        assert_true(finite && sums.samples == BATCH && sums.real > 0 && sums.real < BATCH);
    }
}

static void store(const game *g) {
    assert_ok(graft_adversarial_store(g->gan, GRAFT_GENERATOR, false, g->generator));
    assert_ok(graft_adversarial_store(g->gan, GRAFT_DISCRIMINATOR, false, g->discriminator));
}

static void same_values(const graft_graph *a, const graft_graph *b) {
    for (int i = 0; i < graft_graph_count(a); i++)
        for (int k = 0; k < graft_graph_node(a, i)->param_count; k++) {
            const graft_tensor *x = graft_graph_node(a, i)->params[k].value;
            assert_memory_equal(x->data, graft_graph_node(b, i)->params[k].value->data, x->bytes);
        }
}

/* ---- going on ---- */

/* `cancelled`: by then the context was asked to stop while a step was being made. */
static void go_on_after_two_steps(bool spectral, bool cancelled) {
    const graft_adversarial_options options = options_of(spectral);
    game whole = open_game(&options), begun = open_game(&options), resumed = open_game(&options);
    graft_checkpoint from = {0}, to = {0};
    play(&whole, 0, 5);
    play(&begun, 0, 1);
    if (cancelled) graft_context_cancel(begun.context);
    play(&begun, 1, 1);
    graft_adversarial_state(begun.gan, &from);
    graft_adversarial_state(resumed.gan, &to);
    assert_int_equal(from.array_count, spectral ? GRAFT_ADVERSARIAL_ARRAYS : GRAFT_ADVERSARIAL_ARRAYS - 1);
    for (int i = 0; i < from.array_count; i++) {
        assert_int_equal(from.arrays[i].count, to.arrays[i].count);
        memcpy(to.arrays[i].data, from.arrays[i].data, from.arrays[i].count * sizeof(float));
    }
    assert_ok(graft_adversarial_restore(resumed.gan));
    play(&resumed, 2, 3);
    store(&whole);
    store(&resumed);
    same_values(whole.generator, resumed.generator);
    same_values(whole.discriminator, resumed.discriminator);
    assert_ok(graft_adversarial_store(whole.gan, GRAFT_GENERATOR, true, whole.generator));
    assert_ok(graft_adversarial_store(resumed.gan, GRAFT_GENERATOR, true, resumed.generator));
    same_values(whole.generator, resumed.generator);
    close_game(&whole);
    close_game(&begun);
    close_game(&resumed);
}

static void goes_on_where_it_stood(void **state) {
    (void)state;
    for (int spectral = 0; spectral < 2; spectral++)
        go_on_after_two_steps(spectral, false);
}

static void a_step_that_has_begun_is_made_whole(void **state) {
    (void)state;
    for (int spectral = 0; spectral < 2; spectral++)
        go_on_after_two_steps(spectral, true);
}

static void frozen_layers_stay(void **state) {
    (void)state;
    graft_adversarial_options options = options_of(true);
    graft_graph *before = small_discriminator();
    bool learns[8] = {false};
    for (int i = graft_graph_find(before, "d2"); i < graft_graph_count(before); i++)
        learns[i] = true;
    options.learns = learns;
    game g = open_game(&options);
    play(&g, 0, 3);
    store(&g);
    for (int i = 0; i < graft_graph_count(before); i++) {
        const graft_param *a = graft_node_param(graft_graph_node(before, i), "kernel");
        if (a == NULL) continue;
        const graft_param *b = graft_node_param(graft_graph_node(g.discriminator, i), "kernel");
        assert_int_equal(memcmp(a->value->data, b->value->data, a->value->bytes) != 0, learns[i]);
    }
    graft_graph_free(before);
    close_game(&g);
}

/* ---- memory ---- */

static size_t allocations;

static void *counting_allocate(void *user, size_t bytes, size_t alignment) {
    (void)user;
    void *memory = NULL;
    allocations++;
    return posix_memalign(&memory, alignment < sizeof(void *) ? sizeof(void *) : alignment, bytes ? bytes : 1) == 0
               ? memory
               : NULL;
}

static void *counting_resize(void *user, void *old, size_t bytes) {
    (void)user;
    allocations++;
    return realloc(old, bytes);
}

static void counting_release(void *user, void *memory) {
    (void)user;
    free(memory);
}

static void a_step_allocates_nothing(void **state) {
    (void)state;
    const graft_allocator counting = {counting_allocate, counting_resize, counting_release, NULL};
    const graft_adversarial_options options = options_of(true);
    graft_allocator_set(&counting);
    game g = open_game(&options);
    play(&g, 0, 1);
    const size_t before = allocations;
    play(&g, 1, 2);
    assert_int_equal(allocations, before);
    close_game(&g);
    graft_allocator_set(NULL);
}

static void refuses_networks_that_do_not_fit(void **state) {
    (void)state;
    const graft_adversarial_options options = options_of(false);
    graft_context *context = test_context(1);
    graft_graph *generator = small_generator(), *discriminator = small_discriminator();
    graft_adversarial *gan;
    assert_fails(GRAFT_E_DATA, "expected the same",
                 graft_adversarial_new(context, discriminator, discriminator, &options, &gan));
    assert_fails(GRAFT_E_DATA, "the discriminator takes",
                 graft_adversarial_new(context, generator, generator, &options, &gan));
    graft_graph_free(generator);
    graft_graph_free(discriminator);
    graft_context_free(context);
}

/* ---- spectral normalisation ---- */

static double dot_of_output(graft_train_plan *plan, graft_spectral *spectral, graft_context *context) {
    double sum = 0;
    assert_ok(graft_spectral_apply(context, spectral));
    assert_ok(graft_train_plan_parameters_changed(plan));
    assert_ok(graft_train_plan_forward(plan, BATCH, true, 0, NULL));
    for (int i = 0; i < BATCH; i++)
        sum += (i + 1) * (double)graft_train_plan_output(plan)[i];
    return sum;
}

/* The largest singular value of what the network computes with is 1, and the gradient that by the undivided weights. */
static void spectral_normalisation_is_as_defined(void **state) {
    (void)state;
    const graft_adversarial_options options = options_of(true);
    game g = open_game(&options);
    graft_train_plan *plan = graft_adversarial_plan(g.gan, GRAFT_DISCRIMINATOR);
    graft_spectral *spectral = graft_adversarial_spectral(g.gan);
    const graft_parameters *p = graft_train_plan_parameters(plan);
    assert_int_equal(graft_spectral_count(spectral), 3);
    for (int i = 0; i < 200; i++)
        assert_ok(graft_spectral_iterate(g.context, spectral));
    /* A kernel of one row: its length. */
    const graft_parameter_segment *row = &p->segments[p->segment_count - 2];
    double squares = 0;
    for (size_t i = 0; i < row->count; i++)
        squares += pow((double)p->value[row->offset + i], 2);
    assert_float_equal(squares, 1, 1e-5);
    for (int i = 0; i < BATCH * PIXELS; i++)
        graft_train_plan_input(plan)[i] = (float)(i * 7919 % 1009) / 504.5F - 1;
    memset(p->gradient, 0, p->count * sizeof(float));
    (void)dot_of_output(plan, spectral, g.context);
    for (int i = 0; i < BATCH; i++)
        graft_train_plan_output_gradient(plan)[i] = (float)(i + 1);
    assert_ok(graft_train_plan_backward(plan, BATCH));
    assert_ok(graft_spectral_gradient(g.context, spectral));
    /* u and v belong to the largest singular value: it changes by them alone. */
    float *values = graft_spectral_values(spectral);
    for (size_t i = 0; i < p->count; i += 37) {
        const float kept = values[i], gradient = p->gradient[i], by = 1e-3F;
        values[i] = kept + by;
        const double above = dot_of_output(plan, spectral, g.context);
        values[i] = kept - by;
        const double below = dot_of_output(plan, spectral, g.context);
        values[i] = kept;
        const double expected = (above - below) / (2 * (double)by);
        if (!(fabs((double)gradient - expected) < 2e-2 * fmax(1, fabs(expected))))
            fail_msg("gradient %zu is %g, expected %g", i, (double)gradient, expected);
    }
    close_game(&g);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(goes_on_where_it_stood),
        cmocka_unit_test(a_step_that_has_begun_is_made_whole),
        cmocka_unit_test(frozen_layers_stay),
        cmocka_unit_test(a_step_allocates_nothing),
        cmocka_unit_test(refuses_networks_that_do_not_fit),
        cmocka_unit_test(spectral_normalisation_is_as_defined),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
