/* Issues that a network's features show: pictures alike, bursts, and, in inspect-labels.c, suspicious labels. */
#include "transfer/inspect-internal.h"

#include "base/alloc.h"
#include "base/error.h"
#include "data/dataset.h"
#include "stats/similar.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A burst's pictures may differ more than copies do: their names already say that they belong together. */
static const float burst_similarity = 0.7F;
enum { BURST_GAP = 2, PAIRS_MOST = 100000, NUMBER_DIGITS = 18 };

typedef struct work {
    graft_inspection *self;
    const graft_backbone *backbone;
    graft_cut cuts[GRAFT_CUT_LIMIT];
    size_t cut_count;
    graft_features *features;
    float *x; /* room for a cut's rows */
} work;

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

static graft_status run(work *w) {
    graft_inspection *self = w->self;
    graft_features_result result;
    GRAFT_TRY(graft_cut_candidates(w->backbone->graph, GRAFT_POOL_AVG, w->cuts, &w->cut_count));
    GRAFT_TRY(graft_features_open(self->context, w->backbone->graph, &w->backbone->spec, w->cuts, w->cut_count, NULL,
                                  &w->features));
    GRAFT_TRY(graft_features_compute(w->features, self->data, self->sample, self->samples, 1, &result));
    GRAFT_TRY(graft_features_room(w->features, self->samples, &w->x));
    GRAFT_TRY(graft_features_read(w->features, 0, self->data, self->sample, self->samples, w->x));
    GRAFT_TRY(add_similar(w));
    return graft_inspect_labels(self, w->features, w->cut_count, w->x);
}

graft_status graft_inspect_features(graft_inspection *self, const graft_backbone *backbone) {
    work w = {.self = self, .backbone = backbone};
    graft_status status = run(&w);
    graft_features_close(w.features);
    graft_release(w.x);
    return status;
}
