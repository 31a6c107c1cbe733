/* The three factors of the tutorials as numbers: differences between two learning curves, fold by fold. */
#include "transfer/compare-internal.h"

#include "stats/mcnemar.h"

#include <math.h>

static const graft_compare_figure unknown = {
    .value = (double)NAN, .interval95 = {(double)NAN, (double)NAN}, .p = (double)NAN};

static graft_compare_figure test(const graft_study *study, size_t size, const double *difference, double shared,
                                 double least) {
    for (size_t i = 0; i < study->folds; i++)
        if (!isfinite(difference[i])) return unknown;
    const graft_error_terms terms = {graft_study_overlap(study, size), shared, study->held > 1 ? study->held - 1 : 1,
                                     least};
    const graft_paired got = graft_paired_test(difference, study->folds, &terms);
    return (graft_compare_figure){got.mean, {got.interval[0], got.interval[1]}, got.p};
}

/* Draws that differ may each have other samples right: of them a difference says less about these. */
static double least_error(const graft_study *study, double mean) {
    return graft_least_error(study->drawn ? 0 : fabs(mean), graft_study_tested(study));
}

static double mean_of(const double *values, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += values[i] / (double)count;
    return sum;
}

graft_compare_figure graft_compare_test(const graft_study *study, size_t size, const double *difference,
                                        double shared) {
    return test(study, size, difference, shared, least_error(study, mean_of(difference, study->folds)));
}

double graft_compare_shared(const graft_study *study, const unsigned char *with, const unsigned char *without,
                            size_t points, const double *weight) {
    const double n = (double)study->held;
    double sum = 0, squares = 0;
    if (!study->drawn || study->held < 2) return 0;
    for (size_t i = 0; i < study->held; i++) {
        double one = 0;
        for (size_t p = 0; p < points; p++) {
            const size_t at = p * study->held + i;
            one += weight[p] * ((double)with[at] - (without ? (double)without[at] : 0)) / (double)study->folds;
        }
        sum += one;
        squares += one * one;
    }
    return fmax(0, squares - sum * sum / n) / (n - 1) / n;
}

void graft_compare_interval(const graft_study *study, size_t size, const double *accuracy, const unsigned char *hits,
                            double *mean, double interval[2]) {
    static const double one[] = {1};
    const double shared = graft_compare_shared(study, hits, NULL, 1, one);
    const graft_compare_figure figure = graft_compare_test(study, size, accuracy, shared);
    *mean = figure.value;
    interval[0] = fmax(figure.interval95[0], 0);
    interval[1] = fmin(figure.interval95[1], 1);
}

graft_compare_figure graft_compare_test_samples(const unsigned char *with, const unsigned char *without, size_t count) {
    size_t gained = 0, lost = 0;
    bool exact;
    if (count < 2) return unknown;
    for (size_t i = 0; i < count; i++) {
        gained += with[i] && !without[i];
        lost += !with[i] && without[i];
    }
    const double n = (double)count, mean = ((double)gained - (double)lost) / n;
    const double variance = ((double)(gained + lost) - n * mean * mean) / (n - 1);
    const double error = fmax(sqrt(fmax(0, variance) / n), graft_least_error(fabs(mean), count));
    const double half = graft_student_quantile(0.95, count - 1) * error;
    return (graft_compare_figure){
        mean, {fmax(-1, mean - half), fmin(1, mean + half)}, graft_mcnemar(gained, lost, &exact)};
}

/* What each point of a curve counts in its least-squares slope. */
static void slope_weights(const double *x, size_t points, double *weight) {
    double mean = 0, squares = 0;
    for (size_t i = 0; i < points; i++)
        mean += x[i] / (double)points;
    for (size_t i = 0; i < points; i++)
        squares += (x[i] - mean) * (x[i] - mean);
    for (size_t i = 0; i < points; i++)
        weight[i] = (x[i] - mean) / squares;
}

/* Of the sum of the differences at `points` points, weighted, from `first` on; folds learn from what `size` has. */
static graft_compare_figure factor_of(const graft_study *study, const graft_compare_curves *curves, size_t first,
                                      size_t points, const double *weight, size_t size) {
    double difference[100], squares = 0; /* folds are at most so many */
    for (size_t i = 0; i < points; i++)
        squares += weight[i] * weight[i];
    for (size_t f = 0; f < study->folds; f++) {
        difference[f] = 0;
        for (size_t i = 0; i < points; i++) {
            const size_t at = (first + i) * study->folds + f;
            difference[f] += weight[i] * (curves->with[at] - curves->without[at]);
        }
    }
    const size_t at = first * study->held;
    const double shared =
        study->drawn ? graft_compare_shared(study, curves->with_hits + at, curves->without_hits + at, points, weight)
                     : 0;
    if (points == 1) return graft_compare_test(study, size, difference, shared);
    /* The points as if each were of samples of its own without a difference. */
    return test(study, size, difference, shared, graft_least_error(0, graft_study_tested(study)) * sqrt(squares));
}

void graft_compare_factors_of(const graft_study *study, const graft_compare_curves *curves,
                              graft_compare_factors *out) {
    static const double one[] = {1};
    double slope[GRAFT_COMPARE_POINTS];
    const size_t last = study->sizes - 1, smallest = curves->of_sizes ? 0 : last;
    out->start = out->slope = unknown;
    if (curves->points > 1) out->start = factor_of(study, curves, 0, 1, one, smallest);
    if (curves->slope_points > 1) {
        /* Of all sizes in it the smallest is the least sure. */
        slope_weights(curves->x, curves->slope_points, slope);
        out->slope = factor_of(study, curves, 0, curves->slope_points, slope, smallest);
    }
    out->asymptote = factor_of(study, curves, curves->points - 1, 1, one, last);
}
