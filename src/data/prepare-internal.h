/* The steps from a decoded picture to the network's size, for plain pictures and for views of them. */
#ifndef GRAFT_SRC_DATA_PREPARE_INTERNAL_H
#define GRAFT_SRC_DATA_PREPARE_INTERNAL_H

#include "data/image.h"
#include "data/resize-internal.h"

/* How a picture meets the target: it is resized to width x height; `window` of that goes to left, top. */
typedef struct graft_placement {
    int width, height;
    graft_resize_window window;
    int left, top; /* of the window in the target */
} graft_placement;
/* `image` has the sizes of the file, so that a JPEG decoded at a reduced size is placed the same. */
graft_placement graft_place_picture(const graft_image *image, const graft_preprocess *spec);

/* The sizes that the upright picture has in the file. */
graft_image graft_whole_picture(const graft_image *image);

GRAFT_MUST_CHECK graft_status graft_check_target(const graft_preprocess *spec);

/* The plain picture: fit and resize of what was decoded. */
GRAFT_MUST_CHECK graft_status graft_fit_picture(graft_decoder *decoder, const graft_image *image,
                                                const graft_preprocess *spec, unsigned char *pixels);

/* RGB of what the network sees as nothing. */
void graft_mean_colour(const graft_preprocess *spec, unsigned char colour[3]);

#endif
