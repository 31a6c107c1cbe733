#include "stats/label-noise.h"

#include "base/alloc.h"
#include "base/error.h"

#include <math.h>
#include <stdlib.h>

enum { EM_STEPS = 200, GRID = 17, GOLDEN_STEPS = 24 };

static const double widest = 8; /* temperatures from 1 / widest to widest */

void graft_label_noise_clear(graft_label_noise *noise) {
    graft_release(noise->wrong);
    graft_release(noise->suspect);
    *noise = (graft_label_noise){0};
}

typedef struct fit {
    const int *label;
    const float *probabilities;
    size_t count, known; /* rows; those without NaN */
    int classes;
    double *given; /* a row: p of its label at the temperature last tried; -1: it holds NaN */
} fit;

static bool is_known(const float *row, int classes) {
    for (int k = 0; k < classes; k++)
        if (!isfinite(row[k])) return false;
    return true;
}

static double logit(float p) {
    return log(fmax((double)p, 1e-30));
}

static void apply_temperature(const fit *self, double temperature) {
    for (size_t i = 0; i < self->count; i++) {
        const float *row = self->probabilities + i * (size_t)self->classes;
        if (self->given[i] < 0) continue;
        double largest = -INFINITY, total = 0;
        for (int k = 0; k < self->classes; k++)
            largest = fmax(largest, logit(row[k]));
        for (int k = 0; k < self->classes; k++)
            total += exp((logit(row[k]) - largest) / temperature);
        self->given[i] = exp((logit(row[self->label[i]]) - largest) / temperature) / total;
    }
}

/* The probability that a label which says nothing of its picture is this one. */
static double blind(const fit *self, size_t row) {
    return (1 - self->given[row]) / (self->classes - 1);
}

/* The rate of highest likelihood at a temperature, by expectation and maximisation (the likelihood is concave in it);
 * returns the log likelihood. */
static double best_rate(const fit *self, double temperature, double *rate) {
    double likelihood = 0, found = 0.02;
    apply_temperature(self, temperature);
    for (int step = 0; step < EM_STEPS; step++) {
        double sum = 0;
        for (size_t i = 0; i < self->count; i++) {
            if (self->given[i] < 0) continue;
            const double wrong = found * blind(self, i), right = (1 - found) * self->given[i];
            if (wrong + right > 0) sum += wrong / (wrong + right);
        }
        const double next = sum / (double)self->known;
        const bool settled = fabs(next - found) <= 1e-9;
        found = next;
        if (settled) break;
    }
    for (size_t i = 0; i < self->count; i++)
        if (self->given[i] >= 0) likelihood += log(fmax(found * blind(self, i) + (1 - found) * self->given[i], 1e-300));
    *rate = found;
    return likelihood;
}

/* The best of a grid of temperatures (the likelihood may have more than one summit), then golden section around it. */
static void find_temperature(const fit *self, graft_label_noise *out) {
    const double ratio = (sqrt(5) - 1) / 2, step = 2 * log(widest) / (GRID - 1);
    double best = -INFINITY, at = 0, rate;
    for (int i = 0; i < GRID; i++) {
        const double here = -log(widest) + step * i, likelihood = best_rate(self, exp(here), &rate);
        if (likelihood > best) {
            best = likelihood;
            at = here;
        }
    }
    double low = at - step, high = at + step, left = high - ratio * (high - low), right = low + ratio * (high - low);
    double of_left = best_rate(self, exp(left), &rate), of_right = best_rate(self, exp(right), &rate);
    for (int i = 0; i < GOLDEN_STEPS; i++) {
        if (of_left > of_right) {
            high = right;
            right = left;
            of_right = of_left;
            left = high - ratio * (high - low);
            of_left = best_rate(self, exp(left), &rate);
        } else {
            low = left;
            left = right;
            of_left = of_right;
            right = low + ratio * (high - low);
            of_right = best_rate(self, exp(right), &rate);
        }
    }
    out->temperature = exp((low + high) / 2);
    best_rate(self, out->temperature, &out->rate);
}

typedef struct suspect {
    size_t row;
    double wrong;
} suspect;

static int by_wrong(const void *a, const void *b) {
    const suspect *x = a, *y = b;
    if (x->wrong != y->wrong) return x->wrong < y->wrong ? 1 : -1;
    return (x->row > y->row) - (x->row < y->row);
}

static bool disagrees(const fit *self, size_t row) {
    const float *p = self->probabilities + row * (size_t)self->classes;
    for (int k = 0; k < self->classes; k++)
        if (p[k] > p[self->label[row]]) return true;
    return false;
}

static graft_status list_suspects(const fit *self, double false_discovery, graft_label_noise *out) {
    suspect *all = graft_allocate(self->count, sizeof(*all));
    size_t found = 0;
    double false_alarms = 0;
    if (!all) return graft_fail_memory("wrong labels");
    for (size_t i = 0; i < self->count; i++)
        if (self->given[i] >= 0 && disagrees(self, i)) all[found++] = (suspect){i, out->wrong[i]};
    if (found > 0) qsort(all, found, sizeof(*all), by_wrong);
    for (size_t i = 0; i < found; i++) {
        false_alarms += 1 - all[i].wrong;
        out->suspect[i] = all[i].row;
        if (false_alarms > false_discovery * (double)(i + 1)) continue;
        out->sure = i + 1;
        out->expected_false = false_alarms / (double)(i + 1);
    }
    out->suspects = found;
    graft_release(all);
    return GRAFT_OK;
}

static graft_status find(fit *self, double false_discovery, graft_label_noise *out) {
    self->given = graft_allocate_zero(self->count, sizeof(*self->given));
    out->wrong = graft_allocate_zero(self->count, sizeof(*out->wrong));
    out->suspect = graft_allocate(self->count, sizeof(*out->suspect));
    if (!self->given || !out->wrong || !out->suspect) return graft_fail_memory("wrong labels");
    for (size_t i = 0; i < self->count; i++) {
        const bool known = is_known(self->probabilities + i * (size_t)self->classes, self->classes);
        self->known += known;
        if (!known) self->given[i] = -1;
    }
    out->temperature = 1;
    if (self->known == 0) return GRAFT_OK;
    find_temperature(self, out);
    for (size_t i = 0; i < self->count; i++) {
        if (self->given[i] < 0) continue;
        const double wrong = out->rate * blind(self, i), right = (1 - out->rate) * self->given[i];
        out->wrong[i] = wrong + right > 0 ? wrong / (wrong + right) : 0;
    }
    return list_suspects(self, false_discovery, out);
}

graft_status graft_label_noise_find(const int *label, const float *probabilities, size_t count, int classes,
                                    double false_discovery, graft_label_noise *out) {
    *out = (graft_label_noise){0};
    if (classes < 2) return graft_fail(GRAFT_E_DATA, "wrong labels: %d classes, expected 2 or more", classes);
    for (size_t i = 0; i < count; i++)
        if (label[i] < 0 || label[i] >= classes)
            return graft_fail(GRAFT_E_DATA, "wrong labels: row %zu: label %d of %d classes", i, label[i], classes);
    fit self = {.label = label, .probabilities = probabilities, .count = count, .classes = classes};
    graft_status status = find(&self, false_discovery, out);
    graft_release(self.given);
    return status;
}
