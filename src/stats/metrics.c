#include "stats/metrics.h"

#include "base/alloc.h"
#include "base/error.h"

#include <assert.h>
#include <math.h>

enum { BINS = 15, LEAST_TO_TELL = 6 };

int graft_argmax(const float *values, int count) {
    int best = 0;
    for (int i = 1; i < count; i++) {
        if (values[i] > values[best] || (isnan(values[best]) && !isnan(values[i]))) best = i;
    }
    return best;
}

void graft_wilson_interval(size_t successes, size_t n, double interval[2]) {
    assert(n >= 1 && successes <= n);
    const double z = 1.959963984540054; /* the 97.5 % quantile of the normal distribution */
    double size = (double)n, share = (double)successes / size;
    double denominator = 1 + z * z / size;
    double centre = (share + z * z / (2 * size)) / denominator;
    double half = z * sqrt(share * (1 - share) / size + z * z / (4 * size * size)) / denominator;
    interval[0] = successes == 0 ? 0 : fmax(0, centre - half);
    interval[1] = successes == n ? 1 : fmin(1, centre + half);
}

/* True when fewer than `top` classes stand before the true one. */
static bool among_top(const float *p, int classes, int label, int top) {
    if (isnan(p[label])) return false;
    int before = 0;
    for (int k = 0; k < classes; k++)
        before += p[k] > p[label] || (p[k] == p[label] && k < label);
    return before < top;
}

/* Confidence c falls into bin b when b / BINS < c <= (b + 1) / BINS. */
static int bin_of(double confidence) {
    int bin = (int)ceil(confidence * BINS) - 1;
    return bin < 0 ? 0 : bin >= BINS ? BINS - 1 : bin;
}

static void add_samples(graft_metrics *m, const float *probabilities, const int *label) {
    struct {
        double confidence;
        size_t correct, n;
    } bin[BINS] = {0};
    size_t in_top = 0;
    double loss = 0;
    for (size_t i = 0; i < m->n; i++) {
        const float *p = probabilities + i * (size_t)m->classes;
        assert(label[i] >= 0 && label[i] < m->classes);
        int predicted = graft_argmax(p, m->classes);
        m->confusion[(size_t)label[i] * (size_t)m->classes + (size_t)predicted]++;
        m->correct += predicted == label[i];
        in_top += among_top(p, m->classes, label[i], 5);
        loss -= log(fmin(fmax((double)p[label[i]], 1e-15), 1)); /* fmax drops NaN */
        double confidence = isnan(p[predicted]) ? 0 : (double)p[predicted];
        int b = bin_of(confidence);
        bin[b].confidence += confidence;
        bin[b].correct += predicted == label[i];
        bin[b].n++;
    }
    double n = (double)m->n, gap = 0;
    for (int b = 0; b < BINS; b++)
        gap += fabs(bin[b].confidence - (double)bin[b].correct);
    m->ece = gap / n;
    m->loss = loss / n;
    m->top5 = (double)in_top / n;
    m->accuracy = (double)m->correct / n;
    graft_wilson_interval(m->correct, m->n, m->interval95);
}

static double ratio(double a, double b) {
    return b > 0 ? a / b : 0;
}

/* Classes without samples do not count: a folder with a part of the classes is no sign of a bad model. */
static bool collapsed(const graft_metrics *m) {
    const size_t present = (size_t)m->present_classes, predicted = (size_t)m->predicted_classes;
    if (m->n < LEAST_TO_TELL || m->n < 2 * present) return false;
    return present > 1 && (predicted == 1 || predicted * 2 < present);
}

static void add_classes(graft_metrics *m) {
    size_t classes = (size_t)m->classes, largest = 0, trace = 0;
    for (size_t k = 0; k < classes; k++) {
        graft_class_metrics *c = &m->per_class[k];
        for (size_t j = 0; j < classes; j++) {
            c->support += m->confusion[k * classes + j];
            c->predicted += m->confusion[j * classes + k];
        }
        size_t hits = m->confusion[k * classes + k];
        c->precision = ratio((double)hits, (double)c->predicted);
        c->recall = ratio((double)hits, (double)c->support);
        c->f1 = ratio(2 * (double)hits, (double)(c->predicted + c->support));
        m->macro_f1 += c->f1 / (double)classes;
        m->predicted_classes += c->predicted > 0;
        m->present_classes += c->support > 0;
        if (c->support > largest) largest = c->support;
        trace += hits;
    }
    assert(trace == m->correct);
    m->collapsed = collapsed(m);
    m->majority_baseline = (double)largest / (double)m->n;
}

graft_status graft_metrics_compute(const float *probabilities, const int *label, size_t n, int classes,
                                   graft_metrics **out) {
    assert(n >= 1 && classes >= 1);
    *out = NULL;
    size_t k = (size_t)classes, cells;
    graft_metrics *m = graft_allocate_zero(1, sizeof(*m));
    if (m == NULL) return graft_fail_memory("metrics");
    m->confusion = graft_multiply_sizes(k, k, &cells) ? graft_allocate_zero(cells, sizeof(*m->confusion)) : NULL;
    m->per_class = graft_allocate_zero(k, sizeof(*m->per_class));
    if (m->confusion == NULL || m->per_class == NULL) {
        graft_metrics_free(m);
        return graft_fail_memory("confusion matrix");
    }
    m->n = n;
    m->classes = classes;
    add_samples(m, probabilities, label);
    add_classes(m);
    *out = m;
    return GRAFT_OK;
}

void graft_metrics_free(graft_metrics *metrics) {
    if (metrics == NULL) return;
    graft_release(metrics->confusion);
    graft_release(metrics->per_class);
    graft_release(metrics);
}
