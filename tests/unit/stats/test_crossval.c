#include "support/support.h"

#include "stats/folds.h"
#include "stats/logistic.h"
#include "stats/metrics.h"

#include "samples.h"

#include <math.h>
#include <string.h>

/* Mean cross-entropy over the rows whose class is among the labels trained on. */
static double loss_of_known(const float *p, const int *truth, size_t held, int classes, const int *label,
                            size_t trained) {
    double sum = 0;
    size_t known = 0;
    for (size_t i = 0; i < held; i++) {
        bool seen = false;
        for (size_t t = 0; t < trained && !seen; t++)
            seen = label[t] == truth[i];
        if (!seen) continue;
        sum -= log(fmax((double)p[i * (size_t)classes + (size_t)truth[i]], 1e-15));
        known++;
    }
    return sum / (double)known;
}

/* Accuracy and loss over fold f of a model fitted on copies of the other folds' rows alone. */
static void score_apart(graft_context *context, const graft_rows *rows, const int *fold, int f, double c,
                        double *accuracy, double *loss) {
    size_t width = rows->width, trained = 0, held = 0;
    float *train = graft_allocate(rows->count * width, sizeof(float)),
          *test = graft_allocate(rows->count * width, sizeof(float));
    int *label = graft_allocate(rows->count, sizeof(int)), *truth = graft_allocate(rows->count, sizeof(int));
    float *p = graft_allocate(rows->count * (size_t)rows->classes, sizeof(float));
    for (size_t i = 0; i < rows->count; i++) {
        bool in = fold[i] != f;
        memcpy(in ? train + trained * width : test + held * width, rows->x + i * width, width * sizeof(float));
        *(in ? &label[trained++] : &truth[held++]) = rows->label[i];
    }
    graft_rows part = {.x = train, .label = label, .count = trained, .width = width, .classes = rows->classes};
    graft_logistic *model;
    graft_metrics *metrics;
    assert_ok(graft_logistic_fit(context, &part, c, &model));
    graft_logistic_predict(model, test, held, p);
    assert_ok(graft_metrics_compute(p, truth, held, rows->classes, &metrics));
    *accuracy = metrics->accuracy;
    *loss = loss_of_known(p, truth, held, rows->classes, label, trained);
    graft_metrics_free(metrics);
    graft_logistic_free(model);
    graft_release(train);
    graft_release(test);
    graft_release(label);
    graft_release(truth);
    graft_release(p);
}

static void equals_fits_apart(void **state) {
    (void)state;
    enum { N = 330, FOLDS = 4 };
    const double grid[] = {0.003, 0.3};
    samples s = make_samples(N, 40, 5, 1);
    for (size_t i = 0; i < N; i++)
        s.x[i * 40 + 7] = 1; /* constant, everywhere and, below, among the training rows of fold 0 */
    graft_context *context = test_context(2);
    graft_logistic_cv cv;
    int fold[N];
    assert_ok(graft_folds_make(s.label, NULL, N, 5, FOLDS, 9, fold));
    for (size_t i = 0; i < N; i++)
        s.x[i * 40 + 8] = fold[i] == 0 ? s.x[i * 40 + 9] : 3;
    assert_ok(graft_logistic_crossval(context, &s.rows, grid, 2, FOLDS, 9, &cv));
    assert_int_equal(cv.grid_count, 2);
    for (size_t g = 0; g < 2; g++) {
        double accuracy = 0, loss = 0, one[FOLDS], squares = 0;
        for (int f = 0; f < FOLDS; f++) {
            double one_loss;
            score_apart(context, &s.rows, fold, f, grid[g], &one[f], &one_loss);
            accuracy += one[f] / FOLDS;
            loss += one_loss / FOLDS;
        }
        for (int f = 0; f < FOLDS; f++)
            squares += (one[f] - accuracy) * (one[f] - accuracy);
        if (fabs(cv.accuracy[g] - accuracy) > 1.01 / N) fail_msg("accuracy %g, expected %g", cv.accuracy[g], accuracy);
        if (fabs(cv.loss[g] / loss - 1) > 5e-3) fail_msg("loss %g, expected %g", cv.loss[g], loss);
        assert_true(fabs(cv.deviation[g] - sqrt(squares / (FOLDS - 1))) < 0.01);
    }
    graft_context_free(context);
    free_samples(&s);
}

/* It is wrong where it is held out, and what that costs there bends no choice. */
static void a_class_of_one_row_has_no_part_in_the_loss(void **state) {
    (void)state;
    enum { N = 61, FOLDS = 5 };
    samples s = make_samples(N, 8, 3, 2);
    s.label[N - 1] = 3;
    s.rows.classes = 4;
    graft_context *context = test_context(2);
    graft_logistic_cv cv;
    int fold[N];
    assert_ok(graft_folds_make(s.label, NULL, N, 4, FOLDS, 9, fold));
    assert_ok(graft_logistic_crossval(context, &s.rows, (double[]){0.03}, 1, FOLDS, 9, &cv));
    double accuracy = 0, loss = 0;
    for (int f = 0; f < FOLDS; f++) {
        double one, one_loss;
        score_apart(context, &s.rows, fold, f, 0.03, &one, &one_loss);
        accuracy += one / FOLDS;
        loss += one_loss / FOLDS;
    }
    if (fabs(cv.accuracy[0] - accuracy) > 1.01 / (N - 1))
        fail_msg("accuracy %g, expected %g", cv.accuracy[0], accuracy);
    if (fabs(cv.loss[0] / loss - 1) > 5e-3) fail_msg("loss %g, expected %g", cv.loss[0], loss);
    graft_context_free(context);
    free_samples(&s);
}

static void bytes_do_not_depend_on_threads(void **state) {
    (void)state;
    samples s = make_samples(700, 300, 6, 0.8);
    graft_logistic_cv cv[3];
    for (int t = 0; t < 3; t++) {
        graft_context *context = test_context((int[]){1, 2, 8}[t]);
        assert_ok(graft_logistic_crossval(context, &s.rows, NULL, 0, 5, 1, &cv[t]));
        graft_context_free(context);
        assert_memory_equal(&cv[0], &cv[t], sizeof(cv[0]));
    }
    free_samples(&s);
}

static void prefers_the_better_strength_and_leaves_the_grid_early(void **state) {
    (void)state;
    samples s = make_samples(400, 60, 6, 0.8);
    graft_context *context = test_context(2);
    graft_logistic_cv cv;
    const double grid[] = {1e-7, 1e-2, 1e3, 1e4, 1e5};
    assert_ok(graft_logistic_crossval(context, &s.rows, grid, 5, 5, 1, &cv));
    assert_int_equal(cv.best, 1);
    assert_true(cv.loss[1] < cv.loss[0] && cv.accuracy[1] > cv.accuracy[0]);
    assert_in_range(cv.grid_count, 3, 4);
    graft_context_free(context);
    free_samples(&s);
}

/* Every row stands there twice under a random label: only a leak between folds can predict it. */
static void behaviour_19_duplicates_do_not_leak(void **state) {
    (void)state;
    enum { N = 240, WIDTH = 200 };
    samples s = make_samples(N, WIDTH, 2, 0);
    int64_t group[N];
    for (size_t i = 0; i < N; i++) {
        graft_rng rng = graft_rng_make(8, GRAFT_RNG_TEST, 0, i / 2);
        s.label[i] = (int)graft_rng_below(&rng, 2);
        group[i] = (int64_t)i / 2;
        if (i % 2 == 1) memcpy(s.x + i * WIDTH, s.x + (i - 1) * WIDTH, WIDTH * sizeof(float));
    }
    graft_context *context = test_context(2);
    graft_logistic_cv leaking, kept;
    assert_ok(graft_logistic_crossval(context, &s.rows, (double[]){10}, 1, 5, 1, &leaking));
    s.rows.group = group;
    assert_ok(graft_logistic_crossval(context, &s.rows, (double[]){10}, 1, 5, 1, &kept));
    assert_true(leaking.accuracy[0] > 0.75);
    assert_true(kept.accuracy[0] < 0.65);
    graft_context_free(context);
    free_samples(&s);
}

static void a_class_absent_from_a_fold_s_training_rows(void **state) {
    (void)state;
    samples s = make_samples(50, 6, 2, 2);
    s.label[13] = 2; /* the only one: whatever fold holds it never saw it */
    s.rows.classes = 4;
    graft_context *context = test_context(2);
    graft_logistic_cv cv;
    assert_ok(graft_logistic_crossval(context, &s.rows, NULL, 0, 5, 1, &cv));
    assert_true(cv.accuracy[cv.best] > 0.7);
    assert_true(isfinite(cv.loss[cv.best]));
    graft_context_free(context);
    free_samples(&s);
}

static void refuses_what_cannot_be_folded(void **state) {
    (void)state;
    samples s = make_samples(12, 3, 2, 1);
    graft_context *context = test_context(2);
    graft_logistic_cv cv;
    int64_t group[12];
    for (int i = 0; i < 12; i++)
        group[i] = i / 6;
    assert_fails(GRAFT_E_USAGE, "1 folds", graft_logistic_crossval(context, &s.rows, NULL, 0, 1, 1, &cv));
    assert_fails(GRAFT_E_USAGE, "21 folds", graft_logistic_crossval(context, &s.rows, NULL, 0, 21, 1, &cv));
    assert_fails(GRAFT_E_DATA, "fewer than 13", graft_logistic_crossval(context, &s.rows, NULL, 0, 13, 1, &cv));
    assert_fails(GRAFT_E_USAGE, "ascending", graft_logistic_crossval(context, &s.rows, (double[]){1, 1}, 2, 3, 1, &cv));
    assert_fails(GRAFT_E_USAGE, "is -1", graft_logistic_crossval(context, &s.rows, (double[]){-1}, 1, 3, 1, &cv));
    assert_fails(GRAFT_E_USAGE, "17 values", graft_logistic_crossval(context, &s.rows, (double[17]){1}, 17, 3, 1, &cv));
    s.rows.group = group;
    assert_fails(GRAFT_E_DATA, "duplicates leave fold", graft_logistic_crossval(context, &s.rows, NULL, 0, 3, 1, &cv));
    s.rows.group = NULL;
    s.x[7] = NAN;
    assert_fails(GRAFT_E_DATA, "row 2, column 1", graft_logistic_crossval(context, &s.rows, NULL, 0, 3, 1, &cv));
    s.x[7] = 0;
    memset(s.label, 0, 12 * sizeof(int));
    assert_fails(GRAFT_E_DATA, "one class", graft_logistic_crossval(context, &s.rows, NULL, 0, 3, 1, &cv));
    graft_context_free(context);
    free_samples(&s);
}

static void stops_when_asked(void **state) {
    (void)state;
    samples s = make_samples(60, 20, 3, 1);
    graft_context *context = test_context(2);
    graft_logistic_cv cv;
    graft_context_cancel(context);
    assert_int_equal(graft_logistic_crossval(context, &s.rows, NULL, 0, 5, 1, &cv), GRAFT_E_CANCELLED);
    graft_context_free(context);
    free_samples(&s);
}

typedef struct job {
    graft_context *context;
    const graft_rows *rows;
} job;

static graft_status crossval_job(void *argument) {
    const job *j = argument;
    graft_logistic_cv cv;
    return graft_logistic_crossval(j->context, j->rows, (double[]){1}, 1, 3, 1, &cv);
}

static void survives_failing_allocations(void **state) {
    (void)state;
    samples s = make_samples(30, 8, 3, 1);
    job j = {.context = test_context(1), .rows = &s.rows};
    test_failing_allocations(crossval_job, &j);
    graft_context_free(j.context);
    free_samples(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_fits_apart),
        cmocka_unit_test(a_class_of_one_row_has_no_part_in_the_loss),
        cmocka_unit_test(bytes_do_not_depend_on_threads),
        cmocka_unit_test(prefers_the_better_strength_and_leaves_the_grid_early),
        cmocka_unit_test(behaviour_19_duplicates_do_not_leak),
        cmocka_unit_test(a_class_absent_from_a_fold_s_training_rows),
        cmocka_unit_test(refuses_what_cannot_be_folded),
        cmocka_unit_test(stops_when_asked),
        cmocka_unit_test(survives_failing_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
