/* Figures of a classifier from its probabilities. */
#ifndef GRAFT_SRC_STATS_METRICS_H
#define GRAFT_SRC_STATS_METRICS_H

#include <graft/base.h>

typedef struct graft_class_metrics {
    double precision, recall, f1; /* 0 where undefined */
    size_t support;               /* true samples of the class */
    size_t predicted;
} graft_class_metrics;

typedef struct graft_metrics {
    size_t n;
    int classes;
    size_t correct;
    double accuracy, interval95[2]; /* Wilson score interval */
    double top5;                    /* accuracy among the min(5, classes) most probable */
    double loss;                    /* mean cross-entropy, probabilities clipped at 1e-15 */
    double ece;                     /* expected calibration error, 15 equal-width bins (Guo et al. 2017) */
    double majority_baseline;       /* share of the largest true class */
    double macro_f1;
    int predicted_classes; /* classes predicted at least once */
    int present_classes;   /* classes with samples */
    bool collapsed;        /* the alarm: one class is predicted alone, or fewer than half as many as have samples, and
                            * there are samples enough (6, and 2 for each class that has any) to tell */
    size_t *confusion;     /* classes x classes, row true, column predicted; trace == correct */
    graft_class_metrics *per_class;
} graft_metrics;

/* probabilities: n x classes; label: n, 0..classes-1. Ties go to the lower class index. n >= 1. */
GRAFT_MUST_CHECK graft_status graft_metrics_compute(const float *probabilities, const int *label, size_t n, int classes,
                                                    graft_metrics **out);
void graft_metrics_free(graft_metrics *metrics);
/* Index of the largest value; the first of equals; NaN never wins. */
int graft_argmax(const float *values, int count);
void graft_wilson_interval(size_t successes, size_t n, double interval[2]);
#endif
