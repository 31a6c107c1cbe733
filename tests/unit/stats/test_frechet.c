#include "support/support.h"

#include "stats/frechet.h"

#include "numbers.h"

#include <math.h>

enum { VALUES_MOST = 512 };

static double distance_of(const float *x, size_t n, const float *y, size_t m, size_t width) {
    graft_gaussian a, b;
    double distance;
    assert_ok(graft_gaussian_fit(x, n, width, &a));
    assert_ok(graft_gaussian_fit(y, m, width, &b));
    assert_ok(graft_frechet_distance(&a, &b, &distance));
    graft_gaussian_clear(&a);
    graft_gaussian_clear(&b);
    return distance;
}

static void equals_scipys_matrix_square_root(void **state) {
    (void)state;
    static float rows[VALUES_MOST];
    FILE *file = open_numbers("tests/golden/frechet/golden.txt");
    for (int pairs = (int)next_number(file); pairs > 0; pairs--) {
        const size_t n = (size_t)next_number(file), m = (size_t)next_number(file), width = (size_t)next_number(file);
        assert_true((n + m) * width <= VALUES_MOST);
        next_floats(file, rows, (n + m) * width);
        const double expected = next_number(file), got = distance_of(rows, n, rows + n * width, m, width);
        if (!(fabs(got - expected) < 1e-5 * fmax(1, expected))) fail_msg("%g, expected %g", got, expected);
    }
    fclose(file);
}

static void has_known_values(void **state) {
    (void)state;
    const float x[] = {-1, 0, 1, 2}, y[] = {4, 7, 10, 13};
    /* means 0.5 and 8.5, deviations s and 3 s with s^2 = 5/3 */
    assert_float_equal(distance_of(x, 4, y, 4, 1), 64 + 4 * 5.0 / 3, 1e-9);
    assert_float_equal(distance_of(x, 4, x, 4, 1), 0, 1e-12);
}

static void refuses_what_has_no_covariance(void **state) {
    (void)state;
    const float x[] = {1, NAN, 3, 4}, y[] = {1, 2};
    graft_gaussian a, b;
    double distance;
    assert_fails(GRAFT_E_DATA, "expected 2", graft_gaussian_fit(x, 1, 1, &a));
    graft_gaussian_clear(&a);
    assert_fails(GRAFT_E_DATA, "not finite", graft_gaussian_fit(x, 2, 2, &a));
    graft_gaussian_clear(&a);
    assert_ok(graft_gaussian_fit(y, 2, 1, &a));
    assert_ok(graft_gaussian_fit((const float[]){1, 2, 3, 4}, 2, 2, &b));
    assert_fails(GRAFT_E_USAGE, "expected as many", graft_frechet_distance(&a, &b, &distance));
    graft_gaussian_clear(&a);
    graft_gaussian_clear(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_scipys_matrix_square_root),
        cmocka_unit_test(has_known_values),
        cmocka_unit_test(refuses_what_has_no_covariance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
