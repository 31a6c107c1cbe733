/* NumPy's .npy (format 1.0 and 2.0) and .npz (zip of .npy, stored): numpy.lib.format. */
#ifndef GRAFT_SRC_FORMATS_NPY_H
#define GRAFT_SRC_FORMATS_NPY_H

#include "formats/safetensors.h"
#include "tensor/tensor.h"

GRAFT_MUST_CHECK graft_status graft_npy_read(const char *path, graft_tensor **out); /* Fortran order is transposed */
/* The same from memory; `what` names it in errors. */
GRAFT_MUST_CHECK graft_status graft_npy_parse(const char *what, const unsigned char *bytes, size_t length,
                                              graft_tensor **out);
GRAFT_MUST_CHECK graft_status graft_npy_write(const char *path, const graft_tensor *tensor);
GRAFT_MUST_CHECK graft_status graft_npz_write(const char *path, const graft_named_tensor *tensors, size_t count);

/* A .npy written row by row: rows of F32, count known at the end (the header is patched). Atomic. */
typedef struct graft_npy_writer graft_npy_writer;
GRAFT_MUST_CHECK graft_status graft_npy_writer_open(const char *path, const graft_shape *row, graft_npy_writer **out);
GRAFT_MUST_CHECK graft_status graft_npy_writer_row(graft_npy_writer *writer, const float *row);
GRAFT_MUST_CHECK graft_status graft_npy_writer_commit(graft_npy_writer **writer); /* frees in any case */
void graft_npy_writer_abort(graft_npy_writer *writer);
#endif
