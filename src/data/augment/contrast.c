#include "data/augment/op.h"
#include "data/decode-internal.h"

void graft_paint_contrast(graft_picture *picture, double factor) {
    uint64_t sum = 0;
    size_t count = graft_picture_count(picture);
    for (size_t i = 0; i < count; i++)
        sum += graft_luma(picture->rgb + 3 * i);
    int mean = (int)((double)sum / (double)count + 0.5);
    graft_paint_blend(picture, mean, factor);
}

typedef struct contrast {
    double share;
} contrast;

static const graft_option attributes[] = {
    {.name = "share",
     .type = GRAFT_OPTION_DOUBLE,
     .offset = offsetof(contrast, share),
     .fallback = "0.2",
     .min = 0,
     .max = 4,
     .help = "the factor is 1 - share, not below 0, to 1 + share"},
    GRAFT_OPTION_END,
};

static graft_status paint(const void *a, graft_rng *rng, graft_picture *picture) {
    double share = ((const contrast *)a)->share, factor = graft_draw(rng, share < 1 ? 1 - share : 0, 1 + share);
    graft_paint_contrast(picture, factor);
    return GRAFT_OK;
}

const graft_augmentation graft_augmentation_contrast = {
    .name = "contrast",
    .help = "flatter and stronger contrast, as ColorJitter: contrast:0.2",
    .attribute_size = sizeof(contrast),
    .attributes = attributes,
    .p = 1,
    .paint = paint,
};
