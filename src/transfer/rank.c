/* Ranking: passes -> scores -> bootstrap -> order. */
#include "transfer/rank-internal.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "data/dataset.h"
#include "stats/folds.h"
#include "stats/score-interval.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_FOLDS = 5, FOLDS_MOST = 20, NEIGHBOURS_MOST = 10000, ACCURACY = GRAFT_SCORE_AT_logistic };

/* The public result and what its members borrow from. */
typedef struct owner {
    graft_rank_result result;
    graft_rank_row *rows;
    graft_rank_figure *figures; /* rows x scores */
    graft_rank_correlation correlations[GRAFT_SCORE_COUNT];
    const char *names[GRAFT_SCORE_COUNT];
    char **texts; /* bases' and layers' names, a pair a row */
} owner;

void graft_rank_free(graft_rank_result *result) {
    owner *self = (owner *)result; /* its first member */
    if (!self) return;
    for (size_t i = 0; self->texts && i < 2 * self->result.row_count; i++)
        graft_release(self->texts[i]);
    graft_release(self->texts);
    graft_release(self->rows);
    graft_release(self->figures);
    graft_release(self);
}

static graft_status check_options(const graft_rank_options *options, size_t count) {
    if (count < 1 || count > GRAFT_RANK_BASES_MAX)
        return graft_fail(GRAFT_E_USAGE, "%zu networks to rank, expected 1..%d", count, GRAFT_RANK_BASES_MAX);
    if (options->folds < 0 || options->folds == 1 || options->folds > FOLDS_MOST)
        return graft_fail(GRAFT_E_USAGE, "folds: received %lld, expected 2..%d", (long long)options->folds, FOLDS_MOST);
    if (!(options->c >= 0) || !isfinite(options->c))
        return graft_fail(GRAFT_E_USAGE, "c: received %g, expected 0 (the best of a few) or more", options->c);
    if (options->neighbours < 0 || options->neighbours > NEIGHBOURS_MOST)
        return graft_fail(GRAFT_E_USAGE, "neighbours: received %lld, expected 1..%d", (long long)options->neighbours,
                          NEIGHBOURS_MOST);
    if (options->pool < GRAFT_POOL_AVG || options->pool > GRAFT_POOL_NONE)
        return graft_fail(GRAFT_E_USAGE, "pool: %d, expected 0 (avg), 1 (max) or 2 (none)", options->pool);
    return GRAFT_OK;
}

static graft_status collect(graft_ranking *self) {
    GRAFT_TRY(graft_dataset_check(self->data));
    GRAFT_TRY(graft_dataset_indices(self->data, -1, &self->sample, &self->count));
    if (self->count == 0) return graft_fail(GRAFT_E_DATA, "%s: no sound pictures", graft_dataset_path(self->data));
    self->classes = graft_dataset_class_count(self->data);
    self->label = graft_allocate(self->count, sizeof(*self->label));
    self->group = graft_allocate(self->count, sizeof(*self->group));
    self->fold = graft_allocate(self->count, sizeof(*self->fold));
    if (!self->label || !self->group || !self->fold) return graft_fail_memory("the labels");
    for (size_t i = 0; i < self->count; i++) {
        self->label[i] = graft_dataset_sample(self->data, self->sample[i])->label;
        self->group[i] = (int64_t)graft_dataset_group(self->data, self->sample[i]);
        if (self->label[i] < 0)
            return graft_fail(GRAFT_E_DATA, "%s: pictures without classes cannot be ranked by",
                              graft_dataset_path(self->data));
    }
    self->folds = self->options.folds > 0 ? (int)self->options.folds : DEFAULT_FOLDS;
    if ((size_t)self->folds > self->count) self->folds = (int)self->count;
    return graft_folds_make(self->label, self->group, self->count, (int)self->classes, self->folds, self->options.seed,
                            self->fold);
}

static void ranking_clear(graft_ranking *self) {
    for (size_t b = 0; self->bases && b < self->base_count; b++)
        graft_features_close(self->bases[b].features);
    graft_release(self->bases);
    graft_release(self->candidates);
    graft_release(self->sample);
    graft_release(self->label);
    graft_release(self->fold);
    graft_release(self->group);
    graft_release(self->value);
    graft_release(self->each);
}

/* ---- the bootstrap ---- */

/* One resample's (or the pictures' own) scores of all rows, `stride` apart: how score s orders them. */
static void correlate(const graft_ranking *self, const double *values, size_t stride, size_t s, double *spearman,
                      double *kendall) {
    double x[GRAFT_RANK_BASES_MAX * GRAFT_FEATURES_CUTS], y[GRAFT_RANK_BASES_MAX * GRAFT_FEATURES_CUTS];
    size_t count = 0;
    for (size_t i = 0; i < self->candidate_count; i++) {
        const double *row = values + i * GRAFT_SCORE_COUNT * stride;
        if (isnan(row[s * stride])) continue;
        x[count] = row[s * stride];
        y[count++] = row[ACCURACY * stride];
    }
    *spearman = graft_spearman(x, y, count);
    *kendall = graft_kendall(x, y, count);
}

static void correlate_all(const graft_ranking *self, const double *resampled, double *room, owner *out) {
    double *spearman = room, *kendall = room + GRAFT_SCORE_RESAMPLES;
    for (size_t s = 0; s < GRAFT_SCORE_COUNT; s++) {
        graft_rank_correlation *found = &out->correlations[s];
        for (size_t i = 0; i < self->candidate_count; i++)
            found->n += !isnan(self->value[i * GRAFT_SCORE_COUNT + s]);
        correlate(self, self->value, 1, s, &found->spearman.value, &found->kendall.value);
        for (size_t b = 0; b < GRAFT_SCORE_RESAMPLES; b++)
            correlate(self, resampled + b, GRAFT_SCORE_RESAMPLES, s, &spearman[b], &kendall[b]);
        graft_score_percentiles(spearman, found->spearman.interval95);
        graft_score_percentiles(kendall, found->kendall.interval95);
    }
}

/* How often each row is the first; of equals the earlier. */
static void count_firsts(const graft_ranking *self, const double *resampled, owner *out) {
    for (size_t b = 0; b < GRAFT_SCORE_RESAMPLES; b++) {
        size_t best = 0;
        double highest = -1;
        for (size_t i = 0; i < self->candidate_count; i++) {
            double accuracy = resampled[(i * GRAFT_SCORE_COUNT + ACCURACY) * GRAFT_SCORE_RESAMPLES + b];
            if (!(accuracy > highest)) continue;
            highest = accuracy;
            best = i;
        }
        out->rows[best].first += 1.0 / GRAFT_SCORE_RESAMPLES;
    }
}

static graft_status resample(graft_ranking *self, owner *out) {
    size_t statistics = self->candidate_count * GRAFT_SCORE_COUNT;
    const graft_score_table table = {
        .count = self->count, .statistics = statistics, .value = self->value, .each = self->each};
    double *resampled = graft_allocate(statistics * GRAFT_SCORE_RESAMPLES, sizeof(*resampled));
    double *room = graft_allocate((size_t)2 * GRAFT_SCORE_RESAMPLES, sizeof(*room));
    graft_status status = resampled && room ? GRAFT_OK : graft_fail_memory("the resamples");
    if (status == GRAFT_OK) status = graft_score_resample(&table, self->options.seed, resampled);
    if (status == GRAFT_OK) {
        count_firsts(self, resampled, out);
        correlate_all(self, resampled, room, out);
        for (size_t i = 0; i < statistics; i++) {
            out->figures[i].value = self->value[i];
            graft_score_percentiles(resampled + i * GRAFT_SCORE_RESAMPLES, out->figures[i].interval95);
        }
    }
    graft_release(resampled);
    graft_release(room);
    return status;
}

/* ---- the result ---- */

static int best_first(const void *left, const void *right) {
    const graft_rank_row *a = left, *b = right;
    double x = a->scores[ACCURACY].value, y = b->scores[ACCURACY].value;
    return x != y ? (x < y) - (x > y) : (a->scores > b->scores) - (a->scores < b->scores); /* as they were given */
}

static graft_status fill_rows(const graft_ranking *self, owner *out) {
    size_t count = self->candidate_count;
    out->rows = graft_allocate_zero(count, sizeof(*out->rows));
    out->figures = graft_allocate_zero(count * GRAFT_SCORE_COUNT, sizeof(*out->figures));
    out->texts = graft_allocate_zero(2 * count, sizeof(*out->texts));
    if (!out->rows || !out->figures || !out->texts) return graft_fail_memory("the ranking");
    out->result.row_count = count;
    for (size_t i = 0; i < count; i++) {
        const graft_rank_base *base = &self->bases[self->candidates[i].base];
        const graft_cut *cut = &base->cuts[self->candidates[i].cut];
        out->texts[2 * i] = graft_text_copy(base->name);
        out->texts[2 * i + 1] = graft_text_copy(graft_graph_node(base->backbone->graph, cut->node)->name);
        if (!out->texts[2 * i] || !out->texts[2 * i + 1]) return graft_fail_memory("the ranking");
        out->rows[i] = (graft_rank_row){.base = out->texts[2 * i],
                                        .layer = out->texts[2 * i + 1],
                                        .width = cut->width,
                                        .scores = out->figures + i * GRAFT_SCORE_COUNT};
    }
    return GRAFT_OK;
}

static graft_status fill(graft_ranking *self, owner *out) {
    graft_rank_result *result = &out->result;
    double begun = graft_now();
    GRAFT_TRY(fill_rows(self, out));
    GRAFT_TRY(resample(self, out));
    qsort(out->rows, self->candidate_count, sizeof(*out->rows), best_first);
    size_t largest = 0;
    for (size_t k = 0, size; k < self->classes; k++) {
        size = 0;
        for (size_t i = 0; i < self->count; i++)
            size += (size_t)self->label[i] == k;
        if (size > largest) largest = size;
    }
    for (size_t s = 0; s < GRAFT_SCORE_COUNT; s++)
        out->names[s] = graft_score_at(s)->name;
    result->n = self->count;
    result->classes = self->classes;
    result->folds = (size_t)self->folds;
    result->baseline = (double)largest / (double)self->count;
    result->score_count = GRAFT_SCORE_COUNT;
    result->score_names = out->names;
    result->rows = out->rows;
    result->correlations = out->correlations;
    result->computed = self->computed;
    result->cached = self->cached;
    result->features_seconds = self->features_seconds;
    result->scores_seconds = self->scores_seconds + graft_now() - begun;
    return GRAFT_OK;
}

static graft_status carry_out(graft_ranking *self, const graft_backbone *const *backbones, const char *const *names,
                              owner **out) {
    self->bases = graft_allocate_zero(self->base_count, sizeof(*self->bases));
    if (!self->bases) return graft_fail_memory("the networks");
    for (size_t b = 0; b < self->base_count; b++)
        self->bases[b] =
            (graft_rank_base){.backbone = backbones[b], .name = names && names[b] ? names[b] : backbones[b]->name};
    GRAFT_TRY(collect(self));
    GRAFT_TRY(graft_ranking_pass(self));
    GRAFT_TRY(graft_ranking_score(self));
    *out = graft_allocate_zero(1, sizeof(**out));
    return *out ? fill(self, *out) : graft_fail_memory("the ranking");
}

graft_status graft_rank(graft_rank_result **out, graft_context *context, graft_dataset *data,
                        const graft_backbone *const *backbones, const char *const *names, size_t count,
                        const graft_rank_options *options) {
    graft_ranking self = {.context = context, .data = data, .options = GRAFT_RANK_OPTIONS_INIT, .base_count = count};
    owner *made = NULL;
    *out = NULL;
    GRAFT_TRY(graft_options_copy(&self.options, sizeof(self.options), options, "GRAFT_RANK_OPTIONS_INIT"));
    GRAFT_TRY(check_options(&self.options, count));
    graft_status status = carry_out(&self, backbones, names, &made);
    ranking_clear(&self);
    if (status == GRAFT_OK)
        *out = &made->result;
    else if (made)
        graft_rank_free(&made->result);
    return status;
}
