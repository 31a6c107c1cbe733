/* What --memory chooses: the micro-batch, and what is computed again rather than kept. */
#include "support/support.h"

#include "support/networks.h"
#include "transfer/tune-internal.h"

#include <string.h>

enum { BATCH = 8 };

typedef struct fixture {
    graft_graph *graph; /* light convolutions with normalisation between */
} fixture;

static int setup(void **state) {
    static fixture f;
    f.graph = network_mobilenet_v2(64, 0.35);
    *state = &f;
    return 0;
}

static int teardown(void **state) {
    const fixture *f = *state;
    graft_graph_free(f->graph);
    return 0;
}

typedef struct choice {
    graft_status status;
    size_t micro;
    graft_recompute recompute;
    uint64_t bytes;
} choice;

/* What is chosen below `limit` bytes. */
static choice choose(fixture *f, graft_batchnorm_mode mode, uint64_t limit) {
    graft_context_options context_options = GRAFT_CONTEXT_OPTIONS_INIT;
    graft_train_plan_options options = GRAFT_TRAIN_PLAN_OPTIONS_INIT;
    const graft_tune_options asked = GRAFT_TUNE_OPTIONS_INIT;
    graft_tune_phase phase = {.suffix = f->graph};
    graft_context *context;
    context_options.threads = 1;
    context_options.memory_limit_bytes = limit;
    assert_ok(graft_context_new(&context, &context_options));
    graft_tuning tuning = {
        .context = context, .options = &asked, .network = {.graph = f->graph}, .batch = BATCH, .train_count = 100};
    assert_ok(graft_recipe_parse(&tuning.recipe, NULL, NULL, NULL));
    options.batchnorm = mode;
    choice out = {.status = graft_tune_fit_memory(&tuning, &phase, &options)};
    out.micro = phase.micro;
    out.recompute = options.recompute;
    out.bytes = phase.bytes;
    assert_int_equal(options.batch, phase.micro);
    graft_context_free(context);
    return out;
}

static void assert_chosen(choice c, size_t micro, graft_recompute recompute) {
    assert_int_equal(c.status, GRAFT_OK);
    assert_int_equal(c.micro, micro);
    assert_int_equal(c.recompute, recompute);
}

static const uint64_t plenty = UINT64_C(1) << 40;

static void what_fits_is_kept(void **state) {
    for (int mode = GRAFT_BATCHNORM_FROZEN; mode <= GRAFT_BATCHNORM_TRAIN; mode++)
        assert_chosen(choose(*state, (graft_batchnorm_mode)mode, plenty), BATCH, GRAFT_RECOMPUTE_CHEAP);
}

/* Statistics of smaller parts would be others: convolutions are computed again before the batch is divided. */
static void batches_that_are_followed_are_divided_last(void **state) {
    const choice all = choose(*state, GRAFT_BATCHNORM_TRAIN, plenty);
    const choice light = choose(*state, GRAFT_BATCHNORM_TRAIN, all.bytes - 1);
    assert_chosen(light, BATCH, GRAFT_RECOMPUTE_CONVOLUTIONS);
    assert_true(light.bytes < all.bytes);
    const choice half = choose(*state, GRAFT_BATCHNORM_TRAIN, light.bytes - 1);
    assert_int_equal(half.status, GRAFT_OK);
    assert_true(half.micro < BATCH && half.bytes < light.bytes);
}

/* Elsewhere a smaller part gives the same numbers for less work. */
static void batches_that_are_not_followed_are_divided_first(void **state) {
    static const graft_batchnorm_mode modes[] = {GRAFT_BATCHNORM_FROZEN, GRAFT_BATCHNORM_STATS};
    for (size_t k = 0; k < 2; k++) {
        choice c = choose(*state, modes[k], plenty);
        while (c.micro > 1) {
            const size_t before = c.micro;
            c = choose(*state, modes[k], c.bytes - 1);
            assert_int_equal(c.status, GRAFT_OK);
            assert_true(c.micro < before);
            assert_int_equal(c.recompute, GRAFT_RECOMPUTE_CHEAP);
        }
        /* One sample at a time is all that dividing gives. */
        const choice last = choose(*state, modes[k], c.bytes - 1);
        assert_chosen(last, 1, GRAFT_RECOMPUTE_CONVOLUTIONS);
        assert_int_equal(choose(*state, modes[k], last.bytes - 1).status, GRAFT_E_USAGE);
        assert_non_null(strstr(graft_error_text(), "even for one picture at a time"));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_fits_is_kept),
        cmocka_unit_test(batches_that_are_followed_are_divided_last),
        cmocka_unit_test(batches_that_are_not_followed_are_divided_first),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
