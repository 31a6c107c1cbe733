/* Two samples as one, and divisions of it at random into samples of the same sizes: what tests by permutation share. */
#ifndef GRAFT_SRC_STATS_DIVISIONS_H
#define GRAFT_SRC_STATS_DIVISIONS_H

#include <graft/base.h>

#include <stdint.h>

/* rows ((n + m) x width) <- x's n rows, then y's m. Errors: GRAFT_E_DATA (a value that is not finite). */
GRAFT_MUST_CHECK graft_status graft_samples_join(const float *x, size_t n, const float *y, size_t m, size_t width,
                                                 float *rows);
/* Takes each column's mean away. */
void graft_samples_centre(float *rows, size_t count, size_t width);

/* chosen (divisions x count) <- 1 for the rows of the first sample, n in each division; division 0 is the own one, the
 * first n rows. `stream` keeps the draws of different statistics apart. Errors: GRAFT_E_MEMORY. */
GRAFT_MUST_CHECK graft_status graft_divisions_draw(uint64_t seed, uint64_t stream, size_t n, size_t count,
                                                   size_t divisions, float *chosen);
/* out (divisions x count) <- for each row of `matrix` (count x count, symmetric) its sum over a division's first
 * sample. */
void graft_divisions_sum(const float *chosen, size_t divisions, const float *matrix, size_t count, float *out);

#endif
