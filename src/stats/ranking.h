/* What the order of probabilities says, beyond the most probable class. */
#ifndef GRAFT_SRC_STATS_RANKING_H
#define GRAFT_SRC_STATS_RANKING_H

#include <graft/base.h>

/* One class against the rest: the areas under the ROC curve (the chance that a sample of the class is ranked before
 * another, ties counting half) and under the precision-recall curve (average precision: sum of precision times the step
 * of recall over distinct thresholds). NaN where all samples are of the class, or none. */
typedef struct graft_class_ranking {
    double roc_auc, pr_auc;
} graft_class_ranking;

/* probabilities: n x classes, NaN ranks last; out: `classes`. Errors: GRAFT_E_MEMORY. */
GRAFT_MUST_CHECK graft_status graft_ranking_compute(const float *probabilities, const int *label, size_t n, int classes,
                                                    graft_class_ranking *out);

/* Answering only where the most probable class reaches `threshold`: the share that is answered, and how much of it is
 * right. */
typedef struct graft_coverage_point {
    double threshold, coverage, accuracy;
} graft_coverage_point;
enum { GRAFT_COVERAGE_POINTS = 10 };

/* out[i]: the largest threshold that answers at least (10 - i) tenths of the samples. n >= 1. */
GRAFT_MUST_CHECK graft_status graft_coverage_compute(const float *probabilities, const int *label, size_t n,
                                                     int classes, graft_coverage_point out[GRAFT_COVERAGE_POINTS]);

#endif
