/* Where a fit gets its samples: from the boundary cache, from decoded pictures, from memory. */
#ifndef GRAFT_SRC_TRAIN_SOURCE_H
#define GRAFT_SRC_TRAIN_SOURCE_H

#include <graft/base.h>

typedef struct graft_sample_source {
    void *self;
    size_t count;
    const int *label; /* for balanced sampling and class weights; borrowed; NULL: none */
    /* Writes one sample's input and target (classes floats). A pure function of (epoch, sample), called by several
     * workers at once. Augmented views depend on the epoch; validation ignores it. */
    graft_status (*load)(void *self, int worker, uint32_t epoch, size_t sample, float *input, float *target);
} graft_sample_source;

#endif
