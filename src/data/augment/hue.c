#include "data/augment/op.h"

#include <math.h>

static float smaller(float a, float b) {
    return a < b ? a : b;
}

static float larger(float a, float b) {
    return a > b ? a : b;
}

/* A channel of the colour with this hue (0..6), saturation and value: Smith 1978, with one rule for all three channels.
 */
static float channel(float hue, float offset, float value, float saturation) {
    float k = hue + offset;
    if (k >= 6) k -= 6;
    float slope = smaller(k, 4 - k);
    return value - value * saturation * smaller(larger(slope, 0), 1);
}

/* 0..6 */
static float hue_of(float red, float green, float blue, float most, float range) {
    if (most == red) return green >= blue ? (green - blue) / range : (green - blue) / range + 6;
    if (most == green) return 2 + (blue - red) / range;
    return 4 + (red - green) / range;
}

void graft_paint_hue(graft_picture *picture, double shift) {
    unsigned char *at = picture->rgb, *end = at + 3 * graft_picture_count(picture);
    float sixths = (float)(6 * (shift - floor(shift)));
    for (; at < end; at += 3) {
        float red = at[0], green = at[1], blue = at[2];
        float most = larger(red, larger(green, blue)), range = most - smaller(red, smaller(green, blue));
        if (range == 0) continue;
        float hue = hue_of(red, green, blue, most, range) + sixths, saturation = range / most;
        if (hue >= 6) hue -= 6;
        at[0] = (unsigned char)(channel(hue, 5, most, saturation) + 0.5f);
        at[1] = (unsigned char)(channel(hue, 3, most, saturation) + 0.5f);
        at[2] = (unsigned char)(channel(hue, 1, most, saturation) + 0.5f);
    }
}

typedef struct hue {
    double share;
} hue;

static const graft_option attributes[] = {
    {.name = "share",
     .type = GRAFT_OPTION_DOUBLE,
     .offset = offsetof(hue, share),
     .fallback = "0.05",
     .unit = "of the colour circle",
     .min = 0,
     .max = 0.5,
     .help = "either way at most"},
    GRAFT_OPTION_END,
};

static graft_status paint(const void *a, graft_rng *rng, graft_picture *picture) {
    double most = ((const hue *)a)->share;
    graft_paint_hue(picture, graft_draw(rng, -most, most));
    return GRAFT_OK;
}

const graft_augmentation graft_augmentation_hue = {
    .name = "hue",
    .help = "turns the colour circle, as ColorJitter: hue:0.05 (of the circle)",
    .attribute_size = sizeof(hue),
    .attributes = attributes,
    .p = 1,
    .paint = paint,
};
