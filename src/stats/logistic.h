/* Multinomial logistic regression on standardized features, L2-regularised, by L-BFGS: minimises
 *   C * sum_i cross_entropy_i + 1/2 ||W||^2   (biases not penalised; scikit-learn's convention for C).
 * Sums run in double, products in float through BLAS, in a fixed order: the same bytes for any thread count. To that
 * end every call sets OpenBLAS to one thread, for the whole process; parallel work is the context's. */
#ifndef GRAFT_SRC_STATS_LOGISTIC_H
#define GRAFT_SRC_STATS_LOGISTIC_H

#include "base/threads.h"
#include "tensor/tensor.h"

/* Borrowed rows of `width` values within +-1e30, `label` in 0..classes-1. The values come from one of three places: `x`
 * (count x width floats), `half` (the same as binary16), or, where they need not be in memory, `read`, which
 * writes `count` rows from `first` on and may be called by several workers at once. `group` may be NULL: samples
 * that share an id >= 0 (duplicates) are never separated by cross-validation. */
typedef struct graft_rows {
    const float *x;
    const uint16_t *half;
    graft_status (*read)(void *source, size_t first, size_t count, float *out);
    void *source;
    const int *label;
    const int64_t *group;
    size_t count, width;
    int classes;
    bool doubled; /* memory may hold the rows twice: standardized tiles are kept whatever they take */
} graft_rows;

/* `count` rows from `first` on, from wherever they are, as floats. */
GRAFT_MUST_CHECK graft_status graft_rows_get(const graft_rows *rows, size_t first, size_t count, float *out);

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

/* Fits on all rows, until no component of the gradient of the mean loss exceeds 1e-5 (scikit-learn stops at 1e-4).
 * c > 0. Errors: GRAFT_E_USAGE (c), GRAFT_E_DATA (fewer than two classes present, labels out of range, features that
 * are not finite or beyond +-1e30), GRAFT_E_CANCELLED, GRAFT_E_MEMORY. */
GRAFT_MUST_CHECK graft_status graft_logistic_fit(graft_context *context, const graft_rows *rows, double c,
                                                 graft_logistic **out);
void graft_logistic_free(graft_logistic *model);
/* Probabilities: out is count x classes. A row's bytes do not depend on the rows beside it. A value that is not finite
 * makes its row NaN. */
void graft_logistic_predict(const graft_logistic *model, const float *x, size_t count, float *out);

#define GRAFT_LOGISTIC_GRID_MAX 16

/* The default grid, ascending; *count is its length. */
const double *graft_logistic_grid(size_t *count);

/* Stratified k-fold over a grid of C, standardization fitted inside each fold. Figures are those of scoring each fold
 * by the model fitted on the others; rows of a class that the others lack are wrong, and have no part in the loss: it
 * would tell nothing of C. `best` is the lowest mean loss among the values of C whose mean accuracy is within half a
 * standard error of the best mean accuracy; of equal losses the smaller C. The grid is walked upwards and left once a
 * value of C is worse than the one before in mean accuracy and in mean loss: weaker regularisation overfits more, and
 * costs the most time. */
typedef struct graft_logistic_cv {
    size_t grid_count; /* values of C tried */
    double c[GRAFT_LOGISTIC_GRID_MAX], accuracy[GRAFT_LOGISTIC_GRID_MAX],
        loss[GRAFT_LOGISTIC_GRID_MAX];         /* mean over folds */
    double deviation[GRAFT_LOGISTIC_GRID_MAX]; /* standard deviation of accuracy over folds */
    size_t best;
} graft_logistic_cv;

/* grid NULL: the default one; else 1..16 values > 0, ascending. folds 2..20.
 * Errors: as for fitting, and GRAFT_E_USAGE (grid, folds), GRAFT_E_DATA (fewer rows or groups than folds). */
GRAFT_MUST_CHECK graft_status graft_logistic_crossval(graft_context *context, const graft_rows *rows,
                                                      const double *grid, size_t grid_count, int folds, uint64_t seed,
                                                      graft_logistic_cv *out);
/* The same over folds that are there already; right (count) says of every row whether the model of `best`, which did
 * not see it, has it right. */
GRAFT_MUST_CHECK graft_status graft_logistic_held_out(graft_context *context, const graft_rows *rows,
                                                      const double *grid, size_t grid_count, const int *fold, int folds,
                                                      bool *right, graft_logistic_cv *out);
#endif
