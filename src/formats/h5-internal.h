/* What h5.c and h5-dataset.c, the only files that include HDF5's header, share. Its identifiers (hid_t) are int64_t. */
#ifndef GRAFT_SRC_FORMATS_H5_INTERNAL_H
#define GRAFT_SRC_FORMATS_H5_INTERNAL_H

#include "formats/h5-check.h"
#include "formats/h5.h"

struct graft_h5 {
    char *path;          /* its name in errors */
    char *image;         /* a file in memory; NULL: the file at `path` */
    h5_walk *walk;       /* checks what HDF5 does not */
    int64_t file, links; /* links: how links are followed */
    uint64_t bytes;      /* of the file */
    bool external;       /* an external link was met and refused */
};

/* What HDF5 does on an error in this thread, while graft is inside: nothing. */
typedef struct h5_guard {
    int (*report)(int64_t stack, void *argument);
    void *argument;
} h5_guard;
/* Around every use of HDF5. */
h5_guard graft_h5_enter(void);
void graft_h5_leave(h5_guard guard);

/* Opens a group or a dataset; close it with H5Oclose. Links to other files are not followed. */
typedef enum h5_kind { H5_A_GROUP, H5_A_DATASET } h5_kind;
GRAFT_MUST_CHECK graft_status graft_h5_open_object(graft_h5 *h5, const char *path, h5_kind kind, int64_t *out);

#endif
