#include "data/augment/factor.h"

#include "base/alloc.h"
#include "base/error.h"

#include <string.h>

/* Pillow's SMOOTH: the sample counts 5 and its neighbours 1 of 13, rounded; the border stays. */
static int smooth(const unsigned char *at, size_t stride) {
    const unsigned char *above = at - stride, *below = at + stride;
    int sum = above[-3] + above[0] + above[3] + at[-3] + 5 * at[0] + at[3] + below[-3] + below[0] + below[3];
    return (2 * sum + 13) / 26;
}

graft_status graft_paint_sharpness(graft_picture *picture, double factor) {
    if (picture->width < 3 || picture->height < 3) return GRAFT_OK;
    size_t stride = (size_t)picture->width * 3, bytes = stride * (size_t)picture->height;
    unsigned char *old = graft_allocate(bytes, 1);
    if (!old) return graft_fail_memory("sharpening a picture");
    memcpy(old, picture->rgb, bytes);
    for (size_t row = stride; row < bytes - stride; row += stride)
        for (size_t i = row + 3; i < row + stride - 3; i++)
            picture->rgb[i] = graft_blend(smooth(old + i, stride), old[i], (float)factor);
    graft_release(old);
    return GRAFT_OK;
}

static graft_status paint(const void *a, graft_rng *rng, graft_picture *picture) {
    return graft_paint_sharpness(picture, graft_factor_draw(a, rng));
}

const graft_augmentation graft_augmentation_sharpness = {
    .name = "sharpness",
    .help = "softer and sharper: sharpness:0.2",
    .attribute_size = sizeof(graft_factor),
    .attributes = graft_factor_attributes,
    .p = 1,
    .paint = paint,
};
