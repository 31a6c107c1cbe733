#include "support/support.h"

#include "base/alloc.h"

#include <stdlib.h>

static void *allocate(size_t bytes, size_t alignment) {
    void *memory = NULL;
    if (alignment < sizeof(void *)) alignment = sizeof(void *);
    return posix_memalign(&memory, alignment, bytes) == 0 ? memory : NULL;
}

static void release(void *user, void *memory) {
    (void)user;
    free(memory);
}

/* ---- the n-th allocation fails ---- */

static long allocations_left;

static bool allowed(void) {
    return __atomic_sub_fetch(&allocations_left, 1, __ATOMIC_RELAXED) >= 0;
}

static void *failing_allocate(void *user, size_t bytes, size_t alignment) {
    (void)user;
    return allowed() ? allocate(bytes, alignment) : NULL;
}

static void *failing_resize(void *user, void *old, size_t bytes) {
    (void)user;
    return allowed() ? realloc(old, bytes) : NULL;
}

void test_failing_allocations(graft_status (*body)(void *argument), void *argument) {
    enum { MOST = 20000 };
    const graft_allocator failing = {failing_allocate, failing_resize, release, NULL};
    for (long n = 0; n < MOST; n++) {
        allocations_left = n;
        graft_allocator_set(&failing);
        graft_status status = body(argument);
        graft_allocator_set(NULL);
        if (status == GRAFT_OK) return;
        if (status != GRAFT_E_MEMORY)
            fail_msg("allocation %ld failed: status %d (%s), expected out of memory", n, status, graft_error_text());
    }
    fail_msg("still failing after %d allocations", MOST);
}

/* ---- allocations are counted ---- */

static size_t counted;

static void *counting_allocate(void *user, size_t bytes, size_t alignment) {
    (void)user;
    __atomic_add_fetch(&counted, 1, __ATOMIC_RELAXED);
    return allocate(bytes, alignment);
}

static void *counting_resize(void *user, void *old, size_t bytes) {
    (void)user;
    __atomic_add_fetch(&counted, 1, __ATOMIC_RELAXED);
    return realloc(old, bytes);
}

void test_count_allocations(bool count) {
    static const graft_allocator counting = {counting_allocate, counting_resize, release, NULL};
    graft_allocator_set(count ? &counting : NULL);
}

size_t test_allocations(void) {
    return __atomic_load_n(&counted, __ATOMIC_RELAXED);
}
