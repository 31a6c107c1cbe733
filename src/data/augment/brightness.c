#include "data/augment/op.h"

void graft_paint_brightness(graft_picture *picture, double factor) {
    graft_paint_blend(picture, 0, factor);
}

typedef struct brightness {
    double share;
} brightness;

static const graft_option attributes[] = {
    {.name = "share",
     .type = GRAFT_OPTION_DOUBLE,
     .offset = offsetof(brightness, share),
     .fallback = "0.2",
     .min = 0,
     .max = 4,
     .help = "the factor is 1 - share, not below 0, to 1 + share"},
    GRAFT_OPTION_END,
};

static graft_status paint(const void *a, graft_rng *rng, graft_picture *picture) {
    double share = ((const brightness *)a)->share, factor = graft_draw(rng, share < 1 ? 1 - share : 0, 1 + share);
    graft_paint_brightness(picture, factor);
    return GRAFT_OK;
}

const graft_augmentation graft_augmentation_brightness = {
    .name = "brightness",
    .help = "darker and brighter, as ColorJitter: brightness:0.2",
    .attribute_size = sizeof(brightness),
    .attributes = attributes,
    .p = 1,
    .paint = paint,
};
