#include "support/support.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/rng.h"
#include "stats/knn.h"
#include "stats/logistic.h"

#include <math.h>
#include <string.h>

/* Rows that are read, or halves, must give the bytes that rows in memory give. 1,400 x 900 make 24 tiles, more than
 * are kept in memory for rows that are read; 300 x 40 make 2. */

static void fill(graft_rows *rows, size_t count, size_t width) {
    float *x = graft_allocate(count * width, sizeof(float));
    int *label = graft_allocate(count, sizeof(int));
    graft_rng rng = graft_rng_make(11, GRAFT_RNG_TEST, 0, width);
    assert_true(x && label);
    for (size_t i = 0; i < count; i++) {
        label[i] = (int)(i % 3);
        for (size_t j = 0; j < width; j++)
            x[i * width + j] = (float)(graft_rng_normal(&rng) + (j % 3 == i % 3 ? 0.2 : 0) + (double)(j % 7));
    }
    *rows = (graft_rows){.x = x, .label = label, .count = count, .width = width, .classes = 3};
}

static void release(graft_rows *rows) {
    graft_release((void *)(uintptr_t)rows->x);
    graft_release((void *)(uintptr_t)rows->label);
}

static graft_status read_rows(void *source, size_t first, size_t count, float *out) {
    const graft_rows *rows = source;
    memcpy(out, rows->x + first * rows->width, count * rows->width * sizeof(float));
    return GRAFT_OK;
}

static graft_rows read_from(graft_rows *rows) {
    graft_rows out = *rows;
    out.x = NULL;
    out.read = read_rows;
    out.source = rows;
    return out;
}

static void rows_that_are_read_give_the_same_bytes(void **state) {
    (void)state;
    const size_t sizes[2][2] = {{300, 40}, {1400, 900}};
    const double grid[] = {1e-3, 1e-2};
    for (int s = 0; s < 2; s++) {
        graft_rows rows;
        fill(&rows, sizes[s][0], sizes[s][1]);
        graft_rows read = read_from(&rows);
        graft_context *context = test_context(2);
        graft_logistic *a, *b;
        assert_ok(graft_logistic_fit(context, &rows, 1e-3, &a));
        assert_ok(graft_logistic_fit(context, &read, 1e-3, &b));
        assert_memory_equal(a->weight, b->weight, 3 * rows.width * sizeof(float));
        assert_memory_equal(a->scale, b->scale, rows.width * sizeof(float));
        assert_memory_equal(a->bias, b->bias, 3 * sizeof(float));
        graft_logistic_free(a);
        graft_logistic_free(b);
        graft_logistic_cv cv_a, cv_b;
        assert_ok(graft_logistic_crossval(context, &rows, grid, 2, 3, 1, &cv_a));
        assert_ok(graft_logistic_crossval(context, &read, grid, 2, 3, 1, &cv_b));
        assert_memory_equal(cv_a.loss, cv_b.loss, cv_a.grid_count * sizeof(double));
        assert_memory_equal(cv_a.accuracy, cv_b.accuracy, cv_a.grid_count * sizeof(double));
        graft_context_free(context);
        release(&rows);
    }
}

static graft_status fail_to_read(void *source, size_t first, size_t count, float *out) {
    if (first + count > 600) return graft_fail(GRAFT_E_DATA, "row %zu is gone", first);
    return read_rows(source, first, count, out);
}

static void a_source_that_fails_is_told(void **state) {
    (void)state;
    graft_rows rows;
    fill(&rows, 1400, 900);
    graft_rows read = read_from(&rows);
    read.read = fail_to_read;
    graft_context *context = test_context(2);
    graft_logistic *model;
    assert_fails(GRAFT_E_DATA, "is gone", graft_logistic_fit(context, &read, 1, &model));
    ((float *)(uintptr_t)rows.x)[700 * 900 + 5] = NAN;
    read.read = read_rows;
    assert_fails(GRAFT_E_DATA, "row 700, column 5", graft_logistic_fit(context, &read, 1, &model));
    graft_context_free(context);
    release(&rows);
}

static void neighbours_among_halves_equal_those_among_floats(void **state) {
    (void)state;
    graft_rows rows;
    fill(&rows, 300, 300);
    size_t values = rows.count * rows.width;
    uint16_t *half = graft_allocate(values, sizeof(uint16_t));
    assert_non_null(half);
    graft_f32_to_f16(rows.x, half, values);
    graft_f16_to_f32(half, (float *)(uintptr_t)rows.x, values);
    graft_rows halves = rows;
    halves.x = NULL;
    halves.half = half;
    graft_context *context = test_context(2);
    float a[20 * 3], b[20 * 3];
    assert_ok(graft_knn_predict(context, &rows, rows.x, 20, 5, a));
    assert_ok(graft_knn_predict(context, &halves, rows.x, 20, 5, b));
    assert_memory_equal(a, b, sizeof(a));
    graft_context_free(context);
    graft_release(half);
    release(&rows);
}

typedef struct fit_case {
    graft_context *context;
    graft_rows *rows;
} fit_case;

static graft_status fit_once(void *argument) {
    const fit_case *f = argument;
    graft_logistic *model;
    GRAFT_TRY(graft_logistic_fit(f->context, f->rows, 1e-3, &model));
    graft_logistic_free(model);
    return GRAFT_OK;
}

static void reading_survives_failing_allocations(void **state) {
    (void)state;
    graft_rows rows;
    fill(&rows, 300, 20);
    graft_rows read = read_from(&rows);
    fit_case f = {test_context(1), &read};
    test_failing_allocations(fit_once, &f);
    graft_context_free(f.context);
    release(&rows);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_that_are_read_give_the_same_bytes),
        cmocka_unit_test(a_source_that_fails_is_told),
        cmocka_unit_test(neighbours_among_halves_equal_those_among_floats),
        cmocka_unit_test(reading_survives_failing_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
