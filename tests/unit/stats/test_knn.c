#include "support/support.h"

#include "stats/folds.h"
#include "stats/knn.h"
#include "stats/metrics.h"

#include "samples.h"

#include <math.h>
#include <string.h>

enum { N = 600, WIDTH = 300, CLASSES = 4, QUERIES = 270 };

/* By definition: every similarity in double, one query at a time, the most similar picked k times. */
static void vote_plainly(const graft_rows *train, const float *query, int k, double *p) {
    static float mean[WIDTH], scale[WIDTH];
    double similarity[N], total = 0;
    graft_moments(train->x, train->count, train->width, NULL, train->count, mean, scale);
    for (size_t i = 0; i < train->count; i++) {
        double product = 0, a = 0, b = 0;
        for (size_t j = 0; j < train->width; j++) {
            double q = ((double)query[j] - (double)mean[j]) * (double)scale[j];
            double t = ((double)train->x[i * train->width + j] - (double)mean[j]) * (double)scale[j];
            product += q * t;
            a += q * q;
            b += t * t;
        }
        similarity[i] = product / sqrt(a * b);
    }
    memset(p, 0, CLASSES * sizeof(*p));
    for (int n = 0; n < k; n++) {
        size_t best = 0;
        for (size_t i = 1; i < train->count; i++) {
            if (similarity[i] > similarity[best]) best = i;
        }
        p[train->label[best]] += fmax(similarity[best], 0);
        total += fmax(similarity[best], 0);
        similarity[best] = -2;
    }
    for (int c = 0; c < CLASSES; c++)
        p[c] /= total;
}

static void equals_the_definition(void **state) {
    (void)state;
    samples s = make_samples(N + QUERIES, WIDTH, CLASSES, 1);
    graft_context *context = test_context(2);
    float p[QUERIES * CLASSES];
    s.rows.count = N;
    assert_ok(graft_knn_predict(context, &s.rows, s.x + N * WIDTH, QUERIES, 5, p));
    for (size_t q = 0; q < QUERIES; q++) {
        double expected[CLASSES];
        vote_plainly(&s.rows, s.x + (N + q) * WIDTH, 5, expected);
        for (int c = 0; c < CLASSES; c++)
            assert_true(fabs((double)p[q * CLASSES + (size_t)c] - expected[c]) < 1e-5);
    }
    graft_context_free(context);
    free_samples(&s);
}

static void bytes_do_not_depend_on_threads(void **state) {
    (void)state;
    samples s = make_samples(N + QUERIES, WIDTH, CLASSES, 1);
    float one[QUERIES * CLASSES], many[QUERIES * CLASSES];
    s.rows.count = N;
    for (int threads = 1; threads <= 8; threads *= 2) {
        graft_context *context = test_context(threads);
        assert_ok(graft_knn_predict(context, &s.rows, s.x + N * WIDTH, QUERIES, 7, threads == 1 ? one : many));
        if (threads > 1) assert_memory_equal(one, many, sizeof(one));
        graft_context_free(context);
    }
    free_samples(&s);
}

static void of_equals_the_lower_row_votes(void **state) {
    (void)state;
    const float x[] = {1, 2, 1, 2, -1, -2, -1, -2}, query[] = {1, 2};
    graft_context *context = test_context(1);
    float p[3];
    graft_rows rows = {.x = x, .label = (int[]){2, 1, 0, 0}, .count = 4, .width = 2, .classes = 3};
    assert_ok(graft_knn_predict(context, &rows, query, 1, 1, p));
    assert_true(p[2] == 1 && p[1] == 0);
    const float later[] = {1, 2.1F, 1, 2.1F, 1, 2, -1, -2}; /* the nearest, last, pushes out the higher of two equals */
    rows.x = later;
    rows.label = (int[]){2, 1, 0, 0};
    assert_ok(graft_knn_predict(context, &rows, query, 1, 2, p));
    assert_true(p[0] > 0 && p[1] == 0 && p[2] > 0);
    graft_context_free(context);
}

static void fewer_rows_than_k_and_no_direction(void **state) {
    (void)state;
    const float x[] = {1, 1, 1, 1};
    graft_context *context = test_context(1);
    float p[2];
    graft_rows rows = {.x = x, .label = (int[]){0, 1, 1, 1}, .count = 4, .width = 1, .classes = 2};
    assert_ok(graft_knn_predict(context, &rows, (float[]){3}, 1, 99, p));
    assert_true(p[0] == 0.25F && p[1] == 0.75F); /* constant features: everyone is as near, everyone votes */
    assert_ok(graft_knn_predict(context, &rows, NULL, 0, 1, p));
    graft_context_free(context);
}

static void refuses_wrong_input(void **state) {
    (void)state;
    graft_context *context = test_context(1);
    float p[2];
    graft_rows rows = {.x = (float[]){1, 2}, .label = (int[]){0, 1}, .count = 2, .width = 1, .classes = 2};
    assert_fails(GRAFT_E_USAGE, "0 neighbours", graft_knn_predict(context, &rows, rows.x, 1, 0, p));
    assert_fails(GRAFT_E_DATA, "row 0, column 0", graft_knn_predict(context, &rows, (float[]){NAN}, 1, 1, p));
    graft_context_cancel(context);
    assert_int_equal(graft_knn_predict(context, &rows, rows.x, 1, 1, p), GRAFT_E_CANCELLED);
    graft_context_free(context);
}

static graft_status knn_job(void *argument) {
    float p[2];
    graft_rows rows = {.x = (float[]){1, 2}, .label = (int[]){0, 1}, .count = 2, .width = 1, .classes = 2};
    return graft_knn_predict(argument, &rows, rows.x, 1, 1, p);
}

static void survives_failing_allocations(void **state) {
    (void)state;
    graft_context *context = test_context(1);
    test_failing_allocations(knn_job, context);
    graft_context_free(context);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_the_definition),         cmocka_unit_test(bytes_do_not_depend_on_threads),
        cmocka_unit_test(of_equals_the_lower_row_votes), cmocka_unit_test(fewer_rows_than_k_and_no_direction),
        cmocka_unit_test(refuses_wrong_input),           cmocka_unit_test(survives_failing_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
