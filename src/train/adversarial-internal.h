/* The insides of adversarial training. */
#ifndef GRAFT_SRC_TRAIN_ADVERSARIAL_INTERNAL_H
#define GRAFT_SRC_TRAIN_ADVERSARIAL_INTERNAL_H

#include "train/adversarial.h"
#include "train/loss.h"
#include "train/optimizer.h"
#include "train/optimizers/moments.h"

/* A generator's beside a hinge. Without a bound below, it suits nobody who plays alone, and stands in no registry. */
extern const graft_loss graft_loss_critic;

typedef struct graft_player {
    graft_train_plan *plan;
    const graft_parameters *parameters;
    float *values; /* what the optimizer changes: the plan's, or those under spectral normalisation */
    float *slots[GRAFT_OPTIMIZER_SLOTS];
    float *statistics; /* the plan's */
    size_t statistic_count;
    const graft_loss *loss;
    _Alignas(16) char attributes[GRAFT_LOSS_ATTRIBUTES]; /* of the loss */
} graft_player;

struct graft_adversarial {
    graft_context *context;
    graft_adversarial_options options;
    graft_player player[GRAFT_PLAYERS];
    graft_moments_options adam;
    graft_spectral *spectral;
    float *average, *average_statistics; /* of the generator; NULL: none */
    float *targets;                      /* batch */
    size_t pixels;                       /* floats of a picture */
    uint64_t step;                       /* being made, from 1 */
};

/* Adam and, of the generator, the average, in pieces of tensors by all workers; then the plan's own layouts. */
GRAFT_MUST_CHECK graft_status graft_player_update(graft_adversarial *gan, int player);

#endif
