#include "stats/confident.h"

#include "base/alloc.h"
#include "base/error.h"

#include <math.h>

typedef struct threshold {
    double sum;
    size_t rows;
} threshold;

static bool is_known(const float *row, int classes) {
    for (int k = 0; k < classes; k++)
        if (!isfinite(row[k])) return false;
    return true;
}

/* The class that the row is confidently of; -1: none. A class without rows has none. */
static int believed(const threshold *of, int classes, const float *row) {
    int best = -1;
    for (int k = 0; k < classes; k++) {
        const bool reached = of[k].rows > 0 && (double)row[k] >= of[k].sum / (double)of[k].rows;
        if (reached && (best < 0 || row[k] > row[best])) best = k;
    }
    return best;
}

graft_status graft_confident_count(const int *label, const float *probabilities, size_t count, int classes,
                                   size_t *wrong) {
    *wrong = 0;
    if (classes < 2) return graft_fail(GRAFT_E_DATA, "wrong labels: %d classes, expected 2 or more", classes);
    for (size_t i = 0; i < count; i++)
        if (label[i] < 0 || label[i] >= classes)
            return graft_fail(GRAFT_E_DATA, "wrong labels: row %zu: label %d of %d classes", i, label[i], classes);
    threshold *of = graft_allocate_zero((size_t)classes, sizeof(*of));
    if (!of) return graft_fail_memory("the labels' counts");
    for (size_t i = 0; i < count; i++) {
        const float *row = probabilities + i * (size_t)classes;
        if (!is_known(row, classes)) continue;
        of[label[i]].sum += (double)row[label[i]];
        of[label[i]].rows++;
    }
    for (size_t i = 0; i < count; i++) {
        const float *row = probabilities + i * (size_t)classes;
        if (!is_known(row, classes)) continue;
        const int belief = believed(of, classes, row);
        *wrong += belief >= 0 && belief != label[i];
    }
    graft_release(of);
    return GRAFT_OK;
}
