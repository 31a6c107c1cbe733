/* How sharp and how bright a picture is: two figures, found while it is decoded for its check. */
#ifndef GRAFT_SRC_DATA_QUALITY_H
#define GRAFT_SRC_DATA_QUALITY_H

#include "data/image.h"

typedef struct graft_quality {
    float sharpness;  /* variance of the Laplacian of grey values, of the picture shrunk to at most 512 pixels
                         (Pech-Pacheco  et al. 2000); flat or blurred pictures have little */
    float brightness; /* mean grey value, 0..255 */
} graft_quality;

/* Grey is ITU-R 601 luma; shrunk by means over whole squares of pixels. A picture of fewer than 3 rows or columns has
 * no sharpness: 0. Errors: GRAFT_E_MEMORY. */
GRAFT_MUST_CHECK graft_status graft_quality_of(const graft_image *image, graft_quality *out);

#endif
