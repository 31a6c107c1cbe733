/* What the figures come to: which arms are compared, and the verdict. */
#include "transfer/compare-internal.h"

#include <math.h>

static const double level = 0.05;
static const double one[] = {1};

static const double *last_size(const graft_study *study, int arm) {
    return study->arm[arm].accuracy + (study->sizes - 1) * study->folds;
}

static const unsigned char *last_hits(const graft_study *study, int arm) {
    return study->drawn ? study->arm[arm].hits + (study->sizes - 1) * study->held : NULL;
}

static double mean_of(const double *values, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += values[i] / (double)count;
    return sum;
}

graft_compare_figure graft_compare_arms_differ(const graft_study *study, int with, int without) {
    double difference[100];
    if (graft_study_once(study))
        return graft_compare_test_samples(last_hits(study, with), last_hits(study, without), study->held);
    for (size_t f = 0; f < study->folds; f++)
        difference[f] = last_size(study, with)[f] - last_size(study, without)[f];
    return graft_compare_test(study, study->sizes - 1, difference,
                              graft_compare_shared(study, last_hits(study, with), last_hits(study, without), 1, one));
}

graft_compare_figure graft_compare_above_majority(const graft_study *study, int arm) {
    double difference[100];
    if (graft_study_once(study))
        return graft_compare_test_samples(last_hits(study, arm), study->baseline_hits, study->held);
    for (size_t f = 0; f < study->folds; f++)
        difference[f] = last_size(study, arm)[f] - study->baseline[f];
    return graft_compare_test(study, study->sizes - 1, difference,
                              graft_compare_shared(study, last_hits(study, arm), study->baseline_hits, 1, one));
}

double graft_compare_against(const graft_study *study, int arm, const unsigned char *hits) {
    return graft_compare_shared(study, hits, last_hits(study, arm), 1, one);
}

bool graft_compare_pair(const graft_study *study, int *with, int *without, size_t *pairs) {
    double best[2] = {-1, -1};
    int arm[2] = {-1, -1};
    size_t count[2] = {0, 0};
    for (int i = 0; i < GRAFT_COMPARE_ARMS; i++) {
        if (!study->arm[i].done) continue;
        const int kind = graft_compare_transfers(i);
        const double mean = mean_of(last_size(study, i), study->folds);
        count[kind]++;
        if (mean <= best[kind]) continue;
        best[kind] = mean;
        arm[kind] = i;
    }
    *with = arm[1];
    *without = arm[0];
    *pairs = count[0] * count[1];
    return *pairs > 0;
}

/* Better than every arm without transfer, or all with it worse than one without: p is the largest of these tests (an
 * intersection-union test needs no adjustment), times the arms that the winner was chosen from (Bonferroni). */
int graft_compare_verdict_of(const graft_study *study, graft_compare_figure *difference, double *p) {
    int with, without;
    size_t pairs;
    *difference = (graft_compare_figure){(double)NAN, {(double)NAN, (double)NAN}, (double)NAN};
    *p = (double)NAN;
    if (!graft_compare_pair(study, &with, &without, &pairs)) return GRAFT_COMPARE_NONE;
    *difference = graft_compare_arms_differ(study, with, without);
    const bool better = difference->value > 0;
    double worst = difference->p;
    size_t chosen_from = 0;
    for (int i = 0; i < GRAFT_COMPARE_ARMS; i++) {
        if (!study->arm[i].done) continue;
        chosen_from += graft_compare_transfers(i) == better;
        if (graft_compare_transfers(i) != better)
            worst = fmax(worst, graft_compare_arms_differ(study, better ? with : i, better ? i : without).p);
    }
    *p = fmin(1, worst * (double)chosen_from);
    if (*p >= level) return GRAFT_COMPARE_NONE;
    return difference->value > 0 ? GRAFT_COMPARE_POSITIVE : GRAFT_COMPARE_NEGATIVE;
}
