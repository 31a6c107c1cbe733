/* Linear centered kernel alignment (Kornblith, Norouzi, Lee & Hinton 2019, "Similarity of Neural Network
 * Representations Revisited", section 3) of the features themselves: do they vary together in one sample as they do in
 * the other? */
#ifndef GRAFT_SRC_STATS_CKA_H
#define GRAFT_SRC_STATS_CKA_H

#include <graft/base.h>

enum { GRAFT_CKA_DIVISIONS = 200, GRAFT_CKA_ROWS_MOST = 8192 };

typedef struct graft_cka_result {
    double value;   /* 0..1; 1: the same up to turning and scale; NaN: a sample whose rows are all alike */
    double null5;   /* the 5th percentile of the same over random divisions of all rows */
    double p_value; /* share of them that are at most as alike, the samples' own division among them */
} graft_cka_result;

/* x (n x width) against y (m x width), n and m at least 2: different rows, the same features. CKA compares two
 * representations of the same examples; here the examples are the features, and what represents them are the rows of x
 * and those of y, each sample around its own mean: where the means lie is MMD's to say. It is
 * |A'B|^2 / (|A'A| |B'B|) with A and B the centred transposes and Frobenius norms. It depends on n and m (fewer rows
 * are less alike by chance): compare it with random divisions, which have as many.
 * Errors: GRAFT_E_DATA (too few or too many rows, values that are not finite), GRAFT_E_MEMORY. */
GRAFT_MUST_CHECK graft_status graft_cka(graft_context *context, const float *x, size_t n, const float *y, size_t m,
                                        size_t width, uint64_t seed, graft_cka_result *out);

#endif
