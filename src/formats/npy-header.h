/* The header of .npy: magic, version, and a Python dictionary of descr, fortran_order and shape. */
#ifndef GRAFT_SRC_FORMATS_NPY_HEADER_H
#define GRAFT_SRC_FORMATS_NPY_HEADER_H

#include "tensor/tensor.h"

#define GRAFT_NPY_HEADER_MAX 384 /* of one that graft writes: 8 sizes of 19 digits at most */

typedef struct graft_npy_header {
    graft_dtype dtype;
    graft_shape shape;
    bool fortran, big_endian;
} graft_npy_header;

/* Reads the header at the start of a file's bytes; *data is where the numbers begin. Nothing in it is evaluated,
 * and arrays of Python objects (pickles) are refused. Errors: GRAFT_E_DATA. */
GRAFT_MUST_CHECK graft_status graft_npy_header_parse(const char *path, const unsigned char *bytes, size_t length,
                                                     graft_npy_header *out, size_t *data);

/* The bytes NumPy >= 1.24 writes; for a given rank the length does not depend on dim[0], which can thus be patched
 * later. Errors: GRAFT_E_USAGE: a dtype that NumPy lacks (BF16). */
GRAFT_MUST_CHECK graft_status graft_npy_header_make(const char *path, graft_dtype dtype, const graft_shape *shape,
                                                    unsigned char out[GRAFT_NPY_HEADER_MAX], size_t *length);

#endif
