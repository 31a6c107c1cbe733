/* k nearest neighbours by cosine similarity on standardized features: a baseline without training. */
#ifndef GRAFT_SRC_STATS_KNN_H
#define GRAFT_SRC_STATS_KNN_H

#include "stats/logistic.h"

/* For every query row the class votes among its k nearest training rows, weighted by similarity, as probabilities
 * (queries x classes). `train` rows are floats or halves in memory and copied nowhere: blocks
 * through BLAS. */
GRAFT_MUST_CHECK graft_status graft_knn_predict(graft_context *context, const graft_rows *train, const float *query,
                                                size_t queries, int k, float *probabilities);
#endif
