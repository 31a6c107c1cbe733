/* What a positive definite matrix makes of rows. */
#ifndef GRAFT_SRC_STATS_LEVERAGE_H
#define GRAFT_SRC_STATS_LEVERAGE_H

#include <graft/base.h>

/* Factors `matrix` (width x width, both triangles) in place: its lower triangle, by rows, becomes L of L L'.
 * *log_determinant may be NULL. Errors: GRAFT_E_INTERNAL: it is not positive definite; `what` says whose it is. */
GRAFT_MUST_CHECK graft_status graft_cholesky(double *matrix, size_t width, const char *what, double *log_determinant);

/* vectors (count x width) <- (L L')^-1 vectors, row by row. */
void graft_cholesky_solve(const double *factor, size_t width, double *vectors, size_t count);

/* out[i] = (x_i + shift)' (L L')^-1 (x_i + shift) for rows of x (count x width); shift NULL: none. In float: to about
 * 1e-5 of their size. Errors: GRAFT_E_MEMORY. */
GRAFT_MUST_CHECK graft_status graft_leverages(const double *factor, size_t width, const double *x, const double *shift,
                                              size_t count, double *out);

#endif
