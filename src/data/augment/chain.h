/* A parsed chain of augmentations. */
#ifndef GRAFT_SRC_DATA_AUGMENT_CHAIN_H
#define GRAFT_SRC_DATA_AUGMENT_CHAIN_H

#include "data/augment.h"
#include "data/augment/op.h"

enum { GRAFT_CHAIN_LIMIT = 32 };

typedef struct graft_augment_step {
    const graft_augmentation *op;
    double p;
    _Alignas(16) char attributes[GRAFT_AUGMENT_ATTRIBUTES];
} graft_augment_step;

struct graft_augment {
    graft_augment_step step[GRAFT_CHAIN_LIMIT];
    size_t count;
    char *text; /* of graft_augment_describe */
};

#endif
