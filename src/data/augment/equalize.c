#include "data/augment/op.h"

/* Pillow's ImageOps.equalize: values spread so that each 255th of the pixels, the brightest value aside, is a step. */
static void spread(const uint32_t count[256], unsigned char table[256]) {
    uint64_t total = 0, brightest = 0;
    for (int value = 0; value < 256; value++) {
        total += count[value];
        if (count[value]) brightest = count[value];
    }
    uint64_t step = (total - brightest) / 255, seen = step / 2;
    for (int value = 0; value < 256; value++) {
        uint64_t level = step ? seen / step : (uint64_t)value;
        table[value] = (unsigned char)(level > 255 ? 255 : level);
        seen += count[value];
    }
}

void graft_paint_equalize(graft_picture *picture) {
    uint32_t count[3][256];
    unsigned char table[3][256];
    graft_histogram(picture, count);
    for (int c = 0; c < 3; c++)
        spread(count[c], table[c]);
    graft_paint_tables(picture, table);
}

static graft_status paint(const void *a, graft_rng *rng, graft_picture *picture) {
    (void)a;
    (void)rng;
    graft_paint_equalize(picture);
    return GRAFT_OK;
}

const graft_augmentation graft_augmentation_equalize = {
    .name = "equalize",
    .help = "equalizes each channel's histogram: equalize:0.5 (probability)",
    .p = 0.5,
    .paint = paint,
};
