/* The inverse of an approximate Hessian: curvature * R + penalty * I for every class, R the features' correlation
 * matrix. The multinomial Hessian is bounded by a multiple of R for each class (D. Boehning, "Multinomial logistic
 * regression algorithm", 1992), so that what is left for L-BFGS is nearly round and few iterations are needed.
 * (Weighting the rows of R by their own curvature saves one iteration in ten and costs more than that.) */
#ifndef GRAFT_SRC_STATS_PRECONDITION_H
#define GRAFT_SRC_STATS_PRECONDITION_H

#include "stats/sketch.h"

/* Of wider features only R's strongest directions are known, and the rest is taken for the weakest of those: the matrix
 * would take more memory and time than it saves (64 MiB at this width). */
enum { GRAFT_PRECONDITION_WIDTH = 4096 };

typedef struct graft_preconditioner {
    size_t width;
    float *matrix;   /* width x width: R above the diagonal, its factor on and below; NULL when too wide */
    float *diagonal; /* of R */
    float *basis;    /* too wide: the strongest directions, width x GRAFT_SKETCH_RANK */
    double strength[GRAFT_SKETCH_RANK];
    double rest; /* what R is taken to do across them */
    double curvature, penalty;
} graft_preconditioner;

/* R of standardized rows. Release with graft_precondition_free, also after a failure. */
GRAFT_MUST_CHECK graft_status graft_precondition_make(graft_context *context, const graft_tiled *tiled,
                                                      graft_preconditioner *out);
void graft_precondition_free(graft_preconditioner *preconditioner);
/* Factors for one strength. */
GRAFT_MUST_CHECK graft_status graft_precondition_factor(graft_preconditioner *preconditioner, double curvature,
                                                        double penalty);
/* vectors (count x width) is replaced by the solution. Safe from several threads. */
void graft_precondition_solve(const graft_preconditioner *preconditioner, float *vectors, size_t count);

#endif
