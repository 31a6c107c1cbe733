/* Allocation through the hook, with checked sizes. */
#ifndef GRAFT_SRC_BASE_ALLOC_H
#define GRAFT_SRC_BASE_ALLOC_H

#include <graft/base.h>

#define GRAFT_ALIGNMENT 64 /* bytes: a cache line, and the widest vector */

/* All return NULL when there is no memory or count * size overflows; a size of 0 gives 1 byte.
 * Release with graft_release. */
void *graft_allocate(size_t count, size_t size);         /* uninitialised, aligned to 16 */
void *graft_allocate_zero(size_t count, size_t size);    /* zeroed */
void *graft_allocate_aligned(size_t count, size_t size); /* uninitialised, aligned to GRAFT_ALIGNMENT; not resizable */
void *graft_resize(void *old, size_t count, size_t size);
void graft_release(void *memory);
char *graft_text_copy(const char *text);
char *graft_text_copy_n(const char *text, size_t length);
/* printf into new text, NULL without memory. */
char *graft_text_format(const char *format, ...) GRAFT_PRINTF(1, 2);

/* false when a * b overflows. */
bool graft_multiply_sizes(size_t a, size_t b, size_t *out);

/* Grows *array (elements of `size` bytes) so that `needed` fit, doubling; false without memory. */
bool graft_reserve(void *array, size_t *capacity, size_t needed, size_t size);

#endif
