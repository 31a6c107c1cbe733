#include "data/augment/policy.h"

/* Cubuk et al. 2020. The magnitude has torchvision's 31 steps. */
typedef struct randaugment {
    int64_t n, magnitude;
} randaugment;

static const graft_option attributes[] = {
    {.name = "n",
     .type = GRAFT_OPTION_INT,
     .offset = offsetof(randaugment, n),
     .fallback = "2",
     .min = 1,
     .max = 10,
     .help = "operations in a row"},
    {.name = "magnitude",
     .type = GRAFT_OPTION_INT,
     .offset = offsetof(randaugment, magnitude),
     .fallback = "9",
     .min = 0,
     .max = 30,
     .help = "how strong each is"},
    GRAFT_OPTION_END,
};

static graft_pick draw(const randaugment *own, graft_rng *rng) {
    return graft_policy_draw(GRAFT_POLICY_RANDAUGMENT, rng, (double)own->magnitude / 30);
}

static void place(const void *a, graft_rng *rng, graft_geometry *geometry) {
    const randaugment *own = a;
    for (int64_t i = 0; i < own->n; i++) {
        graft_pick pick = draw(own, rng);
        graft_pick_place(&pick, geometry);
    }
}

static graft_status paint(const void *a, graft_rng *rng, graft_picture *picture) {
    const randaugment *own = a;
    graft_status status = GRAFT_OK;
    for (int64_t i = 0; i < own->n && status == GRAFT_OK; i++) {
        graft_pick pick = draw(own, rng);
        status = graft_pick_paint(&pick, picture);
    }
    return status;
}

const graft_augmentation graft_augmentation_randaugment = {
    .name = "randaugment",
    .help = "a few of 14 operations at random, all as strong: randaugment:2:magnitude=9 (of 30)",
    .attribute_size = sizeof(randaugment),
    .attributes = attributes,
    .p = 1,
    .place = place,
    .paint = paint,
};
