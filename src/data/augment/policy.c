#include "data/augment/policy.h"

#include <math.h>

/* Values from magnitude 0 to magnitude 1; of AugMix where it differs. */
struct graft_policy_row {
    void (*place)(graft_geometry *geometry, double value);
    graft_status (*paint)(graft_picture *picture, double value);
    double from, to, augmix_from, augmix_to;
    bool either_way; /* the value's sign is drawn */
};

static void shear_x(graft_geometry *geometry, double value) {
    graft_geometry_shear(geometry, value, 0);
}

static void shear_y(graft_geometry *geometry, double value) {
    graft_geometry_shear(geometry, 0, value);
}

static void translate_x(graft_geometry *geometry, double value) {
    graft_geometry_translate(geometry, value, 0);
}

static void translate_y(graft_geometry *geometry, double value) {
    graft_geometry_translate(geometry, 0, value);
}

static graft_status brightness(graft_picture *picture, double value) {
    graft_paint_brightness(picture, 1 + value);
    return GRAFT_OK;
}

static graft_status saturation(graft_picture *picture, double value) {
    graft_paint_saturation(picture, 1 + value);
    return GRAFT_OK;
}

static graft_status contrast(graft_picture *picture, double value) {
    graft_paint_contrast(picture, 1 + value);
    return GRAFT_OK;
}

static graft_status sharpness(graft_picture *picture, double value) {
    return graft_paint_sharpness(picture, 1 + value);
}

static graft_status posterize(graft_picture *picture, double value) {
    graft_paint_posterize(picture, (int)lround(value));
    return GRAFT_OK;
}

static graft_status solarize(graft_picture *picture, double value) {
    graft_paint_solarize(picture, value);
    return GRAFT_OK;
}

static graft_status autocontrast(graft_picture *picture, double value) {
    (void)value;
    graft_paint_autocontrast(picture);
    return GRAFT_OK;
}

static graft_status equalize(graft_picture *picture, double value) {
    (void)value;
    graft_paint_equalize(picture);
    return GRAFT_OK;
}

static const graft_policy_row rows[] = {
    {.place = shear_x, .to = 0.3, .augmix_to = 0.3, .either_way = true},
    {.place = shear_y, .to = 0.3, .augmix_to = 0.3, .either_way = true},
    {.place = translate_x, .to = 150.0 / 331, .augmix_to = 1.0 / 3, .either_way = true},
    {.place = translate_y, .to = 150.0 / 331, .augmix_to = 1.0 / 3, .either_way = true},
    {.place = graft_geometry_rotate, .to = 30, .augmix_to = 30, .either_way = true},
    {.paint = brightness, .to = 0.9, .augmix_to = 0.9, .either_way = true},
    {.paint = saturation, .to = 0.9, .augmix_to = 0.9, .either_way = true},
    {.paint = contrast, .to = 0.9, .augmix_to = 0.9, .either_way = true},
    {.paint = sharpness, .to = 0.9, .augmix_to = 0.9, .either_way = true},
    {.paint = posterize, .from = 8, .to = 4, .augmix_from = 4, .augmix_to = 0},
    {.paint = solarize, .from = 255, .to = 0, .augmix_from = 255, .augmix_to = 0},
    {.paint = autocontrast},
    {.paint = equalize},
    {0}, /* no change: RandAugment's alone */
};

graft_pick graft_policy_draw(graft_policy policy, graft_rng *rng, double magnitude) {
    bool augmix = policy == GRAFT_POLICY_AUGMIX;
    uint32_t count = sizeof rows / sizeof rows[0] - augmix;
    const graft_policy_row *row = &rows[graft_rng_below(rng, count)];
    double from = augmix ? row->augmix_from : row->from, to = augmix ? row->augmix_to : row->to;
    double value = from + (to - from) * magnitude;
    bool other_way = graft_rng_below(rng, 2) == 1;
    return (graft_pick){row, row->either_way && other_way ? -value : value};
}

void graft_pick_place(const graft_pick *pick, graft_geometry *geometry) {
    if (pick->row->place) pick->row->place(geometry, pick->value);
}

graft_status graft_pick_paint(const graft_pick *pick, graft_picture *picture) {
    return pick->row->paint ? pick->row->paint(picture, pick->value) : GRAFT_OK;
}
