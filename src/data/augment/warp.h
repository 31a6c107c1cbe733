/* Affine resampling. */
#ifndef GRAFT_SRC_DATA_AUGMENT_WARP_H
#define GRAFT_SRC_DATA_AUGMENT_WARP_H

#include "data/augment/geometry.h"

/* Bilinear samples of `in` at the places to which `map` takes the pixels of the width x height result. */
void graft_warp_bilinear(const graft_image *in, const graft_affine *map, const graft_border *border, int width,
                         int height, unsigned char *out);

/* The same without aliasing where the result is smaller: `in` is first resized by `filter` to sqrt(2) samples a pixel
 * of the result, on each side on which it has more, and only the part that is seen. */
GRAFT_MUST_CHECK graft_status graft_warp(const graft_image *in, const graft_affine *map, const graft_border *border,
                                         graft_filter filter, int width, int height, unsigned char *out,
                                         graft_resize_scratch *scratch);

#endif
