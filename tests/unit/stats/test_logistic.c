#include "support/support.h"

#include "stats/logistic.h"
#include "stats/metrics.h"

#include "numbers.h"
#include "samples.h"

#include <math.h>
#include <string.h>

static graft_logistic *fit(int threads, const graft_rows *rows, double c) {
    graft_context *context = test_context(threads);
    graft_logistic *model;
    assert_ok(graft_logistic_fit(context, rows, c, &model));
    graft_context_free(context);
    return model;
}

/* Relative to the largest of its kind: single small coefficients are differences of large ones. */
static void close_to(FILE *file, const float *got, size_t count, double tolerance) {
    double expected[64], largest = 0;
    assert_true(count <= 64);
    for (size_t i = 0; i < count; i++) {
        expected[i] = next_number(file);
        largest = fmax(largest, fabs(expected[i]));
    }
    for (size_t i = 0; i < count; i++) {
        if (!(fabs((double)got[i] - expected[i]) <= tolerance * largest)) {
            fail_msg("value %zu: %.9g, expected %.9g", i, (double)got[i], expected[i]);
        }
    }
}

static void equals_scikit_learn(void **state) {
    (void)state;
    enum { MOST = 1000 };
    float train[MOST], test[MOST], p[MOST];
    int label[MOST], truth[MOST];
    FILE *file = open_numbers("tests/golden/logistic/golden.txt");
    size_t rows = (size_t)next_number(file), columns = (size_t)next_number(file), classes = (size_t)next_number(file);
    size_t held = (size_t)next_number(file);
    assert_true(rows * columns <= MOST && held * columns <= MOST && held * classes <= MOST);
    next_floats(file, train, rows * columns);
    next_labels(file, label, rows);
    next_floats(file, test, held * columns);
    next_labels(file, truth, held);
    graft_rows data = {.x = train, .label = label, .count = rows, .width = columns, .classes = (int)classes};
    for (int i = 0; i < 3; i++) {
        double c = next_number(file);
        graft_logistic *model = fit(2, &data, c);
        graft_metrics *metrics;
        assert_true(model->converged);
        close_to(file, model->weight, classes * columns, 1e-3);
        close_to(file, model->bias, classes, 1e-3);
        graft_logistic_predict(model, test, held, p);
        for (size_t row = 0; row < held; row++)
            close_to(file, p + row * classes, classes, 1e-3);
        assert_ok(graft_metrics_compute(p, truth, held, (int)classes, &metrics));
        assert_true(fabs(metrics->accuracy - next_number(file)) < 1e-12);
        assert_true(fabs(metrics->loss / next_number(file) - 1) < 1e-3);
        graft_metrics_free(metrics);
        graft_logistic_free(model);
    }
    fclose(file);
}

static void bytes_do_not_depend_on_threads(void **state) {
    (void)state;
    samples s = make_samples(700, 530, 5, 1);
    graft_logistic *one = fit(1, &s.rows, 0.1);
    for (int threads = 2; threads <= 8; threads *= 4) {
        graft_logistic *many = fit(threads, &s.rows, 0.1);
        assert_memory_equal(one->weight, many->weight, 5 * 530 * sizeof(float));
        assert_memory_equal(one->bias, many->bias, 5 * sizeof(float));
        assert_true(one->loss == many->loss);
        graft_logistic_free(many);
    }
    graft_logistic_free(one);
    free_samples(&s);
}

static void behaviour_17_a_row_predicts_alike_alone_and_among_others(void **state) {
    (void)state;
    enum { N = 300, WIDTH = 530, CLASSES = 5 };
    float all[N * CLASSES], alone[CLASSES];
    samples s = make_samples(N, WIDTH, CLASSES, 1);
    graft_logistic *model = fit(2, &s.rows, 0.1);
    graft_logistic_predict(model, s.x, N, all);
    for (size_t i = 0; i < N; i++) {
        graft_logistic_predict(model, s.x + i * WIDTH, 1, alone);
        assert_memory_equal(alone, all + i * CLASSES, sizeof(alone));
    }
    graft_logistic_free(model);
    free_samples(&s);
}

static void features_without_information(void **state) {
    (void)state;
    const float same[] = {2, 2, 2, 2, 2, 2};
    const int label[] = {0, 1, 1};
    graft_rows rows = {.x = same, .label = label, .count = 3, .width = 2, .classes = 2};
    graft_logistic *model = fit(1, &rows, 1);
    float p[2];
    assert_true(model->weight[0] == 0 && model->scale[0] == 0);
    graft_logistic_predict(model, (float[]){-1e30F, 7}, 1, p);
    assert_true(fabs((double)p[1] - 2.0 / 3) < 1e-4); /* the classes' shares are all it knows */
    graft_logistic_free(model);
}

static void huge_and_tiny_values(void **state) {
    (void)state;
    const float x[] = {1e30F, 1e-30F, -1e30F, 3e-30F, 1e30F, 2e-30F, -1e30F, 5e-30F};
    const int label[] = {0, 1, 0, 1};
    graft_rows rows = {.x = x, .label = label, .count = 4, .width = 2, .classes = 2};
    graft_logistic *model = fit(1, &rows, 1);
    float p[8];
    graft_logistic_predict(model, x, 4, p);
    for (int i = 0; i < 4; i++)
        assert_true(p[i * 2 + label[i]] > 0.6F);
    graft_logistic_predict(model, (float[]){NAN, 0}, 1, p);
    assert_true(isnan(p[0]) && isnan(p[1]));
    graft_logistic_free(model);
}

static void a_class_without_samples_and_one_with_one(void **state) {
    (void)state;
    const float x[] = {0, 0.1F, 0.2F, 1, 1.1F, 5};
    const int label[] = {0, 0, 0, 1, 1, 3};
    graft_rows rows = {.x = x, .label = label, .count = 6, .width = 1, .classes = 4};
    graft_logistic *model = fit(1, &rows, 10);
    float p[24];
    graft_logistic_predict(model, x, 6, p);
    assert_true(model->converged);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(graft_argmax(p + i * 4, 4), label[i]);
        assert_true(p[i * 4 + 2] < 1e-3F);
    }
    graft_logistic_free(model);
}

/* More columns than rows, repeated columns, and wider than the preconditioner goes. */
static void wide_and_duplicated_features(void **state) {
    (void)state;
    enum { N = 40, WIDTH = 4200, CLASSES = 4 };
    samples s = make_samples(N, WIDTH, CLASSES, 2);
    float p[N * CLASSES];
    for (size_t width = 300; width <= WIDTH; width += WIDTH - 300) {
        for (size_t i = 0; i < N; i++) {
            for (size_t j = 100; j < width; j++)
                s.x[i * width + j] = s.x[i * width + j % 100];
        }
        s.rows.width = width;
        graft_logistic *model = fit(2, &s.rows, 0.01);
        size_t right = 0;
        assert_true(model->converged);
        graft_logistic_predict(model, s.x, N, p);
        for (size_t i = 0; i < N; i++)
            right += (size_t)(graft_argmax(p + i * CLASSES, CLASSES) == s.label[i]);
        assert_in_range(right, N - 2, N);
        graft_logistic_free(model);
    }
    free_samples(&s);
}

static void refuses_what_cannot_be_fitted(void **state) {
    (void)state;
    graft_context *context = test_context(2);
    graft_logistic *model;
    float x[] = {1, 2, 3, 4, 5, 6};
    int label[] = {0, 1, 0};
    graft_rows rows = {.x = x, .label = label, .count = 3, .width = 2, .classes = 2};
    x[3] = NAN;
    assert_fails(GRAFT_E_DATA, "row 1, column 1", graft_logistic_fit(context, &rows, 1, &model));
    x[3] = -INFINITY;
    assert_fails(GRAFT_E_DATA, "row 1, column 1", graft_logistic_fit(context, &rows, 1, &model));
    x[3] = 2e30F;
    assert_fails(GRAFT_E_DATA, "row 1, column 1", graft_logistic_fit(context, &rows, 1, &model));
    x[3] = 4;
    assert_fails(GRAFT_E_USAGE, "C is 0", graft_logistic_fit(context, &rows, 0, &model));
    assert_fails(GRAFT_E_USAGE, "C is", graft_logistic_fit(context, &rows, NAN, &model));
    label[1] = 0;
    assert_fails(GRAFT_E_DATA, "one class", graft_logistic_fit(context, &rows, 1, &model));
    label[1] = 2;
    assert_fails(GRAFT_E_DATA, "row 1 has label 2", graft_logistic_fit(context, &rows, 1, &model));
    rows.count = 0;
    assert_fails(GRAFT_E_DATA, "0 rows", graft_logistic_fit(context, &rows, 1, &model));
    graft_context_free(context);
}

static void stops_when_asked(void **state) {
    (void)state;
    samples s = make_samples(60, 20, 3, 1);
    graft_context *context = test_context(2);
    graft_logistic *model;
    graft_context_cancel(context);
    assert_int_equal(graft_logistic_fit(context, &s.rows, 1, &model), GRAFT_E_CANCELLED);
    assert_null(model);
    graft_context_free(context);
    free_samples(&s);
}

typedef struct job {
    graft_context *context;
    const graft_rows *rows;
} job;

static graft_status fit_job(void *argument) {
    const job *j = argument;
    graft_logistic *model;
    graft_status status = graft_logistic_fit(j->context, j->rows, 1, &model);
    if (status == GRAFT_OK) graft_logistic_free(model);
    return status;
}

static void survives_failing_allocations(void **state) {
    (void)state;
    samples s = make_samples(30, 8, 3, 1);
    job j = {.context = test_context(1), .rows = &s.rows};
    test_failing_allocations(fit_job, &j);
    graft_context_free(j.context);
    free_samples(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_scikit_learn),
        cmocka_unit_test(bytes_do_not_depend_on_threads),
        cmocka_unit_test(behaviour_17_a_row_predicts_alike_alone_and_among_others),
        cmocka_unit_test(features_without_information),
        cmocka_unit_test(huge_and_tiny_values),
        cmocka_unit_test(a_class_without_samples_and_one_with_one),
        cmocka_unit_test(wide_and_duplicated_features),
        cmocka_unit_test(refuses_what_cannot_be_fitted),
        cmocka_unit_test(stops_when_asked),
        cmocka_unit_test(survives_failing_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
