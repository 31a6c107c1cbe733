#include "support/support.h"

#include "base/alloc.h"
#include "stats/similar.h"

#include <math.h>
#include <string.h>

enum { COUNT = 600, WIDTH = 7 }; /* more than two blocks */

static void make(float *x) {
    uint32_t seed = 5;
    for (size_t i = 0; i < (size_t)COUNT * WIDTH; i++)
        x[i] = test_next(&seed);
    for (int k = 0; k < WIDTH; k++) /* a pair across blocks */
        x[590 * WIDTH + k] = x[3 * WIDTH + k];
}

static double cosine(const float *x, size_t a, size_t b) {
    double mean[WIDTH] = {0}, product = 0, left = 0, right = 0;
    for (size_t i = 0; i < (size_t)COUNT * WIDTH; i++)
        mean[i % WIDTH] += (double)x[i] / COUNT;
    for (size_t k = 0; k < WIDTH; k++) {
        const double p = (double)x[a * WIDTH + k] - mean[k], q = (double)x[b * WIDTH + k] - mean[k];
        product += p * q;
        left += p * p;
        right += q * q;
    }
    return product / sqrt(left * right);
}

static void finds_what_all_pairs_give(void **state) {
    (void)state;
    static float x[COUNT * WIDTH];
    graft_context *context = test_context(2);
    graft_similar_pair *pairs;
    size_t count, at = 0;
    make(x);
    assert_ok(graft_similar_pairs(context, x, COUNT, WIDTH, 0.9F, 100000, &pairs, &count));
    for (size_t a = 0; a < COUNT; a++) {
        for (size_t b = a + 1; b < COUNT; b++) {
            const double expected = cosine(x, a, b);
            if (expected < 0.9 - 1e-5) continue;
            if (expected < 0.9 + 1e-5 && (at == count || pairs[at].first != a || pairs[at].second != b)) continue;
            assert_true(at < count);
            assert_int_equal(pairs[at].first, a);
            assert_int_equal(pairs[at].second, b);
            assert_float_equal((double)pairs[at].similarity, expected, 1e-5);
            at++;
        }
    }
    assert_int_equal(at, count);
    assert_true(count > 10);
    graft_release(pairs);
    graft_context_free(context);
}

static void keeps_the_most_similar(void **state) {
    (void)state;
    static float x[COUNT * WIDTH];
    graft_context *context = test_context(2);
    graft_similar_pair *pairs;
    size_t count;
    make(x);
    assert_ok(graft_similar_pairs(context, x, COUNT, WIDTH, 0.5F, 1, &pairs, &count));
    assert_int_equal(count, 1);
    assert_int_equal(pairs[0].first, 3);
    assert_int_equal(pairs[0].second, 590);
    graft_release(pairs);
    x[7] = (float)NAN;
    assert_fails(GRAFT_E_DATA, "row 1", graft_similar_pairs(context, x, COUNT, WIDTH, 0.5F, 1, &pairs, &count));
    assert_null(pairs);
    graft_context_free(context);
}

static void equal_rows_are_like_nothing(void **state) {
    (void)state;
    static const float x[6] = {1, 2, 1, 2, 1, 2};
    graft_context *context = test_context(1);
    graft_similar_pair *pairs;
    size_t count;
    assert_ok(graft_similar_pairs(context, x, 3, 2, 0.5F, 10, &pairs, &count));
    assert_int_equal(count, 0);
    graft_release(pairs);
    graft_context_free(context);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_all_pairs_give),
        cmocka_unit_test(keeps_the_most_similar),
        cmocka_unit_test(equal_rows_are_like_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
