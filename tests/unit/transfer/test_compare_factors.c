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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_size_has_the_overlap_of_its_own_training_sets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
