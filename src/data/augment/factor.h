/* What the operations with a factor about 1 share: ColorJitter's. */
#ifndef GRAFT_SRC_DATA_AUGMENT_FACTOR_H
#define GRAFT_SRC_DATA_AUGMENT_FACTOR_H

#include "data/augment/op.h"

typedef struct graft_factor {
    double share;
} graft_factor;

extern const graft_option graft_factor_attributes[];

/* Uniform in [1 - share, 1 + share), not below 0. `attributes` is a graft_factor. */
double graft_factor_draw(const void *attributes, graft_rng *rng);

#endif
