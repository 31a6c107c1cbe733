/* Issues that a network's features show: suspicious labels, pictures alike, bursts. */
#include "transfer/inspect-internal.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "data/dataset.h"
#include "stats/confident.h"
#include "stats/folds.h"
#include "stats/held-out.h"
#include "stats/label-noise.h"
#include "stats/metrics.h"
#include "stats/similar.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A burst's pictures may differ more than copies do: their names already say that they belong together. */
static const float burst_similarity = 0.7F;
/* Into folds, which are averaged: with one alone chance decides which of the hard pictures are listed. */
enum { DIVISIONS = 4 };
enum { BURST_GAP = 2, PAIRS_MOST = 100000, NUMBER_DIGITS = 18 };

typedef struct work {
    graft_inspection *self;
    const graft_backbone *backbone;
    graft_cut cuts[GRAFT_CUT_LIMIT];
    size_t cut_count;
    graft_features *features;
    float *x; /* room for a cut's rows */
    int *label, *fold;
    int64_t *group;
    int classes;
    double *logs; /* samples x classes: sums of logarithms of probabilities */
} work;

/* ---- labels ---- */

/* Adds the rows' logarithms under one division into folds. */
static graft_status add_division(work *w, const graft_rows *view, graft_held_out *how, float *probability,
                                 graft_crossval_fold *scores) {
    GRAFT_TRY(graft_folds_make(w->label, w->group, view->count, w->classes, how->folds, how->seed, w->fold));
    GRAFT_TRY(graft_held_out_score(w->self->context, view, how, probability, scores));
    for (size_t i = 0; i < view->count * (size_t)w->classes; i++)
        w->logs[i] += log(fmax((double)probability[i], 1e-12));
    return GRAFT_OK;
}

/* The strength is chosen once for all folds: one number of all rows, which none of them can bend to itself. */
static graft_status hold_out(work *w, size_t cut, graft_phase *phase) {
    graft_inspection *self = w->self;
    const size_t classes = (size_t)w->classes, folds = (size_t)self->options.folds;
    const graft_rows view = {.x = w->x,
                             .label = w->label,
                             .group = w->group,
                             .count = self->samples,
                             .width = graft_features_width(w->features, cut),
                             .classes = w->classes};
    graft_logistic_cv cv;
    GRAFT_TRY(graft_logistic_crossval(self->context, &view, NULL, 0, (int)folds, self->options.seed, &cv));
    graft_held_out how = {.fold = w->fold, .folds = (int)folds, .head = GRAFT_CROSSVAL_LOGISTIC, .c = cv.c[cv.best]};
    float *probability = graft_allocate(self->samples, classes * sizeof(*probability));
    graft_crossval_fold *scores = graft_allocate(folds, sizeof(*scores));
    graft_status status = probability && scores ? GRAFT_OK : graft_fail_memory("the labels' probabilities");
    for (uint64_t division = 0; status == GRAFT_OK && division < DIVISIONS; division++) {
        how.seed = self->options.seed + division;
        status = add_division(w, &view, &how, probability, scores);
        if (status == GRAFT_OK) status = graft_phase_add(phase, 1, 0);
    }
    graft_release(probability);
    graft_release(scores);
    return status;
}

/* The geometric mean over the cuts and divisions, made to sum to one. */
static void average(const work *w, float *out) {
    const size_t classes = (size_t)w->classes;
    const double terms = (double)(w->cut_count * DIVISIONS);
    for (size_t i = 0; i < w->self->samples; i++) {
        const double *logs = w->logs + i * classes;
        double total = 0, highest = -INFINITY;
        for (size_t k = 0; k < classes; k++)
            highest = fmax(highest, logs[k] / terms);
        for (size_t k = 0; k < classes; k++)
            total += exp(logs[k] / terms - highest);
        for (size_t k = 0; k < classes; k++)
            out[i * classes + k] = (float)(exp(logs[k] / terms - highest) / total);
    }
}

static graft_status add_label(work *w, graft_problem problem, const float *probability, size_t row, double wrong) {
    const graft_inspection *self = w->self;
    const float *p = probability + row * (size_t)w->classes;
    const double least = 1e-15;
    int best = -1;
    for (int k = 0; k < w->classes; k++)
        if (k != w->label[row] && (best < 0 || p[k] > p[best])) best = k;
    /* A drawn split is no different from a given one: what is drawn for validation now will be drawn for it again. */
    const bool drop = problem == GRAFT_PROBLEM_LABEL &&
                      graft_dataset_sample(self->data, self->sample[row])->split == GRAFT_SPLIT_TRAIN;
    const double odds = log(fmax(wrong, least) / fmax(1 - wrong, least));
    return graft_inspection_add(w->self,
                                (graft_issue){problem, self->sample[row], -1, best, odds, drop ? "drop" : "review"});
}

/* The sure ones by the mixture model, then what else confident learning counts. */
static graft_status list_labels(work *w, const float *probability, graft_label_noise *noise,
                                graft_confident *confident) {
    graft_inspection *self = w->self;
    bool *listed = graft_allocate_zero(self->samples, sizeof(*listed));
    if (!listed) return graft_fail_memory("wrong labels");
    graft_status status =
        graft_label_noise_find(w->label, probability, self->samples, w->classes, self->options.false_alarms, noise);
    if (status == GRAFT_OK) status = graft_confident_find(w->label, probability, self->samples, w->classes, confident);
    for (size_t i = 0; status == GRAFT_OK && i < noise->sure_count; i++) {
        const size_t row = noise->sure[i];
        listed[row] = true;
        status = add_label(w, GRAFT_PROBLEM_LABEL, probability, row, noise->wrong[row]);
    }
    for (size_t i = 0; status == GRAFT_OK && i < confident->suspects; i++) {
        const size_t row = confident->suspect[i].row;
        if (!listed[row]) status = add_label(w, GRAFT_PROBLEM_DOUBT, probability, row, noise->wrong[row]);
    }
    if (status == GRAFT_OK) {
        self->noise = noise->rate;
        self->false_alarms = noise->expected_false;
    }
    graft_release(listed);
    return status;
}

/* Labels that people have confirmed take no part: NaN. */
static graft_status leave_out_reviewed(work *w, float *probability) {
    const size_t classes = (size_t)w->classes;
    for (size_t i = 0; i < w->self->samples; i++) {
        const graft_issue issue = {.problem = GRAFT_PROBLEM_LABEL, .sample = w->self->sample[i], .other = -1};
        bool reviewed;
        GRAFT_TRY(graft_inspection_is_reviewed(w->self, &issue, &reviewed));
        if (!reviewed) continue;
        w->self->left_out++;
        for (size_t k = 0; k < classes; k++)
            probability[i * classes + k] = NAN;
    }
    return GRAFT_OK;
}

static graft_status add_labels(work *w) {
    graft_inspection *self = w->self;
    const size_t classes = (size_t)w->classes;
    graft_label_noise noise = {0};
    graft_confident confident = {0};
    size_t right = 0;
    float *probability = graft_allocate(self->samples, classes * sizeof(*probability));
    if (!probability) return graft_fail_memory("the labels' probabilities");
    average(w, probability);
    for (size_t i = 0; i < self->samples; i++)
        right += graft_argmax(probability + i * classes, w->classes) == w->label[i];
    self->accuracy = (double)right / (double)self->samples;
    graft_status status = leave_out_reviewed(w, probability);
    if (status == GRAFT_OK) status = list_labels(w, probability, &noise, &confident);
    graft_label_noise_clear(&noise);
    graft_confident_clear(&confident);
    graft_release(probability);
    return status;
}

/* ---- pictures alike ---- */

/* The number that a file's name ends with, and the length of what stands before it; false: none. */
static bool trailing_number(const char *name, size_t *prefix, int64_t *number) {
    const char *file = strrchr(name, '/'), *dot = strrchr(file ? file : name, '.');
    const char *end = dot ? dot : name + strlen(name), *begin = end;
    while (begin > name && isdigit((unsigned char)begin[-1]) && end - begin < NUMBER_DIGITS)
        begin--;
    if (begin == end) return false;
    *prefix = (size_t)(begin - name);
    *number = 0;
    for (const char *c = begin; c < end; c++)
        *number = *number * 10 + (*c - '0');
    return true;
}

static bool counts_on(const char *a, const char *b) {
    size_t before_a, before_b;
    int64_t number_a, number_b;
    if (!trailing_number(a, &before_a, &number_a) || !trailing_number(b, &before_b, &number_b)) return false;
    const int64_t gap = number_a < number_b ? number_b - number_a : number_a - number_b;
    return before_a == before_b && memcmp(a, b, before_a) == 0 && gap > 0 && gap <= BURST_GAP;
}

/* Keeps the nearest partner of each picture: all pairs of a large group would say the same over and over. Of the two,
 * the one to look at is the one that learns when the other is held back, else the later. */
static void keep_pair(const graft_inspection *self, const graft_similar_pair *pair, graft_issue *nearest) {
    size_t row = pair->second, other = pair->first;
    const graft_sample *a = graft_dataset_sample(self->data, self->sample[row]);
    const graft_sample *b = graft_dataset_sample(self->data, self->sample[other]);
    if (graft_dataset_group(self->data, self->sample[row]) == graft_dataset_group(self->data, self->sample[other]))
        return;
    const bool burst = counts_on(a->name, b->name);
    if (!burst && (double)pair->similarity < self->options.similar) return;
    if (a->split != GRAFT_SPLIT_TRAIN && b->split == GRAFT_SPLIT_TRAIN) {
        row = pair->first;
        other = pair->second;
    }
    if ((double)pair->similarity <= nearest[row].score) return;
    nearest[row] = (graft_issue){burst ? GRAFT_PROBLEM_BURST : GRAFT_PROBLEM_SIMILAR,
                                 self->sample[row],
                                 (int64_t)self->sample[other],
                                 -1,
                                 (double)pair->similarity,
                                 "review"};
}

static graft_status add_similar(work *w) {
    graft_inspection *self = w->self;
    graft_similar_pair *pairs = NULL;
    size_t count = 0;
    const float similar = (float)self->options.similar, least = similar < burst_similarity ? similar : burst_similarity;
    graft_issue *nearest = graft_allocate_zero(self->samples, sizeof(*nearest));
    graft_status status =
        nearest ? graft_similar_pairs(self->context, w->x, self->samples, graft_features_width(w->features, 0), least,
                                      PAIRS_MOST, &pairs, &count)
                : graft_fail_memory("similar pictures");
    for (size_t i = 0; status == GRAFT_OK && i < count; i++)
        keep_pair(self, &pairs[i], nearest);
    for (size_t i = 0; status == GRAFT_OK && i < self->samples; i++)
        if (nearest[i].score > 0) status = graft_inspection_add(self, nearest[i]);
    graft_release(nearest);
    graft_release(pairs);
    return status;
}

/* ---- all of it ---- */

static graft_status take_labels(work *w) {
    graft_inspection *self = w->self;
    w->classes = (int)graft_dataset_class_count(self->data);
    w->label = graft_allocate(self->samples, sizeof(*w->label));
    w->group = graft_allocate(self->samples, sizeof(*w->group));
    w->fold = graft_allocate(self->samples, sizeof(*w->fold));
    w->logs = graft_allocate_zero(self->samples, (size_t)w->classes * sizeof(*w->logs));
    if (!w->label || !w->group || !w->fold || !w->logs) return graft_fail_memory("the labels");
    for (size_t i = 0; i < self->samples; i++) {
        w->label[i] = graft_dataset_sample(self->data, self->sample[i])->label;
        w->group[i] = (int64_t)graft_dataset_group(self->data, self->sample[i]);
    }
    return GRAFT_OK;
}

static graft_status run(work *w) {
    graft_inspection *self = w->self;
    graft_features_result result;
    graft_phase *phase = NULL;
    GRAFT_TRY(take_labels(w));
    GRAFT_TRY(graft_cut_candidates(w->backbone->graph, GRAFT_POOL_AVG, w->cuts, &w->cut_count));
    GRAFT_TRY(graft_features_open(self->context, w->backbone->graph, &w->backbone->spec, w->cuts, w->cut_count, NULL,
                                  &w->features));
    GRAFT_TRY(graft_features_compute(w->features, self->data, self->sample, self->samples, 1, &result));
    GRAFT_TRY(graft_features_room(w->features, self->samples, &w->x));
    GRAFT_TRY(graft_phase_begin(self->context, "labels", w->cut_count * DIVISIONS, &phase));
    graft_status status = GRAFT_OK;
    for (size_t cut = 0; status == GRAFT_OK && cut < w->cut_count; cut++) {
        status = graft_features_read(w->features, cut, self->data, self->sample, self->samples, w->x);
        if (status == GRAFT_OK && cut == 0) status = add_similar(w);
        if (status == GRAFT_OK) status = hold_out(w, cut, phase);
    }
    graft_phase_end(phase);
    return status == GRAFT_OK ? add_labels(w) : status;
}

graft_status graft_inspect_features(graft_inspection *self, const graft_backbone *backbone) {
    work w = {.self = self, .backbone = backbone};
    graft_status status = run(&w);
    graft_features_close(w.features);
    graft_release(w.x);
    graft_release(w.label);
    graft_release(w.fold);
    graft_release(w.group);
    graft_release(w.logs);
    return status;
}
