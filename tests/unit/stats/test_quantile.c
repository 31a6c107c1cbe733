/* Quantiles against NumPy's. */
#include "support/support.h"

#include "stats/quantile.h"

#include <math.h>

static void quantiles_equal_numpy(void **state) {
    (void)state;
    const double values[] = {3, 1, 4, 1, 5, 9, 2, 6};
    const struct {
        double quantile, value;
    } cases[] = {{0, 1}, {0.25, 1.75}, {0.5, 3.5}, {0.99, 8.79}, {1, 9}}; /* numpy.quantile of 1.24 */
    double got;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_ok(graft_quantile(values, 8, cases[i].quantile, &got));
        assert_true(fabs(got - cases[i].value) < 1e-12);
    }
    assert_ok(graft_quantile(values, 1, 0.7, &got));
    assert_true(got == 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(quantiles_equal_numpy)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
