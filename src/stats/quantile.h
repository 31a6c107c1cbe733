/* Quantiles of a sample. */
#ifndef GRAFT_SRC_STATS_QUANTILE_H
#define GRAFT_SRC_STATS_QUANTILE_H

#include <graft/base.h>

/* The value below which the share `quantile` (0 to 1) of `values` (count >= 1, finite) lies, between two of them
 * linearly (Hyndman and Fan 1996, definition 7, NumPy's default). Errors: GRAFT_E_MEMORY. */
GRAFT_MUST_CHECK graft_status graft_quantile(const double *values, size_t count, double quantile, double *out);

#endif
