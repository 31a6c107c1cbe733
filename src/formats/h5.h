/* The few things graft asks of HDF5 files, each call guarded: one thread of the process at a time, the library's
 * own error printing off, external files never followed, sizes and filters checked before anything is read.
 * Paths are HDF5 paths inside of the file, "/model_weights/conv1". */
#ifndef GRAFT_SRC_FORMATS_H5_H
#define GRAFT_SRC_FORMATS_H5_H

#include "tensor/tensor.h"

#define GRAFT_H5_MAX_TEXTS 65536

typedef struct graft_h5 graft_h5;

/* Errors: GRAFT_E_DATA (not HDF5, truncated, damaged). */
GRAFT_MUST_CHECK graft_status graft_h5_open(const char *path, graft_h5 **out);
/* A file in memory, taken over also after a failure; `name` stands for it in errors. */
GRAFT_MUST_CHECK graft_status graft_h5_open_image(const char *name, char *image, size_t length, graft_h5 **out);
void graft_h5_close(graft_h5 *file);

/* Is there a group of this path? Its parent must exist. Errors: GRAFT_E_DATA: there is, but it cannot be opened. */
GRAFT_MUST_CHECK graft_status graft_h5_find_group(graft_h5 *file, const char *group, bool *found);

/* A list of texts. */
typedef struct graft_h5_texts {
    char **text;
    size_t count, capacity;
} graft_h5_texts;

/* Appends a group's text attribute, one text or a list; *found says whether there is one. An empty list may
 * have any type: NumPy's empty list is one of numbers. Errors: GRAFT_E_DATA. */
GRAFT_MUST_CHECK graft_status graft_h5_read_texts(graft_h5 *file, const char *group, const char *attribute,
                                                  graft_h5_texts *out, bool *found);
void graft_h5_texts_free(graft_h5_texts *texts);

/* Appends the names of a group's members, sorted: at most GRAFT_H5_MAX_TEXTS. Errors: GRAFT_E_DATA. */
GRAFT_MUST_CHECK graft_status graft_h5_list(graft_h5 *file, const char *group, graft_h5_texts *out);

/* The type and shape of a dataset of numbers whose bytes the file really holds. Errors: GRAFT_E_DATA. */
GRAFT_MUST_CHECK graft_status graft_h5_describe(graft_h5 *file, const char *dataset, graft_dtype *dtype,
                                                graft_shape *shape);
/* Reads it, in little-endian order. */
GRAFT_MUST_CHECK graft_status graft_h5_read(graft_h5 *file, const char *dataset, graft_tensor **out);

#endif
