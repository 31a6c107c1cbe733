/* Maximum mean discrepancy (Gretton, Borgwardt, Rasch, Schoelkopf, Smola 2012, "A kernel two-sample test"): how far two
 * samples of features are apart as distributions. */
#ifndef GRAFT_SRC_STATS_MMD_H
#define GRAFT_SRC_STATS_MMD_H

#include <graft/base.h>

enum { GRAFT_MMD_DIVISIONS = 200, GRAFT_MMD_ROWS_MOST = 8192 };

typedef struct graft_mmd_result {
    double squared; /* the unbiased estimate of MMD^2; may be below 0 */
    double null95;  /* the 95th percentile of the same over random divisions of all rows */
    double p_value; /* share of them that are at least as far apart, the samples' own division among them */
} graft_mmd_result;

/* x (n x width) against y (m x width), n and m at least 2. The kernel is exp(-d^2 / (2 s^2)), s the median distance of
 * two rows of either. Errors: GRAFT_E_DATA (too few or too many rows, values that are not finite), GRAFT_E_MEMORY. */
GRAFT_MUST_CHECK graft_status graft_mmd(graft_context *context, const float *x, size_t n, const float *y, size_t m,
                                        size_t width, uint64_t seed, graft_mmd_result *out);

#endif
