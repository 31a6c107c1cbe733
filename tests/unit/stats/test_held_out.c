#include "support/support.h"

#include "base/alloc.h"
#include "stats/folds.h"
#include "stats/held-out.h"
#include "stats/knn.h"
#include "stats/student.h"

#include "numbers.h"
#include "samples.h"

#include <math.h>
#include <string.h>

static void equals_scikit_learn_fold_by_fold(void **state) {
    (void)state;
    FILE *file = open_numbers("tests/golden/crossval/golden.txt");
    const size_t n = (size_t)next_number(file), width = (size_t)next_number(file);
    const int classes = (int)next_number(file), folds = (int)next_number(file);
    float *x = graft_allocate(n * width, sizeof(float));
    int *label = graft_allocate(n, sizeof(int)), *fold = graft_allocate(n, sizeof(int));
    graft_crossval_fold got[20];
    next_floats(file, x, n * width);
    next_labels(file, label, n);
    next_labels(file, fold, n);
    graft_rows rows = {.x = x, .label = label, .count = n, .width = width, .classes = classes};
    graft_context *context = test_context(2);
    double accuracy[20];
    for (int settings = (int)next_number(file); settings > 0; settings--) {
        graft_held_out how = {.fold = fold, .folds = folds, .c = next_number(file), .neighbours = 5};
        if (how.c == 0) how.head = GRAFT_CROSSVAL_KNN;
        assert_ok(graft_held_out_score(context, &rows, &how, NULL, got));
        for (int f = 0; f < folds; f++) {
            int expected = (int)next_number(file);
            if ((int)got[f].correct != expected)
                fail_msg("C %g, fold %d: %zu right, expected %d", how.c, f, got[f].correct, expected);
            accuracy[f] = got[f].accuracy;
            assert_float_equal(accuracy[f], (double)expected / (double)got[f].n, 1e-12);
        }
    }
    double mean = next_number(file), deviation = next_number(file), interval[2], sum = 0;
    for (int f = 0; f < folds; f++)
        sum += accuracy[f] / folds;
    assert_float_equal(sum, mean, 1e-12);
    graft_crossval_interval(mean, deviation, (size_t)folds, 1.0 / (folds - 1), n, interval);
    assert_float_equal(interval[0], next_number(file), 1e-9);
    assert_float_equal(interval[1], next_number(file), 1e-9);
    for (int quantiles = (int)next_number(file); quantiles > 0; quantiles--) {
        size_t degrees = (size_t)next_number(file);
        double level = next_number(file), expected = next_number(file);
        /* scipy inverts to 1e-9: of one degree, tan(0.4995 pi) is 636.61924877 */
        if (fabs(graft_student_quantile(level, degrees) / expected - 1) > 1e-8)
            fail_msg("t at %g with %zu degrees: %.12g, expected %.12g", level, degrees,
                     graft_student_quantile(level, degrees), expected);
    }
    fclose(file);
    graft_context_free(context);
    graft_release(x);
    graft_release(label);
    graft_release(fold);
}

enum { N = 240, WIDTH = 30, CLASSES = 3, FOLDS = 4 };

/* What is held out is far off in scale and place: whoever looked at it would standardize, choose C and fit otherwise.
 * Every row's probabilities must be those of a model made from copies of the other folds alone, byte for byte. */
static void the_held_out_rows_reach_nothing_that_is_fitted(void **state) {
    int head = *(const int *)*state;
    samples s = make_samples(N, WIDTH, CLASSES, 1);
    graft_context *context = test_context(2);
    int fold[N], label[N];
    size_t place[N];
    static float p[N * CLASSES], apart[N * CLASSES], train[N * WIDTH], held[N * WIDTH];
    int64_t group[N];
    graft_crossval_fold got[FOLDS];
    assert_ok(graft_folds_make(s.label, NULL, N, CLASSES, FOLDS, 3, fold));
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < WIDTH && fold[i] == 1; j++)
            s.x[i * WIDTH + j] = s.x[i * WIDTH + j] * 1e4F + 5e5F;
    graft_held_out how = {.fold = fold, .folds = FOLDS, .head = head, .neighbours = 7, .seed = 11};
    assert_ok(graft_held_out_score(context, &s.rows, &how, p, got));
    size_t trained = 0, count = 0;
    for (size_t i = 0; i < N; i++) {
        if (fold[i] == 1) {
            memcpy(held + count * WIDTH, s.x + i * WIDTH, WIDTH * sizeof(float));
            place[count++] = i;
        } else {
            memcpy(train + trained * WIDTH, s.x + i * WIDTH, WIDTH * sizeof(float));
            group[trained] = -1;
            label[trained++] = s.label[i];
        }
    }
    graft_rows others = {
        .x = train, .label = label, .group = group, .count = trained, .width = WIDTH, .classes = CLASSES};
    if (head == GRAFT_CROSSVAL_KNN) {
        assert_ok(graft_knn_predict(context, &others, held, count, 7, apart));
    } else {
        graft_logistic_cv cv;
        graft_logistic *model;
        assert_ok(graft_logistic_crossval(context, &others, NULL, 0, 5, 11, &cv));
        assert_true(got[1].c == cv.c[cv.best]);
        assert_ok(graft_logistic_fit(context, &others, cv.c[cv.best], &model));
        graft_logistic_predict(model, held, count, apart);
        graft_logistic_free(model);
    }
    assert_int_equal(got[1].n, count);
    for (size_t i = 0; i < count; i++)
        assert_memory_equal(p + place[i] * CLASSES, apart + i * CLASSES, CLASSES * sizeof(float));
    graft_context_free(context);
    free_samples(&s);
}

static void bytes_do_not_depend_on_threads(void **state) {
    (void)state;
    samples s = make_samples(N, WIDTH, CLASSES, 1);
    graft_crossval_fold got[2][FOLDS];
    int fold[N];
    assert_ok(graft_folds_make(s.label, NULL, N, CLASSES, FOLDS, 3, fold));
    memset(got, 0, sizeof(got));
    for (int t = 0; t < 2; t++) {
        graft_context *context = test_context(t ? 5 : 1);
        graft_held_out how = {.fold = fold, .folds = FOLDS};
        assert_ok(graft_held_out_score(context, &s.rows, &how, NULL, got[t]));
        graft_context_free(context);
    }
    for (int f = 0; f < FOLDS; f++)
        assert_true(got[0][f].correct == got[1][f].correct && got[0][f].loss == got[1][f].loss &&
                    got[0][f].c == got[1][f].c);
    free_samples(&s);
}

/* One sample of a class: when it is held out nobody knows the class, and C has still been chosen among the others. */
static void a_class_of_one_sample_is_wrong_once(void **state) {
    (void)state;
    samples s = make_samples(60, 8, 2, 6);
    graft_context *context = test_context(1);
    int fold[60];
    graft_crossval_fold got[3];
    s.label[20] = 2;
    s.rows.classes = 3;
    assert_ok(graft_folds_make(s.label, NULL, 60, 3, 3, 0, fold));
    graft_held_out how = {.fold = fold, .folds = 3};
    assert_ok(graft_held_out_score(context, &s.rows, &how, NULL, got));
    assert_true(got[fold[20]].correct < got[fold[20]].n);
    for (int f = 0; f < 3; f++)
        assert_false(got[f].blind);
    graft_context_free(context);
    free_samples(&s);
}

/* Two samples of one class and one of the other beside a fold: nothing more can be held out. */
static void too_little_to_choose_c_is_said(void **state) {
    (void)state;
    float x[] = {0, 1, 2, 10, 11, 12};
    int label[] = {0, 0, 0, 1, 1, 1}, fold[] = {0, 1, 1, 0, 0, 1};
    graft_rows rows = {.x = x, .label = label, .count = 6, .width = 1, .classes = 2};
    graft_held_out how = {.fold = fold, .folds = 2};
    graft_context *context = test_context(1);
    graft_crossval_fold got[2];
    assert_ok(graft_held_out_score(context, &rows, &how, NULL, got));
    assert_true(got[0].blind && got[1].blind && got[0].c > 0);
    assert_float_equal(got[0].baseline, 1.0 / 3, 1e-12); /* the others' largest class is 0 */
    graft_context_free(context);
}

static void refuses_what_cannot_be_scored(void **state) {
    (void)state;
    samples s = make_samples(20, 4, 2, 1);
    graft_context *context = test_context(1);
    int fold[20];
    graft_crossval_fold got[3];
    for (int i = 0; i < 20; i++)
        fold[i] = i % 2;
    graft_held_out how = {.fold = fold, .folds = 3};
    assert_fails(GRAFT_E_DATA, "fold 2 is empty", graft_held_out_score(context, &s.rows, &how, NULL, got));
    how.folds = 2; /* labels alternate as the folds do */
    assert_fails(GRAFT_E_DATA, "one class", graft_held_out_score(context, &s.rows, &how, NULL, got));
    s.x[7 * 4 + 3] = NAN;
    assert_fails(GRAFT_E_DATA, "row 7, column 3", graft_held_out_score(context, &s.rows, &how, NULL, got));
    graft_context_free(context);
    free_samples(&s);
}

int main(void) {
    static int logistic = GRAFT_CROSSVAL_LOGISTIC, knn = GRAFT_CROSSVAL_KNN;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_scikit_learn_fold_by_fold),
        cmocka_unit_test_prestate(the_held_out_rows_reach_nothing_that_is_fitted, &logistic),
        {"the_held_out_rows_reach_nothing_that_is_fitted, nearest neighbours",
         the_held_out_rows_reach_nothing_that_is_fitted, NULL, NULL, &knn},
        cmocka_unit_test(bytes_do_not_depend_on_threads),
        cmocka_unit_test(a_class_of_one_sample_is_wrong_once),
        cmocka_unit_test(too_little_to_choose_c_is_said),
        cmocka_unit_test(refuses_what_cannot_be_scored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
