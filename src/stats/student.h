/* Student's t distribution. */
#ifndef GRAFT_SRC_STATS_STUDENT_H
#define GRAFT_SRC_STATS_STUDENT_H

#include <stddef.h>

/* The value that |T| stays below with probability `level` (0 < level < 1), T with `degrees` >= 1 degrees of freedom. */
double graft_student_quantile(double level, size_t degrees);

/* The confidence interval of a k-fold mean whose training sets overlap (Nadeau & Bengio 2003, "Inference for the
 * generalization error"): mean +- t(k-1) * deviation * sqrt(1/k + test/train), test and train being the sizes of the
 * parts of one fold, kept within 0..1. folds >= 2. */
void graft_crossval_interval(double mean, double deviation, size_t folds, double test_to_train, double interval[2]);

#endif
