/* What differences between folds come to, by hand. */
#include "support/support.h"

#include "transfer/compare-internal.h"

#include <math.h>

static const double t4 = 2.776445105;         /* 95 % within, four degrees of freedom */
static const double deviation = 0.0158113883; /* of the differences below */

/* 5000 samples in five folds, at a size of 1000 training samples and with all 4000. */
static void every_size_has_the_overlap_of_its_own_training_sets(void **state) {
    (void)state;
    static const double with[] = {0.50, 0.51, 0.52, 0.53, 0.54, 0.70, 0.71, 0.72, 0.73, 0.74};
    static const double without[] = {0.5, 0.5, 0.5, 0.5, 0.5, 0.6, 0.6, 0.6, 0.6, 0.6}, doublings[] = {1, 3};
    const graft_study study = {.folds = 5, .sizes = 2, .train = {1000, 4000}, .raw = {.count = 5000}};
    graft_compare_curves curves = {
        .with = with, .without = without, .x = doublings, .points = 2, .slope_points = 2, .of_sizes = true};
    graft_compare_factors got;
    graft_compare_factors_of(&study, &curves, &got);
    assert_float_equal(got.start.value, 0.02, 1e-9);
    assert_float_equal(got.start.interval95[1] - 0.02, t4 * deviation * sqrt(1.0 / 5 + 1), 1e-7);
    assert_float_equal(got.asymptote.value, 0.12, 1e-9);
    assert_float_equal(got.asymptote.interval95[1] - 0.12, t4 * deviation * sqrt(1.0 / 5 + 1.0 / 4), 1e-7);
    assert_float_equal(got.slope.value, 0.05, 1e-9);
    /* Epochs are all with the whole training set. */
    curves.of_sizes = false;
    graft_compare_factors_of(&study, &curves, &got);
    assert_float_equal(got.start.interval95[1] - 0.02, t4 * deviation * sqrt(1.0 / 5 + 1.0 / 4), 1e-7);
}

enum { DRAWS = 3, HELD = 60 };

/* Of six held-out samples, ten times, which ones three draws have right. */
static const int right_with[DRAWS][6] = {{1, 1, 1, 1, 0, 0}, {1, 1, 1, 0, 1, 0}, {1, 1, 1, 1, 1, 0}};
static const int right_without[DRAWS][6] = {{1, 0, 0, 0, 0, 0}, {1, 1, 0, 0, 0, 0}, {1, 0, 0, 0, 1, 0}};

static void count_draws(const int right[DRAWS][6], double *accuracy, unsigned char *hits) {
    for (size_t d = 0; d < DRAWS; d++) {
        accuracy[d] = 0;
        for (size_t i = 0; i < HELD; i++) {
            accuracy[d] += right[d][i % 6] / (double)HELD;
            hits[i] = (unsigned char)(hits[i] + right[d][i % 6]);
        }
    }
}

/* numpy 1.24, scipy 1.10: s^2/3 of the draws plus the variance over the sixty samples of their mean over draws, by 60;
 * t with Satterthwaite's 5.98 degrees of freedom, and 5.65 of the one arm, both cut to 5. */
static void draws_are_unsure_by_what_they_test_with_too(void **state) {
    (void)state;
    const graft_study study = {.folds = DRAWS, .sizes = 1, .drawn = true, .held = HELD, .train = {6}};
    double with[DRAWS], without[DRAWS], mean, interval[2];
    unsigned char with_hits[HELD] = {0}, without_hits[HELD] = {0};
    graft_compare_factors got;
    count_draws(right_with, with, with_hits);
    count_draws(right_without, without, without_hits);
    graft_compare_factors_of(
        &study,
        &(graft_compare_curves){
            .with = with, .without = without, .with_hits = with_hits, .without_hits = without_hits, .points = 1},
        &got);
    assert_float_equal(got.asymptote.value, 0.444444444, 1e-8);
    assert_float_equal(got.asymptote.interval95[0], 0.255753292, 1e-7);
    assert_float_equal(got.asymptote.interval95[1], 0.633135596, 1e-7);
    assert_float_equal(got.asymptote.p, 0.00177250764, 1e-8);
    graft_compare_interval(&study, 0, with, with_hits, &mean, interval);
    assert_float_equal(mean, 0.722222222, 1e-8);
    assert_float_equal(interval[0], 0.536299306, 1e-7);
    assert_float_equal(interval[1], 0.908145139, 1e-7);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws_are_unsure_by_what_they_test_with_too),
        cmocka_unit_test(every_size_has_the_overlap_of_its_own_training_sets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
