/* The rows that cross-validation works on, from wherever they come. */
#ifndef GRAFT_SRC_TRANSFER_CROSSVAL_ROWS_H
#define GRAFT_SRC_TRANSFER_CROSSVAL_ROWS_H

#include "transfer/model-internal.h"
#include <graft/crossval.h>

/* Start from {0}; everything is owned. */
typedef struct graft_crossval_rows {
    float *x; /* count x width */
    int *label;
    int64_t *group; /* rows that share an id >= 0 stay in one fold: duplicates, or of one group */
    char **class_name;
    size_t count, width, classes;
    char *features; /* what they are, for people */
} graft_crossval_rows;
void graft_crossval_rows_clear(graft_crossval_rows *rows);
bool graft_crossval_ends(const char *path, const char *end); /* whether a file's name ends so, in any case */

/* What the context's memory limit allows for `count` x `width` features and a copy of them.
 * Errors: GRAFT_E_USAGE. */
GRAFT_MUST_CHECK graft_status graft_crossval_room(graft_context *context, size_t count, size_t width);

/* Sets label, class_name and classes from the rows' own names, classes in byte order. */
GRAFT_MUST_CHECK graft_status graft_crossval_label(graft_crossval_rows *rows, const char *const *names);

/* Rows of one name become a group; NULL: a row for itself. */
GRAFT_MUST_CHECK graft_status graft_crossval_group_named(graft_crossval_rows *rows, const char *const *names);
/* Identical rows become a group, together with the groups that they are of. */
GRAFT_MUST_CHECK graft_status graft_crossval_group_identical(graft_crossval_rows *rows);

/* crossval-file.c: .npy and .npz with their labels. */
GRAFT_MUST_CHECK graft_status graft_crossval_read_features(graft_context *context, const char *path,
                                                           const graft_crossval_options *options,
                                                           graft_crossval_rows *out);
/* crossval-csv.c: numbers. *pictures, without rows: a column holds paths of pictures, so that it is a dataset. */
GRAFT_MUST_CHECK graft_status graft_crossval_read_csv(graft_context *context, const char *path,
                                                      const graft_crossval_options *options, graft_crossval_rows *out,
                                                      bool *pictures);
/* crossval-data.c: features of a network, or raw pixels when `backbone` is NULL. */
GRAFT_MUST_CHECK graft_status graft_crossval_read_data(graft_context *context, const char *path,
                                                       const graft_backbone *backbone,
                                                       const graft_crossval_options *options, graft_crossval_rows *out);
/* The same of data that is open; it is checked first if it was not. */
GRAFT_MUST_CHECK graft_status graft_crossval_read_dataset(graft_context *context, graft_dataset *data,
                                                          const graft_backbone *backbone,
                                                          const graft_crossval_options *options,
                                                          graft_crossval_rows *out);

/* Parts of the above for graft compare. The matrix of a .npy or .npz alone: */
GRAFT_MUST_CHECK graft_status graft_crossval_read_matrix(graft_context *context, const char *path,
                                                         graft_crossval_rows *out);
/* The out->count samples of a dataset that was checked: their classes and groups, and raw pixels. */
GRAFT_MUST_CHECK graft_status graft_crossval_read_pixels(graft_context *context, graft_dataset *data,
                                                         int64_t image_size, const size_t *sample, graft_shape *shape,
                                                         graft_crossval_rows *out);

#endif
