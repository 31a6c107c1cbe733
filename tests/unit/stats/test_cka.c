#include "support/support.h"

#include "base/rng.h"
#include "stats/cka.h"

#include "numbers.h"

#include <math.h>

enum { VALUES_MOST = 512 };

static void equals_the_definition(void **state) {
    (void)state;
    static float rows[VALUES_MOST];
    graft_context *context = test_context(1);
    FILE *file = open_numbers("tests/golden/cka/golden.txt");
    for (int pairs = (int)next_number(file); pairs > 0; pairs--) {
        size_t n = (size_t)next_number(file), m = (size_t)next_number(file), width = (size_t)next_number(file);
        assert_true((n + m) * width <= VALUES_MOST);
        next_floats(file, rows, (n + m) * width);
        graft_cka_result result;
        assert_ok(graft_cka(context, rows, n, rows + n * width, m, width, 0, &result));
        assert_float_equal(result.value, next_number(file), 1e-5);
    }
    fclose(file);
    graft_context_free(context);
}

/* Rows of independent features, the first ones with a spread of their own; or (apart) the last ones. */
static void fill(float *rows, size_t count, size_t width, bool apart, graft_rng *rng) {
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < width; j++) {
            const bool wide = apart ? j >= width / 2 : j < width / 2;
            rows[i * width + j] = (float)(graft_rng_normal(rng) * (wide ? 3 : 1) + (double)j);
        }
}

static void tells_what_is_apart(void **state) {
    (void)state;
    enum { N = 60, M = 50, WIDTH = 6 };
    static float x[N * WIDTH], y[M * WIDTH];
    graft_context *context = test_context(1);
    graft_cka_result result;
    for (int apart = 0; apart < 2; apart++) {
        graft_rng rng = graft_rng_make(4, GRAFT_RNG_TEST, 0, 0);
        fill(x, N, WIDTH, false, &rng);
        fill(y, M, WIDTH, apart == 1, &rng);
        assert_ok(graft_cka(context, x, N, y, M, WIDTH, 1, &result));
        assert_true(result.value >= 0 && result.value <= 1 && result.p_value > 0 && result.p_value <= 1);
        assert_int_equal(result.value < result.null5, apart);
        assert_int_equal(result.p_value < 0.02, apart);
    }
    graft_context_free(context);
}

static void knows_what_it_must_not_see(void **state) {
    (void)state;
    enum { N = 20, WIDTH = 4 };
    static float x[N * WIDTH], y[N * WIDTH];
    graft_context *context = test_context(1);
    graft_rng rng = graft_rng_make(9, GRAFT_RNG_TEST, 0, 0);
    graft_cka_result result;
    fill(x, N, WIDTH, false, &rng);
    for (size_t i = 0; i < N; i++) /* the same rows elsewhere, three times as large, in another order */
        for (size_t j = 0; j < WIDTH; j++)
            y[i * WIDTH + j] = 3 * x[(N - 1 - i) * WIDTH + j] + (float)(10 * j);
    assert_ok(graft_cka(context, x, N, y, N, WIDTH, 1, &result));
    assert_float_equal(result.value, 1, 1e-5);
    for (size_t i = 0; i < N * WIDTH; i++)
        y[i] = 2;
    assert_ok(graft_cka(context, x, N, y, N, WIDTH, 1, &result)); /* rows that are all alike have no shape */
    assert_true(isnan(result.value) && isnan(result.null5) && isnan(result.p_value));
    x[7] = NAN;
    assert_fails(GRAFT_E_DATA, "row 1", graft_cka(context, x, N, y, N, WIDTH, 1, &result));
    assert_fails(GRAFT_E_DATA, "expected 2", graft_cka(context, x, 1, y, N, WIDTH, 1, &result));
    graft_context_free(context);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_the_definition),
        cmocka_unit_test(tells_what_is_apart),
        cmocka_unit_test(knows_what_it_must_not_see),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
