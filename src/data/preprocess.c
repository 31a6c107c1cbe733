#include "data/decode-internal.h"

#include <string.h>

typedef struct scaling_row {
    float mean[3], scale[3];
    bool bgr;
} scaling_row;

static scaling_row scaling_of(graft_scaling scaling) {
    switch (scaling) {
    case GRAFT_SCALING_TF:
        return (scaling_row){{127.5f, 127.5f, 127.5f}, {1 / 127.5f, 1 / 127.5f, 1 / 127.5f}, false};
    case GRAFT_SCALING_CAFFE:
        return (scaling_row){{103.939f, 116.779f, 123.68f}, {1, 1, 1}, true};
    case GRAFT_SCALING_TORCH:
        return (scaling_row){{(float)(0.485 * 255), (float)(0.456 * 255), (float)(0.406 * 255)},
                             {(float)(1 / (0.229 * 255)), (float)(1 / (0.224 * 255)), (float)(1 / (0.225 * 255))},
                             false};
    case GRAFT_SCALING_01:
        return (scaling_row){{0, 0, 0}, {1 / 255.0f, 1 / 255.0f, 1 / 255.0f}, false};
    case GRAFT_SCALING_UNKNOWN:
    case GRAFT_SCALING_RAW:
        break;
    }
    return (scaling_row){{0, 0, 0}, {1, 1, 1}, false};
}

void graft_preprocess_init(graft_preprocess *spec, graft_scaling scaling) {
    scaling_row row = scaling_of(scaling);
    *spec = (graft_preprocess){.struct_size = sizeof *spec,
                               .width = 224,
                               .height = 224,
                               .channels = 3,
                               .fit = GRAFT_FIT_SQUASH,
                               .filter = GRAFT_FILTER_BILINEAR,
                               .scaling = scaling,
                               .bgr = row.bgr};
    memcpy(spec->mean, row.mean, sizeof row.mean);
    memcpy(spec->scale, row.scale, sizeof row.scale);
}

/* Exactly (x - mean) * scale in float: a difference, then a product; no contraction can change it. */
void graft_image_normalize(const graft_preprocess *spec, const unsigned char *pixels, float *input) {
    size_t count = (size_t)spec->width * (size_t)spec->height;
    for (int c = 0; c < spec->channels; c++) {
        float *plane = input + (size_t)c * count, mean = spec->mean[c], scale = spec->scale[c];
        if (spec->channels == 1) {
            for (size_t i = 0; i < count; i++)
                plane[i] = ((float)graft_luma(pixels + 3 * i) - mean) * scale;
        } else {
            const unsigned char *from = pixels + (spec->bgr ? 2 - c : c);
            for (size_t i = 0; i < count; i++)
                plane[i] = ((float)from[3 * i] - mean) * scale;
        }
    }
}
