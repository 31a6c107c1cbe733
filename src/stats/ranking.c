#include "stats/ranking.h"

#include "base/alloc.h"
#include "base/error.h"
#include "stats/metrics.h"

#include <math.h>
#include <stdlib.h>

typedef struct ranked {
    float score;
    bool hit; /* of the class, or right */
} ranked;

static int by_score(const void *left, const void *right) {
    const ranked *a = left, *b = right;
    return (a->score < b->score) - (a->score > b->score);
}

static float rankable(float score) {
    return isnan(score) ? -1 : score;
}

/* The end of the run of equal scores that begins at `first`, and its hits. */
static size_t run_end(const ranked *sorted, size_t n, size_t first, size_t *hits) {
    size_t end = first;
    *hits = 0;
    for (; end < n && sorted[end].score == sorted[first].score; end++)
        *hits += sorted[end].hit;
    return end;
}

static graft_class_ranking areas(const ranked *sorted, size_t n, size_t positives) {
    graft_class_ranking out = {NAN, NAN};
    const size_t negatives = n - positives;
    double roc = 0, pr = 0;
    size_t above = 0; /* hits before the run */
    if (positives == 0 || negatives == 0) return out;
    for (size_t i = 0, end, hits; i < n; i = end) {
        end = run_end(sorted, n, i, &hits);
        double misses = (double)(end - i - hits);
        roc += misses * ((double)above + (double)hits / 2);
        above += hits;
        pr += (double)hits * (double)above / (double)end;
    }
    out.roc_auc = roc / (double)positives / (double)negatives;
    out.pr_auc = pr / (double)positives;
    return out;
}

graft_status graft_ranking_compute(const float *probabilities, const int *label, size_t n, int classes,
                                   graft_class_ranking *out) {
    ranked *sorted = graft_allocate(n, sizeof(*sorted));
    if (!sorted) return graft_fail_memory("the ranking");
    for (int k = 0; k < classes; k++) {
        size_t positives = 0;
        for (size_t i = 0; i < n; i++) {
            sorted[i] = (ranked){rankable(probabilities[i * (size_t)classes + (size_t)k]), label[i] == k};
            positives += label[i] == k;
        }
        if (positives > 0 && positives < n) qsort(sorted, n, sizeof(*sorted), by_score);
        out[k] = areas(sorted, n, positives);
    }
    graft_release(sorted);
    return GRAFT_OK;
}

graft_status graft_coverage_compute(const float *probabilities, const int *label, size_t n, int classes,
                                    graft_coverage_point out[GRAFT_COVERAGE_POINTS]) {
    ranked *sorted = graft_allocate(n, sizeof(*sorted));
    if (!sorted) return graft_fail_memory("the ranking");
    for (size_t i = 0; i < n; i++) {
        const float *p = probabilities + i * (size_t)classes;
        int answer = graft_argmax(p, classes);
        sorted[i] = (ranked){rankable(p[answer]), answer == label[i]};
    }
    qsort(sorted, n, sizeof(*sorted), by_score);
    size_t end = 0, right = 0;
    for (size_t i = GRAFT_COVERAGE_POINTS; i-- > 0;) {
        size_t wanted = (n * (GRAFT_COVERAGE_POINTS - i) + GRAFT_COVERAGE_POINTS - 1) / GRAFT_COVERAGE_POINTS, hits;
        while (end < wanted) {
            end = run_end(sorted, n, end, &hits);
            right += hits;
        }
        out[i] = (graft_coverage_point){fmax((double)sorted[end - 1].score, 0), (double)end / (double)n,
                                        (double)right / (double)end};
    }
    graft_release(sorted);
    return GRAFT_OK;
}
