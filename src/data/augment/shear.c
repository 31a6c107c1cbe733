#include "data/augment/op.h"

#include <math.h>

typedef struct shear {
    double degrees;
    int axis;
} shear;

static const graft_option attributes[] = {
    {.name = "degrees",
     .type = GRAFT_OPTION_DOUBLE,
     .offset = offsetof(shear, degrees),
     .fallback = "10",
     .unit = "degrees",
     .min = 0,
     .max = 60,
     .help = "either way at most"},
    {.name = "axis",
     .type = GRAFT_OPTION_ENUM,
     .offset = offsetof(shear, axis),
     .fallback = "both",
     .choices = GRAFT_AXIS_CHOICES,
     .help = "which sides"},
    GRAFT_OPTION_END,
};

static double tangent(graft_rng *rng, double most) {
    return tan(graft_draw(rng, -most, most) * (3.14159265358979323846 / 180));
}

static void place(const void *a, graft_rng *rng, graft_geometry *geometry) {
    const shear *own = a;
    double x = tangent(rng, own->degrees), y = tangent(rng, own->degrees);
    graft_geometry_shear(geometry, own->axis == GRAFT_AXIS_Y ? 0 : x, own->axis == GRAFT_AXIS_X ? 0 : y);
}

const graft_augmentation graft_augmentation_shear = {
    .name = "shear",
    .help = "slants, either way: shear:10 (degrees), shear:10:axis=x",
    .attribute_size = sizeof(shear),
    .attributes = attributes,
    .p = 1,
    .place = place,
};
