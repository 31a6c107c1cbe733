#include "data/augment/op.h"

#include <math.h>

/* torchvision's RandomResizedCrop (Szegedy et al. 2015), without its rounding to pixels. */
typedef struct crop {
    double scale[2], ratio[2];
} crop;

static const graft_option attributes[] = {
    {.name = "scale",
     .type = GRAFT_OPTION_DOUBLES,
     .offset = offsetof(crop, scale),
     .fallback = "0.08,1",
     .unit = "of the area",
     .min = 0.001,
     .max = 1,
     .count = 2,
     .help = "how much is kept"},
    {.name = "ratio",
     .type = GRAFT_OPTION_DOUBLES,
     .offset = offsetof(crop, ratio),
     .fallback = "0.75,1.3333333333333333",
     .min = 0.1,
     .max = 10,
     .count = 2,
     .help = "width over height, in the file, of what is kept"},
    GRAFT_OPTION_END,
};

enum { TRIES = 10 };

static void place(const void *a, graft_rng *rng, graft_geometry *geometry) {
    const crop *own = a;
    double aspect = geometry->width * geometry->pixel_aspect / geometry->height;
    for (int i = 0; i < TRIES; i++) {
        double area = graft_draw(rng, own->scale[0], own->scale[1]);
        double ratio = graft_draw_log(rng, own->ratio[0], own->ratio[1]);
        double width = sqrt(area * ratio / aspect), height = sqrt(area * aspect / ratio);
        if (width > 1 || height > 1) continue;
        double left = graft_draw(rng, 0, 1 - width), top = graft_draw(rng, 0, 1 - height);
        graft_geometry_crop(geometry, left, top, width, height);
        return;
    }
    /* no box of such a shape fits: the largest in the middle */
    double width = fmin(1, own->ratio[1] / aspect), height = fmin(1, aspect / own->ratio[0]);
    graft_geometry_crop(geometry, (1 - width) / 2, (1 - height) / 2, width, height);
}

const graft_augmentation graft_augmentation_crop = {
    .name = "crop",
    .help = "random resized crop: crop:0.6,1 (of the area), crop:scale=0.6,1:ratio=0.75,1.33",
    .attribute_size = sizeof(crop),
    .attributes = attributes,
    .p = 1,
    .place = place,
};
