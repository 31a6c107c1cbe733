/* Optimizers: one optimizer is one file in optimizers/ and one row in optimizers.def. An update works on one
 * parameter tensor at a time; its state are flat arrays of the tensor's size, zero at the beginning. */
#ifndef GRAFT_SRC_TRAIN_OPTIMIZER_H
#define GRAFT_SRC_TRAIN_OPTIMIZER_H

#include <graft/option.h>

enum { GRAFT_OPTIMIZER_SLOTS = 2, GRAFT_OPTIMIZER_ATTRIBUTES = 64 };

typedef struct graft_update {
    float *value;
    const float *gradient;
    float *slot[GRAFT_OPTIMIZER_SLOTS];
    size_t count;
    double rate;   /* of this step and tensor */
    double decay;  /* decoupled weight decay: value -= rate * decay * value; 0 on biases and norms */
    uint64_t step; /* from 1 */
} graft_update;

typedef struct graft_optimizer {
    const char *name, *help;
    size_t attribute_size;
    const graft_option *attributes;
    int slots;                          /* arrays of state, 0..GRAFT_OPTIMIZER_SLOTS */
    double default_rate, default_decay; /* when the user names none */
    void (*update)(const void *attributes, const graft_update *update);
} graft_optimizer;

const graft_optimizer *graft_optimizer_find(const char *name);
const graft_optimizer *graft_optimizer_at(size_t index); /* NULL past the end: the registry */

#endif
