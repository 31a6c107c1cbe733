/* Regularisers of fine-tuning: one is one file in regularizers/ and one row in regularizers.def. What they add to the
 * loss depends on the weights, on what layers put out, or on both; they add to gradients, and never change a value. */
#ifndef GRAFT_SRC_TRAIN_REGULARIZER_H
#define GRAFT_SRC_TRAIN_REGULARIZER_H

#include "nn/train-plan.h"
#include <graft/option.h>

/* Which layers' values a regulariser looks at. */
typedef enum graft_tap_place {
    GRAFT_TAP_NONE,
    GRAFT_TAP_STAGES,   /* the last map of every spatial stage */
    GRAFT_TAP_FEATURES, /* what the last dense layer sees, before dropout */
} graft_tap_place;

enum { GRAFT_TAPS = 16, GRAFT_REGULARIZER_ATTRIBUTES = 64, GRAFT_REGULARIZERS = 3 };

/* One array of weights, once a step. */
typedef struct graft_weight_penalty {
    const float *value;
    const float *start; /* where it started; NULL: it was drawn anew, in the head */
    float *gradient;    /* added to */
    size_t count;
    bool decays; /* a kernel: biases, gammas and betas are left alone where the start is no aim */
} graft_weight_penalty;

/* The values of one tap, once a micro-batch. */
typedef struct graft_value_penalty {
    const float *value;     /* count x size */
    const float *reference; /* the same of the network as it started, where the regulariser asks for it */
    float *gradient;        /* count x size, added to; NULL: nothing learns before it */
    size_t count, size;
    size_t area;  /* cells of the map */
    double share; /* of the optimizer step's samples: the micro-batch's weight */
} graft_value_penalty;

typedef struct graft_regularizer {
    const char *name, *help;
    size_t attribute_size;
    const graft_option *attributes;
    graft_tap_place taps;
    bool reference; /* wants the starting network's values */
    /* Either may be NULL. *penalty grows by what is added to the loss. */
    void (*weights)(const void *attributes, const graft_weight_penalty *of, double *penalty);
    graft_status (*values)(const void *attributes, const graft_value_penalty *of, double *penalty);
} graft_regularizer;

const graft_regularizer *graft_regularizer_find(const char *name);
const graft_regularizer *graft_regularizer_at(size_t index); /* NULL past the end: the registry */

/* A row with its attributes. */
typedef struct graft_penalty {
    const graft_regularizer *row;
    _Alignas(16) char attributes[GRAFT_REGULARIZER_ATTRIBUTES];
} graft_penalty;

/* The nodes of `graph` that `place` means, in ascending order; none where the network has none. `node` has room for
 * GRAFT_TAPS; of more stages than that the last ones. */
GRAFT_MUST_CHECK graft_status graft_regularizer_taps(const graft_graph *graph, graft_tap_place place, int *node,
                                                     int *count);

#endif
