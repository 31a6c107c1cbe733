#include "data/augment/op.h"
#include "data/decode-internal.h"

#include <string.h>

void graft_paint_grey(graft_picture *picture) {
    unsigned char *at = picture->rgb, *end = at + 3 * graft_picture_count(picture);
    for (; at < end; at += 3)
        memset(at, (int)graft_luma(at), 3);
}

static graft_status paint(const void *a, graft_rng *rng, graft_picture *picture) {
    (void)a;
    (void)rng;
    graft_paint_grey(picture);
    return GRAFT_OK;
}

const graft_augmentation graft_augmentation_grey = {
    .name = "grey",
    .help = "without colour, some of the time: grey:0.1 (probability)",
    .p = 0.1,
    .paint = paint,
};
