/* McNemar's test: do two classifiers err on different samples more than chance would? */
#ifndef GRAFT_SRC_STATS_MCNEMAR_H
#define GRAFT_SRC_STATS_MCNEMAR_H

#include <stdbool.h>
#include <stddef.h>

enum { GRAFT_MCNEMAR_FEW = 25 }; /* below so many disagreements the binomial's own tail is summed */

/* Two-sided p of `first` samples that the first alone has right and `second` that the second alone has: exact binomial
 * for few, else chi-square with continuity correction (Edwards 1948). 1 when they never disagree. *exact says which. */
double graft_mcnemar(size_t first, size_t second, bool *exact);

#endif
