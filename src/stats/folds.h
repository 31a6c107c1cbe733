/* Stratified folds and moments. */
#ifndef GRAFT_SRC_STATS_FOLDS_H
#define GRAFT_SRC_STATS_FOLDS_H

#include <graft/base.h>

/* fold[i] in 0..folds-1 for every sample: each class spread evenly, a pure function of (label, group, folds, seed).
 * Samples that share a group id >= 0 (duplicates) share a fold; group may be NULL. With fewer units (groups and single
 * samples) than folds some folds stay empty.
 * Errors: GRAFT_E_USAGE (folds or classes out of range), GRAFT_E_DATA (a label out of range), GRAFT_E_MEMORY. */
GRAFT_MUST_CHECK graft_status graft_folds_make(const int *label, const int64_t *group, size_t count, int classes,
                                               int folds, uint64_t seed, int *fold);
/* The most folds that such a division can have so that every one of them holds samples of two classes, and no training
 * part is of one class alone: the units of the class that has second most. 0 or 1: there is nothing to hold out.
 * *single (NULL: nobody asks): classes of one unit, which is unknown to whatever is trained without it. Errors: as
 * above. */
GRAFT_MUST_CHECK graft_status graft_folds_most(const int *label, const int64_t *group, size_t count, int classes,
                                               size_t *most, size_t *single);
/* Mean and 1/standard deviation of each column over the rows listed (NULL: the first row_count); double sums, divided
 * by the count as scikit-learn's StandardScaler does. A column whose deviation is below float's resolution of its mean
 * is constant: scale 0. */
void graft_moments(const float *x, size_t count, size_t width, const size_t *rows, size_t row_count, float *mean,
                   float *scale);
/* One column: mean and 1/standard deviation from its mean and variance. */
void graft_moments_of_sums(double mean, double variance, float *out_mean, float *out_scale);
#endif
