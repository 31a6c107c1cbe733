#include "data/augment/op.h"

typedef struct fill {
    int mode;
    int64_t value;
} fill;

static const graft_option attributes[] = {
    {.name = "mode",
     .type = GRAFT_OPTION_ENUM,
     .offset = offsetof(fill, mode),
     .fallback = "reflect",
     .choices = GRAFT_FILL_CHOICES,
     .help = "constant has the value in every channel"},
    {.name = "value",
     .type = GRAFT_OPTION_INT,
     .offset = offsetof(fill, value),
     .fallback = "0",
     .min = 0,
     .max = 255,
     .help = "of constant"},
    GRAFT_OPTION_END,
};

static void place(const void *a, graft_rng *rng, graft_geometry *geometry) {
    (void)rng;
    const fill *own = a;
    unsigned char value = (unsigned char)own->value;
    geometry->border = (graft_border){.fill = (graft_fill)own->mode, .colour = {value, value, value}};
}

const graft_augmentation graft_augmentation_fill = {
    .name = "fill",
    .help = "what the spatial operations show outside the picture: fill:reflect|edge|constant",
    .attribute_size = sizeof(fill),
    .attributes = attributes,
    .p = 1,
    .place = place,
};
