/* The training loop on a network of two dense layers and dropout. */
#include "support/support.h"

#include "base/alloc.h"
#include "nn/op.h"
#include "support/networks.h"
#include "train/fit.h"
#include "zoo/initialise.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { INPUTS = 6, CLASSES = 3, TRAIN = 44, VALIDATION = 15, BATCH = 8 };

/* Three clouds; labels go round. */
typedef struct cloud {
    graft_sample_source source;
    size_t first;
    size_t loads, fail_at;  /* loads so far; fails at that one, 0: never */
    graft_context *cancels; /* instead of failing, this context is asked to stop */
    uint32_t nan_epoch;     /* gives NaN from that epoch on; 0: never */
    bool shifted;           /* labels that have nothing to do with the inputs */
} cloud;

static graft_status load(void *self, int worker, uint32_t epoch, size_t sample, float *input, float *target) {
    cloud *c = self;
    (void)worker;
    if (__atomic_add_fetch(&c->loads, 1, __ATOMIC_SEQ_CST) == c->fail_at) {
        if (!c->cancels) return GRAFT_E_DATA;
        graft_context_cancel(c->cancels);
    }
    size_t id = c->first + sample, label = id % CLASSES;
    for (size_t i = 0; i < INPUTS; i++)
        input[i] = (float)(i % CLASSES == label) + 0.8f * sinf((float)(id * 7 + i * 13));
    if (c->nan_epoch && epoch >= c->nan_epoch) input[0] = NAN;
    memset(target, 0, CLASSES * sizeof(float));
    target[c->shifted ? (id / CLASSES) % CLASSES : label] = 1;
    return GRAFT_OK;
}

static cloud make_cloud(size_t first, size_t count) {
    return (cloud){.source = {.count = count, .load = load}, .first = first};
}

/* `norm`: with batch normalisation. */
static graft_graph *make_network(bool norm) {
    graft_graph *graph;
    const graft_input_attributes input = {.shape = {INPUTS}, .rank = 1};
    const graft_dense_attributes wide = {.units = 10, .bias = true}, top = {.units = CLASSES, .bias = true};
    const graft_activation_attributes relu = {.kind = GRAFT_ACT_RELU};
    const graft_dropout_attributes dropout = {.rate = 0.2};
    const graft_batchnorm_attributes batchnorm = {.epsilon = 1e-3, .scale = true, .center = true};
    int at;
    assert_ok(graft_graph_new("clouds", &graph));
    assert_ok(graft_graph_add(graph, "input", "in", &input, NULL, 0, &at));
    assert_ok(graft_graph_add(graph, "dense", "wide", &wide, &at, 1, &at));
    if (norm) assert_ok(graft_graph_add(graph, "batchnorm", "norm", &batchnorm, &at, 1, &at));
    assert_ok(graft_graph_add(graph, "activation", "relu", &relu, &at, 1, &at));
    assert_ok(graft_graph_add(graph, "dropout", "dropout", &dropout, &at, 1, &at));
    assert_ok(graft_graph_add(graph, "dense", "top", &top, &at, 1, &at));
    assert_ok(graft_graph_initialise(graph, GRAFT_INIT_GLOROT, 1));
    return graph;
}

static graft_graph *make_graph(void) {
    return make_network(false);
}

/* One fit from its beginning, with all it needs. */
typedef struct fixture {
    graft_context *context;
    graft_graph *graph;
    graft_recipe recipe;
    graft_fit_options options;
    graft_history history;
    graft_fit_result result;
    int micro;
    graft_batchnorm_mode batchnorm;
    cloud train, validation;
} fixture;

static void begin(fixture *f) {
    graft_context_options options = GRAFT_CONTEXT_OPTIONS_INIT;
    *f = (fixture){.micro = BATCH};
    options.threads = 1;
    options.no_cache = true;
    assert_ok(graft_context_new(&f->context, &options));
    f->graph = make_graph();
    assert_ok(graft_recipe_parse(&f->recipe, NULL, NULL, NULL));
    f->options = (graft_fit_options)GRAFT_FIT_OPTIONS_INIT;
    f->options.recipe = &f->recipe;
    f->options.phase = 1;
    f->options.epochs = 4;
    f->options.batch = BATCH;
    f->options.rate = 0.02;
    f->options.seed = 5;
    f->train = make_cloud(0, TRAIN);
    f->validation = make_cloud(TRAIN, VALIDATION);
}

static void end(fixture *f) {
    graft_history_clear(&f->history);
    graft_graph_free(f->graph);
    graft_context_free(f->context);
}

static graft_status try_run(fixture *f, bool resume) {
    graft_train_plan *plan;
    graft_train_plan_options options = GRAFT_TRAIN_PLAN_OPTIONS_INIT;
    options.batch = f->micro;
    options.batchnorm = f->batchnorm;
    options.seed = f->options.seed;
    f->train.source.self = &f->train;
    f->validation.source.self = &f->validation;
    assert_ok(graft_train_plan_new(f->context, f->graph, &options, &plan));
    graft_status status = graft_fit_run(f->context, plan, f->graph, &f->train.source, &f->validation.source,
                                        &f->options, resume, &f->history, &f->result);
    graft_train_plan_free(plan);
    return status;
}

static void run(fixture *f) {
    assert_ok(try_run(f, false));
}

static void assert_same_history(const graft_history *a, const graft_history *b) {
    assert_int_equal(a->count, b->count);
    assert_memory_equal(a->epochs, b->epochs, a->count * sizeof(*a->epochs));
}

static void training_learns(void **state) {
    (void)state;
    fixture f;
    begin(&f);
    f.options.epochs = 10;
    run(&f);
    assert_int_equal(f.history.count, 10);
    assert_true(f.history.epochs[9].loss < 0.7 * f.history.epochs[0].loss);
    assert_true(f.result.best_val_accuracy > 0.7);
    assert_int_equal(f.result.stop, GRAFT_STOP_FINISHED);
    assert_int_equal(f.result.steps, 10 * ((TRAIN + BATCH - 1) / BATCH));
    end(&f);
}

static void behaviour_24_equal_runs_are_equal_to_the_bit(void **state) {
    (void)state;
    fixture a, b;
    begin(&a);
    begin(&b);
    a.options.ema = b.options.ema = 0.9;
    run(&a);
    run(&b);
    assert_same_history(&a.history, &b.history);
    network_expect_same_weights(a.graph, b.graph);
    end(&a);
    end(&b);
}

/* Goes on, in a fresh process' stead, with what `part` was broken off doing, and compares with a run that was not. */
static void resume_and_compare(fixture *part, fixture *rest, const fixture *whole) {
    rest->options = part->options;
    rest->options.recipe = &rest->recipe;
    assert_ok(try_run(rest, true));
    assert_same_history(&whole->history, &rest->history);
    network_expect_same_weights(whole->graph, rest->graph);
    assert_int_equal(whole->result.best_epoch, rest->result.best_epoch);
}

/* Nothing is written when it happens. */
static void killed_at(size_t step) {
    fixture whole, part, rest;
    char *folder = test_folder();
    begin(&whole);
    begin(&part);
    begin(&rest);
    whole.options.ema = part.options.ema = 0.9;
    whole.options.clip = part.options.clip = 1;
    whole.options.warmup = part.options.warmup = 3;
    run(&whole);
    part.options.checkpoint_folder = folder;
    part.options.checkpoint_steps = 2;
    part.train.fail_at = step * BATCH;
    assert_int_equal(try_run(&part, false), GRAFT_E_DATA);
    resume_and_compare(&part, &rest, &whole);
    end(&whole);
    end(&part);
    end(&rest);
    test_folder_remove(folder);
}

static void behaviour_22_a_run_killed_at_any_step_resumes_to_the_bit(void **state) {
    (void)state;
    for (size_t step = 1; step <= 22; step += 3)
        killed_at(step);
}

/* ---- a cancel ---- */

/* A loss that asks a context to stop when it is computed for the `at`-th time, in training or validation: while a
 * micro-batch is computed, which nothing notices. */
static struct {
    graft_context *context;
    size_t seen, at; /* at 0: never */
    const graft_loss *loss;
} stopper;

static void evaluate_and_stop(const void *attributes, graft_loss_batch *batch) {
    if (++stopper.seen == stopper.at) graft_context_cancel(stopper.context);
    stopper.loss->evaluate(attributes, batch);
}

/* Two epochs, two micro-batches a step, moving statistics that follow each. */
static void begin_normed(fixture *f, graft_loss *loss) {
    begin(f);
    graft_graph_free(f->graph);
    f->graph = make_network(true);
    f->batchnorm = GRAFT_BATCHNORM_TRAIN;
    f->micro = BATCH / 2;
    f->options.epochs = 2;
    f->options.ema = 0.9;
    f->options.clip = 1;
    f->options.warmup = 3;
    stopper.loss = f->recipe.loss;
    *loss = *f->recipe.loss;
    loss->evaluate = evaluate_and_stop;
    f->recipe.loss = loss;
}

/* Cancels at a load of a training sample, of one of validation or at a computation of the loss (0: not there). */
static void cancelled_at(const fixture *whole, size_t train, size_t validation, size_t evaluation) {
    fixture part, rest;
    graft_loss losses[2];
    char *folder = test_folder();
    begin_normed(&part, &losses[0]);
    begin_normed(&rest, &losses[1]);
    part.options.checkpoint_folder = folder;
    part.train.fail_at = train;
    part.validation.fail_at = validation;
    part.train.cancels = part.validation.cancels = stopper.context = part.context;
    stopper.seen = 0;
    stopper.at = evaluation;
    const graft_status status = try_run(&part, false);
    if (status != GRAFT_OK) { /* else it had ended before it could be noticed */
        assert_int_equal(status, GRAFT_E_CANCELLED);
        stopper.at = 0;
        resume_and_compare(&part, &rest, whole);
    } else {
        assert_same_history(&whole->history, &part.history);
        network_expect_same_weights(whole->graph, part.graph);
    }
    /* No more was lost than the step that was broken off. */
    assert_in_range(part.train.loads + rest.train.loads, whole->train.loads, whole->train.loads + BATCH);
    end(&part);
    end(&rest);
    test_folder_remove(folder);
}

static void behaviour_22_a_run_cancelled_at_any_place_loses_nothing_and_resumes_to_the_bit(void **state) {
    (void)state;
    fixture whole;
    graft_loss loss;
    stopper.seen = stopper.at = 0;
    begin_normed(&whole, &loss);
    run(&whole);
    const size_t evaluations = stopper.seen;
    assert_int_equal(whole.train.loads, 2 * TRAIN);
    assert_int_equal(whole.validation.loads, 2 * VALIDATION);
    for (size_t load = 1; load <= whole.train.loads; load += 3)
        cancelled_at(&whole, load, 0, 0);
    for (size_t load = 1; load <= whole.validation.loads; load += 3)
        cancelled_at(&whole, 0, load, 0);
    for (size_t evaluation = 1; evaluation <= evaluations; evaluation++)
        cancelled_at(&whole, 0, 0, evaluation);
    end(&whole);
}

static void behaviour_22_another_runs_checkpoint_is_refused(void **state) {
    (void)state;
    fixture f;
    char *folder = test_folder();
    begin(&f);
    f.options.checkpoint_folder = folder;
    run(&f);
    end(&f);
    begin(&f);
    f.options.checkpoint_folder = folder;
    f.options.rate = 0.01;
    assert_fails(GRAFT_E_DATA, "other options;", try_run(&f, true));
    end(&f);
    begin(&f);
    f.options.checkpoint_folder = folder;
    f.options.identity.part[GRAFT_IDENTITY_PREPROCESSING] = 1;
    assert_fails(GRAFT_E_DATA, "other preprocessing;", try_run(&f, true));
    end(&f);
    begin(&f);
    f.options.checkpoint_folder = folder;
    f.micro = 3;
    assert_fails(GRAFT_E_DATA, "in parts of 8, this run's would in parts of 3", try_run(&f, true));
    end(&f);
    test_folder_remove(folder);
}

static void micro_batches_add_up_to_the_batch(void **state) {
    (void)state;
    fixture whole, parts;
    begin(&whole);
    begin(&parts);
    parts.micro = 3;
    run(&whole);
    run(&parts);
    for (size_t i = 0; i < whole.history.count; i++) {
        assert_float_equal(whole.history.epochs[i].loss, parts.history.epochs[i].loss, 1e-4);
        assert_float_equal(whole.history.epochs[i].val_loss, parts.history.epochs[i].val_loss, 1e-4);
    }
    end(&whole);
    end(&parts);
}

static void a_loss_that_is_not_finite_stops_and_keeps_the_last_good_weights(void **state) {
    (void)state;
    fixture good, bad;
    begin(&good);
    begin(&bad);
    bad.train.nan_epoch = 3;
    good.options.epochs = 2;
    good.options.steps_total = 4 * ((TRAIN + BATCH - 1) / BATCH);
    bad.options.steps_total = good.options.steps_total;
    run(&good);
    run(&bad);
    assert_int_equal(bad.result.stop, GRAFT_STOP_NAN);
    assert_same_history(&good.history, &bad.history);
    network_expect_same_weights(good.graph, bad.graph);
    end(&good);
    end(&bad);
}

/* A rate that is multiplied in the last step of the third epoch. */
static double explosion;

static double explode(const void *attributes, const graft_position *position) {
    (void)attributes;
    return position->step + 1 == 3 * position->steps_per_epoch ? explosion : 1;
}

/* Two epochs, and more of which the third ends in an explosion, after its last finite loss. */
static void explodes(graft_monitor monitor, bool keep_last, bool validated, uint32_t epochs, graft_stop stop) {
    static const graft_schedule exploding = {.name = "exploding", .factor = explode};
    fixture good, bad;
    begin(&good);
    begin(&bad);
    good.recipe.schedule = bad.recipe.schedule = &exploding;
    good.options.monitor = bad.options.monitor = monitor;
    good.options.keep_last = bad.options.keep_last = keep_last;
    if (!validated) good.validation.source.count = bad.validation.source.count = 0;
    good.options.epochs = 2;
    bad.options.epochs = epochs;
    run(&good);
    run(&bad);
    assert_int_equal(bad.result.stop, stop);
    assert_int_equal(bad.result.best_epoch, good.result.best_epoch);
    assert_memory_equal(good.history.epochs, bad.history.epochs, good.history.count * sizeof(*good.history.epochs));
    network_expect_same_weights(good.graph, bad.graph);
    end(&good);
    end(&bad);
}

static void weights_of_an_epoch_that_ends_in_an_explosion_are_not_kept(void **state) {
    (void)state;
    explosion = 1e300; /* weights that are no numbers */
    for (uint32_t epochs = 3; epochs <= 4; epochs++)
        for (int monitor = GRAFT_MONITOR_VAL_ACC; monitor <= GRAFT_MONITOR_LOSS; monitor++) {
            explodes((graft_monitor)monitor, false, true, epochs, GRAFT_STOP_NAN);
            explodes((graft_monitor)monitor, true, true, epochs, GRAFT_STOP_NAN);
            explodes((graft_monitor)monitor, false, false, epochs, GRAFT_STOP_NAN);
        }
    explosion = 1e32; /* weights that are, of which come outputs that are none */
    for (int monitor = GRAFT_MONITOR_VAL_ACC; monitor <= GRAFT_MONITOR_VAL_LOSS; monitor++) {
        explodes((graft_monitor)monitor, false, true, 3, GRAFT_STOP_FINISHED);
        explodes((graft_monitor)monitor, false, true, 4, GRAFT_STOP_NAN);
        explodes((graft_monitor)monitor, true, true, 4, GRAFT_STOP_NAN);
    }
}

static void behaviour_07_training_below_the_baseline_ends(void **state) {
    (void)state;
    fixture f;
    begin(&f);
    f.options.epochs = 20;
    f.train.shifted = true; /* what it learns is wrong for validation */
    f.options.baseline = 0.95;
    f.options.guard_patience = 3;
    run(&f);
    assert_int_equal(f.result.stop, GRAFT_STOP_NEGATIVE);
    assert_int_equal(f.history.count, 3);
    end(&f);
}

/* Neither phase alone is long enough to tell. */
static void behaviour_07_the_guard_counts_over_phases_and_after_the_last_epoch(void **state) {
    (void)state;
    fixture f;
    begin(&f);
    f.train.shifted = true;
    f.options.baseline = 0.95;
    f.options.epochs = 2;
    run(&f);
    assert_int_equal(f.result.stop, GRAFT_STOP_FINISHED);
    f.options.phase = 2;
    f.options.epochs = 1;
    run(&f);
    assert_int_equal(f.result.stop, GRAFT_STOP_NEGATIVE);
    assert_int_equal(f.history.count, 3);
    end(&f);
}

/* What is kept scores as the best epoch of the history did. */
static void assert_best_is_kept(fixture *f) {
    graft_train_plan *plan;
    graft_train_plan_options options = GRAFT_TRAIN_PLAN_OPTIONS_INIT;
    graft_score score;
    double best = 0;
    for (size_t i = 0; i < f->history.count; i++)
        best = fmax(best, f->history.epochs[i].val_accuracy);
    options.batch = BATCH;
    assert_ok(graft_train_plan_new(f->context, f->graph, &options, &plan));
    assert_ok(graft_fit_score(f->context, plan, &f->validation.source, &f->recipe, NULL, &score));
    assert_true(score.accuracy == best);
    graft_train_plan_free(plan);
}

static void behaviour_23_the_best_weights_are_kept(void **state) {
    (void)state;
    fixture f;
    begin(&f);
    f.options.epochs = 12;
    f.options.rate = 0.2; /* jumps about */
    run(&f);
    assert_best_is_kept(&f);
    end(&f);
}

/* The second phase ruins what the first has learnt: what it learns is wrong for validation. */
static void begin_ruin(fixture *f) {
    f->options.phase = 2;
    f->options.epochs = 3;
    f->options.rate = 0.2;
    f->train.shifted = true;
}

static void behaviour_23_a_worse_phase_does_not_replace_the_best_weights(void **state) {
    (void)state;
    fixture good, both;
    begin(&good);
    begin(&both);
    good.options.epochs = both.options.epochs = 8;
    run(&good);
    run(&both);
    begin_ruin(&both);
    run(&both);
    assert_int_equal(both.history.count, 11);
    for (size_t i = 8; i < 11; i++)
        assert_true(both.history.epochs[i].val_accuracy < good.result.best_val_accuracy);
    assert_int_equal(both.result.best_epoch, good.result.best_epoch);
    assert_true(both.result.best_val_accuracy == good.result.best_val_accuracy);
    network_expect_same_weights(good.graph, both.graph);
    assert_best_is_kept(&both);
    end(&good);
    end(&both);
}

static void behaviour_22_the_best_of_an_earlier_phase_survives_a_resume(void **state) {
    (void)state;
    fixture good, part, rest;
    char *folder = test_folder();
    begin(&good);
    begin(&part);
    begin(&rest);
    good.options.epochs = part.options.epochs = 8;
    good.options.ema = part.options.ema = rest.options.ema = 0.5;
    run(&good);
    run(&part);
    begin_ruin(&part);
    begin_ruin(&rest);
    part.options.checkpoint_folder = rest.options.checkpoint_folder = folder;
    part.train.fail_at = part.train.loads + TRAIN + 20; /* in its second epoch */
    part.train.cancels = part.context;
    assert_int_equal(try_run(&part, false), GRAFT_E_CANCELLED);
    assert_int_equal(part.history.count, 9);
    assert_ok(try_run(&rest, true));
    assert_int_equal(rest.history.count, 11);
    assert_int_equal(rest.result.best_epoch, good.result.best_epoch);
    network_expect_same_weights(good.graph, rest.graph);
    end(&good);
    end(&part);
    end(&rest);
    test_folder_remove(folder);
}

/* Makes the budget too small at the end of that epoch, whatever the machine's speed. */
typedef struct budget {
    graft_fit_options *options;
    uint32_t epoch;
} budget;

static void spend(void *user, const graft_epoch *epoch, double seconds) {
    budget *b = user;
    (void)seconds;
    if (epoch->epoch == b->epoch) b->options->seconds = 1e-9;
}

static void a_spent_budget_ends_training_with_the_best_weights(void **state) {
    (void)state;
    fixture whole, part;
    begin(&whole);
    begin(&part);
    budget b = {&part.options, 6};
    whole.options.rate = part.options.rate = 0.2; /* jumps about */
    whole.options.steps_total = part.options.steps_total = 100;
    whole.options.epochs = 6;
    part.options.epochs = 60;
    part.options.seconds = 3600;
    part.options.on_epoch = spend;
    part.options.user = &b;
    run(&whole);
    run(&part);
    assert_int_equal(part.result.stop, GRAFT_STOP_TIME);
    assert_same_history(&whole.history, &part.history);
    assert_int_equal(part.result.best_epoch, whole.result.best_epoch);
    assert_true(part.result.best_epoch < 6); /* else it would prove nothing */
    network_expect_same_weights(whole.graph, part.graph);
    end(&whole);
    end(&part);
}

static void a_budget_that_is_spent_before_it_begins_changes_nothing(void **state) {
    (void)state;
    fixture f;
    begin(&f);
    f.options.seconds = 1e-9;
    run(&f);
    assert_int_equal(f.result.stop, GRAFT_STOP_TIME);
    assert_int_equal(f.history.count, 0);
    assert_int_equal(f.result.best_epoch, 0);
    graft_graph *untouched = make_graph();
    network_expect_same_weights(f.graph, untouched);
    graft_graph_free(untouched);
    end(&f);
}

static void early_stopping_waits_for_its_patience(void **state) {
    (void)state;
    fixture f;
    begin(&f);
    f.options.epochs = 60;
    f.options.rate = 1e-9; /* nothing improves */
    f.options.patience = 4;
    run(&f);
    assert_int_equal(f.result.stop, GRAFT_STOP_EARLY);
    assert_int_equal(f.history.count, 5);
    end(&f);
}

static void the_average_of_weights_is_what_validation_sees(void **state) {
    (void)state;
    fixture plain, averaged;
    begin(&plain);
    begin(&averaged);
    averaged.options.ema = 0.999; /* stays almost where it began */
    run(&plain);
    run(&averaged);
    assert_true(plain.history.epochs[0].loss == averaged.history.epochs[0].loss);
    assert_true(fabs(plain.history.epochs[3].val_loss - averaged.history.epochs[3].val_loss) > 1e-3);
    end(&plain);
    end(&averaged);
}

static size_t resident_pages(void) {
    long total = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file) {
        if (fscanf(file, "%ld %ld", &total, &resident) != 2) resident = 0;
        fclose(file);
    }
    return (size_t)resident;
}

typedef struct watch {
    size_t epoch, early, late;
} watch;

static void look(void *user, const graft_epoch *epoch, double seconds) {
    watch *w = user;
    (void)seconds;
    if (epoch->epoch == 5) w->early = resident_pages();
    if (epoch->epoch == 50) w->late = resident_pages();
}

static void behaviour_25_memory_stays_over_50_epochs(void **state) {
    (void)state;
    fixture f;
    watch w = {0};
    char *folder = test_folder();
    begin(&f);
    f.options.epochs = 50;
    f.options.checkpoint_folder = folder;
    f.options.on_epoch = look;
    f.options.user = &w;
    run(&f);
    assert_true(w.early > 0 && w.late > 0);
#ifndef __SANITIZE_ADDRESS__ /* it keeps what was freed for a while */
    /* Half a MiB for the allocator's moods. */
    assert_true(w.late <= w.early + 128);
#endif
    end(&f);
    test_folder_remove(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(training_learns),
        cmocka_unit_test(behaviour_24_equal_runs_are_equal_to_the_bit),
        cmocka_unit_test(behaviour_22_a_run_killed_at_any_step_resumes_to_the_bit),
        cmocka_unit_test(behaviour_22_a_run_cancelled_at_any_place_loses_nothing_and_resumes_to_the_bit),
        cmocka_unit_test(behaviour_22_another_runs_checkpoint_is_refused),
        cmocka_unit_test(micro_batches_add_up_to_the_batch),
        cmocka_unit_test(a_loss_that_is_not_finite_stops_and_keeps_the_last_good_weights),
        cmocka_unit_test(weights_of_an_epoch_that_ends_in_an_explosion_are_not_kept),
        cmocka_unit_test(behaviour_07_training_below_the_baseline_ends),
        cmocka_unit_test(behaviour_07_the_guard_counts_over_phases_and_after_the_last_epoch),
        cmocka_unit_test(behaviour_23_the_best_weights_are_kept),
        cmocka_unit_test(behaviour_23_a_worse_phase_does_not_replace_the_best_weights),
        cmocka_unit_test(behaviour_22_the_best_of_an_earlier_phase_survives_a_resume),
        cmocka_unit_test(a_spent_budget_ends_training_with_the_best_weights),
        cmocka_unit_test(a_budget_that_is_spent_before_it_begins_changes_nothing),
        cmocka_unit_test(early_stopping_waits_for_its_patience),
        cmocka_unit_test(the_average_of_weights_is_what_validation_sees),
        cmocka_unit_test(behaviour_25_memory_stays_over_50_epochs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
