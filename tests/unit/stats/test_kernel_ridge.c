#include "support/support.h"

#include "base/alloc.h"
#include "stats/kernel-ridge.h"

#include "numbers.h"
#include "samples.h"

#include <malloc.h>
#include <math.h>
#include <string.h>

enum { ROWS_MOST = 64, CLASSES_MOST = 4, BLOCKS_MOST = 2, VALUES_MOST = 1000 };

typedef struct sample_case {
    size_t rows, blocks, width[BLOCKS_MOST];
    int classes, label[ROWS_MOST];
    int64_t group[ROWS_MOST];
} sample_case;

static void read_case(FILE *file, sample_case *c) {
    c->rows = (size_t)next_number(file);
    c->classes = (int)next_number(file);
    c->blocks = (size_t)next_number(file);
    assert_true(c->rows <= ROWS_MOST && c->classes <= CLASSES_MOST && c->blocks <= BLOCKS_MOST);
    for (size_t b = 0; b < c->blocks; b++)
        c->width[b] = (size_t)next_number(file);
    next_labels(file, c->label, c->rows);
    for (size_t i = 0; i < c->rows; i++)
        c->group[i] = (int64_t)next_number(file);
}

static void make_block(const sample_case *c, size_t block, float *x) {
    assert_true(c->rows * c->width[block] <= VALUES_MOST);
    for (size_t i = 0; i < c->rows * c->width[block]; i++)
        x[i] = (float)((double)(((int64_t)i * 7919 + (int64_t)block * 104729 + 12345) % 10007) / 10007 - 0.5);
    for (size_t i = 0; i < c->rows; i++) {
        x[i * c->width[block]] = 0.25F * (float)c->label[i];
        x[i * c->width[block] + 1] = 1;
    }
}

static void equals_refitting_without_each_group(void **state) {
    (void)state;
    graft_context *context = test_context(2);
    FILE *file = open_numbers("tests/golden/kernel_ridge/golden.txt");
    for (int which = 0; which < 2; which++) {
        sample_case c;
        graft_kernel *kernel;
        float x[VALUES_MOST], score[ROWS_MOST * CLASSES_MOST];
        read_case(file, &c);
        assert_ok(graft_kernel_new(context, c.rows, &kernel));
        for (size_t b = 0; b < c.blocks; b++) {
            make_block(&c, b, x);
            assert_ok(graft_kernel_add(kernel, x, c.width[b]));
        }
        assert_ok(graft_kernel_ridge(kernel, c.label, which == 0 ? NULL : c.group, c.classes, score));
        for (size_t i = 0; i < c.rows * (size_t)c.classes; i++)
            assert_float_equal((double)score[i], next_number(file), 2e-5);
        graft_kernel_free(kernel);
    }
    fclose(file);
    graft_context_free(context);
}

/* More than two pieces of work, so that several workers share them. */
static void score_with(int threads, const samples *s, float *score) {
    const size_t values = s->rows.count * s->rows.width;
    graft_context *context = test_context(threads);
    graft_kernel *kernel;
    float *x = graft_allocate(values, sizeof(*x));
    assert_non_null(x);
    memcpy(x, s->x, values * sizeof(*x));
    assert_ok(graft_kernel_new(context, s->rows.count, &kernel));
    assert_ok(graft_kernel_add(kernel, x, s->rows.width));
    assert_ok(graft_kernel_ridge(kernel, s->label, NULL, s->rows.classes, score));
    graft_kernel_free(kernel);
    graft_release(x);
    graft_context_free(context);
}

static void threads_do_not_change_a_byte(void **state) {
    (void)state;
    enum { N = 700, K = 3 };
    static float one[N * K], three[N * K];
    samples s = make_samples(N, 20, K, 2);
    score_with(1, &s, one);
    score_with(3, &s, three);
    assert_memory_equal(one, three, sizeof(one));
    free_samples(&s);
}

/* Its own label must not reach a row's score: not even where it is a class of its own. */
static void a_label_does_not_reach_its_own_score(void **state) {
    (void)state;
    enum { N = 60, K = 3 };
    float before[N * K], after[N * K];
    samples s = make_samples(N, 8, K, 2);
    score_with(1, &s, before);
    s.label[17] = (s.label[17] + 1) % K;
    score_with(1, &s, after);
    for (size_t k = 0; k < K; k++)
        assert_float_equal((double)before[17 * K + k], (double)after[17 * K + k], 1e-5);
    assert_true(fabsf(before[0] - after[0]) > 1e-6F || fabsf(before[20 * K] - after[20 * K]) > 1e-6F);
    free_samples(&s);
}

static void equal_rows_and_one_row_have_scores(void **state) {
    (void)state;
    static const int label[] = {0, 1, 1, 1};
    graft_context *context = test_context(1);
    graft_kernel *kernel;
    float x[8] = {3, 4, 3, 4, 3, 4, 3, 4}, score[8];
    assert_ok(graft_kernel_new(context, 4, &kernel));
    assert_ok(graft_kernel_add(kernel, x, 2));
    assert_ok(graft_kernel_ridge(kernel, label, NULL, 2, score));
    assert_true(score[1] > 0.9F && score[3] < 0.75F); /* three of class 1 beside it; two, and one of class 0 */
    graft_kernel_free(kernel);
    assert_ok(graft_kernel_new(context, 1, &kernel));
    assert_ok(graft_kernel_add(kernel, x, 2));
    assert_ok(graft_kernel_ridge(kernel, label, NULL, 2, score));
    assert_float_equal((double)score[0], 0.5, 1e-6); /* nothing was learnt */
    graft_kernel_free(kernel);
    graft_context_free(context);
}

static void what_is_not_finite_is_refused(void **state) {
    (void)state;
    graft_context *context = test_context(1);
    graft_kernel *kernel;
    float x[4] = {1, 2, (float)NAN, 4};
    assert_ok(graft_kernel_new(context, 2, &kernel));
    assert_fails(GRAFT_E_DATA, "row 1, column 0", graft_kernel_add(kernel, x, 2));
    graft_kernel_free(kernel);
    graft_kernel_free(NULL);
    graft_context_free(context);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_refitting_without_each_group),  cmocka_unit_test(threads_do_not_change_a_byte),
        cmocka_unit_test(a_label_does_not_reach_its_own_score), cmocka_unit_test(equal_rows_and_one_row_have_scores),
        cmocka_unit_test(what_is_not_finite_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
