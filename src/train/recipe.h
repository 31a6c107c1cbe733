/* What a user chose of the registries, from words such as "sgd:momentum=0.9:nesterov", "cosine:last=0.01" or
 * "cross_entropy:smoothing=0.1": a row's name, then options of that row. */
#ifndef GRAFT_SRC_TRAIN_RECIPE_H
#define GRAFT_SRC_TRAIN_RECIPE_H

#include "train/loss.h"
#include "train/optimizer.h"
#include "train/regularizer.h"
#include "train/schedule.h"

typedef struct graft_recipe {
    const graft_loss *loss;
    const graft_optimizer *optimizer;
    const graft_schedule *schedule;
    _Alignas(16) char loss_attributes[GRAFT_LOSS_ATTRIBUTES];
    _Alignas(16) char optimizer_attributes[GRAFT_OPTIMIZER_ATTRIBUTES];
    _Alignas(16) char schedule_attributes[GRAFT_SCHEDULE_ATTRIBUTES];
    graft_penalty penalties[GRAFT_REGULARIZERS];
    int penalty_count;
} graft_recipe;

/* NULL or "": cross_entropy, adam, cosine. Errors: GRAFT_E_USAGE naming the word and the nearest one that exists. */
GRAFT_MUST_CHECK graft_status graft_recipe_parse(graft_recipe *out, const char *loss, const char *optimizer,
                                                 const char *schedule);
/* Sets the recipe's penalties: words with blanks between them, such as "l2-sp:0.01 bss" or "delta:alpha=1:beta=0". A
 * number alone is the first option's value. NULL, "" and "none": none. Errors: GRAFT_E_USAGE. */
GRAFT_MUST_CHECK graft_status graft_recipe_regularize(graft_recipe *recipe, const char *text);
/* The nodes of `graph` that the penalties look at, for a training plan's taps; room for GRAFT_RECIPE_TAPS. */
enum { GRAFT_RECIPE_TAPS = GRAFT_TAPS + 1 };
GRAFT_MUST_CHECK graft_status graft_recipe_taps(const graft_recipe *recipe, const graft_graph *graph,
                                                int node[GRAFT_RECIPE_TAPS], int *count);

#endif
