#include "support/support.h"

#include "base/alloc.h"
#include "stats/similar.h"

#include <malloc.h>
#include <math.h>
#include <stdlib.h>
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

static int by_similarity(const void *a, const void *b) {
    const graft_similar_pair *x = a, *y = b;
    if (x->similarity != y->similarity) return x->similarity < y->similarity ? 1 : -1;
    if (x->first != y->first) return x->first < y->first ? -1 : 1;
    return (x->second > y->second) - (x->second < y->second);
}

static bool is_among(const graft_similar_pair *pairs, size_t count, const graft_similar_pair *one) {
    for (size_t i = 0; i < count; i++)
        if (pairs[i].first == one->first && pairs[i].second == one->second)
            return pairs[i].similarity == one->similarity;
    return false;
}

/* A limit that is reached again and again leaves the best of all pairs, whoever found them; a third of the rows stands
 * there twice, so that many are equally similar. */
static void a_limit_leaves_the_best_of_all(void **state) {
    (void)state;
    static float x[COUNT * WIDTH];
    graft_similar_pair *all, *pairs;
    size_t all_count, count;
    make(x);
    memcpy(x + (size_t)2 * COUNT / 3 * WIDTH, x, sizeof(x) / 3);
    graft_context *context = test_context(2);
    assert_ok(graft_similar_pairs(context, x, COUNT, WIDTH, -1, SIZE_MAX / 4, &all, &all_count));
    graft_context_free(context);
    assert_int_equal(all_count, COUNT * (COUNT - 1) / 2);
    qsort(all, all_count, sizeof(*all), by_similarity);
    for (int threads = 1; threads <= 3; threads++) {
        context = test_context(threads);
        for (size_t most = 1; most <= 1000; most = 3 * most + 1) {
            assert_ok(graft_similar_pairs(context, x, COUNT, WIDTH, -1, most, &pairs, &count));
            assert_int_equal(count, most);
            for (size_t i = 0; i < count; i++) {
                assert_true(is_among(all, most, &pairs[i]));
                assert_true(i == 0 || pairs[i].first > pairs[i - 1].first || pairs[i].second > pairs[i - 1].second);
            }
            graft_release(pairs);
        }
        graft_context_free(context);
    }
    graft_release(all);
}

/* ---- memory ---- */

static size_t live, peak;

static void count_bytes(size_t before, size_t after) {
    live = live - before + after;
    if (live > peak) peak = live;
}

static void *counting_allocate(void *user, size_t bytes, size_t alignment) {
    (void)user;
    void *memory = NULL;
    if (posix_memalign(&memory, alignment < sizeof(void *) ? sizeof(void *) : alignment, bytes) != 0) return NULL;
    count_bytes(0, malloc_usable_size(memory));
    return memory;
}

static void *counting_resize(void *user, void *old, size_t bytes) {
    (void)user;
    const size_t before = old ? malloc_usable_size(old) : 0;
    void *memory = realloc(old, bytes);
    if (memory) count_bytes(before, malloc_usable_size(memory));
    return memory;
}

static void counting_release(void *user, void *memory) {
    (void)user;
    if (memory) count_bytes(malloc_usable_size(memory), 0);
    free(memory);
}

/* Half the pairs of 8,192 rows are alike, 33 million: what is held are a block's and a few times the limit. */
static void memory_goes_by_the_limit(void **state) {
    (void)state;
    enum { MANY = 8192, NARROW = 2, MOST = 1000 };
    static const graft_allocator counting = {counting_allocate, counting_resize, counting_release, NULL};
    static float x[MANY * NARROW];
    uint32_t seed = 9;
    graft_similar_pair *pairs;
    size_t count;
    for (size_t i = 0; i < (size_t)MANY * NARROW; i++)
        x[i] = test_next(&seed);
    graft_allocator_set(&counting);
    graft_context *context = test_context(1); /* the count is for one thread */
    assert_ok(graft_similar_pairs(context, x, MANY, NARROW, 0, MOST, &pairs, &count));
    graft_release(pairs);
    graft_context_free(context);
    graft_allocator_set(NULL);
    assert_int_equal(count, MOST);
    if (peak > (size_t)8 << 20) fail_msg("%zu bytes, expected at most 8 MiB", peak);
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
        cmocka_unit_test(finds_what_all_pairs_give),      cmocka_unit_test(keeps_the_most_similar),
        cmocka_unit_test(a_limit_leaves_the_best_of_all), cmocka_unit_test(memory_goes_by_the_limit),
        cmocka_unit_test(equal_rows_are_like_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
