#include "support/support.h"

#include "stats/pca.h"

#include "numbers.h"

#include <math.h>

enum { VALUES_MOST = 400, COMPONENTS = 3 };

static void make(int64_t tensor, size_t rows, size_t columns, float *out) {
    for (size_t i = 0; i < rows * columns; i++) {
        const double value = (double)(((int64_t)i * 7919 + tensor * 104729 + 12345) % 10007) / 10007 - 0.5;
        out[i] = (float)((double)(float)value * (double)(1 + i % columns));
    }
}

static void equals_the_singular_values(void **state) {
    (void)state;
    graft_context *context = test_context(1);
    FILE *file = open_numbers("tests/golden/pca/golden.txt");
    for (int64_t which = 0; which < 2; which++) {
        float x[VALUES_MOST];
        graft_pca pca;
        const size_t rows = (size_t)next_number(file), columns = (size_t)next_number(file);
        assert_true(rows * columns <= VALUES_MOST);
        make(which, rows, columns, x);
        assert_ok(graft_pca_fit(context, x, rows, columns, COMPONENTS, &pca));
        for (int c = 0; c < COMPONENTS; c++)
            assert_float_equal(pca.share[c], next_number(file), 1e-9);
        for (size_t i = 0; i < rows * COMPONENTS; i++)
            assert_float_equal((double)pca.point[i], next_number(file), 1e-5);
        graft_pca_clear(&pca);
    }
    fclose(file);
    graft_context_free(context);
}

static void equal_rows_have_no_components(void **state) {
    (void)state;
    static const float x[] = {1, 2, 3, 1, 2, 3, 1, 2, 3};
    graft_context *context = test_context(1);
    graft_pca pca;
    assert_ok(graft_pca_fit(context, x, 3, 3, 2, &pca));
    for (int i = 0; i < 6; i++)
        assert_float_equal((double)pca.point[i], 0, 1e-7);
    assert_true(pca.share[0] == 0 && pca.share[1] == 0);
    graft_pca_clear(&pca);
    graft_context_free(context);
}

static void what_cannot_be_is_refused(void **state) {
    (void)state;
    const float x[] = {1, 2, 3, (float)NAN};
    graft_context *context = test_context(1);
    graft_pca pca;
    assert_fails(GRAFT_E_DATA, "2 or more", graft_pca_fit(context, x, 1, 4, 1, &pca));
    assert_fails(GRAFT_E_USAGE, "3 principal components", graft_pca_fit(context, x, 2, 2, 3, &pca));
    assert_fails(GRAFT_E_DATA, "row 1", graft_pca_fit(context, x, 2, 2, 1, &pca));
    assert_fails(GRAFT_E_USAGE, "pool the features", graft_pca_fit(context, x, 9000, 9000, 2, &pca));
    graft_pca_clear(&pca);
    graft_context_free(context);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_the_singular_values),
        cmocka_unit_test(equal_rows_have_no_components),
        cmocka_unit_test(what_cannot_be_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
