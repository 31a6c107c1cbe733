/* The Frechet distance between Gaussians (Dowson and Landau 1982), by which sets of features are compared (Heusel et
 * al. 2017). */
#ifndef GRAFT_SRC_STATS_FRECHET_H
#define GRAFT_SRC_STATS_FRECHET_H

#include <graft/base.h>

enum { GRAFT_FRECHET_WIDTH_MOST = 4096 }; /* 128 MiB of doubles a matrix */

/* Mean and covariance (over count - 1, as numpy.cov) of rows of `width` features. */
typedef struct graft_gaussian {
    size_t width, count;
    double *mean, *covariance; /* owned; width, width x width */
} graft_gaussian;

/* Release with graft_gaussian_clear, also after a failure. Errors: GRAFT_E_DATA (fewer than 2 rows, a value that is not
 * finite), GRAFT_E_USAGE (wider than GRAFT_FRECHET_WIDTH_MOST), GRAFT_E_MEMORY. */
GRAFT_MUST_CHECK graft_status graft_gaussian_fit(const float *x, size_t count, size_t width, graft_gaussian *out);
void graft_gaussian_clear(graft_gaussian *gaussian);

/* |m1 - m2|^2 + tr(C1) + tr(C2) - 2 tr((C1 C2)^(1/2)), the root through the eigenvalues of C1^(1/2) C2 C1^(1/2), which
 * is symmetric and has the trace of (C1 C2)^(1/2): negative ones, which rounding leaves of covariances of fewer rows
 * than features, count as 0. In double, on one thread: the same bytes for any number. Never negative. Errors:
 * GRAFT_E_USAGE (widths that differ), GRAFT_E_MEMORY. */
GRAFT_MUST_CHECK graft_status graft_frechet_distance(const graft_gaussian *a, const graft_gaussian *b, double *out);

#endif
