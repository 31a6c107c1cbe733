#include "support/support.h"

#include "base/alloc.h"
#include "nn/plan-internal.h"
#include <string.h>

/* Writes each buffer's number all over it when it comes to life and expects it there until it dies. */
static void check_poison(const graft_plan_buffer *buffers, size_t count, int steps, size_t bytes) {
    unsigned char *arena = graft_allocate_zero(bytes, 1);
    assert_non_null(arena);
    for (int step = -1; step <= steps; step++)
        for (size_t i = 0; i < count; i++) {
            const graft_plan_buffer *b = &buffers[i];
            if (step < b->first || step > b->last) continue;
            assert_true(b->offset % GRAFT_ALIGNMENT == 0);
            assert_true(b->offset + b->bytes <= bytes);
            for (size_t k = 0; k < b->bytes; k++) {
                unsigned char *cell = &arena[b->offset + k];
                if (step == b->first)
                    *cell = (unsigned char)(i + 1);
                else if (*cell != i + 1)
                    fail_msg("buffer %zu was written over by %d at step %d", i, *cell - 1, step);
            }
        }
    graft_release(arena);
}

static void test_live_buffers_never_overlap(void **state) {
    (void)state;
    uint32_t seed = 1;
    for (int round = 0; round < 200; round++) {
        graft_plan_buffer buffers[60];
        const size_t count = 1 + (size_t)(round % 60);
        size_t bytes, all = 0;
        memset(buffers, 0, sizeof buffers);
        for (size_t i = 0; i < count; i++) {
            seed = seed * 1664525U + 1013904223U;
            buffers[i].bytes = 1 + (seed >> 8) % 3000;
            buffers[i].first = (int)((seed >> 12) % 40) - 1;
            buffers[i].last = (seed >> 20) % 10 == 0 ? GRAFT_NEVER : buffers[i].first + (int)((seed >> 24) % 12);
            all += (buffers[i].bytes + GRAFT_ALIGNMENT - 1) / GRAFT_ALIGNMENT * GRAFT_ALIGNMENT;
        }
        assert_ok(graft_arena_place(buffers, count, &bytes));
        assert_true(bytes <= all);
        check_poison(buffers, count, 52, bytes);
    }
}

static void test_a_chain_needs_two_places(void **state) {
    (void)state;
    graft_plan_buffer buffers[10] = {0};
    size_t bytes;
    for (int i = 0; i < 10; i++)
        buffers[i] = (graft_plan_buffer){.bytes = 1000, .first = i, .last = i + 1};
    assert_ok(graft_arena_place(buffers, 10, &bytes));
    assert_int_equal(bytes, 2 * 1024);
}

static void test_small_buffers_fit_into_gaps(void **state) {
    (void)state;
    /* 0 and 2 live throughout; 1 dies early and leaves a gap that 3 fits. */
    graft_plan_buffer buffers[] = {{.bytes = 4096, .first = 0, .last = 9},
                                   {.bytes = 2048, .first = 0, .last = 3},
                                   {.bytes = 1024, .first = 0, .last = 9},
                                   {.bytes = 512, .first = 4, .last = 9}};
    size_t bytes;
    assert_ok(graft_arena_place(buffers, 4, &bytes));
    assert_int_equal(bytes, 4096 + 2048 + 1024);
}

static void test_absurd_sizes_are_refused(void **state) {
    (void)state;
    graft_plan_buffer buffers[] = {{.bytes = SIZE_MAX / 5, .last = 1}, {.bytes = SIZE_MAX / 5, .last = 1}};
    size_t bytes;
    assert_fails(GRAFT_E_MEMORY, "arena", graft_arena_place(buffers, 2, &bytes));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_live_buffers_never_overlap),
        cmocka_unit_test(test_a_chain_needs_two_places),
        cmocka_unit_test(test_small_buffers_fit_into_gaps),
        cmocka_unit_test(test_absurd_sizes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
