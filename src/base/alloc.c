#include "base/alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *system_allocate(void *user, size_t bytes, size_t alignment) {
    (void)user;
    if (alignment <= _Alignof(max_align_t)) return malloc(bytes);
    void *memory = NULL;
    return posix_memalign(&memory, alignment, bytes) == 0 ? memory : NULL;
}

static void *system_resize(void *user, void *old, size_t bytes) {
    (void)user;
    return realloc(old, bytes);
}

static void system_release(void *user, void *memory) {
    (void)user;
    free(memory);
}

static const graft_allocator system_allocator = {system_allocate, system_resize, system_release, NULL};

/* Process-wide by contract (graft_allocator_set): set before the first call and then only read. */
static graft_allocator current = {system_allocate, system_resize, system_release, NULL};

void graft_allocator_set(const graft_allocator *allocator) {
    current = allocator ? *allocator : system_allocator;
}

bool graft_multiply_sizes(size_t a, size_t b, size_t *out) {
    return !__builtin_mul_overflow(a, b, out);
}

static void *allocate(size_t count, size_t size, size_t alignment) {
    size_t bytes;
    if (!graft_multiply_sizes(count, size, &bytes) || bytes > PTRDIFF_MAX) return NULL;
    return current.allocate(current.user, bytes ? bytes : 1, alignment);
}

void *graft_allocate(size_t count, size_t size) {
    return allocate(count, size, _Alignof(max_align_t));
}

void *graft_allocate_zero(size_t count, size_t size) {
    void *memory = graft_allocate(count, size);
    if (memory) memset(memory, 0, count * size);
    return memory;
}

void *graft_allocate_aligned(size_t count, size_t size) {
    return allocate(count, size, GRAFT_ALIGNMENT);
}

void *graft_resize(void *old, size_t count, size_t size) {
    size_t bytes;
    if (!graft_multiply_sizes(count, size, &bytes) || bytes > PTRDIFF_MAX) return NULL;
    if (!old) return graft_allocate(count, size);
    return current.resize(current.user, old, bytes ? bytes : 1);
}

void graft_release(void *memory) {
    if (memory) current.release(current.user, memory);
}

void graft_text_free(char *text) {
    graft_release(text);
}

bool graft_reserve(void *array, size_t *capacity, size_t needed, size_t size) {
    if (needed <= *capacity) return true;
    size_t grown = *capacity < 8 ? 8 : *capacity;
    while (grown < needed)
        if (!graft_multiply_sizes(grown, 2, &grown)) return false;
    void *old;
    memcpy(&old, array, sizeof old); /* `array` points to a pointer of any type */
    void *memory = graft_resize(old, grown, size);
    if (!memory) return false;
    memcpy(array, &memory, sizeof memory);
    *capacity = grown;
    return true;
}

char *graft_text_copy_n(const char *text, size_t length) {
    char *copy = graft_allocate(length + 1, 1);
    if (!copy) return NULL;
    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

char *graft_text_copy(const char *text) {
    return graft_text_copy_n(text, strlen(text));
}

char *graft_text_format(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = length < 0 ? NULL : graft_allocate((size_t)length + 1, 1);
    if (!text) return NULL;
    va_start(arguments, format);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return text;
}
