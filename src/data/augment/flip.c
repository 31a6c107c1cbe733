#include "data/augment/op.h"

typedef enum flip_axis { FLIP_HORIZONTAL, FLIP_VERTICAL } flip_axis;

typedef struct flip {
    int axis;
} flip;

static const graft_option attributes[] = {
    {.name = "axis",
     .type = GRAFT_OPTION_ENUM,
     .offset = offsetof(flip, axis),
     .fallback = "horizontal",
     .choices = "horizontal|vertical",
     .help = "horizontal swaps left and right"},
    GRAFT_OPTION_END,
};

static void place(const void *a, graft_rng *rng, graft_geometry *geometry) {
    (void)rng;
    int axis = ((const flip *)a)->axis;
    graft_geometry_flip(geometry, axis == FLIP_HORIZONTAL, axis == FLIP_VERTICAL);
}

const graft_augmentation graft_augmentation_flip = {
    .name = "flip",
    .help = "mirrors; exact, and as cheap as the plain picture: flip, flip:vertical",
    .attribute_size = sizeof(flip),
    .attributes = attributes,
    .p = 0.5,
    .place = place,
};
