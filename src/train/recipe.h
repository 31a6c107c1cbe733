/* What a user chose of the registries, from words such as "sgd:momentum=0.9:nesterov", "cosine:last=0.01" or
 * "cross_entropy:smoothing=0.1": a row's name, then options of that row. */
#ifndef GRAFT_SRC_TRAIN_RECIPE_H
#define GRAFT_SRC_TRAIN_RECIPE_H

#include "train/loss.h"
#include "train/optimizer.h"
#include "train/schedule.h"

typedef struct graft_recipe {
    const graft_loss *loss;
    const graft_optimizer *optimizer;
    const graft_schedule *schedule;
    _Alignas(16) char loss_attributes[GRAFT_LOSS_ATTRIBUTES];
    _Alignas(16) char optimizer_attributes[GRAFT_OPTIMIZER_ATTRIBUTES];
    _Alignas(16) char schedule_attributes[GRAFT_SCHEDULE_ATTRIBUTES];
} graft_recipe;

/* NULL or "": cross_entropy, adam, cosine. Errors: GRAFT_E_USAGE naming the word and the nearest one that exists. */
GRAFT_MUST_CHECK graft_status graft_recipe_parse(graft_recipe *out, const char *loss, const char *optimizer,
                                                 const char *schedule);

#endif
