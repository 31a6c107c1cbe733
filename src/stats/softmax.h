/* The multinomial likelihood of several regressions on the same rows, evaluated together: one pass over the rows
 * serves all folds of a cross-validation, and the matrix products are wide enough to run at full speed. */
#ifndef GRAFT_SRC_STATS_SOFTMAX_H
#define GRAFT_SRC_STATS_SOFTMAX_H

#include "stats/tile.h"

/* One regression. Its own standardization is z' = (z - shift) * stretch over the rows' common z. */
typedef struct graft_softmax_problem {
    int fold;               /* rows of this fold are held out; -1: none */
    size_t trained;         /* rows it is fitted on */
    float *shift, *stretch; /* width each */
    double *prior;          /* classes: share among its rows */
} graft_softmax_problem;

/* What one evaluation of a problem found. */
typedef struct graft_softmax_value {
    double loss;      /* mean cross-entropy over the training rows */
    double curvature; /* mean diagonal of diag(p) - p p' over training rows and the classes' free directions */
    double held_loss; /* mean cross-entropy over the held-out rows of classes that training saw, clipped at 1e-15 */
    size_t held, held_correct;
} graft_softmax_value;

typedef struct graft_softmax graft_softmax;

/* `tiled` and `fold` (rows -> fold; NULL: nothing held out) are borrowed. `capacity`: problems evaluated at once. */
GRAFT_MUST_CHECK graft_status graft_softmax_new(graft_context *context, const graft_rows *rows,
                                                const graft_tiled *tiled, const int *fold, size_t capacity,
                                                graft_softmax **out);
void graft_softmax_free(graft_softmax *softmax);
/* From here on every evaluation notes whether the rows held out were classified rightly: right (rows) is borrowed. */
void graft_softmax_watch(graft_softmax *softmax, bool *right);

/* Problem f of `count` holds out fold f: the moments of its training rows and its class shares. With fold NULL count is
 * 1 and the problem takes all rows, shift 0 and stretch 1. Release each problem with graft_softmax_problem_free, also
 * after a failure. */
GRAFT_MUST_CHECK graft_status graft_softmax_prepare(graft_context *context, const graft_rows *rows,
                                                    const graft_tiled *tiled, const int *fold,
                                                    graft_softmax_problem *problems, size_t count);
void graft_softmax_problem_free(graft_softmax_problem *problem);

/* At point[p] (weights classes x width, then biases) the value and the gradient of the mean cross-entropy. */
typedef struct graft_softmax_point {
    const graft_softmax_problem *problem;
    const double *point;
    double *gradient;
    graft_softmax_value value;
} graft_softmax_point;
GRAFT_MUST_CHECK graft_status graft_softmax_evaluate(graft_softmax *softmax, graft_softmax_point *points, size_t count);

#endif
