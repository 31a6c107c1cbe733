/* P(|T| < t) has a finite sum for whole degrees of freedom (Abramowitz & Stegun 26.7.3, 26.7.4); the quantile is found
 * by halving. */
#include "stats/student.h"

#include "stats/metrics.h"

#include <float.h>
#include <math.h>

static const double pi = 3.14159265358979323846;
static const double degrees_most = 1000;        /* more are no different, and the sum is long */
static const double normal = 1.959963984540054; /* the 97.5 % quantile */

static double probability_within(double t, size_t degrees) {
    double angle = atan(t / sqrt((double)degrees)), cosine = cos(angle), sine = sin(angle);
    double sum = 0, term = degrees % 2 == 1 ? cosine : 1;
    for (size_t i = degrees % 2 == 1 ? 1 : 0; i + 2 <= degrees; i += 2) {
        sum += term;
        term *= cosine * cosine * (double)(i + 1) / (double)(i + 2);
    }
    return degrees % 2 == 1 ? 2 / pi * (angle + sine * sum) : sine * sum;
}

double graft_student_quantile(double level, size_t degrees) {
    double low = 0, high = 1;
    while (probability_within(high, degrees) < level && high < 1e12)
        high *= 2;
    for (int i = 0; i < 100; i++) {
        double middle = (low + high) / 2;
        *(probability_within(middle, degrees) < level ? &low : &high) = middle;
    }
    return (low + high) / 2;
}

double graft_least_error(double share, size_t samples) {
    const double inside = fmin(1, fmax(0, share)), successes = floor(inside * (double)samples + 0.5);
    const double rounded = successes / (double)samples;
    double interval[2];
    graft_wilson_interval((size_t)successes, samples, interval);
    return fmax(rounded - interval[0], interval[1] - rounded) / normal;
}

void graft_crossval_interval(double mean, double deviation, size_t folds, double test_to_train, size_t samples,
                             double interval[2]) {
    const double spread = deviation * sqrt(1 / (double)folds + test_to_train);
    const double half = graft_student_quantile(0.95, folds - 1) * fmax(spread, graft_least_error(mean, samples));
    interval[0] = fmax(mean - half, 0);
    interval[1] = fmin(mean + half, 1);
}

double graft_student_tail(double t, size_t degrees) {
    return fmax(DBL_EPSILON, 1 - probability_within(fabs(t), degrees));
}

static size_t degrees_of(double own, size_t own_degrees, const graft_error_terms *terms) {
    if (!(terms->shared > 0)) return own_degrees;
    const double sum = own + terms->shared;
    const double degrees =
        sum * sum / (own * own / (double)own_degrees + terms->shared * terms->shared / (double)terms->shared_degrees);
    return (size_t)fmin(degrees, degrees_most);
}

graft_paired graft_paired_test(const double *difference, size_t count, const graft_error_terms *terms) {
    graft_paired out = {0};
    double squares = 0, n = (double)count;
    for (size_t i = 0; i < count; i++)
        out.mean += difference[i] / n;
    for (size_t i = 0; i < count; i++)
        squares += (difference[i] - out.mean) * (difference[i] - out.mean);
    const double own = squares / (n - 1) * (1 / n + terms->test_to_train);
    const double error = fmax(sqrt(own + terms->shared), terms->least);
    const size_t degrees = degrees_of(own, count - 1, terms);
    const double half = graft_student_quantile(0.95, degrees) * error;
    out.interval[0] = out.mean - half;
    out.interval[1] = out.mean + half;
    out.p = graft_student_tail(out.mean / error, degrees);
    return out;
}
