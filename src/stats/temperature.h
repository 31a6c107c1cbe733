/* Temperature scaling (Guo et al. 2017): one number that makes a classifier's confidence fit its accuracy, and leaves
 * every answer as it is. */
#ifndef GRAFT_SRC_STATS_TEMPERATURE_H
#define GRAFT_SRC_STATS_TEMPERATURE_H

#include <graft/base.h>

enum { GRAFT_TEMPERATURE_MOST = 1000 }; /* and its inverse the least */

/* The temperature that minimises the mean cross-entropy of softmax(log(p) / temperature), probabilities (n x classes)
 * clipped at 1e-30. The problem is convex in 1 / temperature: Newton's steps, halving where one leaves the bracket.
 * At a bound when the loss has no minimum between: all right (least), or worse than guessing (most). n >= 1. */
double graft_temperature_fit(const float *probabilities, const int *label, size_t n, int classes);

/* softmax(log(p) / temperature) of every row; `out` may be `probabilities`. */
void graft_temperature_apply(double temperature, const float *probabilities, size_t n, int classes, float *out);

#endif
