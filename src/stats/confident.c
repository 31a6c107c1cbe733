#include "stats/confident.h"

#include "base/alloc.h"
#include "base/error.h"

#include <math.h>
#include <stdlib.h>

void graft_confident_clear(graft_confident *confident) {
    graft_release(confident->threshold);
    graft_release(confident->joint);
    graft_release(confident->suspect);
    *confident = (graft_confident){0};
}

static bool is_known(const float *row, int classes) {
    for (int k = 0; k < classes; k++)
        if (!isfinite(row[k])) return false;
    return true;
}

static graft_status find_thresholds(const int *label, const float *probabilities, size_t count, graft_confident *out) {
    size_t *rows = graft_allocate_zero((size_t)out->classes, sizeof(*rows));
    if (!rows) return graft_fail_memory("the labels' counts");
    for (size_t i = 0; i < count; i++) {
        const float *row = probabilities + i * (size_t)out->classes;
        if (!is_known(row, out->classes)) continue;
        out->threshold[label[i]] += (double)row[label[i]];
        rows[label[i]]++;
    }
    for (int k = 0; k < out->classes; k++)
        out->threshold[k] = rows[k] > 0 ? out->threshold[k] / (double)rows[k] : 1;
    graft_release(rows);
    return GRAFT_OK;
}

/* The class that the row is confidently of; -1: none. */
static int believed(const graft_confident *self, const float *row) {
    int best = -1;
    for (int k = 0; k < self->classes; k++)
        if ((double)row[k] >= self->threshold[k] && (best < 0 || row[k] > row[best])) best = k;
    return best;
}

static graft_suspect suspect_of(const float *row, int classes, int label, size_t index) {
    int best = -1;
    for (int k = 0; k < classes; k++)
        if (k != label && (best < 0 || row[k] > row[best])) best = k;
    const double other = fmax((double)row[best], 1e-12), own = fmax((double)row[label], 1e-12);
    return (graft_suspect){index, best, log(other / own)};
}

static int by_score(const void *a, const void *b) {
    const graft_suspect *x = a, *y = b;
    if (x->score != y->score) return x->score < y->score ? 1 : -1;
    return (x->row > y->row) - (x->row < y->row);
}

static void count_and_rank(const int *label, const float *probabilities, size_t count, graft_confident *out) {
    const size_t classes = (size_t)out->classes;
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        const float *row = probabilities + i * classes;
        if (!is_known(row, out->classes)) continue;
        int belief = believed(out, row);
        if (belief >= 0) out->joint[(size_t)label[i] * classes + (size_t)belief]++;
        if (belief >= 0 && belief != label[i]) out->wrong++;
        const graft_suspect suspect = suspect_of(row, out->classes, label[i], i);
        if (suspect.score > 0) out->suspect[found++] = suspect;
    }
    if (found > 0) qsort(out->suspect, found, sizeof(*out->suspect), by_score);
    out->suspects = found < out->wrong ? found : out->wrong;
}

graft_status graft_confident_find(const int *label, const float *probabilities, size_t count, int classes,
                                  graft_confident *out) {
    size_t cells;
    *out = (graft_confident){.classes = classes};
    if (classes < 2) return graft_fail(GRAFT_E_DATA, "wrong labels: %d classes, expected 2 or more", classes);
    for (size_t i = 0; i < count; i++)
        if (label[i] < 0 || label[i] >= classes)
            return graft_fail(GRAFT_E_DATA, "wrong labels: row %zu: label %d of %d classes", i, label[i], classes);
    if (!graft_multiply_sizes((size_t)classes, (size_t)classes, &cells)) return graft_fail_memory("the labels' counts");
    out->threshold = graft_allocate_zero((size_t)classes, sizeof(*out->threshold));
    out->joint = graft_allocate_zero(cells, sizeof(*out->joint));
    out->suspect = graft_allocate(count, sizeof(*out->suspect));
    if (!out->threshold || !out->joint || !out->suspect) return graft_fail_memory("the labels' counts");
    GRAFT_TRY(find_thresholds(label, probabilities, count, out));
    count_and_rank(label, probabilities, count, out);
    return GRAFT_OK;
}
