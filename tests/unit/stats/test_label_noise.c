#include "support/support.h"

#include "base/rng.h"
#include "stats/label-noise.h"

#include "numbers.h"

#include <math.h>

enum { ROWS_MOST = 128, CLASSES_MOST = 4 };

static void equals_the_highest_likelihood(void **state) {
    (void)state;
    FILE *file = open_numbers("tests/golden/label_noise/golden.txt");
    for (int cases = (int)next_number(file); cases > 0; cases--) {
        static int label[ROWS_MOST];
        static float p[ROWS_MOST * CLASSES_MOST];
        const size_t rows = (size_t)next_number(file);
        const int classes = (int)next_number(file);
        graft_label_noise found;
        assert_true(rows <= ROWS_MOST && classes <= CLASSES_MOST);
        for (size_t i = 0; i < rows; i++)
            label[i] = (int)next_number(file);
        next_floats(file, p, rows * (size_t)classes);
        assert_ok(graft_label_noise_find(label, p, rows, classes, 0.1, &found));
        assert_float_equal(found.rate, next_number(file), 1e-4);
        assert_float_equal(found.temperature, next_number(file), 1e-3);
        for (size_t i = 0; i < rows; i++)
            assert_float_equal(found.wrong[i], next_number(file), 2e-3);
        graft_label_noise_clear(&found);
    }
    fclose(file);
}

/* Rows of a model that knows what it does not know: labels are drawn from its own answers, and then some are swapped.
 */
enum { N = 4000, K = 5, SWAPPED = 80 };
static int label[N];
static float p[N * K];
static bool swapped[N];

static void draw(uint64_t seed) {
    graft_rng rng = graft_rng_make(seed, GRAFT_RNG_TEST, 0, 0);
    for (size_t i = 0; i < N; i++) {
        double z[K], total = 0, at;
        for (int k = 0; k < K; k++)
            total += z[k] = exp(4 * graft_rng_normal(&rng));
        for (int k = 0; k < K; k++)
            p[i * K + (size_t)k] = (float)(z[k] / total);
        at = graft_rng_uniform(&rng) * total;
        for (label[i] = 0; label[i] < K - 1 && at >= z[label[i]]; label[i]++)
            at -= z[label[i]];
        swapped[i] = i < SWAPPED;
        if (swapped[i]) label[i] = (label[i] + 1 + (int)(graft_rng_uniform(&rng) * (K - 1))) % K;
    }
}

static void keeps_what_it_promises_of_false_alarms(void **state) {
    (void)state;
    double alarms = 0, false_alarms = 0, hits = 0;
    for (uint64_t seed = 0; seed < 5; seed++) {
        graft_label_noise found;
        draw(seed);
        assert_ok(graft_label_noise_find(label, p, N, K, 0.1, &found));
        assert_float_equal(found.rate, (double)SWAPPED / N, 0.008);
        assert_float_equal(found.temperature, 1, 0.1);
        assert_true(found.expected_false <= 0.1);
        for (size_t i = 0; i < found.sure; i++) {
            hits += swapped[found.suspect[i]];
            false_alarms += !swapped[found.suspect[i]];
            if (i > 0) assert_true(found.wrong[found.suspect[i]] <= found.wrong[found.suspect[i - 1]]);
        }
        alarms += (double)found.sure;
        graft_label_noise_clear(&found);
    }
    assert_true(hits / (5 * SWAPPED) > 0.4); /* many of the model's answers are too open to tell */
    assert_true(false_alarms / alarms < 0.15);
}

/* The same model, wrong by itself as often as it says, and no label swapped: nothing is surely wrong. */
static void a_model_that_errs_as_it_says_raises_no_alarm(void **state) {
    (void)state;
    graft_label_noise found;
    draw(7);
    for (size_t i = SWAPPED; i < N; i++)
        label[i - SWAPPED] = label[i];
    assert_ok(graft_label_noise_find(label, p + SWAPPED * K, N - SWAPPED, K, 0.1, &found));
    assert_true(found.rate < 0.005);
    assert_true(found.sure <= 2);
    graft_label_noise_clear(&found);
}

/* A model too sure of itself is softened before it accuses. */
static void an_overconfident_model_is_cooled_first(void **state) {
    (void)state;
    graft_label_noise found;
    draw(3);
    for (size_t i = 0; i < N; i++) {
        double total = 0;
        for (int k = 0; k < K; k++)
            total += pow((double)p[i * K + (size_t)k], 2.5);
        for (int k = 0; k < K; k++)
            p[i * K + (size_t)k] = (float)(pow((double)p[i * K + (size_t)k], 2.5) / total);
    }
    assert_ok(graft_label_noise_find(label, p, N, K, 0.1, &found));
    assert_float_equal(found.temperature, 2.5, 0.3);
    assert_float_equal(found.rate, (double)SWAPPED / N, 0.01);
    graft_label_noise_clear(&found);
}

static void clean_and_unknown_rows_are_no_suspects(void **state) {
    (void)state;
    static const int clean_label[] = {0, 1, 2, 0};
    static const float clean[] = {0.8F, 0.1F, 0.1F, 0.1F, 0.8F,       0.1F,       0.1F,       0.1F,
                                  0.8F, 0.1F, 0.1F, 0.8F, (float)NAN, (float)NAN, (float)NAN, (float)NAN};
    graft_label_noise found;
    assert_ok(graft_label_noise_find(clean_label, clean, 3, 3, 0.1, &found));
    assert_float_equal(found.rate, 0, 1e-6);
    assert_int_equal(found.sure, 0);
    graft_label_noise_clear(&found);
    assert_ok(graft_label_noise_find(clean_label, clean + 12, 1, 3, 0.1, &found));
    assert_int_equal(found.sure, 0);
    assert_float_equal(found.wrong[0], 0, 0);
    graft_label_noise_clear(&found);
}

static void labels_out_of_range_are_refused(void **state) {
    (void)state;
    static const int odd[] = {0, 2};
    static const float q[] = {0.8F, 0.2F, 0.2F, 0.8F};
    graft_label_noise found;
    assert_fails(GRAFT_E_DATA, "label 2 of 2 classes", graft_label_noise_find(odd, q, 2, 2, 0.1, &found));
    graft_label_noise_clear(&found);
    assert_fails(GRAFT_E_DATA, "1 classes", graft_label_noise_find(odd, q, 2, 1, 0.1, &found));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_the_highest_likelihood),
        cmocka_unit_test(keeps_what_it_promises_of_false_alarms),
        cmocka_unit_test(a_model_that_errs_as_it_says_raises_no_alarm),
        cmocka_unit_test(an_overconfident_model_is_cooled_first),
        cmocka_unit_test(clean_and_unknown_rows_are_no_suspects),
        cmocka_unit_test(labels_out_of_range_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
