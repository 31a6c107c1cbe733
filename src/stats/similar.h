/* All pairs of rows that point the same way. */
#ifndef GRAFT_SRC_STATS_SIMILAR_H
#define GRAFT_SRC_STATS_SIMILAR_H

#include "base/threads.h"

typedef struct graft_similar_pair {
    size_t first, second; /* first < second */
    float similarity;     /* cosine of the rows less the mean of all rows */
} graft_similar_pair;

/* Pairs of `x` (count x width) with a similarity of at least `least`, by first and second row; at most `most`, the most
 * similar, of equally similar ones the first. Memory holds a few times `most`, however many there are. A row that
 * equals the mean is like none. Compares all pairs, by BLAS. Release *out with graft_release. Errors: GRAFT_E_DATA (a
 * value that is not finite), GRAFT_E_MEMORY, GRAFT_E_CANCELLED. */
GRAFT_MUST_CHECK graft_status graft_similar_pairs(graft_context *context, const float *x, size_t count, size_t width,
                                                  float least, size_t most, graft_similar_pair **out, size_t *found);

#endif
