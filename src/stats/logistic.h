/* Multinomial logistic regression on standardized features, L2-regularised, by L-BFGS: minimises
 *   C * sum_i w_i * cross_entropy_i + 1/2 ||W||^2   (biases not penalised; scikit-learn's convention for C).
 * Sums run in double, products in float through BLAS, in a fixed order: the same bytes for any thread count. */
#ifndef GRAFT_SRC_STATS_LOGISTIC_H
#define GRAFT_SRC_STATS_LOGISTIC_H

#include "base/threads.h"
#include "tensor/tensor.h"

/* Borrowed rows: `x` is count rows of `width` floats, `label` in 0..classes-1. */
typedef struct graft_rows {
    const float *x;
    const int *label;
    size_t count, width;
    int classes;
} graft_rows;

typedef struct graft_logistic {
    int classes;
    size_t width;
    float *mean, *scale; /* width each: z = (x - mean) * scale; scale is 0 for a constant feature */
    float *weight;       /* classes x width, on z */
    float *bias;         /* classes */
    double c;            /* the inverse strength of regularisation it was fitted with */
    double loss;         /* mean cross-entropy on the training rows */
    int iterations;
    bool converged;
} graft_logistic;

/* Fits on all rows. c > 0. Errors: GRAFT_E_DATA (fewer than two classes present, non-finite features),
 * GRAFT_E_CANCELLED. */
GRAFT_MUST_CHECK graft_status graft_logistic_fit(graft_context *context, const graft_rows *rows, double c, graft_logistic **out);
void graft_logistic_free(graft_logistic *model);
/* Probabilities: out is count x classes. */
void graft_logistic_predict(const graft_logistic *model, const float *x, size_t count, float *out);

/* Stratified k-fold over a grid of C (scaling fitted inside each fold); c falls on the best mean accuracy, ties and
 * differences within a standard error go to the stronger regularisation... the rule used is documented in logistic-cv.c. */
typedef struct graft_logistic_cv {
    size_t grid_count;
    double c[16], accuracy[16], loss[16]; /* mean over folds */
    double deviation[16];                 /* standard deviation of accuracy over folds */
    size_t best;
} graft_logistic_cv;
GRAFT_MUST_CHECK graft_status graft_logistic_crossval(graft_context *context, const graft_rows *rows, const double *grid,
                                                      size_t grid_count, int folds, uint64_t seed, graft_logistic_cv *out);
#endif
