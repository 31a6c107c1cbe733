#include "support/support.h"

#include "stats/folds.h"

#include <math.h>
#include <string.h>

enum { COUNT = 103, CLASSES = 3, FOLDS = 5 };

static void fill_labels(int *label) {
    for (int i = 0; i < COUNT; i++)
        label[i] = i % 7 == 0 ? 2 : i % 2;
}

static void folds_spread_every_class_evenly(void **state) {
    (void)state;
    int label[COUNT], fold[COUNT], of[CLASSES][FOLDS] = {{0}}, total[FOLDS] = {0};
    fill_labels(label);
    assert_ok(graft_folds_make(label, NULL, COUNT, CLASSES, FOLDS, 1, fold));
    for (int i = 0; i < COUNT; i++) {
        assert_in_range(fold[i], 0, FOLDS - 1);
        of[label[i]][fold[i]]++;
        total[fold[i]]++;
    }
    for (int f = 1; f < FOLDS; f++) {
        for (int k = 0; k < CLASSES; k++)
            assert_true(of[k][f] - of[k][0] <= 1 && of[k][0] - of[k][f] <= 1);
        assert_true(total[f] - total[0] <= 1 && total[0] - total[f] <= 1);
    }
}

/* The most of which every one holds samples of two classes: one of a single sample does not count. */
static void the_second_largest_class_bounds_the_folds(void **state) {
    (void)state;
    enum { N = 61 };
    int label[N], fold[N];
    int64_t group[N];
    size_t most, single;
    for (int i = 0; i < N; i++) {
        label[i] = i == 60 ? 3 : i < 20 ? 0 : i < 32 ? 1 : 2; /* 20, 12, 28 and 1 */
        group[i] = i;
    }
    assert_ok(graft_folds_most(label, NULL, N, 4, &most, &single));
    assert_int_equal(most, 20);
    assert_int_equal(single, 1);
    assert_ok(graft_folds_make(label, NULL, N, 4, 20, 1, fold));
    for (int f = 0; f < 20; f++) {
        bool of[4] = {false};
        for (int i = 0; i < N; i++)
            if (fold[i] == f) of[label[i]] = true;
        assert_true(of[0] && of[2]);
    }
    for (int i = 0; i < 20; i++)
        group[i] = 100 + i / 10; /* two groups of copies: 12 are second now */
    assert_ok(graft_folds_most(label, group, N, 4, &most, NULL));
    assert_int_equal(most, 12);
    for (int i = 0; i < N; i++)
        group[i] = label[i];
    assert_ok(graft_folds_most(label, group, N, 4, &most, &single));
    assert_int_equal(most, 1);
    assert_int_equal(single, 4);
    assert_ok(graft_folds_most(label, NULL, 20, 4, &most, &single));
    assert_int_equal(most, 0);
    assert_int_equal(single, 0);
    assert_fails(GRAFT_E_DATA, "sample 60 has label 3", graft_folds_most(label, NULL, N, 3, &most, NULL));
}

static void folds_depend_on_the_seed_alone(void **state) {
    (void)state;
    int label[COUNT], one[COUNT], same[COUNT], other[COUNT];
    fill_labels(label);
    assert_ok(graft_folds_make(label, NULL, COUNT, CLASSES, FOLDS, 1, one));
    assert_ok(graft_folds_make(label, NULL, COUNT, CLASSES, FOLDS, 1, same));
    assert_ok(graft_folds_make(label, NULL, COUNT, CLASSES, FOLDS, 2, other));
    assert_memory_equal(one, same, sizeof(one));
    assert_memory_not_equal(one, other, sizeof(one));
}

static void behaviour_19_duplicates_share_a_fold(void **state) {
    (void)state;
    int label[COUNT], fold[COUNT], of[FOLDS] = {0};
    int64_t group[COUNT];
    fill_labels(label);
    for (int i = 0; i < COUNT; i++)
        group[i] = i % 3 == 0 ? -1 : i / 6 * 1000; /* groups of up to four, of mixed classes */
    assert_ok(graft_folds_make(label, group, COUNT, CLASSES, FOLDS, 1, fold));
    for (int i = 0; i < COUNT; i++) {
        of[fold[i]]++;
        for (int j = 0; j < i; j++) {
            if (group[i] >= 0 && group[i] == group[j]) assert_int_equal(fold[i], fold[j]);
        }
    }
    for (int f = 0; f < FOLDS; f++)
        assert_in_range(of[f], 15, 26);
}

static void small_and_wrong_input(void **state) {
    (void)state;
    int fold[3];
    assert_ok(graft_folds_make((int[]){0, 1}, NULL, 2, 2, 5, 0, fold)); /* fewer samples than folds */
    assert_int_not_equal(fold[0], fold[1]);
    assert_ok(graft_folds_make((int[]){0, 0, 2}, NULL, 3, 3, 2, 0, fold)); /* a class without, one with one sample */
    assert_fails(GRAFT_E_DATA, "label 2", graft_folds_make((int[]){0, 2}, NULL, 2, 2, 2, 0, fold));
    assert_fails(GRAFT_E_DATA, "label -1", graft_folds_make((int[]){0, -1}, NULL, 2, 2, 2, 0, fold));
    assert_fails(GRAFT_E_USAGE, "1 folds", graft_folds_make((int[]){0, 1}, NULL, 2, 2, 1, 0, fold));
}

static void moments_of_columns(void **state) {
    (void)state;
    const float x[] = {1, 5, 0.1F, 1e30F, 3, 5, 0.1F, -1e30F, 8, 5, 0.1F, 1e30F, 99, 9, 9, 9};
    float mean[4], scale[4];
    graft_moments(x, 4, 4, (size_t[]){0, 1, 2}, 3, mean, scale);
    assert_true(fabs((double)mean[0] - 4) < 1e-6);
    assert_true(fabs((double)scale[0] - 1 / sqrt(26.0 / 3)) < 1e-6);
    assert_true(mean[1] == 5 && scale[1] == 0);
    assert_true(mean[2] == 0.1F && scale[2] == 0);
    assert_true(fabs((double)scale[3] * 9.428090415820634e29 - 1) < 1e-6);
    graft_moments(x, 4, 4, NULL, 2, mean, scale);
    assert_true(mean[0] == 2 && scale[0] == 1);
}

static graft_status make(void *argument) {
    int fold[2];
    (void)argument;
    return graft_folds_make((int[]){0, 1}, NULL, 2, 2, 2, 0, fold);
}

static void survives_failing_allocations(void **state) {
    (void)state;
    test_failing_allocations(make, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folds_spread_every_class_evenly), cmocka_unit_test(the_second_largest_class_bounds_the_folds),
        cmocka_unit_test(folds_depend_on_the_seed_alone),  cmocka_unit_test(behaviour_19_duplicates_share_a_fold),
        cmocka_unit_test(small_and_wrong_input),           cmocka_unit_test(moments_of_columns),
        cmocka_unit_test(survives_failing_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
