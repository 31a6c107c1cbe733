/* What h5.c and h5-dataset.c share. HDF5's header is included here and nowhere else. */
#ifndef GRAFT_SRC_FORMATS_H5_INTERNAL_H
#define GRAFT_SRC_FORMATS_H5_INTERNAL_H

#include "formats/h5-check.h"
#include "formats/h5.h"

#include <hdf5.h>

struct graft_h5 {
    char *path;
    h5_walk *walk;     /* checks what HDF5 does not */
    hid_t file, links; /* links: how links are followed */
    uint64_t bytes;    /* of the file */
    bool external;     /* an external link was met and refused */
};

/* What HDF5 does on an error in this thread, while graft is inside: nothing. */
typedef struct h5_guard {
    H5E_auto2_t report;
    void *argument;
} h5_guard;
/* Around every use of HDF5. */
h5_guard graft_h5_enter(void);
void graft_h5_leave(h5_guard guard);

/* Opens a group or dataset; close it with H5Oclose. Links to other files are not followed. */
GRAFT_MUST_CHECK graft_status graft_h5_open_object(graft_h5 *h5, const char *path, H5I_type_t type, hid_t *out);

#endif
