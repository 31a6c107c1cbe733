#include "data/augment/factor.h"

void graft_paint_brightness(graft_picture *picture, double factor) {
    graft_paint_blend(picture, 0, factor);
}

static graft_status paint(const void *a, graft_rng *rng, graft_picture *picture) {
    graft_paint_brightness(picture, graft_factor_draw(a, rng));
    return GRAFT_OK;
}

const graft_augmentation graft_augmentation_brightness = {
    .name = "brightness",
    .help = "darker and brighter, as ColorJitter: brightness:0.2",
    .attribute_size = sizeof(graft_factor),
    .attributes = graft_factor_attributes,
    .p = 1,
    .paint = paint,
};
