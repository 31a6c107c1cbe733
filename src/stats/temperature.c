#include "stats/temperature.h"

#include <math.h>

enum { STEPS = 200 };

static double logit(float p) {
    return log(fmax((double)p, 1e-30)); /* fmax drops NaN */
}

/* First and second derivative of the summed cross-entropy by s = 1 / temperature. */
static void slope(const float *probabilities, const int *label, size_t n, int classes, double s, double out[2]) {
    out[0] = out[1] = 0;
    for (size_t i = 0; i < n; i++) {
        const float *p = probabilities + i * (size_t)classes;
        double largest = -INFINITY, total = 0, first = 0, second = 0;
        for (int k = 0; k < classes; k++)
            largest = fmax(largest, logit(p[k]));
        for (int k = 0; k < classes; k++) {
            double z = logit(p[k]) - largest, weight = exp(s * z);
            total += weight;
            first += weight * z;
            second += weight * z * z;
        }
        first /= total;
        out[0] += first - (logit(p[label[i]]) - largest);
        out[1] += second / total - first * first;
    }
}

double graft_temperature_fit(const float *probabilities, const int *label, size_t n, int classes) {
    double low = 1.0 / GRAFT_TEMPERATURE_MOST, high = GRAFT_TEMPERATURE_MOST, s = 1, d[2];
    slope(probabilities, label, n, classes, low, d);
    if (d[0] >= 0) return GRAFT_TEMPERATURE_MOST;
    slope(probabilities, label, n, classes, high, d);
    if (d[0] <= 0) return 1.0 / GRAFT_TEMPERATURE_MOST;
    for (int i = 0; i < STEPS && high - low > 1e-12 * high; i++) {
        slope(probabilities, label, n, classes, s, d);
        if (d[0] == 0) break;
        *(d[0] < 0 ? &low : &high) = s;
        double next = d[1] > 0 ? s - d[0] / d[1] : low;
        if (!(next > low && next < high)) next = sqrt(low * high);
        bool settled = fabs(next - s) <= 1e-12 * s;
        s = next;
        if (settled) break;
    }
    return 1 / s;
}

void graft_temperature_apply(double temperature, const float *probabilities, size_t n, int classes, float *out) {
    for (size_t i = 0; i < n; i++) {
        const float *p = probabilities + i * (size_t)classes;
        float *to = out + i * (size_t)classes;
        double largest = -INFINITY, total = 0;
        for (int k = 0; k < classes; k++)
            largest = fmax(largest, logit(p[k]));
        for (int k = 0; k < classes; k++)
            total += exp((logit(p[k]) - largest) / temperature);
        for (int k = 0; k < classes; k++)
            to[k] = (float)(exp((logit(p[k]) - largest) / temperature) / total);
    }
}
