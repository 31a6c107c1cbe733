/* Wrong labels by confident disagreement (Northcutt, Jiang & Chuang, "Confident Learning: Estimating Uncertainty in
 * Dataset Labels", JAIR 2021): how many labels are wrong is counted with thresholds a class of its own, which ones
 * is ranked by how much less probable the given label is than the best other one. */
#ifndef GRAFT_SRC_STATS_CONFIDENT_H
#define GRAFT_SRC_STATS_CONFIDENT_H

#include <graft/base.h>

typedef struct graft_suspect {
    size_t row;
    int suggested; /* the most probable class but the given one */
    double score;  /* ln(p(suggested) / p(given)), p at least 1e-12: above 0 where they disagree */
} graft_suspect;

typedef struct graft_confident {
    double *threshold; /* a class: mean probability of it among the rows labelled so; 1 for a class without rows */
    size_t *joint; /* given x believed: rows whose probability of `believed` reaches its threshold and is the highest
                      of those that do (the paper's confident joint) */
    size_t wrong;  /* off its diagonal: the estimate of how many labels are wrong */
    graft_suspect *suspect; /* the `wrong` rows of highest score above 0, highest first */
    size_t suspects;
    int classes;
} graft_confident;

/* `probabilities` (count x classes) must come from models that did not see the row; rows that hold NaN take no part.
 * Release with graft_confident_clear, also after a failure. Errors: GRAFT_E_DATA (a label out of range),
 * GRAFT_E_MEMORY. */
GRAFT_MUST_CHECK graft_status graft_confident_find(const int *label, const float *probabilities, size_t count,
                                                   int classes, graft_confident *out);
void graft_confident_clear(graft_confident *confident);

#endif
