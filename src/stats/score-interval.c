#include "stats/score-interval.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/rng.h"

#include <math.h>
#include <stdlib.h>

static void centre(const graft_score_table *table, size_t statistic) {
    double *each = table->each + statistic * table->count, mean = 0;
    for (size_t i = 0; i < table->count; i++)
        mean += each[i] / (double)table->count;
    for (size_t i = 0; i < table->count; i++)
        each[i] -= mean;
}

graft_status graft_score_resample(const graft_score_table *table, uint64_t seed, double *resampled) {
    uint32_t *drawn = graft_allocate(table->count, sizeof(*drawn));
    if (!drawn) return graft_fail_memory("a resample");
    for (size_t s = 0; s < table->statistics; s++)
        centre(table, s);
    for (size_t b = 0; b < GRAFT_SCORE_RESAMPLES; b++) {
        graft_rng rng = graft_rng_make(seed, GRAFT_RNG_BOOTSTRAP, 0, b);
        for (size_t i = 0; i < table->count; i++)
            drawn[i] = graft_rng_below(&rng, (uint32_t)table->count);
        for (size_t s = 0; s < table->statistics; s++) {
            const double *each = table->each + s * table->count;
            double sum = 0;
            for (size_t i = 0; i < table->count && !isnan(table->value[s]); i++)
                sum += each[drawn[i]];
            resampled[s * GRAFT_SCORE_RESAMPLES + b] = table->value[s] + sum / (double)table->count;
        }
    }
    graft_release(drawn);
    return GRAFT_OK;
}

static int ascending(const void *left, const void *right) {
    const double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

void graft_score_percentiles(double *resampled, double interval[2]) {
    static const double share[] = {0.025, 0.975};
    for (size_t i = 0; i < GRAFT_SCORE_RESAMPLES; i++) {
        if (!isnan(resampled[i])) continue;
        interval[0] = interval[1] = (double)NAN;
        return;
    }
    qsort(resampled, GRAFT_SCORE_RESAMPLES, sizeof(*resampled), ascending);
    for (int i = 0; i < 2; i++) {
        double at = share[i] * (GRAFT_SCORE_RESAMPLES - 1);
        size_t below = (size_t)at;
        double rest = at - (double)below;
        interval[i] = (1 - rest) * resampled[below] + rest * resampled[below + 1];
    }
}

/* Twice the rank of x[i] among x, ties at their middle. */
static double rank_of(const double *x, size_t count, size_t i) {
    double rank = 1;
    for (size_t j = 0; j < count; j++)
        rank += x[j] < x[i] ? 2 : x[j] == x[i] ? 1 : 0;
    return rank;
}

double graft_spearman(const double *x, const double *y, size_t count) {
    double squares[2] = {0}, product = 0, middle = (double)count + 1;
    for (size_t i = 0; i < count; i++) {
        double a = rank_of(x, count, i) - middle, b = rank_of(y, count, i) - middle;
        squares[0] += a * a;
        squares[1] += b * b;
        product += a * b;
    }
    return count >= 3 && squares[0] > 0 && squares[1] > 0 ? product / sqrt(squares[0] * squares[1]) : (double)NAN;
}

double graft_kendall(const double *x, const double *y, size_t count) {
    double order = 0, pairs[2] = {0};
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++) {
            int a = (x[i] > x[j]) - (x[i] < x[j]), b = (y[i] > y[j]) - (y[i] < y[j]);
            order += a * b;
            pairs[0] += a != 0;
            pairs[1] += b != 0;
        }
    return count >= 3 && pairs[0] > 0 && pairs[1] > 0 ? order / sqrt(pairs[0] * pairs[1]) : (double)NAN;
}
