/* How sure scores are, and how well they foretell accuracy: by the bootstrap over samples. */
#ifndef GRAFT_SRC_STATS_SCORE_INTERVAL_H
#define GRAFT_SRC_STATS_SCORE_INTERVAL_H

#include <graft/base.h>

/* Scores of several candidates on the same rows. A resample moves every score by the mean of its influence over the
 * rows drawn (the bootstrap of the linearised statistic; Efron & Tibshirani 1993, chapter 22: scores of wide
 * features cannot be computed anew on rows drawn twice without fitting the doubles). All are resampled together, so
 * that what makes all candidates look better makes none better than another. */
typedef struct graft_score_table {
    size_t count;        /* rows */
    size_t statistics;   /* candidates x scores */
    const double *value; /* statistics; NaN: there is none */
    double *each;        /* statistics x count, as graft_score gives it; centred by graft_score_resample */
} graft_score_table;

enum { GRAFT_SCORE_RESAMPLES = 1000 };

/* resampled: statistics x GRAFT_SCORE_RESAMPLES; a pure function of the values and the seed. Errors: GRAFT_E_MEMORY. */
GRAFT_MUST_CHECK graft_status graft_score_resample(const graft_score_table *table, uint64_t seed, double *resampled);

/* The 2.5th and the 97.5th percentile of GRAFT_SCORE_RESAMPLES values, which are sorted by it; NaN when any of them
 * is. */
void graft_score_percentiles(double *resampled, double interval[2]);

/* Rank correlations of `count` pairs, ties shared; NaN for fewer than three pairs or where one side is all ties. */
double graft_spearman(const double *x, const double *y, size_t count); /* of midranks */
double graft_kendall(const double *x, const double *y, size_t count);  /* tau-b */

#endif
