#include "data/augment/op.h"

typedef struct translate {
    double share;
    int axis;
} translate;

static const graft_option attributes[] = {
    {.name = "share",
     .type = GRAFT_OPTION_DOUBLE,
     .offset = offsetof(translate, share),
     .fallback = "0.1",
     .unit = "of the side",
     .min = 0,
     .max = 1,
     .help = "either way at most"},
    {.name = "axis",
     .type = GRAFT_OPTION_ENUM,
     .offset = offsetof(translate, axis),
     .fallback = "both",
     .choices = GRAFT_AXIS_CHOICES,
     .help = "which sides"},
    GRAFT_OPTION_END,
};

static void place(const void *a, graft_rng *rng, graft_geometry *geometry) {
    const translate *own = a;
    double x = graft_draw(rng, -own->share, own->share), y = graft_draw(rng, -own->share, own->share);
    graft_geometry_translate(geometry, own->axis == GRAFT_AXIS_Y ? 0 : x, own->axis == GRAFT_AXIS_X ? 0 : y);
}

const graft_augmentation graft_augmentation_translate = {
    .name = "translate",
    .help = "shifts, either way: translate:0.1 (of the side), translate:0.1:axis=x",
    .attribute_size = sizeof(translate),
    .attributes = attributes,
    .p = 1,
    .place = place,
};
