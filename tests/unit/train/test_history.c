#include "support/support.h"

#include "base/alloc.h"
#include "train/history.h"
#include "train/policy.h"

#include <math.h>
#include <string.h>

static void fill(graft_history *history, const double *val_accuracy, size_t count) {
    *history = (graft_history){0};
    for (size_t i = 0; i < count; i++) {
        graft_epoch epoch = {.phase = 1,
                             .epoch = (uint32_t)i + 1,
                             .steps = 10 * (i + 1),
                             .rate = 1e-4 / 3,
                             .loss = 1.0 / 7,
                             .accuracy = 0.5,
                             .val_loss = 1 - val_accuracy[i],
                             .val_accuracy = val_accuracy[i]};
        assert_ok(graft_history_add(history, &epoch));
    }
}

static void json_keeps_every_bit(void **state) {
    (void)state;
    const double accuracy[] = {0.1, 1.0 / 3, NAN};
    graft_history history, back;
    fill(&history, accuracy, 3);
    graft_json *json = graft_history_to_json(&history), *parsed;
    char *text;
    size_t length;
    assert_ok(graft_json_dump(json, 0, &text, &length));
    assert_ok(graft_json_parse(text, length, "history", &parsed));
    assert_ok(graft_history_from_json(parsed, &back));
    assert_int_equal(back.count, 3);
    assert_memory_equal(&back.epochs[1], &history.epochs[1], sizeof history.epochs[1]);
    assert_true(isnan(back.epochs[2].val_accuracy));
    graft_json_free(json);
    graft_json_free(parsed);
    graft_release(text);
    graft_history_clear(&history);
    graft_history_clear(&back);
}

static void behaviour_23_the_best_epoch_is_found(void **state) {
    (void)state;
    const double accuracy[] = {0.9, 0.5, 0.7, 0.7, NAN, 0.6};
    graft_history history;
    fill(&history, accuracy, 6);
    assert_int_equal(graft_policy_best(&history, 0, GRAFT_MONITOR_VAL_ACC), 0);
    assert_int_equal(graft_policy_best(&history, 1, GRAFT_MONITOR_VAL_ACC), 2); /* the earliest of equals */
    assert_int_equal(graft_policy_best(&history, 1, GRAFT_MONITOR_VAL_LOSS), 2);
    assert_int_equal(graft_policy_best(&history, 6, GRAFT_MONITOR_VAL_ACC), 6);
    graft_history_clear(&history);
}

/* The second epoch's network gave no numbers; what it was right in, it was by chance. */
static void a_validation_loss_that_is_not_finite_is_no_merit(void **state) {
    (void)state;
    const double accuracy[] = {0.3, 0.4, 0.35};
    graft_history history;
    fill(&history, accuracy, 3);
    history.epochs[1].val_loss = NAN;
    assert_int_equal(graft_policy_best(&history, 0, GRAFT_MONITOR_VAL_ACC), 2);
    assert_int_equal(graft_policy_best(&history, 0, GRAFT_MONITOR_VAL_LOSS), 2);
    history.epochs[1].val_loss = (double)INFINITY;
    assert_int_equal(graft_policy_best(&history, 0, GRAFT_MONITOR_VAL_ACC), 2);
    graft_history_clear(&history);
}

/* A head's own phase, then two of fine-tuning, the last of which is as right as the first and surer. */
static void behaviour_23_phases_compete(void **state) {
    (void)state;
    const double accuracy[] = {0.7, 0.9, 0.9, 0.8, 0.9, 0.9}, loss[] = {0.8, 0.5, 0.4, 0.6, 0.3, 0.2};
    const int phase[] = {0, 0, 0, 1, 2, 2};
    graft_history history;
    fill(&history, accuracy, 6);
    for (int i = 0; i < 6; i++) {
        history.epochs[i].phase = phase[i];
        history.epochs[i].val_loss = loss[i];
    }
    assert_int_equal(graft_policy_first_trained(&history), 0);
    assert_int_equal(graft_policy_first_tuned(&history), 3);
    assert_int_equal(graft_policy_best(&history, 0, GRAFT_MONITOR_VAL_ACC), 4); /* the earliest of its phase */
    history.epochs[4].val_loss = history.epochs[5].val_loss = 0.5;
    assert_int_equal(graft_policy_best(&history, 0, GRAFT_MONITOR_VAL_ACC), 1);
    history.count = 3;
    assert_int_equal(graft_policy_first_tuned(&history), 3);
    history.epochs[0].epoch = 0; /* the network as it was */
    history.epochs[0].phase = history.epochs[1].phase = 1;
    assert_int_equal(graft_policy_first_trained(&history), 1);
    assert_int_equal(graft_policy_first_tuned(&history), 1);
    graft_history_clear(&history);
}

static void stalls_are_counted(void **state) {
    (void)state;
    const double accuracy[] = {0.5, 0.6, 0.6, 0.601, 0.6, 0.7, 0.6, 0.6, 0.6, 0.6};
    graft_history history;
    fill(&history, accuracy, 10);
    assert_false(graft_policy_stalled(&history, 0, GRAFT_MONITOR_VAL_ACC, 0, 0));
    assert_true(graft_policy_stalled(&history, 0, GRAFT_MONITOR_VAL_ACC, 3, 0.01)); /* epochs 3 to 5 */
    assert_false(graft_policy_stalled(&history, 0, GRAFT_MONITOR_VAL_ACC, 5, 0));
    assert_int_equal(graft_policy_reductions(&history, 0, GRAFT_MONITOR_VAL_ACC, 2, 0), 2);
    history.count = 3;
    assert_false(graft_policy_stalled(&history, 0, GRAFT_MONITOR_VAL_ACC, 2, 0));
    graft_history_clear(&history);
}

static void behaviour_7_the_guard_sees_negative_transfer(void **state) {
    (void)state;
    const double accuracy[] = {0.9, 0.7, 0.79, 0.78, NAN};
    graft_history history;
    fill(&history, accuracy, 5);
    history.count = 4;
    assert_true(graft_policy_below_baseline(&history, 0, 0.8, 3));
    assert_false(graft_policy_below_baseline(&history, 0, 0.8, 4));
    assert_false(graft_policy_below_baseline(&history, 2, 0.8, 3)); /* a phase that has run too short */
    assert_false(graft_policy_below_baseline(&history, 0, NAN, 3));
    history.count = 5;
    assert_false(graft_policy_below_baseline(&history, 0, 0.8, 3)); /* an unknown figure proves nothing */
    graft_history_clear(&history);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_keeps_every_bit),
        cmocka_unit_test(behaviour_23_the_best_epoch_is_found),
        cmocka_unit_test(a_validation_loss_that_is_not_finite_is_no_merit),
        cmocka_unit_test(behaviour_23_phases_compete),
        cmocka_unit_test(stalls_are_counted),
        cmocka_unit_test(behaviour_7_the_guard_sees_negative_transfer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
