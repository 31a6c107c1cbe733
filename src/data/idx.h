/* IDX, the format of MNIST: two zero bytes, the type of the elements, the number of dimensions, the dimensions as
 * big-endian 32-bit numbers, the elements (http://yann.lecun.com/exdb/mnist). Read here: unsigned bytes in 1 dimension
 * (labels) or 3 (pictures x rows x columns); plain, or gzip'ed whatever the file's name is. */
#ifndef GRAFT_SRC_DATA_IDX_H
#define GRAFT_SRC_DATA_IDX_H

#include <graft/base.h>

typedef struct graft_idx {
    unsigned char *values; /* graft_release */
    size_t count;          /* labels or pictures */
    int height, width;     /* of a picture; 1 for labels */
} graft_idx;

/* `dimensions`: 1 or 3. Refuses, by sizes alone and before anything large is allocated: another type or number of
 * dimensions, sides of 0 or above 4096, more than 2^24 pictures or 4 GiB, bytes that are missing or too many.
 * `name` begins errors. Errors: GRAFT_E_DATA, GRAFT_E_MEMORY. */
GRAFT_MUST_CHECK graft_status graft_idx_parse(const char *name, const unsigned char *bytes, size_t length,
                                              int dimensions, graft_idx *out);
GRAFT_MUST_CHECK graft_status graft_idx_read(const char *path, int dimensions, graft_idx *out);

#endif
