#include "data/augment/op.h"

void graft_paint_solarize(graft_picture *picture, double threshold) {
    size_t count = 3 * graft_picture_count(picture);
    for (size_t i = 0; i < count; i++)
        if (picture->rgb[i] >= threshold) picture->rgb[i] = (unsigned char)(255 - picture->rgb[i]);
}

typedef struct solarize {
    double threshold;
} solarize;

static const graft_option attributes[] = {
    {.name = "threshold",
     .type = GRAFT_OPTION_DOUBLE,
     .offset = offsetof(solarize, threshold),
     .fallback = "128",
     .unit = "of 255",
     .min = 0,
     .max = 255,
     .help = "samples from here on are inverted"},
    GRAFT_OPTION_END,
};

static graft_status paint(const void *a, graft_rng *rng, graft_picture *picture) {
    (void)rng;
    graft_paint_solarize(picture, ((const solarize *)a)->threshold);
    return GRAFT_OK;
}

const graft_augmentation graft_augmentation_solarize = {
    .name = "solarize",
    .help = "inverts what is bright, some of the time: solarize:128 (of 255)",
    .attribute_size = sizeof(solarize),
    .attributes = attributes,
    .p = 0.5,
    .paint = paint,
};
