#include "data/augment/op.h"

void graft_paint_posterize(graft_picture *picture, int bits) {
    unsigned char mask = (unsigned char)(0xff00 >> bits);
    size_t count = 3 * graft_picture_count(picture);
    for (size_t i = 0; i < count; i++)
        picture->rgb[i] &= mask;
}

typedef struct posterize {
    int64_t bits;
} posterize;

static const graft_option attributes[] = {
    {.name = "bits",
     .type = GRAFT_OPTION_INT,
     .offset = offsetof(posterize, bits),
     .fallback = "4",
     .unit = "bits",
     .min = 1,
     .max = 8,
     .help = "what is kept of each sample"},
    GRAFT_OPTION_END,
};

static graft_status paint(const void *a, graft_rng *rng, graft_picture *picture) {
    (void)rng;
    graft_paint_posterize(picture, (int)((const posterize *)a)->bits);
    return GRAFT_OK;
}

const graft_augmentation graft_augmentation_posterize = {
    .name = "posterize",
    .help = "fewer levels, some of the time: posterize:4 (bits)",
    .attribute_size = sizeof(posterize),
    .attributes = attributes,
    .p = 0.5,
    .paint = paint,
};
