#include "support/support.h"

#include "base/rng.h"
#include "stats/mmd.h"

#include "numbers.h"

#include <math.h>

enum { VALUES_MOST = 512 };

static void equals_the_definition(void **state) {
    (void)state;
    static float rows[VALUES_MOST];
    graft_context *context = test_context(1);
    FILE *file = open_numbers("tests/golden/mmd/golden.txt");
    for (int pairs = (int)next_number(file); pairs > 0; pairs--) {
        size_t n = (size_t)next_number(file), m = (size_t)next_number(file), width = (size_t)next_number(file);
        assert_true((n + m) * width <= VALUES_MOST);
        next_floats(file, rows, (n + m) * width);
        graft_mmd_result result;
        assert_ok(graft_mmd(context, rows, n, rows + n * width, m, width, 0, &result));
        assert_float_equal(result.squared, next_number(file), 1e-6);
    }
    fclose(file);
    graft_context_free(context);
}

static void tells_what_is_apart(void **state) {
    (void)state;
    enum { N = 60, M = 50, WIDTH = 6 };
    static float x[N * WIDTH], y[M * WIDTH];
    graft_context *context = test_context(1);
    graft_mmd_result result;
    for (int apart = 0; apart < 2; apart++) {
        graft_rng rng = graft_rng_make(4, GRAFT_RNG_TEST, 0, 0);
        for (size_t i = 0; i < N * WIDTH; i++)
            x[i] = (float)graft_rng_normal(&rng);
        for (size_t i = 0; i < M * WIDTH; i++)
            y[i] = (float)(graft_rng_normal(&rng) + apart);
        assert_ok(graft_mmd(context, x, N, y, M, WIDTH, 1, &result));
        assert_true(isfinite(result.null95) && result.p_value > 0 && result.p_value <= 1);
        assert_int_equal(result.squared > result.null95, apart);
        assert_int_equal(result.p_value < 0.02, apart);
    }
    for (size_t i = 0; i < N * WIDTH; i++)
        x[i] = 1;
    assert_ok(graft_mmd(context, x, N / 2, x + N / 2 * WIDTH, N / 2, WIDTH, 1, &result)); /* all rows are one */
    assert_float_equal(result.squared, 0, 1e-12);
    assert_float_equal(result.p_value, 1, 1e-12);
    x[7] = NAN;
    assert_fails(GRAFT_E_DATA, "row 1", graft_mmd(context, x, N, y, M, WIDTH, 1, &result));
    assert_fails(GRAFT_E_DATA, "expected 2", graft_mmd(context, x, 1, y, M, WIDTH, 1, &result));
    graft_context_free(context);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_the_definition),
        cmocka_unit_test(tells_what_is_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
