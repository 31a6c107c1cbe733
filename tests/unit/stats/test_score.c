#include "support/support.h"

#include "base/alloc.h"
#include "base/error.h"
#include "stats/score-interval.h"
#include "stats/score.h"

#include "numbers.h"
#include "samples.h"

#include <math.h>
#include <string.h>

enum { N_MOST = 100, VALUES_MOST = 4096 };

/* In the order of tests/golden/scores/golden.txt. */
static const struct {
    const char *name;
    double tolerance, error; /* of the value; relative, of its standard error */
} written[] = {{"logme", 1e-6, 0.03}, {"hscore", 1e-5, 0.01}, {"transrate", 1e-6, 0.01}, {"leep", 1e-6, 0.01},
               {"nce", 1e-9, 0.01},   {"knn", 1e-9, 0.01},    {"logistic", 0.03, 0.1}}; /* it stops at a looser
                                                                                              gradient: a row */

static double standard_error(const double *each, size_t count) {
    double mean = 0, squares = 0;
    for (size_t i = 0; i < count; i++)
        mean += each[i] / (double)count;
    for (size_t i = 0; i < count; i++)
        squares += (each[i] - mean) * (each[i] - mean);
    return sqrt(squares) / (double)count;
}

static void one_set(FILE *file) {
    static float x[VALUES_MOST], source[VALUES_MOST];
    static double each[N_MOST];
    int label[N_MOST], fold[N_MOST];
    size_t n = (size_t)next_number(file), width = (size_t)next_number(file);
    int classes = (int)next_number(file);
    size_t from = (size_t)next_number(file);
    int folds = (int)next_number(file);
    assert_true(n <= N_MOST && n * width <= VALUES_MOST && n * from <= VALUES_MOST);
    next_floats(file, x, n * width);
    next_labels(file, label, n);
    next_floats(file, source, n * from);
    for (size_t i = 0; i < n; i++)
        fold[i] = (int)(i / 3) % folds;
    const graft_rows rows = {.x = x, .label = label, .count = n, .width = width, .classes = classes};
    const graft_score_options options = {
        .source = source, .source_classes = from, .fold = fold, .folds = folds, .neighbours = 5, .c = 0.01};
    graft_context *context = test_context(2);
    graft_score_rows shared;
    assert_ok(graft_score_rows_make(context, &rows, &options, &shared));
    for (size_t s = 0; s < sizeof(written) / sizeof(*written); s++) {
        double value = (double)NAN, expected = next_number(file), error = next_number(file);
        assert_ok(graft_score_find(written[s].name)->compute(&shared, &value, each));
        if (!(fabs(value - expected) <= written[s].tolerance))
            fail_msg("%s of %zu rows of %zu: %.10g, expected %.10g", written[s].name, n, width, value, expected);
        double own = standard_error(each, n);
        if (error >= 0 && !(fabs(own - error) <= written[s].error * error + 1e-9))
            fail_msg("%s of %zu rows of %zu: standard error %.6g, expected %.6g", written[s].name, n, width, own,
                     error);
    }
    graft_score_rows_clear(&shared);
    graft_context_free(context);
}

static void equals_the_papers(void **state) {
    (void)state;
    FILE *file = open_numbers("tests/golden/scores/golden.txt");
    assert_int_equal(sizeof(written) / sizeof(*written), GRAFT_SCORE_COUNT);
    for (int sets = (int)next_number(file); sets > 0; sets--)
        one_set(file);
    double x[N_MOST], y[N_MOST];
    size_t n = (size_t)next_number(file);
    assert_true(n <= N_MOST);
    for (size_t i = 0; i < n; i++)
        x[i] = next_number(file);
    for (size_t i = 0; i < n; i++)
        y[i] = next_number(file);
    assert_float_equal(graft_spearman(x, y, n), next_number(file), 1e-10);
    assert_float_equal(graft_kendall(x, y, n), next_number(file), 1e-10);
    fclose(file);
}

/* All that is computed at `apart` between the classes, by the order of the registry. */
static void score_samples(size_t count, size_t width, double apart, int shuffle, double value[GRAFT_SCORE_COUNT]) {
    enum { CLASSES = 4, FOLDS = 5 };
    samples s = make_samples(count, width, CLASSES, apart);
    int *fold = graft_allocate(count, sizeof(*fold));
    float *source = graft_allocate(count, CLASSES * sizeof(*source));
    double *each = graft_allocate(count, sizeof(*each));
    assert_true(fold && source && each);
    for (size_t i = 0; i < count; i++) {
        fold[i] = (int)(i / CLASSES % FOLDS);
        for (int k = 0; k < CLASSES; k++)
            source[i * CLASSES + (size_t)k] = k == s.label[i] ? 0.7F : 0.1F;
    }
    for (size_t i = 0; shuffle && i < count; i++)
        s.label[i] = (int)(i / CLASSES % CLASSES);
    const graft_score_options options = {
        .source = source, .source_classes = CLASSES, .fold = fold, .folds = FOLDS, .neighbours = 5};
    graft_context *context = test_context(1);
    graft_score_rows rows;
    assert_ok(graft_score_rows_make(context, &s.rows, &options, &rows));
    for (size_t i = 0; i < GRAFT_SCORE_COUNT; i++) {
        assert_ok(graft_score_at(i)->compute(&rows, &value[i], each));
        for (size_t row = 0; row < count; row++)
            assert_true(isfinite(each[row]));
    }
    graft_score_rows_clear(&rows);
    graft_context_free(context);
    graft_release(fold);
    graft_release(source);
    graft_release(each);
    free_samples(&s);
}

static void shuffled_labels_score_lower(void **state) {
    (void)state;
    static const size_t shapes[][2] = {{300, 40}, {60, 100}};
    for (size_t shape = 0; shape < 2; shape++) {
        double true_labels[GRAFT_SCORE_COUNT], shuffled[GRAFT_SCORE_COUNT];
        score_samples(shapes[shape][0], shapes[shape][1], 2, 0, true_labels);
        score_samples(shapes[shape][0], shapes[shape][1], 2, 1, shuffled);
        for (size_t i = 0; i < GRAFT_SCORE_COUNT; i++)
            if (!(true_labels[i] > shuffled[i]))
                fail_msg("%s: %g, with shuffled labels %g", graft_score_at(i)->name, true_labels[i], shuffled[i]);
    }
}

static void one_point_has_nothing_to_tell(void **state) {
    (void)state;
    float x[24] = {0};
    int label[12], fold[12];
    double value = 1, each[12];
    for (int i = 0; i < 12; i++) {
        x[2 * i] = 3;
        label[i] = i % 2;
        fold[i] = i / 2 % 2;
    }
    const graft_rows rows = {.x = x, .label = label, .count = 12, .width = 2, .classes = 2};
    const graft_score_options options = {.fold = fold, .folds = 2, .neighbours = 5};
    graft_context *context = test_context(1);
    graft_score_rows shared;
    assert_ok(graft_score_rows_make(context, &rows, &options, &shared));
    for (size_t i = 0; i < GRAFT_SCORE_COUNT; i++) {
        const graft_score *score = graft_score_at(i);
        if (score->source) continue;
        assert_ok(score->compute(&shared, &value, each));
        assert_true(isfinite(value));
        if (strcmp(score->name, "hscore") == 0 || strcmp(score->name, "transrate") == 0)
            assert_float_equal(value, 0, 1e-12);
    }
    graft_score_rows_clear(&shared);
    for (int i = 0; i < 12; i++)
        label[i] = 0;
    assert_fails(GRAFT_E_DATA, "one class", graft_score_rows_make(context, &rows, &options, &shared));
    graft_score_rows_clear(&shared);
    graft_context_free(context);
}

static graft_status all_scores(void *argument) {
    enum { N = 30, CLASSES = 3 };
    const samples *s = argument;
    int fold[N];
    float source[N * CLASSES];
    double value, each[N];
    for (size_t i = 0; i < N; i++) {
        fold[i] = (int)(i / 3 % 2);
        for (int k = 0; k < CLASSES; k++)
            source[i * CLASSES + (size_t)k] = k == s->label[i] ? 0.6F : 0.2F;
    }
    const graft_score_options options = {
        .source = source, .source_classes = CLASSES, .fold = fold, .folds = 2, .neighbours = 3, .c = 0.01};
    graft_context *context;
    graft_score_rows rows = {0};
    graft_context_options how = GRAFT_CONTEXT_OPTIONS_INIT;
    how.threads = 1;
    how.no_cache = true;
    GRAFT_TRY(graft_context_new(&context, &how));
    graft_status status = graft_score_rows_make(context, &s->rows, &options, &rows);
    for (size_t i = 0; i < GRAFT_SCORE_COUNT && status == GRAFT_OK; i++)
        status = graft_score_at(i)->compute(&rows, &value, each);
    graft_score_rows_clear(&rows);
    graft_context_free(context);
    return status;
}

static void survives_failing_allocations(void **state) {
    (void)state;
    samples wide = make_samples(30, 40, 3, 1), tall = make_samples(30, 10, 3, 1);
    test_failing_allocations(all_scores, &wide);
    test_failing_allocations(all_scores, &tall);
    free_samples(&wide);
    free_samples(&tall);
}

static void intervals_come_from_the_rows(void **state) {
    (void)state;
    enum { N = 400 };
    double *each = graft_allocate(2 * N, sizeof(*each)), value[2] = {0.5, (double)NAN}, interval[2];
    double *drawn = graft_allocate((size_t)2 * GRAFT_SCORE_RESAMPLES, sizeof(*drawn));
    assert_true(each && drawn);
    for (size_t i = 0; i < N; i++) {
        each[i] = (double)(i % 2);
        each[N + i] = 0;
    }
    const graft_score_table table = {.count = N, .statistics = 2, .value = value, .each = each};
    assert_ok(graft_score_resample(&table, 3, drawn));
    graft_score_percentiles(drawn, interval);
    /* A share of one half of 400: +- 1.96 * 0.025. */
    assert_float_equal(interval[0], 0.451, 0.006);
    assert_float_equal(interval[1], 0.549, 0.006);
    graft_score_percentiles(drawn + GRAFT_SCORE_RESAMPLES, interval);
    assert_true(isnan(interval[0]) && isnan(interval[1]));
    assert_true(isnan(graft_spearman(value, value, 2)) && isnan(graft_kendall(each + N, each, 20)));
    graft_release(each);
    graft_release(drawn);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_the_papers),
        cmocka_unit_test(shuffled_labels_score_lower),
        cmocka_unit_test(one_point_has_nothing_to_tell),
        cmocka_unit_test(survives_failing_allocations),
        cmocka_unit_test(intervals_come_from_the_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
