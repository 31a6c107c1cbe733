/* The score of rows held out, fold by fold. Whatever is fitted is fitted on a copy of the other folds' rows: what is
 * held out cannot reach it. */
#ifndef GRAFT_SRC_STATS_HELD_OUT_H
#define GRAFT_SRC_STATS_HELD_OUT_H

#include "stats/logistic.h"
#include <graft/crossval.h>

typedef struct graft_held_out {
    const int *fold; /* 0..folds-1 for every row */
    int folds;
    int head;                           /* graft_crossval_head */
    double c;                           /* logistic; 0: by cross-validation among the other folds' rows */
    int neighbours;                     /* knn */
    uint64_t seed;                      /* of the inner folds */
    graft_status (*scored)(void *user); /* after each fold; NULL: nothing */
    void *user;
} graft_held_out;

/* `rows` are floats in memory; their groups, too, stay together in the inner folds. `probabilities` (count x classes,
 * every row by the model that did not see it) may be NULL. `out`: a member a fold.
 * Errors: GRAFT_E_DATA: a fold without rows, the others of one class, features that are not finite (row and
 * column as in `rows`); as for fitting. */
GRAFT_MUST_CHECK graft_status graft_held_out_score(graft_context *context, const graft_rows *rows,
                                                   const graft_held_out *how, float *probabilities,
                                                   graft_crossval_fold *out);

#endif
