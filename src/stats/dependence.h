/* Whether two descriptions of the same samples have anything to do with each other. */
#ifndef GRAFT_SRC_STATS_DEPENDENCE_H
#define GRAFT_SRC_STATS_DEPENDENCE_H

#include <graft/base.h>

/* Distance correlation, squared and without bias (Szekely and Rizzo 2013), of the rows of two matrices, each column
 * standardized first,
 * and the share of `permutations` of the rows of `b` whose own is at least as large (with the rows as they are counted
 * among them). Rows that were paired by chance give p spread evenly over 0..1. count >= 4; time and memory grow with
 * its square. Errors: GRAFT_E_MEMORY. */
typedef struct graft_dependence {
    double correlation; /* about 0 for independent rows, at most 1 */
    double p;
} graft_dependence;
GRAFT_MUST_CHECK graft_status graft_dependence_test(const float *a, size_t a_width, const float *b, size_t b_width,
                                                    size_t count, size_t permutations, uint64_t seed,
                                                    graft_dependence *out);

#endif
