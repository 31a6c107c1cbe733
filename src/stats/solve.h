/* Fits several regressions on the same rows side by side, for one strength after another. */
#ifndef GRAFT_SRC_STATS_SOLVE_H
#define GRAFT_SRC_STATS_SOLVE_H

#include "stats/lbfgs.h"
#include "stats/softmax.h"

typedef struct graft_solver {
    graft_context *context;
    graft_tiled tiled;
    float *mean, *scale; /* of all rows: what `tiled` standardizes with */
    graft_preconditioner preconditioner;
    graft_softmax *softmax;
    graft_softmax_problem *problems; /* count */
    graft_lbfgs *minimisers;         /* count; x is where the next fit starts */
    graft_softmax_value *values;     /* count; at x */
    graft_softmax_point *points;     /* count */
    size_t *active;                  /* count: problems still under way */
    size_t count, active_count, together;
} graft_solver;

/* With fold NULL: one problem over all rows; else problem f of `count` holds out fold f. Borrows rows and fold. */
GRAFT_MUST_CHECK graft_status graft_solver_new(graft_context *context, const graft_rows *rows, const int *fold,
                                               size_t count, graft_solver **out);
void graft_solver_free(graft_solver *solver);
/* Minimises mean cross-entropy + 1/(2 C n) |W|^2 for every problem, n its rows, from where the last fit ended. */
GRAFT_MUST_CHECK graft_status graft_solver_run(graft_solver *solver, double c, const graft_lbfgs_limits *limits);

#endif
