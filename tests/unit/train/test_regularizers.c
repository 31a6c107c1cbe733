/* Regularisers of fine-tuning: their gradients are derivatives of their penalties, alone and within a fit. */
#include "support/support.h"

#include "nn/op.h"
#include "train/fit-internal.h"
#include "zoo/chain.h"
#include "zoo/initialise.h"

#include <math.h>
#include <string.h>

enum { SAMPLES = 5, SIZE = 8, SIDE = 6, CLASSES = 3 };

static float number(size_t i, double phase) {
    return (float)sin(1.7 * (double)i + phase);
}

/* ---- one row at a time ---- */

static double value_penalty(const graft_penalty *penalty, const float *value, const float *reference, float *gradient,
                            size_t count, size_t size) {
    const graft_value_penalty of = {.value = value,
                                    .reference = reference,
                                    .gradient = gradient,
                                    .count = count,
                                    .size = size,
                                    .area = 4,
                                    .share = 0.7};
    double sum = 0;
    assert_ok(penalty->row->values(penalty->attributes, &of, &sum));
    return sum;
}

static void check_values(const char *words, size_t count, size_t size) {
    graft_recipe recipe;
    float value[64], reference[64], gradient[64] = {0};
    assert_ok(graft_recipe_parse(&recipe, NULL, NULL, NULL));
    assert_ok(graft_recipe_regularize(&recipe, words));
    for (size_t i = 0; i < count * size; i++) {
        value[i] = number(i, 0.3);
        reference[i] = number(i, 0.9);
    }
    value_penalty(&recipe.penalties[0], value, reference, gradient, count, size);
    for (size_t i = 0; i < count * size; i++) {
        const float kept = value[i];
        value[i] = kept + 1e-3F;
        const double above = value_penalty(&recipe.penalties[0], value, reference, NULL, count, size);
        value[i] = kept - 1e-3F;
        const double below = value_penalty(&recipe.penalties[0], value, reference, NULL, count, size);
        value[i] = kept;
        assert_float_equal((above - below) / 2e-3, gradient[i], 2e-3);
    }
}

static void gradients_by_values_are_derivatives(void **state) {
    (void)state;
    check_values("delta:alpha=1.3", SAMPLES, SIZE);
    check_values("bss:eta=0.8", SAMPLES, SIZE);     /* more features than samples */
    check_values("bss:eta=0.8:k=2", SAMPLES, SIZE); /* several values */
    check_values("bss:eta=0.8", 9, 4);              /* more samples than features */
}

static void bss_adds_the_smallest_squared_singular_values(void **state) {
    (void)state;
    graft_recipe recipe;
    /* Orthogonal rows: the singular values are their lengths, 3, 1 and 2. */
    const float value[] = {3, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 2};
    assert_ok(graft_recipe_parse(&recipe, NULL, NULL, NULL));
    assert_ok(graft_recipe_regularize(&recipe, "bss:0.5"));
    assert_float_equal(value_penalty(&recipe.penalties[0], value, NULL, NULL, 3, 4), 0.7 * 0.5 * 1, 1e-9);
    assert_ok(graft_recipe_regularize(&recipe, "bss:0.5:k=2"));
    assert_float_equal(value_penalty(&recipe.penalties[0], value, NULL, NULL, 3, 4), 0.7 * 0.5 * 5, 1e-9);
}

static double weight_penalty(const graft_penalty *penalty, const float *value, const float *start, float *gradient,
                             bool decays) {
    const graft_weight_penalty of = {
        .value = value, .start = start, .gradient = gradient, .count = SIZE, .decays = decays};
    double sum = 0;
    penalty->row->weights(penalty->attributes, &of, &sum);
    return sum;
}

static void gradients_by_weights_are_derivatives(void **state) {
    (void)state;
    graft_recipe recipe;
    float value[SIZE], start[SIZE], none[SIZE];
    assert_ok(graft_recipe_parse(&recipe, NULL, NULL, NULL));
    assert_ok(graft_recipe_regularize(&recipe, "l2-sp:alpha=0.7:beta=0.4 delta:beta=0.6"));
    for (size_t i = 0; i < SIZE; i++) {
        value[i] = number(i, 0.1);
        start[i] = number(i, 2);
    }
    for (int p = 0; p < recipe.penalty_count; p++) {
        for (int anew = 0; anew < 2; anew++) {
            const graft_penalty *penalty = &recipe.penalties[p];
            float gradient[SIZE] = {0};
            weight_penalty(penalty, value, anew ? NULL : start, gradient, true);
            for (size_t i = 0; i < SIZE; i++) {
                const float kept = value[i];
                value[i] = kept + 1e-3F;
                const double above = weight_penalty(penalty, value, anew ? NULL : start, none, true);
                value[i] = kept - 1e-3F;
                const double below = weight_penalty(penalty, value, anew ? NULL : start, none, true);
                value[i] = kept;
                assert_float_equal((above - below) / 2e-3, gradient[i], 2e-3);
            }
        }
    }
    /* New biases are left alone; pretrained ones are held. */
    assert_true(weight_penalty(&recipe.penalties[0], value, NULL, none, false) == 0);
    assert_true(weight_penalty(&recipe.penalties[0], value, start, none, false) > 0);
}

/* ---- words ---- */

static void words_are_parsed(void **state) {
    (void)state;
    graft_recipe recipe;
    const double *first;
    assert_ok(graft_recipe_parse(&recipe, NULL, NULL, NULL));
    assert_ok(graft_recipe_regularize(&recipe, "l2-sp:0.25 bss"));
    assert_int_equal(recipe.penalty_count, 2);
    first = (const double *)(const void *)recipe.penalties[0].attributes;
    assert_true(first[0] == 0.25 && first[1] == 0.01);
    assert_string_equal(recipe.penalties[1].row->name, "bss");
    assert_ok(graft_recipe_regularize(&recipe, "none"));
    assert_int_equal(recipe.penalty_count, 0);
    assert_fails(GRAFT_E_USAGE, "did you mean \"l2-sp\"", graft_recipe_regularize(&recipe, "l2-sq"));
    assert_fails(GRAFT_E_USAGE, "did you mean \"alpha\"", graft_recipe_regularize(&recipe, "l2-sp:alpa=1"));
    assert_fails(GRAFT_E_USAGE, "at most 3", graft_recipe_regularize(&recipe, "bss bss bss bss"));
    assert_fails(GRAFT_E_USAGE, "alpha", graft_recipe_regularize(&recipe, "l2-sp:-1"));
}

/* ---- within a fit ---- */

static graft_status load(void *self, int worker, uint32_t epoch, size_t sample, float *input, float *target) {
    (void)self;
    (void)worker;
    (void)epoch;
    for (size_t i = 0; i < (size_t)2 * SIDE * SIDE; i++)
        input[i] = number(i * 7 + sample * 13, (double)(sample % CLASSES));
    memset(target, 0, CLASSES * sizeof(float));
    target[sample % CLASSES] = 1;
    return GRAFT_OK;
}

static const graft_sample_source samples = {.count = 12, .load = load};

/* Two stages, batch normalisation that folds, an activation that folds, pooling and a head. */
static graft_graph *make_graph(uint64_t seed) {
    graft_graph *graph;
    const graft_input_attributes input = {.shape = {2, SIDE, SIDE}, .rank = 3};
    const graft_chain_options options = {.classes = CLASSES};
    int at;
    assert_ok(graft_graph_new("two stages", &graph));
    assert_ok(graft_graph_add(graph, "input", "in", &input, NULL, 0, &at));
    assert_ok(graft_chain_append(graph, "conv:4:3:same bn tanh maxpool:2 conv:6:3:same:tanh gap dropout:0.1 dense", at,
                                 &options, &at));
    assert_ok(graft_graph_initialise(graph, GRAFT_INIT_GLOROT, seed));
    return graph;
}

typedef struct fixture {
    graft_context *context;
    graft_graph *graph, *origin;
    graft_recipe recipe;
    graft_train_plan *plan;
    graft_fit_options options;
    graft_history history;
    int taps[GRAFT_RECIPE_TAPS], tap_count;
} fixture;

static void begin(fixture *f, const char *words, int micro) {
    graft_train_plan_options options = GRAFT_TRAIN_PLAN_OPTIONS_INIT;
    *f = (fixture){.context = test_context(1), .graph = make_graph(1), .origin = make_graph(2)};
    assert_ok(graft_recipe_parse(&f->recipe, NULL, "sgd:momentum=0", "constant"));
    assert_ok(graft_recipe_regularize(&f->recipe, words));
    assert_ok(graft_recipe_taps(&f->recipe, f->graph, f->taps, &f->tap_count));
    options.batch = micro;
    options.taps = f->taps;
    options.tap_count = f->tap_count;
    options.batchnorm = GRAFT_BATCHNORM_STATS;
    assert_ok(graft_train_plan_new(f->context, f->graph, &options, &f->plan));
    f->options = (graft_fit_options)GRAFT_FIT_OPTIONS_INIT;
    f->options.recipe = &f->recipe;
    f->options.epochs = 1;
    f->options.batch = 12;
    f->options.rate = 1e-9; /* the gradient is what is looked at */
    f->options.origin = f->origin;
}

static void end(fixture *f) {
    graft_history_clear(&f->history);
    graft_train_plan_free(f->plan);
    graft_graph_free(f->graph);
    graft_graph_free(f->origin);
    graft_context_free(f->context);
}

static void open_state(fixture *f, graft_fit_state *fit) {
    *fit = (graft_fit_state){.context = f->context,
                             .plan = f->plan,
                             .graph = f->graph,
                             .source = &samples,
                             .options = &f->options,
                             .history = &f->history};
    assert_ok(graft_fit_state_init(fit, false));
    graft_sampler_shuffle(&fit->sampler, 1);
}

/* Loss and penalties of a step over all samples; afterwards the gradient is that of the sum. */
static double step(graft_fit_state *fit) {
    bool finite;
    fit->at.loss_sum = fit->at.weight_sum = 0;
    assert_ok(graft_fit_step(fit, 1, 0, &finite));
    assert_true(finite);
    return fit->at.loss_sum / fit->at.weight_sum + fit->penalty;
}

static void a_steps_gradient_is_the_derivative_of_loss_and_penalties(void **state) {
    (void)state;
    static const char *const words[] = {"l2-sp:alpha=2:beta=1", "delta:alpha=3", "bss:1000", "l2-sp:0.5 bss:300"};
    for (size_t w = 0; w < sizeof(words) / sizeof(*words); w++) {
        fixture f;
        graft_fit_state fit;
        begin(&f, words[w], 12);
        open_state(&f, &fit);
        const graft_parameters *p = fit.parameters;
        float gradient[4096];
        assert_true(p->count < 4096);
        step(&fit);
        assert_true(fit.penalty > 1e-2);
        memcpy(gradient, p->gradient, p->count * sizeof(*gradient));
        for (size_t i = 0; i < p->count; i += 3) {
            const float kept = p->value[i];
            p->value[i] = kept + 2e-3F;
            assert_ok(graft_train_plan_parameters_changed(f.plan));
            const double above = step(&fit);
            p->value[i] = kept - 2e-3F;
            assert_ok(graft_train_plan_parameters_changed(f.plan));
            const double below = step(&fit);
            p->value[i] = kept;
            assert_float_equal((above - below) / 4e-3, gradient[i], 3e-3 + 0.02 * fabs((double)gradient[i]));
        }
        graft_fit_state_clear(&fit);
        end(&f);
    }
}

static void delta_does_not_depend_on_micro_batches(void **state) {
    (void)state;
    double penalty[2];
    for (int i = 0; i < 2; i++) {
        fixture f;
        graft_fit_state fit;
        begin(&f, "delta", i ? 5 : 12); /* 5 + 5 + 2 */
        open_state(&f, &fit);
        step(&fit);
        penalty[i] = fit.penalty;
        graft_fit_state_clear(&fit);
        end(&f);
    }
    assert_float_equal(penalty[0], penalty[1], 1e-5 * penalty[0]);
}

static void delta_is_nothing_where_nothing_moved(void **state) {
    (void)state;
    fixture f;
    graft_fit_state fit;
    begin(&f, "delta:beta=0", 12);
    graft_graph_free(f.origin);
    f.origin = make_graph(1);
    f.options.origin = f.origin;
    open_state(&f, &fit);
    step(&fit);
    assert_float_equal(fit.penalty, 0, 1e-9);
    graft_fit_state_clear(&fit);
    end(&f);
}

/* How far the weights are from where the origin has them. */
static double distance_after(const char *words) {
    fixture f;
    graft_fit_result result;
    double squares = 0;
    begin(&f, words, 12);
    graft_graph_free(f.origin);
    f.origin = make_graph(1);
    f.options.origin = f.origin;
    f.options.rate = 0.05;
    f.options.epochs = 30;
    assert_ok(graft_fit_run(f.context, f.plan, f.graph, &samples, NULL, &f.options, false, &f.history, &result));
    const graft_parameters *p = graft_train_plan_parameters(f.plan);
    for (int i = 0; i < p->segment_count; i++) {
        const graft_parameter_segment *segment = &p->segments[i];
        const float *start =
            graft_tensor_f32(graft_node_param(graft_graph_node(f.origin, segment->node_index), segment->name)->value);
        for (size_t k = 0; k < segment->count; k++) {
            const double away = (double)p->value[segment->offset + k] - (double)start[k];
            squares += away * away;
        }
    }
    end(&f);
    return sqrt(squares);
}

static void l2_sp_keeps_weights_near_their_start(void **state) {
    (void)state;
    const double alone = distance_after(NULL), held = distance_after("l2-sp:5");
    assert_true(alone > 0.05);
    assert_true(held < 0.3 * alone);
}

static void taps_are_the_stages_ends_and_the_features(void **state) {
    (void)state;
    fixture f;
    begin(&f, "delta bss", 12);
    assert_int_equal(f.tap_count, 3);
    assert_string_equal(graft_graph_node(f.graph, f.taps[0])->op->name, "activation");
    assert_string_equal(graft_graph_node(f.graph, f.taps[1])->op->name, "activation");
    assert_string_equal(graft_graph_node(f.graph, f.taps[2])->op->name, "global_avgpool");
    end(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_by_values_are_derivatives),
        cmocka_unit_test(bss_adds_the_smallest_squared_singular_values),
        cmocka_unit_test(gradients_by_weights_are_derivatives),
        cmocka_unit_test(words_are_parsed),
        cmocka_unit_test(a_steps_gradient_is_the_derivative_of_loss_and_penalties),
        cmocka_unit_test(delta_does_not_depend_on_micro_batches),
        cmocka_unit_test(delta_is_nothing_where_nothing_moved),
        cmocka_unit_test(l2_sp_keeps_weights_near_their_start),
        cmocka_unit_test(taps_are_the_stages_ends_and_the_features),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
