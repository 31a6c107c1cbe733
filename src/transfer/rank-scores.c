/* Every score of every candidate; candidates side by side where memory allows. */
#include "transfer/rank-internal.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "base/threads.h"

#include <math.h>
#include <string.h>

typedef struct scoring {
    graft_ranking *ranking;
    graft_phase *phase;
} scoring;

static graft_status read_cut(const graft_ranking *self, const graft_rank_base *base, size_t cut, float **out) {
    size_t width = graft_features_width(base->features, cut);
    *out = graft_allocate_aligned(self->count * width, sizeof(float));
    if (!*out) return graft_fail_memory("the features");
    return graft_features_read(base->features, cut, self->data, self->sample, self->count, *out);
}

/* What a network puts out as probabilities: as it is, or logits behind softmax. */
static void make_probabilities(float *rows, size_t count, size_t classes) {
    for (size_t i = 0; i < count; i++) {
        float *row = rows + i * classes, largest = row[0];
        double sum = 0;
        bool negative = false;
        for (size_t k = 0; k < classes; k++) {
            sum += (double)row[k];
            negative = negative || row[k] < 0;
            largest = fmaxf(largest, row[k]);
        }
        if (!negative && fabs(sum - 1) < 1e-3) continue;
        sum = 0;
        for (size_t k = 0; k < classes; k++)
            sum += exp((double)(row[k] - largest));
        for (size_t k = 0; k < classes; k++)
            row[k] = (float)(exp((double)(row[k] - largest)) / sum);
    }
}

static graft_status compute(graft_ranking *self, const graft_score_rows *rows, size_t candidate) {
    for (size_t s = 0; s < GRAFT_SCORE_COUNT; s++) {
        const graft_score *score = graft_score_at(s);
        size_t at = candidate * GRAFT_SCORE_COUNT + s;
        self->value[at] = (double)NAN;
        GRAFT_TRY(graft_cancelled(self->context));
        if (!score->source || rows->options.source)
            GRAFT_TRY(score->compute(rows, &self->value[at], self->each + at * self->count));
    }
    return GRAFT_OK;
}

static graft_status score_candidate(void *argument, int worker, size_t index) {
    scoring *work = argument;
    graft_ranking *self = work->ranking;
    const graft_rank_candidate *candidate = &self->candidates[index];
    const graft_rank_base *base = &self->bases[candidate->base];
    bool sourced = base->source && base->head_reads == (int)candidate->cut;
    float *x = NULL, *source = NULL;
    graft_score_rows rows = {0};
    graft_status status = read_cut(self, base, candidate->cut, &x);
    (void)worker;
    if (status == GRAFT_OK && sourced) status = read_cut(self, base, base->layers, &source);
    size_t from = sourced ? graft_features_width(base->features, base->layers) : 0;
    if (status == GRAFT_OK && sourced) make_probabilities(source, self->count, from);
    const graft_rows view = {.x = x,
                             .label = self->label,
                             .group = self->group,
                             .count = self->count,
                             .width = graft_features_width(base->features, candidate->cut),
                             .classes = (int)self->classes};
    const graft_score_options options = {.source = source,
                                         .source_classes = from,
                                         .fold = self->fold,
                                         .folds = self->folds,
                                         .neighbours = self->options.neighbours > 0 ? (int)self->options.neighbours : 5,
                                         .c = self->options.c};
    if (status == GRAFT_OK) status = graft_score_rows_make(self->context, &view, &options, &rows);
    if (status == GRAFT_OK) status = compute(self, &rows, index);
    if (status != GRAFT_OK && status != GRAFT_E_CANCELLED)
        status = graft_fail_in(status, "%s: layer %s", base->name,
                               graft_graph_node(base->backbone->graph, base->cuts[candidate->cut].node)->name);
    graft_score_rows_clear(&rows);
    graft_release(x);
    graft_release(source);
    return status == GRAFT_OK ? graft_phase_add(work->phase, 1, 0) : status;
}

/* Bytes that one candidate takes at most: rows as floats, as doubles, the folds' copies; and square matrices. */
static double bytes_of_one(const graft_ranking *self) {
    double most = 0;
    for (size_t i = 0; i < self->candidate_count; i++) {
        const graft_rank_base *base = &self->bases[self->candidates[i].base];
        double width = (double)graft_features_width(base->features, self->candidates[i].cut);
        double square = fmin(width, (double)self->count);
        most = fmax(most, (double)self->count * width * 20 + square * square * 24);
    }
    return most;
}

graft_status graft_ranking_score(graft_ranking *self) {
    size_t statistics = self->candidate_count * GRAFT_SCORE_COUNT;
    double begun = graft_now(), one = bytes_of_one(self), limit = (double)graft_context_memory_limit(self->context);
    double kept = (double)statistics * (double)self->count * sizeof(double);
    if (one + kept > limit)
        return graft_fail(GRAFT_E_USAGE,
                          "scores of %zu pictures at %zu layers need %.0f MiB, more than --memory (%.0f MiB): name "
                          "fewer layers, pool them (--pool avg) or raise it",
                          self->count, self->candidate_count, (one + kept) / 1048576, limit / 1048576);
    self->value = graft_allocate(statistics, sizeof(*self->value));
    self->each = graft_allocate_zero(statistics * self->count, sizeof(*self->each));
    if (!self->value || !self->each) return graft_fail_memory("the scores");
    scoring work = {.ranking = self};
    GRAFT_TRY(graft_phase_begin(self->context, "scores", self->candidate_count, &work.phase));
    graft_status status = GRAFT_OK;
    if (one * graft_context_threads(self->context) + kept <= limit)
        status = graft_parallel_for(self->context, self->candidate_count, score_candidate, &work);
    else
        for (size_t i = 0; i < self->candidate_count && status == GRAFT_OK; i++)
            status = score_candidate(&work, 0, i);
    graft_phase_end(work.phase);
    self->scores_seconds = graft_now() - begun;
    return status;
}
