#include "support/support.h"

#include "stats/confident.h"

#include <math.h>

/* By hand after the paper: thresholds are the mean probabilities of the given labels, 0.65 and 0.667. */
static void counts_as_the_paper_does(void **state) {
    (void)state;
    static const int label[] = {0, 0, 0, 1, 1, 1};
    static const float p[] = {0.9F,   0.1F,   0.8F,  0.2F,  0.25F,  0.75F,   /* the third is confidently of class 1 */
                              0.125F, 0.875F, 0.25F, 0.75F, 0.625F, 0.375F}; /* 0.625 is below 0.65 */
    size_t wrong;
    assert_ok(graft_confident_count(label, p, 6, 2, &wrong));
    assert_int_equal(wrong, 1);
}

/* The paper's collisions: of two classes that are reached the more probable one counts, given or not. */
static void of_two_classes_the_more_probable_counts(void **state) {
    (void)state;
    static const int label[] = {0, 0, 0, 1};
    static const float p[] = {0.9F, 0.1F, 0.45F, 0.55F, 0.6F, 0.4F, 0.6F, 0.4F}; /* thresholds 0.65 and 0.4 */
    size_t wrong;
    assert_ok(graft_confident_count(label, p, 4, 2, &wrong));
    assert_int_equal(wrong, 2); /* the second, and the third, which does not reach its own */
}

static void clean_labels_are_not_counted(void **state) {
    (void)state;
    static const int label[] = {0, 1, 2};
    static const float p[] = {0.8F, 0.1F, 0.1F, 0.1F, 0.8F, 0.1F, 0.1F, 0.1F, 0.8F};
    size_t wrong = 9;
    assert_ok(graft_confident_count(label, p, 3, 3, &wrong));
    assert_int_equal(wrong, 0);
}

static void rows_without_numbers_take_no_part(void **state) {
    (void)state;
    static const int label[] = {0, 1, 0};
    static const float p[] = {0.8F, 0.2F, 0.2F, 0.8F, (float)NAN, (float)NAN};
    size_t wrong = 9;
    assert_ok(graft_confident_count(label, p, 3, 2, &wrong));
    assert_int_equal(wrong, 0);
}

static void labels_out_of_range_are_refused(void **state) {
    (void)state;
    static const int label[] = {0, 2};
    static const float p[] = {0.8F, 0.2F, 0.2F, 0.8F};
    size_t wrong;
    assert_fails(GRAFT_E_DATA, "label 2 of 2 classes", graft_confident_count(label, p, 2, 2, &wrong));
    assert_fails(GRAFT_E_DATA, "1 classes", graft_confident_count(label, p, 1, 1, &wrong));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_as_the_paper_does),        cmocka_unit_test(of_two_classes_the_more_probable_counts),
        cmocka_unit_test(clean_labels_are_not_counted),    cmocka_unit_test(rows_without_numbers_take_no_part),
        cmocka_unit_test(labels_out_of_range_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
