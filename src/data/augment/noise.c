#include "data/augment/op.h"

#include <math.h>

typedef struct noise {
    double std;
} noise;

static const graft_option attributes[] = {
    {.name = "std",
     .type = GRAFT_OPTION_DOUBLE,
     .offset = offsetof(noise, std),
     .fallback = "0.05",
     .unit = "of the full range",
     .min = 0,
     .max = 1,
     .help = "standard deviation"},
    GRAFT_OPTION_END,
};

/* Four uniform bytes sum to a distribution function within 0.01 of the normal one, for a tenth of its price. */
static float nearly_normal(uint32_t word) {
    const float mean = 2 * 255, deviation = 147.8005413f; /* sqrt(4 * (256 * 256 - 1) / 12) */
    uint32_t sum = (word & 255) + (word >> 8 & 255) + (word >> 16 & 255) + (word >> 24);
    return ((float)sum - mean) / deviation;
}

static graft_status paint(const void *a, graft_rng *rng, graft_picture *picture) {
    float deviation = (float)(((const noise *)a)->std * 255);
    size_t count = 3 * graft_picture_count(picture);
    for (size_t i = 0; i < count; i++) {
        float value = (float)picture->rgb[i] + deviation * nearly_normal(graft_rng_u32(rng)) + 0.5f;
        picture->rgb[i] = (unsigned char)(value < 0 ? 0 : value > 255 ? 255 : value);
    }
    return GRAFT_OK;
}

const graft_augmentation graft_augmentation_noise = {
    .name = "noise",
    .help = "Gaussian noise on every sample: noise:0.05 (of the full range)",
    .attribute_size = sizeof(noise),
    .attributes = attributes,
    .p = 1,
    .paint = paint,
};
