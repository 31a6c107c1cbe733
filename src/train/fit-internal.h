/* The state of a running phase, for the files of the training loop. */
#ifndef GRAFT_SRC_TRAIN_FIT_INTERNAL_H
#define GRAFT_SRC_TRAIN_FIT_INTERNAL_H

#include "train/checkpoint.h"
#include "train/fit.h"
#include "train/policy.h"
#include "train/sampler.h"

typedef struct graft_fit_state {
    graft_context *context;
    graft_train_plan *plan;
    const graft_parameters *parameters; /* the plan's */
    const graft_sample_source *source;
    const graft_fit_options *options;
    const graft_recipe *recipe;
    graft_graph *graph;
    graft_history *history;
    graft_sampler sampler;
    graft_shape input; /* of one sample */
    int classes;
    int micro; /* samples of the plan's micro-batch */
    uint64_t steps_per_epoch, steps;
    double rate;    /* base rate of the last step */
    double waited;  /* the workers' seconds spent loading, since they were last told */
    float *targets; /* micro x classes */
    float *weights; /* micro */
    uint64_t *ids;  /* micro: samples of the micro-batch */
    float *found;   /* moving statistics as a step found them */
    float *slots[GRAFT_OPTIMIZER_SLOTS], *ema, *best, *best_statistics;
    graft_train_plan *reference; /* of the network as it began; NULL: no penalty wants it */
    float *start;                /* of each parameter; NULL: no penalties */
    int taps[GRAFT_RECIPE_TAPS]; /* the plan's */
    int tap_count;
    double penalty;      /* added to the loss by the last step, for tests */
    graft_checkpoint at; /* where training stands, and what a checkpoint holds */
} graft_fit_state;

/* Allocates and, with `resume`, goes to where the newest checkpoint of this phase stood. */
GRAFT_MUST_CHECK graft_status graft_fit_state_init(graft_fit_state *state, bool resume);
void graft_fit_state_clear(graft_fit_state *state);
/* Brings the graph up to the plan and writes a checkpoint, when the run has a folder for them. */
GRAFT_MUST_CHECK graft_status graft_fit_checkpoint(graft_fit_state *state);

/* The base rate of a step of the phase, counted from 0, of the epoch that is being worked on. */
double graft_fit_rate(const graft_fit_state *state, uint64_t step);

/* One optimizer step over up to options->batch samples from position `begin` of the sampler's order; *finite false:
 * the loss was not, and nothing was changed, as after a failure or a cancel. */
GRAFT_MUST_CHECK graft_status graft_fit_step(graft_fit_state *state, uint32_t epoch, size_t begin, bool *finite);

/* fit-penalty.c: what the recipe's regularisers need, and what they add to gradients: by the values of the micro-batch
 * that went forward (`real` of a step's samples, with `share` of its weight), and by the weights. */
GRAFT_MUST_CHECK graft_status graft_fit_penalty_open(graft_fit_state *state);
GRAFT_MUST_CHECK graft_status graft_fit_penalize_values(graft_fit_state *state, size_t real, double share);
void graft_fit_penalize_weights(graft_fit_state *state);
void graft_fit_penalty_close(graft_fit_state *state);

/* Exchanges the weights with their average (a second call changes them back); nothing without ema. */
GRAFT_MUST_CHECK graft_status graft_fit_swap_ema(graft_fit_state *state);

#endif
