/* Mixing pairs of a batch: mixup (Zhang et al. 2018) and cutmix (Yun et al. 2019). */
#ifndef GRAFT_SRC_TRAIN_MIX_H
#define GRAFT_SRC_TRAIN_MIX_H

#include "tensor/tensor.h"

typedef enum graft_mix_kind { GRAFT_MIX_NONE, GRAFT_MIX_MIXUP, GRAFT_MIX_CUTMIX } graft_mix_kind;
#define GRAFT_MIX_CHOICES "none|mixup|cutmix"

typedef struct graft_mix {
    graft_mix_kind kind;
    double alpha; /* of the Beta(alpha, alpha) the share is drawn from, > 0 */
} graft_mix;

/* Mixes sample i with sample count-1-i, inputs (C,H,W each) and targets, with one share for the batch, a pure function
 * of (seed, epoch, step). cutmix needs a rank of 3 and does nothing otherwise. */
void graft_mix_batch(const graft_mix *mix, uint64_t seed, uint32_t epoch, uint64_t step, const graft_shape *shape,
                     int classes, size_t count, float *inputs, float *targets);

#endif
