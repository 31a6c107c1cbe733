/* What figures prove of causes, and what they leave open. */
#include "support/support.h"

#include "transfer/compare-internal.h"

#include <stdio.h>
#include <string.h>

enum { FOLDS = 5 };

/* State of the labels after arms with these figures above the largest class' half, of 100000 samples. */
static graft_compare_finding labels_of(const double above[FOLDS], int arms, char *text, size_t size) {
    double baseline[FOLDS], accuracy[FOLDS];
    graft_study study = {.folds = FOLDS,
                         .sizes = 1,
                         .train = {80000},
                         .raw = {.count = 100000, .classes = 2},
                         .baseline = baseline,
                         .majority = 0.5,
                         .conflicts = -1};
    for (size_t f = 0; f < FOLDS; f++) {
        baseline[f] = 0.5;
        accuracy[f] = 0.5 + above[f];
    }
    for (int i = 0; i < arms; i++) {
        study.arm[i].done = true;
        study.arm[i].accuracy = accuracy;
    }
    assert_ok(graft_compare_causes(&study));
    graft_compare_finding got = study.causes[0];
    assert_string_equal(got.name, "labels");
    snprintf(text, size, "%s", got.text);
    got.text = text;
    memset(study.arm, 0, sizeof(study.arm));
    study.baseline = NULL;
    study.raw = (graft_crossval_rows){0};
    graft_study_clear(&study);
    return got;
}

static void labels_mean_nothing_where_no_arm_can_be_better(void **state) {
    (void)state;
    static const double level[FOLDS] = {0.001, -0.001, 0, 0.001, -0.001},
                        wide[FOLDS] = {0.03, -0.02, 0.02, -0.03, 0.01};
    char text[1024];
    assert_int_equal(labels_of(level, 2, text, sizeof(text)).state, GRAFT_COMPARE_YES);
    assert_non_null(strstr(text, "the labels have nothing"));
    assert_int_equal(labels_of(wide, 2, text, sizeof(text)).state, GRAFT_COMPARE_POSSIBLE);
    assert_non_null(strstr(text, "too few"));
}

/* Of five folds these have p 0.03: enough for one arm, not for the better of two. */
static void arms_are_adjusted_for_their_number(void **state) {
    (void)state;
    static const double above[FOLDS] = {0.015, 0.025, 0.035, 0.045, 0.055};
    char text[1024];
    assert_int_equal(labels_of(above, 1, text, sizeof(text)).state, GRAFT_COMPARE_NO);
    assert_int_equal(labels_of(above, 2, text, sizeof(text)).state, GRAFT_COMPARE_POSSIBLE);
}

/* p 0.03 and 0.014 of one remedy would do, of four 0.05/4 is wanted; one that was not measured does not count. */
static void remedies_are_adjusted_for_their_number(void **state) {
    (void)state;
    static const double p[] = {0.03, 0.014, 0.012, 0.001};
    static const int expected[] = {GRAFT_COMPARE_NO, GRAFT_COMPARE_NO, GRAFT_COMPARE_YES, GRAFT_COMPARE_NO};
    graft_study study = {0};
    graft_compare_figure effect = {0.05, {0.01, 0.09}, 0.03};
    assert_ok(graft_compare_remedy(&study, "earlier_layer", GRAFT_COMPARE_YES, &effect, "judged before"));
    assert_ok(graft_compare_remedy(&study, "fewer_layers", GRAFT_COMPARE_UNKNOWN, NULL, "not measured"));
    for (size_t i = 0; i < 4; i++) {
        effect.p = p[i];
        effect.value = i == 3 ? -0.05 : 0.05; /* the last one harms */
        assert_ok(graft_compare_remedy(&study, "bss", GRAFT_COMPARE_NO, &effect, "measured"));
    }
    graft_compare_judge_remedies(&study, 1);
    assert_int_equal(study.remedies[0].state, GRAFT_COMPARE_YES);
    assert_int_equal(study.remedies[1].state, GRAFT_COMPARE_UNKNOWN);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(study.remedies[2 + i].state, expected[i]);
    graft_study_clear(&study);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_mean_nothing_where_no_arm_can_be_better),
        cmocka_unit_test(arms_are_adjusted_for_their_number),
        cmocka_unit_test(remedies_are_adjusted_for_their_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
