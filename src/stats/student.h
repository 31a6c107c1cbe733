/* Student's t distribution. */
#ifndef GRAFT_SRC_STATS_STUDENT_H
#define GRAFT_SRC_STATS_STUDENT_H

#include <stddef.h>

/* The value that |T| stays below with probability `level` (0 < level < 1), T with `degrees` >= 1 degrees of freedom. */
double graft_student_quantile(double level, size_t degrees);

/* P(|T| > t), two-sided; never below 2e-16, which is as far as the difference from 1 can tell. */
double graft_student_tail(double t, size_t degrees);

/* The least standard error that a share of `samples` (>= 1) can have, or a difference between two shares of the same
 * samples: half of Wilson's 95 % interval, the longer side of it, over 1.96. A difference that large comes of at least
 * so many samples that one side has right and the other wrong. Folds may be equal by chance, and are where one class or
 * all are right: they have no deviation then, but are no surer than their samples. The sign test over folds, 2^(1-k),
 * would not do: with five folds it is never below 0.05. */
double graft_least_error(double share, size_t samples);

/* What a mean over folds is unsure by, beside their deviation. */
typedef struct graft_error_terms {
    double test_to_train; /* of folds whose training sets overlap: sizes of the parts of one; 0: they are disjoint */
    double shared;        /* variance of the mean by what all share, such as the samples that they test with; 0: none */
    size_t shared_degrees; /* of freedom of it */
    double least;          /* no standard error is taken for less; above 0 */
} graft_error_terms;

/* The mean of `count` paired differences between folds: t = mean / sqrt(deviation^2 * (1/k + test/train) + shared), the
 * first term being Nadeau & Bengio's corrected variance, with k-1 degrees of freedom, of both terms Satterthwaite's
 * (1946; at most 1000). count >= 2. */
typedef struct graft_paired {
    double mean, interval[2]; /* 95 % */
    double p;                 /* two-sided */
} graft_paired;
graft_paired graft_paired_test(const double *difference, size_t count, const graft_error_terms *terms);

/* The confidence interval of a k-fold mean whose training sets overlap (Nadeau & Bengio 2003, "Inference for the
 * generalization error"): mean +- t(k-1) * deviation * sqrt(1/k + test/train), test and train being the sizes of the
 * parts of one fold, kept within 0..1. No error is taken for less than graft_least_error of the mean and all `samples`
 * that the folds hold out. folds >= 2. */
void graft_crossval_interval(double mean, double deviation, size_t folds, double test_to_train, size_t samples,
                             double interval[2]);

#endif
