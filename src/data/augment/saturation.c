#include "data/augment/factor.h"
#include "data/decode-internal.h"

void graft_paint_saturation(graft_picture *picture, double factor) {
    unsigned char *at = picture->rgb, *end = at + 3 * graft_picture_count(picture);
    for (; at < end; at += 3) {
        int grey = (int)graft_luma(at);
        for (int c = 0; c < 3; c++)
            at[c] = graft_blend(grey, at[c], (float)factor);
    }
}

static graft_status paint(const void *a, graft_rng *rng, graft_picture *picture) {
    graft_paint_saturation(picture, graft_factor_draw(a, rng));
    return GRAFT_OK;
}

const graft_augmentation graft_augmentation_saturation = {
    .name = "saturation",
    .help = "greyer and more colourful, as ColorJitter: saturation:0.2",
    .attribute_size = sizeof(graft_factor),
    .attributes = graft_factor_attributes,
    .p = 1,
    .paint = paint,
};
