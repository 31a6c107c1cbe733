#include "data/augment/factor.h"
#include "data/decode-internal.h"

void graft_paint_contrast(graft_picture *picture, double factor) {
    uint64_t sum = 0;
    size_t count = graft_picture_count(picture);
    for (size_t i = 0; i < count; i++)
        sum += graft_luma(picture->rgb + 3 * i);
    int mean = (int)((double)sum / (double)count + 0.5);
    graft_paint_blend(picture, mean, factor);
}

static graft_status paint(const void *a, graft_rng *rng, graft_picture *picture) {
    graft_paint_contrast(picture, graft_factor_draw(a, rng));
    return GRAFT_OK;
}

const graft_augmentation graft_augmentation_contrast = {
    .name = "contrast",
    .help = "flatter and stronger contrast, as ColorJitter: contrast:0.2",
    .attribute_size = sizeof(graft_factor),
    .attributes = graft_factor_attributes,
    .p = 1,
    .paint = paint,
};
