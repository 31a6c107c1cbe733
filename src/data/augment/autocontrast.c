#include "data/augment/op.h"

void graft_paint_autocontrast(graft_picture *picture) {
    uint32_t count[3][256];
    unsigned char table[3][256];
    graft_histogram(picture, count);
    for (int c = 0; c < 3; c++) {
        int low = 0, high = 255;
        while (low < 255 && count[c][low] == 0)
            low++;
        while (high > 0 && count[c][high] == 0)
            high--;
        double scale = high > low ? 255.0 / (high - low) : 1, offset = high > low ? -low * scale : 0;
        for (int value = 0; value < 256; value++) {
            int stretched = (int)(value * scale + offset);
            table[c][value] = (unsigned char)(stretched < 0 ? 0 : stretched > 255 ? 255 : stretched);
        }
    }
    graft_paint_tables(picture, table);
}

static graft_status paint(const void *a, graft_rng *rng, graft_picture *picture) {
    (void)a;
    (void)rng;
    graft_paint_autocontrast(picture);
    return GRAFT_OK;
}

const graft_augmentation graft_augmentation_autocontrast = {
    .name = "autocontrast",
    .help = "stretches each channel to the full range: autocontrast:0.5 (probability)",
    .p = 0.5,
    .paint = paint,
};
