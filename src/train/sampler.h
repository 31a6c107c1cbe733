/* The order of samples: a pure function of (seed, epoch), so that a resumed run goes on where it stood. */
#ifndef GRAFT_SRC_TRAIN_SAMPLER_H
#define GRAFT_SRC_TRAIN_SAMPLER_H

#include <graft/base.h>

typedef struct graft_sampler {
    size_t count;     /* samples an epoch visits */
    size_t available; /* samples there are */
    uint64_t seed;
    const int *label; /* balanced: labels of all samples; borrowed. NULL: every sample once */
    int classes;
    size_t *order;                  /* owned; count entries after graft_sampler_shuffle */
    size_t *by_class, *class_first; /* owned; balanced alone */
} graft_sampler;

/* `label` NULL: a permutation of all samples each epoch. Otherwise classes are drawn evenly, and samples of a class in
 * turn, shuffled anew each epoch. */
GRAFT_MUST_CHECK graft_status graft_sampler_init(graft_sampler *out, size_t available, uint64_t seed, const int *label,
                                                 int classes);
void graft_sampler_clear(graft_sampler *sampler);
void graft_sampler_shuffle(graft_sampler *sampler, uint32_t epoch);

#endif
