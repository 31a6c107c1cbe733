#include "support/support.h"

#include "stats/mcnemar.h"
#include "stats/metrics.h"
#include "stats/ranking.h"
#include "stats/temperature.h"

#include "numbers.h"

#include <math.h>

enum { N_MOST = 100, CLASSES_MOST = 8 };

static void equals_scikit_learn(void **state) {
    (void)state;
    static float p[N_MOST * CLASSES_MOST];
    int label[N_MOST];
    graft_class_ranking ranking[CLASSES_MOST];
    graft_coverage_point coverage[GRAFT_COVERAGE_POINTS];
    FILE *file = open_numbers("tests/golden/ranking/golden.txt");
    size_t n = (size_t)next_number(file), classes = (size_t)next_number(file);
    assert_true(n <= N_MOST && classes <= CLASSES_MOST);
    next_floats(file, p, n * classes);
    next_labels(file, label, n);
    assert_ok(graft_ranking_compute(p, label, n, (int)classes, ranking));
    for (size_t k = 0; k < classes; k++) {
        double roc = next_number(file), pr = next_number(file);
        if (roc < 0) {
            assert_true(isnan(ranking[k].roc_auc) && isnan(ranking[k].pr_auc));
            continue;
        }
        assert_float_equal(ranking[k].roc_auc, roc, 1e-12);
        assert_float_equal(ranking[k].pr_auc, pr, 1e-12);
    }
    assert_ok(graft_coverage_compute(p, label, n, (int)classes, coverage));
    for (int i = 0; i < GRAFT_COVERAGE_POINTS; i++) {
        assert_float_equal(coverage[i].threshold, next_number(file), 1e-7);
        assert_float_equal(coverage[i].coverage, next_number(file), 1e-12);
        assert_float_equal(coverage[i].accuracy, next_number(file), 1e-12);
    }
    for (int pairs = (int)next_number(file); pairs > 0; pairs--) {
        size_t first = (size_t)next_number(file), second = (size_t)next_number(file);
        bool exact, expected_exact = next_number(file) > 0;
        double got = graft_mcnemar(first, second, &exact), expected = next_number(file);
        assert_int_equal(exact, expected_exact);
        if (fabs(got / expected - 1) > 1e-9)
            fail_msg("McNemar of %zu and %zu: %.12g, expected %.12g", first, second, got, expected);
        assert_true(graft_mcnemar(second, first, &exact) == got);
    }
    double temperature = graft_temperature_fit(p, label, n, (int)classes);
    assert_float_equal(temperature, next_number(file), 1e-5); /* as near as scipy's bracket comes */
    graft_metrics *metrics;
    graft_temperature_apply(temperature, p, n, (int)classes, p);
    assert_ok(graft_metrics_compute(p, label, n, (int)classes, &metrics));
    assert_float_equal(metrics->loss, next_number(file), 1e-6);
    graft_metrics_free(metrics);
    fclose(file);
}

static void what_is_no_number_ranks_last(void **state) {
    (void)state;
    const float p[] = {0.9F, 0.1F, NAN, NAN, 0.2F, 0.8F};
    const int label[] = {0, 0, 1};
    graft_class_ranking ranking[2];
    graft_coverage_point coverage[GRAFT_COVERAGE_POINTS];
    assert_ok(graft_ranking_compute(p, label, 3, 2, ranking));
    assert_float_equal(ranking[0].roc_auc, 0.5, 0);
    assert_float_equal(ranking[1].roc_auc, 1, 0);
    assert_ok(graft_coverage_compute(p, label, 3, 2, coverage));
    assert_float_equal(coverage[0].threshold, 0, 0);
    assert_float_equal(coverage[0].coverage, 1, 0);
    assert_float_equal(coverage[9].accuracy, 1, 0);
}

static void temperatures_stay_within_bounds(void **state) {
    (void)state;
    const float p[] = {0.9F, 0.1F, 0.2F, 0.8F};
    assert_float_equal(graft_temperature_fit(p, (int[]){0, 1}, 2, 2), 1.0 / GRAFT_TEMPERATURE_MOST, 0);
    assert_float_equal(graft_temperature_fit(p, (int[]){1, 0}, 2, 2), GRAFT_TEMPERATURE_MOST, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_scikit_learn),
        cmocka_unit_test(temperatures_stay_within_bounds),
        cmocka_unit_test(what_is_no_number_ranks_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
