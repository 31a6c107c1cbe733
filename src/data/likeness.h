/* How alike two pictures look: an 8x8 colour thumbnail, compared by mean difference. The difference hash alone does
 * not do: photographs of different shirts on one floor share all of its 64 bits. */
#ifndef GRAFT_SRC_DATA_LIKENESS_H
#define GRAFT_SRC_DATA_LIKENESS_H

#include "data/image.h"

#define GRAFT_LIKENESS_SIDE 8
#define GRAFT_LIKENESS_BYTES (GRAFT_LIKENESS_SIDE * GRAFT_LIKENESS_SIDE * 3)

/* Measured on 3,409 photographs of clothes: recompressed (quality 15) and shrunk (to a third) copies differ by at most
 * 2.1, and in at most 6 bits of the hash; the nearest photographs of different things by 6.5. */
#define GRAFT_LIKENESS_MEAN 4      /* mean absolute difference of 255 at most */
#define GRAFT_LIKENESS_CONTRAST 15 /* and per cent of the mean absolute deviation of either thumbnail */
#define GRAFT_LIKENESS_BITS 6      /* of the difference hash at most */

typedef struct graft_likeness {
    unsigned char rgb[GRAFT_LIKENESS_BYTES];
} graft_likeness;

/* Means over the cells of an 8x8 grid. *grey gets whether red, green and blue are equal everywhere. */
void graft_likeness_of(const graft_image *image, graft_likeness *out, bool *grey);

/* Summed absolute deviation from each channel's mean: the picture's contrast. */
unsigned graft_likeness_deviation(const graft_likeness *likeness);

/* Deviations come from graft_likeness_deviation. */
bool graft_likeness_near(const graft_likeness *a, unsigned deviation_a, const graft_likeness *b, unsigned deviation_b);

#endif
