/* Student's t distribution. */
#ifndef GRAFT_SRC_STATS_STUDENT_H
#define GRAFT_SRC_STATS_STUDENT_H

#include <stddef.h>

/* The value that |T| stays below with probability `level` (0 < level < 1), T with `degrees` >= 1 degrees of freedom. */
double graft_student_quantile(double level, size_t degrees);

/* P(|T| > t), two-sided. */
double graft_student_tail(double t, size_t degrees);

/* The mean of `count` paired differences between folds whose training sets overlap, tested with Nadeau & Bengio's
 * corrected variance: t = mean / (deviation * sqrt(1/k + test/train)). Equal differences have no variance: p is 0, or 1
 * where they are 0. count >= 2. */
typedef struct graft_paired {
    double mean, interval[2]; /* 95 % */
    double p;                 /* two-sided */
} graft_paired;
graft_paired graft_paired_test(const double *difference, size_t count, double test_to_train);

/* The confidence interval of a k-fold mean whose training sets overlap (Nadeau & Bengio 2003, "Inference for the
 * generalization error"): mean +- t(k-1) * deviation * sqrt(1/k + test/train), test and train being the sizes of the
 * parts of one fold, kept within 0..1. folds >= 2. */
void graft_crossval_interval(double mean, double deviation, size_t folds, double test_to_train, double interval[2]);

#endif
