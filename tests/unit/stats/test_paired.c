/* Tests of paired differences and of dependence, held to independent figures. */
#include "support/support.h"

#include "base/rng.h"
#include "stats/dependence.h"
#include "stats/student.h"

#include <math.h>

/* scipy 1.10: 2 * scipy.stats.t.sf(t, degrees) */
static void tails_equal_scipy(void **state) {
    (void)state;
    assert_float_equal(graft_student_tail(2.776445105, 4), 0.05, 1e-9);
    assert_float_equal(graft_student_tail(-2.262157163, 9), 0.05, 1e-9);
    assert_float_equal(graft_student_tail(1, 1), 0.5, 1e-12);
    assert_float_equal(graft_student_tail(0, 7), 1, 1e-12);
    assert_true(graft_student_tail(1e6, 500) > 0);
}

/* By hand: mean 0.02, deviation 0.0158113883; error = deviation * sqrt(1/5 + 1/4) = 0.010606602; t = 1.885618083. */
static void paired_differences_are_corrected_for_overlap(void **state) {
    (void)state;
    const double difference[] = {0.00, 0.01, 0.02, 0.03, 0.04};
    const graft_paired got =
        graft_paired_test(difference, 5, &(graft_error_terms){.test_to_train = 0.25, .least = 1e-3});
    assert_float_equal(got.mean, 0.02, 1e-12);
    assert_float_equal(got.interval[0], 0.02 - 2.776445105 * 0.010606602, 1e-8);
    assert_float_equal(got.interval[1], 0.02 + 2.776445105 * 0.010606602, 1e-8);
    assert_float_equal(got.p, graft_student_tail(1.885618083, 4), 1e-8);
}

static graft_paired test_least(const double *difference, size_t count, double least) {
    return graft_paired_test(difference, count, &(graft_error_terms){.test_to_train = 0.5, .least = least});
}

/* Equal folds are as sure as their samples and no surer. Wilson's interval of 20 of 200 is 0.0656704
 * to 0.1494058; without a sample of 200 it ends at 3.8414588 / 203.8414588. */
static void equal_differences_are_no_surer_than_their_samples(void **state) {
    (void)state;
    const double some[] = {0.1, 0.1, 0.1}, none[] = {0, 0, 0}, all[] = {1, 1, 1}, t2 = 4.302652730, z = 1.959963985;
    assert_float_equal(graft_least_error(0.1, 200), 0.0494058 / z, 1e-7);
    assert_float_equal(graft_least_error(0, 200), 0.0188453 / z, 1e-7);
    assert_float_equal(graft_least_error(1, 200), 0.0188453 / z, 1e-7);
    graft_paired got = test_least(some, 3, graft_least_error(0.1, 200));
    assert_float_equal(got.interval[0], 0.1 - t2 * 0.0494058 / z, 1e-6);
    assert_float_equal(got.interval[1], 0.1 + t2 * 0.0494058 / z, 1e-6);
    assert_float_equal(got.p, graft_student_tail(0.1 * z / 0.0494058, 2), 1e-6);
    got = test_least(none, 3, graft_least_error(0, 200));
    assert_true(got.p == 1);
    assert_float_equal(got.interval[1], t2 * 0.0188453 / z, 1e-6);
    got = test_least(all, 3, graft_least_error(1, 200));
    assert_true(got.p > 0 && got.p < 0.001);
    /* Two folds of four samples each prove nothing. */
    assert_true(test_least(some, 2, graft_least_error(0.1, 8)).p > 0.5);
}

static void folds_that_are_all_right_are_no_certainty(void **state) {
    (void)state;
    double interval[2];
    graft_crossval_interval(1, 0, 5, 0.25, 200, interval);
    assert_float_equal(interval[0], 1 - 2.776445105 * 0.0188453 / 1.959963985, 1e-6);
    assert_true(interval[1] == 1);
}

enum { ROWS = 80, WIDTH = 3 };

static void fill(float *a, float *b, bool together, uint64_t seed) {
    graft_rng rng = graft_rng_make(seed, GRAFT_RNG_TEST, 0, 0);
    for (size_t i = 0; i < (size_t)ROWS * WIDTH; i++)
        a[i] = (float)graft_rng_normal(&rng);
    for (size_t i = 0; i < ROWS; i++)
        for (size_t k = 0; k < 2; k++) {
            const double own = (double)a[i * WIDTH + k];
            b[i * 2 + k] = (float)(together ? own * own + 0.3 * graft_rng_normal(&rng) : graft_rng_normal(&rng));
        }
}

static void dependence_is_seen_where_correlation_is_not(void **state) {
    (void)state;
    float a[ROWS * WIDTH], b[ROWS * 2];
    graft_dependence got;
    fill(a, b, true, 3);
    assert_ok(graft_dependence_test(a, WIDTH, b, 2, ROWS, 199, 0, &got));
    assert_float_equal(got.p, 1.0 / 200, 1e-12);
    /* Without dependence p is spread evenly: about one in ten below a tenth. */
    size_t below = 0;
    for (uint64_t seed = 0; seed < 40; seed++) {
        fill(a, b, false, seed);
        assert_ok(graft_dependence_test(a, WIDTH, b, 2, ROWS, 49, seed, &got));
        below += got.p <= 0.1;
    }
    assert_in_range(below, 1, 9);
    assert_ok(graft_dependence_test(a, WIDTH, a, WIDTH, ROWS, 19, 0, &got));
    assert_float_equal(got.correlation, 1, 1e-9);
}

/* numpy 1.24.2, from the definition: U-centred distances of standardized columns. */
static void the_correlation_equals_its_definition(void **state) {
    (void)state;
    const float a[] = {0, 1, 2, 0, 3, 5, 1, 1, 4, 2, 6, 3}, b[] = {1, 3, 2, 5, 4, 9};
    graft_dependence got;
    assert_ok(graft_dependence_test(a, 2, b, 1, 6, 9, 0, &got));
    assert_float_equal(got.correlation, -0.286439540, 1e-6);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tails_equal_scipy),
        cmocka_unit_test(paired_differences_are_corrected_for_overlap),
        cmocka_unit_test(equal_differences_are_no_surer_than_their_samples),
        cmocka_unit_test(folds_that_are_all_right_are_no_certainty),
        cmocka_unit_test(the_correlation_equals_its_definition),
        cmocka_unit_test(dependence_is_seen_where_correlation_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
