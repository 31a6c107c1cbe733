#include "data/augment/op.h"
#include "data/decode-internal.h"

void graft_paint_saturation(graft_picture *picture, double factor) {
    unsigned char *at = picture->rgb, *end = at + 3 * graft_picture_count(picture);
    for (; at < end; at += 3) {
        int grey = (int)graft_luma(at);
        for (int c = 0; c < 3; c++)
            at[c] = graft_blend(grey, at[c], (float)factor);
    }
}

typedef struct saturation {
    double share;
} saturation;

static const graft_option attributes[] = {
    {.name = "share",
     .type = GRAFT_OPTION_DOUBLE,
     .offset = offsetof(saturation, share),
     .fallback = "0.2",
     .min = 0,
     .max = 4,
     .help = "the factor is 1 - share, not below 0, to 1 + share"},
    GRAFT_OPTION_END,
};

static graft_status paint(const void *a, graft_rng *rng, graft_picture *picture) {
    double share = ((const saturation *)a)->share, factor = graft_draw(rng, share < 1 ? 1 - share : 0, 1 + share);
    graft_paint_saturation(picture, factor);
    return GRAFT_OK;
}

const graft_augmentation graft_augmentation_saturation = {
    .name = "saturation",
    .help = "greyer and more colourful, as ColorJitter: saturation:0.2",
    .attribute_size = sizeof(saturation),
    .attributes = attributes,
    .p = 1,
    .paint = paint,
};
