#include "support/support.h"

#include "train/schedule.h"

#include <math.h>

static double factor_at(const char *name, const char *option, const char *text, graft_position position) {
    const graft_schedule *schedule = graft_schedule_find(name);
    assert_non_null(schedule);
    _Alignas(16) char attributes[GRAFT_SCHEDULE_ATTRIBUTES] = {0};
    assert_true(schedule->attribute_size <= sizeof attributes);
    assert_ok(graft_options_defaults(schedule->attributes, attributes));
    if (option) assert_ok(graft_option_set(graft_option_find(schedule->attributes, option), attributes, text));
    return schedule->factor(attributes, &position);
}

#define AT(done) ((graft_position){.step = (done), .steps = 100, .steps_per_epoch = 10})

static void assert_near(double got, double expected) {
    if (fabs(got - expected) > 1e-12) fail_msg("%.15g, expected %.15g", got, expected);
}

static void schedules_pass_through_known_points(void **state) {
    (void)state;
    assert_near(factor_at("constant", NULL, NULL, AT(50)), 1);
    assert_near(factor_at("step", "every", "3", AT(29)), 1);
    assert_near(factor_at("step", "every", "3", AT(30)), 0.1);
    assert_near(factor_at("exponential", NULL, NULL, AT(20)), 0.81);
    assert_near(factor_at("polynomial", "power", "2", AT(50)), 0.25);
    assert_near(factor_at("cosine", NULL, NULL, AT(0)), 1);
    assert_near(factor_at("cosine", NULL, NULL, AT(50)), 0.5);
    assert_near(factor_at("cosine", "last", "0.1", AT(100)), 0.1);
    assert_near(factor_at("cosine_restarts", NULL, NULL, AT(50)), 1);    /* epoch 5: the second cosine begins */
    assert_near(factor_at("cosine_restarts", NULL, NULL, AT(100)), 0.5); /* the middle of ten epochs */
    assert_near(factor_at("one_cycle", NULL, NULL, AT(30)), 1);
    assert_near(factor_at("one_cycle", NULL, NULL, AT(0)), 0.04);
    assert_near(factor_at("one_cycle", NULL, NULL, AT(100)), 4e-6);
    graft_position stalled = AT(50);
    stalled.reductions = 2;
    assert_near(factor_at("plateau", NULL, NULL, stalled), 0.04);
}

/* Every row stays within 0..1, also beyond its end, and warms up. */
static void every_schedule_stays_in_range(void **state) {
    (void)state;
    for (size_t k = 0; graft_schedule_at(k); k++) {
        const graft_schedule *schedule = graft_schedule_at(k);
        _Alignas(16) char attributes[GRAFT_SCHEDULE_ATTRIBUTES] = {0};
        assert_ok(graft_options_defaults(schedule->attributes, attributes));
        for (uint64_t step = 0; step < 130; step++) {
            graft_position position = AT(step);
            double rate = graft_schedule_rate(schedule, attributes, 5, &position);
            assert_true(rate >= 0 && rate <= 1);
            if (step < 5) assert_near(rate, (double)(step + 1) / 5);
        }
        graft_position only_warmup = {.step = 9, .steps = 5, .steps_per_epoch = 5};
        assert_true(isfinite(graft_schedule_rate(schedule, attributes, 5, &only_warmup)));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schedules_pass_through_known_points),
        cmocka_unit_test(every_schedule_stays_in_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
