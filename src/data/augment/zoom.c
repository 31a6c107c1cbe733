#include "data/augment/op.h"

typedef struct zoom {
    double share;
    int axis;
} zoom;

static const graft_option attributes[] = {
    {.name = "share",
     .type = GRAFT_OPTION_DOUBLE,
     .offset = offsetof(zoom, share),
     .fallback = "0.1",
     .min = 0,
     .max = 0.9,
     .help = "things become 1 - share to 1 + share times as large"},
    {.name = "axis",
     .type = GRAFT_OPTION_ENUM,
     .offset = offsetof(zoom, axis),
     .fallback = "both",
     .choices = GRAFT_AXIS_CHOICES,
     .help = "which sides"},
    GRAFT_OPTION_END,
};

static void place(const void *a, graft_rng *rng, graft_geometry *geometry) {
    const zoom *own = a;
    double factor = graft_draw(rng, 1 - own->share, 1 + own->share);
    graft_geometry_zoom(geometry, own->axis == GRAFT_AXIS_Y ? 1 : factor, own->axis == GRAFT_AXIS_X ? 1 : factor);
}

const graft_augmentation graft_augmentation_zoom = {
    .name = "zoom",
    .help = "zooms in and out, keeping the aspect: zoom:0.1; or stretches: zoom:0.1:axis=x",
    .attribute_size = sizeof(zoom),
    .attributes = attributes,
    .p = 1,
    .place = place,
};
