#include "data/augment/op.h"

typedef struct rotate {
    double degrees;
} rotate;

static const graft_option attributes[] = {
    {.name = "degrees",
     .type = GRAFT_OPTION_DOUBLE,
     .offset = offsetof(rotate, degrees),
     .fallback = "10",
     .unit = "degrees",
     .min = 0,
     .max = 180,
     .help = "either way at most"},
    GRAFT_OPTION_END,
};

static void place(const void *a, graft_rng *rng, graft_geometry *geometry) {
    double most = ((const rotate *)a)->degrees;
    graft_geometry_rotate(geometry, graft_draw(rng, -most, most));
}

const graft_augmentation graft_augmentation_rotate = {
    .name = "rotate",
    .help = "turns about the centre, either way: rotate:10 (degrees)",
    .attribute_size = sizeof(rotate),
    .attributes = attributes,
    .p = 1,
    .place = place,
};
