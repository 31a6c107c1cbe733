/* What the minimiser remembers of the curvature. */
#include "support/support.h"

#include "stats/lbfgs.h"

/* One weight and one bias, which stays: the point x with this gradient and value is accepted. */
static void step(graft_lbfgs *m, double x, double gradient, double value) {
    m->trial[0] = x;
    m->trial[1] = 0;
    m->trial_gradient[0] = gradient;
    m->trial_gradient[1] = 0;
    assert_true(graft_lbfgs_judge(m, value));
}

/* x^2 / 2 - 20 x, from 0 in steps of 1, until the history is full. */
static void fill_history(graft_lbfgs *m) {
    static const graft_lbfgs_limits limits = {.gradient = 1e-9, .iterations = 100};
    assert_ok(graft_lbfgs_make(m, 1, 1));
    graft_lbfgs_restart(m, 0, &limits);
    for (int i = 0; i <= GRAFT_LBFGS_HISTORY; i++)
        step(m, i, i - 20, i * i / 2.0 - 20 * i);
    assert_int_equal(m->stored, GRAFT_LBFGS_HISTORY);
}

static void pairs_say_the_curvature(void **state) {
    (void)state;
    graft_lbfgs m;
    fill_history(&m);
    for (int h = 0; h < GRAFT_LBFGS_HISTORY; h++) {
        assert_float_equal(m.move[h][0], 1, 1e-6);
        assert_float_equal(m.turn[h][0], 1, 1e-6);
        assert_float_equal(m.inverse[h], 1, 1e-6);
    }
    graft_lbfgs_free(&m);
}

/* Rounding may make a pair that no convex function has; it takes the oldest one's room. */
static void a_pair_of_negative_curvature_is_not_kept(void **state) {
    (void)state;
    graft_lbfgs m;
    fill_history(&m);
    step(&m, 10, -30, -1000);
    assert_int_equal(m.stored, GRAFT_LBFGS_HISTORY - 1);
    for (int back = 0; back < m.stored; back++) {
        const int h = (m.newest - back + GRAFT_LBFGS_HISTORY) % GRAFT_LBFGS_HISTORY;
        assert_float_equal(m.inverse[h] * (double)m.move[h][0] * (double)m.turn[h][0], 1, 1e-6);
    }
    graft_lbfgs_free(&m);
}

/* Another penalty: the curvature grows by the difference. */
static void a_restart_keeps_the_pairs_right(void **state) {
    (void)state;
    static const graft_lbfgs_limits limits = {.gradient = 1e-9, .iterations = 100};
    graft_lbfgs m;
    fill_history(&m);
    const double value = m.value;
    graft_lbfgs_restart(&m, 3, &limits);
    assert_float_equal(m.value, value + 3.0 / 2 * 6 * 6, 1e-9);
    assert_float_equal(m.gradient[0], 6 - 20 + 3 * 6, 1e-9);
    for (int h = 0; h < GRAFT_LBFGS_HISTORY; h++)
        assert_float_equal(m.inverse[h], 1.0 / 4, 1e-6);
    graft_lbfgs_free(&m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_say_the_curvature),
        cmocka_unit_test(a_pair_of_negative_curvature_is_not_kept),
        cmocka_unit_test(a_restart_keeps_the_pairs_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
