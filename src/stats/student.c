/* P(|T| < t) has a finite sum for whole degrees of freedom (Abramowitz & Stegun 26.7.3, 26.7.4); the quantile is found
 * by halving. */
#include "stats/student.h"

#include <math.h>

static const double pi = 3.14159265358979323846;

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

void graft_crossval_interval(double mean, double deviation, size_t folds, double test_to_train, double interval[2]) {
    double half = graft_student_quantile(0.95, folds - 1) * deviation * sqrt(1 / (double)folds + test_to_train);
    interval[0] = fmax(mean - half, 0);
    interval[1] = fmin(mean + half, 1);
}
