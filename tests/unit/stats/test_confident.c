#include "support/support.h"

#include "stats/confident.h"

#include <math.h>

/* By hand after the paper: thresholds are the mean probabilities of the given labels. */
static void counts_and_ranks_as_the_paper_does(void **state) {
    (void)state;
    static const int label[] = {0, 0, 0, 1, 1, 1};
    static const float p[] = {0.9F, 0.1F, /* the third looks like 1, the sixth a little like 0 */
                              0.8F, 0.2F, 0.25F, 0.75F, 0.125F, 0.875F, 0.25F, 0.75F, 0.625F, 0.375F};
    graft_confident found;
    assert_ok(graft_confident_find(label, p, 6, 2, &found));
    assert_float_equal(found.threshold[0], 0.65, 1e-6);
    assert_float_equal(found.threshold[1], 2.0 / 3, 1e-6);
    assert_int_equal(found.joint[0], 2);
    assert_int_equal(found.joint[1], 1);
    assert_int_equal(found.joint[2], 0); /* 0.625 is below 0.65: no confident disagreement */
    assert_int_equal(found.joint[3], 2);
    assert_int_equal(found.wrong, 1);
    assert_int_equal(found.suspects, 1);
    assert_int_equal(found.suspect[0].row, 2);
    assert_int_equal(found.suspect[0].suggested, 1);
    assert_float_equal(found.suspect[0].score, log(3), 1e-6);
    graft_confident_clear(&found);
}

static void clean_labels_are_no_suspects(void **state) {
    (void)state;
    static const int label[] = {0, 1, 2};
    static const float p[] = {0.8F, 0.1F, 0.1F, 0.1F, 0.8F, 0.1F, 0.1F, 0.1F, 0.8F};
    graft_confident found;
    assert_ok(graft_confident_find(label, p, 3, 3, &found));
    assert_int_equal(found.wrong, 0);
    assert_int_equal(found.suspects, 0);
    graft_confident_clear(&found);
}

static void rows_without_numbers_take_no_part(void **state) {
    (void)state;
    static const int label[] = {0, 1, 0};
    static const float p[] = {0.8F, 0.2F, 0.2F, 0.8F, (float)NAN, (float)NAN};
    graft_confident found;
    assert_ok(graft_confident_find(label, p, 3, 2, &found));
    assert_float_equal(found.threshold[0], 0.8, 1e-6);
    assert_int_equal(found.suspects, 0);
    graft_confident_clear(&found);
}

static void labels_out_of_range_are_refused(void **state) {
    (void)state;
    static const int label[] = {0, 2};
    static const float p[] = {0.8F, 0.2F, 0.2F, 0.8F};
    graft_confident found;
    assert_fails(GRAFT_E_DATA, "label 2 of 2 classes", graft_confident_find(label, p, 2, 2, &found));
    graft_confident_clear(&found);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_and_ranks_as_the_paper_does),
        cmocka_unit_test(clean_labels_are_no_suspects),
        cmocka_unit_test(rows_without_numbers_take_no_part),
        cmocka_unit_test(labels_out_of_range_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
