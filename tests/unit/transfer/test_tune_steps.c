/* Steps of training over cached boundaries and over pictures, one by one: what they take from the allocator. */
#include "support/support.h"

#include "base/alloc.h"
#include "data/dataset.h"
#include "support/tiny-fixture.h"
#include "train/fit-internal.h"
#include "transfer/tune-internal.h"

#include <stdlib.h>
#include <string.h>

enum { EPOCHS = 3 };

/* ---- a phase of fine-tuning, without the run around it ---- */

typedef struct fixture {
    tiny_fixture tiny;
    graft_dataset *data;
} fixture;

static int setup_with(void **state, int threads) {
    fixture *f = *state = tiny_fixture_new(sizeof(*f), 20);
    tiny_fixture_open(&f->tiny, threads);
    assert_ok(graft_dataset_open(&f->data, f->tiny.context, f->tiny.pictures, NULL));
    assert_ok(graft_dataset_check(f->data));
    return 0;
}

static int setup(void **state) {
    return setup_with(state, 2);
}

static int setup_alone(void **state) {
    return setup_with(state, 1);
}

static int teardown(void **state) {
    fixture *f = *state;
    graft_dataset_free(f->data);
    tiny_fixture_free(&f->tiny);
    return 0;
}

/* Allocations in all steps of EPOCHS epochs but the first step, and from epoch `from` on. */
static size_t count_in_steps(graft_fit_state *state, uint32_t from) {
    size_t counted = 0;
    for (uint32_t epoch = 1; epoch <= EPOCHS; epoch++) {
        graft_sampler_shuffle(&state->sampler, epoch);
        for (size_t begin = 0; begin < state->sampler.count; begin += state->options->batch) {
            const size_t before = test_allocations();
            bool finite;
            assert_ok(graft_fit_step(state, epoch, begin, &finite));
            assert_true(finite);
            if (state->at.step > 1 && epoch >= from) counted += test_allocations() - before;
        }
    }
    assert_true(state->at.step >= 2 * EPOCHS);
    return counted;
}

static size_t count_in_phase(graft_tuning *tuning, uint32_t from) {
    graft_tune_phase phase;
    graft_fit_options options;
    assert_ok(graft_tune_phase_open(tuning, &tuning->specs[tuning->spec_count - 1], &phase));
    graft_tune_phase_options(tuning, &phase, &options);
    graft_fit_state state = {.context = tuning->context,
                             .plan = phase.plan,
                             .graph = phase.suffix,
                             .source = &phase.train.source,
                             .options = &options,
                             .history = &tuning->history};
    assert_ok(graft_fit_state_init(&state, false));
    const size_t counted = count_in_steps(&state, from);
    graft_fit_state_clear(&state);
    graft_tune_phase_close(&phase);
    return counted;
}

static size_t count(fixture *f, const char *what, const char *augment, uint32_t epoch) {
    graft_tune_options options = ((graft_train_options)GRAFT_TRAIN_OPTIONS_INIT).tune;
    graft_tuning tuning = {0};
    graft_tune_network network;
    int from;
    options.fine_tune = what;
    options.batch = 8;
    options.augment = augment;
    assert_ok(graft_tune_network_new(f->tiny.backbone->graph,
                                     graft_tune_network_place(f->tiny.backbone->graph, "gap dense"),
                                     "gap dropout:0.2 dense", 3, 0, &network));
    assert_ok(graft_tuning_init(&tuning, f->tiny.context, f->data, &f->tiny.backbone->spec, &options, 0, &network));
    assert_ok(graft_freeze_fine_tune(tuning.network.graph, tuning.network.head, "fine-tune", what, &from));
    assert_ok(graft_tuning_schedule(&tuning, from));
    const size_t counted = count_in_phase(&tuning, epoch);
    graft_tuning_clear(&tuning);
    return counted;
}

static void a_step_over_the_cache_allocates_nothing(void **state) {
    test_count_allocations(true);
    const size_t plain = count(*state, "last:1", NULL, 1), views = count(*state, "last:1", "flip", 1);
    test_count_allocations(false);
    assert_true(test_allocations() > 100); /* the hook was there */
    assert_int_equal(plain, 0);
    assert_int_equal(views, 0);
}

/* A worker's memory for a file grows with the largest that it has met, and the only worker has met all after an
 * epoch. (Augmented views take a copy of a picture for a warp or a blur on top.) */
static void a_step_over_pictures_allocates_for_larger_files_alone(void **state) {
    test_count_allocations(true);
    const size_t plain = count(*state, "all", NULL, 2);
    test_count_allocations(false);
    assert_int_equal(plain, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_step_over_the_cache_allocates_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_step_over_pictures_allocates_for_larger_files_alone, setup_alone, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
