/* The operations that RandAugment and AugMix draw from, as torchvision has them. */
#ifndef GRAFT_SRC_DATA_AUGMENT_POLICY_H
#define GRAFT_SRC_DATA_AUGMENT_POLICY_H

#include "data/augment/op.h"

typedef enum graft_policy { GRAFT_POLICY_RANDAUGMENT, GRAFT_POLICY_AUGMIX } graft_policy;

typedef struct graft_policy_row graft_policy_row;

/* An operation and how strongly it is applied. */
typedef struct graft_pick {
    const graft_policy_row *row;
    double value;
} graft_pick;

/* magnitude: 0..1. */
graft_pick graft_policy_draw(graft_policy policy, graft_rng *rng, double magnitude);

/* Each does nothing for an operation of the other kind. */
void graft_pick_place(const graft_pick *pick, graft_geometry *geometry);
GRAFT_MUST_CHECK graft_status graft_pick_paint(const graft_pick *pick, graft_picture *picture);

#endif
