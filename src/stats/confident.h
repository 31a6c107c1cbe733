/* How many labels are wrong, by confident disagreement (Northcutt, Jiang & Chuang, "Confident Learning: Estimating
 * Uncertainty in Dataset Labels", JAIR 2021): a row counts where its probability of another class reaches what rows
 * of that class have on average. */
#ifndef GRAFT_SRC_STATS_CONFIDENT_H
#define GRAFT_SRC_STATS_CONFIDENT_H

#include <graft/base.h>

/* *wrong: the sum off the diagonal of the paper's confident joint. Thresholds are the mean probabilities of each class
 * among the rows labelled so; of several classes whose threshold a row reaches the most probable one counts.
 * `probabilities` (count x classes) must come from models that did not see the row; rows that hold NaN take no part.
 * Errors: GRAFT_E_DATA (fewer than two classes, a label out of range), GRAFT_E_MEMORY. */
GRAFT_MUST_CHECK graft_status graft_confident_count(const int *label, const float *probabilities, size_t count,
                                                    int classes, size_t *wrong);

#endif
