/* The three factors of the tutorials as numbers: differences between two learning curves, fold by fold. */
#include "transfer/compare-internal.h"

#include "stats/mcnemar.h"

#include <math.h>

static const graft_compare_figure unknown = {
    .value = (double)NAN, .interval95 = {(double)NAN, (double)NAN}, .p = (double)NAN};

graft_compare_figure graft_compare_test(const double *difference, size_t folds) {
    for (size_t i = 0; i < folds; i++)
        if (!isfinite(difference[i])) return unknown;
    const graft_paired test = graft_paired_test(difference, folds, 1 / ((double)folds - 1));
    return (graft_compare_figure){test.mean, {test.interval[0], test.interval[1]}, test.p};
}

graft_compare_figure graft_compare_test_samples(const bool *with, const bool *without, size_t count) {
    size_t gained = 0, lost = 0;
    bool exact;
    if (count < 2) return unknown;
    for (size_t i = 0; i < count; i++) {
        gained += with[i] && !without[i];
        lost += !with[i] && without[i];
    }
    const double n = (double)count, mean = ((double)gained - (double)lost) / n;
    const double variance = ((double)(gained + lost) - n * mean * mean) / (n - 1);
    const double half = graft_student_quantile(0.95, count - 1) * sqrt(fmax(0, variance) / n);
    return (graft_compare_figure){
        mean, {fmax(-1, mean - half), fmin(1, mean + half)}, graft_mcnemar(gained, lost, &exact)};
}

/* Least squares over the first `points` of a curve of differences. */
static double slope_of(const double *with, const double *without, const double *x, size_t points, size_t folds,
                       size_t fold) {
    double mean_x = 0, mean_y = 0, product = 0, squares = 0;
    for (size_t i = 0; i < points; i++) {
        mean_x += x[i] / (double)points;
        mean_y += (with[i * folds + fold] - without[i * folds + fold]) / (double)points;
    }
    for (size_t i = 0; i < points; i++) {
        const double y = with[i * folds + fold] - without[i * folds + fold];
        product += (x[i] - mean_x) * (y - mean_y);
        squares += (x[i] - mean_x) * (x[i] - mean_x);
    }
    return product / squares;
}

void graft_compare_factors_of(const double *with, const double *without, size_t points, size_t slope_points,
                              const double *x, size_t folds, graft_compare_factors *out) {
    double start[100], slope[100], asymptote[100]; /* folds are at most so many */
    const size_t last = (points - 1) * folds;
    for (size_t f = 0; f < folds && f < 100; f++) {
        start[f] = with[f] - without[f];
        asymptote[f] = with[last + f] - without[last + f];
        slope[f] = slope_points > 1 ? slope_of(with, without, x, slope_points, folds, f) : (double)NAN;
    }
    out->start = points > 1 ? graft_compare_test(start, folds) : unknown;
    out->slope = graft_compare_test(slope, folds);
    out->asymptote = graft_compare_test(asymptote, folds);
}
