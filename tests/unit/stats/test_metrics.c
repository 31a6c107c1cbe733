#include "support/support.h"

#include "stats/metrics.h"

#include "numbers.h"

#include <math.h>
#include <string.h>

static void equals_numpy_and_scikit_learn(void **state) {
    (void)state;
    enum { MOST = 1000 };
    float p[MOST];
    int label[MOST];
    FILE *file = open_numbers("tests/golden/metrics/golden.txt");
    size_t n = (size_t)next_number(file), classes = (size_t)next_number(file);
    assert_true(n * classes <= MOST);
    next_floats(file, p, n * classes);
    next_labels(file, label, n);
    graft_metrics *m;
    assert_ok(graft_metrics_compute(p, label, n, (int)classes, &m));
    const double figures[] = {m->accuracy,          m->interval95[0], m->interval95[1],    m->top5, m->loss, m->ece,
                              m->majority_baseline, m->macro_f1,      m->predicted_classes};
    for (size_t i = 0; i < sizeof(figures) / sizeof(*figures); i++) {
        double expected = next_number(file);
        if (fabs(figures[i] - expected) > 1e-7) fail_msg("figure %zu: %.12g, expected %.12g", i, figures[i], expected);
    }
    for (size_t i = 0; i < classes * classes; i++)
        assert_int_equal(m->confusion[i], (size_t)next_number(file));
    for (size_t k = 0; k < classes; k++) {
        assert_true(fabs(m->per_class[k].precision - next_number(file)) < 1e-12);
        assert_true(fabs(m->per_class[k].recall - next_number(file)) < 1e-12);
        assert_true(fabs(m->per_class[k].f1 - next_number(file)) < 1e-12);
        assert_int_equal(m->per_class[k].support, (size_t)next_number(file));
    }
    graft_metrics_free(m);
    fclose(file);
}

static void behaviour_4_trace_over_n_is_the_accuracy(void **state) {
    (void)state;
    const float p[] = {0.7F, 0.2F, 0.1F, 0.1F, 0.8F, 0.1F, 0.5F, 0.3F, 0.2F, 0.1F, 0.2F, 0.7F};
    const int label[] = {0, 1, 2, 2};
    graft_metrics *m;
    assert_ok(graft_metrics_compute(p, label, 4, 3, &m));
    size_t trace = m->confusion[0] + m->confusion[4] + m->confusion[8];
    assert_int_equal(trace, 3);
    assert_int_equal(m->correct, trace);
    assert_true(m->accuracy == (double)trace / (double)m->n);
    assert_int_equal(m->confusion[2 * 3 + 0], 1); /* row true, column predicted */
    graft_metrics_free(m);
}

static void behaviour_8_a_model_that_predicts_one_class_shows(void **state) {
    (void)state;
    float p[40];
    int label[10];
    for (int i = 0; i < 10; i++) {
        label[i] = i < 4 ? 3 : i % 3;
        memcpy(p + i * 4, (float[]){0.1F, 0.1F, 0.1F, 0.7F}, 4 * sizeof(float));
    }
    graft_metrics *m;
    assert_ok(graft_metrics_compute(p, label, 10, 4, &m));
    assert_int_equal(m->predicted_classes, 1);
    assert_true(fabs(m->accuracy - m->majority_baseline) < 1e-15);
    assert_int_equal(m->per_class[3].predicted, 10);
    graft_metrics_free(m);
}

/* Whether the alarm goes off where `n` samples, in turn of the first `present` of four classes, are all said to be of
 * the first `predicted` classes, in turn. */
static bool alarms(int n, int present, int predicted, int classes) {
    float p[64] = {0};
    int label[16];
    graft_metrics *m;
    assert_true(n <= 16 && classes <= 4);
    for (int i = 0; i < n; i++) {
        label[i] = i % present;
        p[i * classes + i % predicted] = 1;
    }
    assert_ok(graft_metrics_compute(p, label, (size_t)n, classes, &m));
    assert_int_equal(m->present_classes, present);
    assert_int_equal(m->predicted_classes, predicted);
    const bool alarm = m->collapsed;
    graft_metrics_free(m);
    return alarm;
}

static void behaviour_08_one_of_two_classes_is_an_alarm(void **state) {
    (void)state;
    assert_true(alarms(10, 2, 1, 2));
    assert_false(alarms(10, 2, 2, 2));
    assert_true(alarms(10, 4, 1, 4));
    assert_false(alarms(10, 4, 2, 4));
    assert_false(alarms(4, 2, 1, 2)); /* too few to tell */
    assert_false(alarms(7, 4, 1, 4));
}

static void behaviour_08_classes_without_samples_are_none(void **state) {
    (void)state;
    assert_false(alarms(10, 1, 1, 2));
    assert_false(alarms(10, 1, 1, 4));
    assert_false(alarms(10, 2, 2, 4));
    assert_true(alarms(10, 2, 1, 4));
}

static void ties_and_nan(void **state) {
    (void)state;
    assert_int_equal(graft_argmax((float[]){0.5F, 0.5F}, 2), 0);
    assert_int_equal(graft_argmax((float[]){NAN, 0.1F, 0.2F}, 3), 2);
    assert_int_equal(graft_argmax((float[]){0.1F, NAN, 0.05F}, 3), 0);
    assert_int_equal(graft_argmax((float[]){NAN, NAN}, 2), 0);
    graft_metrics *m;
    const float p[] = {NAN, NAN, 0, 1};
    const int label[] = {1, 0};
    assert_ok(graft_metrics_compute(p, label, 2, 2, &m));
    assert_true(fabs(m->loss + log(1e-15)) < 1e-9);
    assert_true(isfinite(m->ece));
    assert_int_equal(m->correct, 0);
    graft_metrics_free(m);
}

static void wilson_at_the_ends(void **state) {
    (void)state;
    double interval[2];
    graft_wilson_interval(0, 10, interval);
    assert_true(interval[0] == 0 && fabs(interval[1] - 0.2775327998628892) < 1e-12);
    graft_wilson_interval(10, 10, interval);
    assert_true(fabs(interval[0] - 0.7224672001371107) < 1e-12 && interval[1] == 1);
}

static graft_status compute(void *argument) {
    graft_metrics *m;
    const float p[] = {0.4F, 0.6F};
    (void)argument;
    graft_status status = graft_metrics_compute(p, (int[]){1}, 1, 2, &m);
    if (status == GRAFT_OK) graft_metrics_free(m);
    return status;
}

static void survives_failing_allocations(void **state) {
    (void)state;
    test_failing_allocations(compute, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_numpy_and_scikit_learn),
        cmocka_unit_test(behaviour_4_trace_over_n_is_the_accuracy),
        cmocka_unit_test(behaviour_8_a_model_that_predicts_one_class_shows),
        cmocka_unit_test(behaviour_08_one_of_two_classes_is_an_alarm),
        cmocka_unit_test(behaviour_08_classes_without_samples_are_none),
        cmocka_unit_test(ties_and_nan),
        cmocka_unit_test(wilson_at_the_ends),
        cmocka_unit_test(survives_failing_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
