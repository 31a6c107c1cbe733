/* Series on their way into networks. */
#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "base/threads.h"
#include "nn/plan.h"
#include "transfer/series-internal.h"

#include <math.h>
#include <string.h>

/* A network that takes no masks gets series of one length. */
static graft_status make_even(graft_context *context, const graft_series_arch *arch, graft_series_set *set,
                              int64_t trained_on, graft_series_spec *spec) {
    graft_series_figures figures;
    const bool uneven = spec->masked;
    if (arch->masks) return GRAFT_OK;
    spec->masked = false;
    spec->resampled = uneven || (trained_on > 0 && spec->resampled);
    if (!spec->resampled) return GRAFT_OK;
    if (trained_on > 0) spec->steps = trained_on;
    if (uneven)
        graft_log(context, GRAFT_LOG_INFO, "%s: series of several lengths, resampled to %lld steps for %s", set->path,
                  (long long)spec->steps, arch->name);
    const graft_series_preparation even = {.raw = true, .length = (size_t)spec->steps};
    return graft_series_prepare(set, &even, &figures);
}

graft_status graft_series_settle(graft_context *context, const graft_series_arch *arch,
                                 const graft_series_preparation *how, graft_series_spec *spec, graft_series_set *set,
                                 graft_series_result *out) {
    graft_series_figures figures;
    const int64_t trained_on = spec->steps;
    GRAFT_TRY(graft_series_prepare(set, how, &figures));
    spec->channels = (int64_t)set->channels;
    out->series = set->count;
    out->tests = graft_series_tests(set);
    out->classes = set->class_count;
    out->channels = set->channels;
    out->shortest = graft_series_shortest(set);
    out->longest = graft_series_longest(set);
    out->missing = figures.missing;
    out->constant = figures.constant;
    if (figures.missing > 0)
        graft_log(context, GRAFT_LOG_INFO, "%s: %zu missing numbers filled in", set->path, figures.missing);
    if (figures.constant > 0)
        graft_log(context, GRAFT_LOG_WARNING, "%s: %zu channels of series do not vary: taken as zeros", set->path,
                  figures.constant);
    spec->masked = out->shortest < out->longest;
    spec->steps = (int64_t)out->longest;
    GRAFT_TRY(make_even(context, arch, set, trained_on, spec));
    out->steps = (size_t)spec->steps;
    return GRAFT_OK;
}

graft_status graft_series_load(graft_context *context, const char *path, const graft_series_arch *arch,
                               const graft_series_preparation *how, graft_series_spec *spec, graft_series_set **set,
                               graft_series_set **shown, graft_series_result *out) {
    *set = NULL;
    if (shown) *shown = NULL;
    GRAFT_TRY(graft_series_open(path, set));
    graft_status status = GRAFT_OK;
    if (shown) status = graft_series_copy(*set, shown);
    if (status == GRAFT_OK && shown) status = graft_series_cut(*shown, how);
    if (status == GRAFT_OK) status = graft_series_settle(context, arch, how, spec, *set, out);
    if (status == GRAFT_OK) return GRAFT_OK;
    if (shown) graft_series_free(*shown);
    if (shown) *shown = NULL;
    graft_series_free(*set);
    *set = NULL;
    return status;
}

void graft_series_write(const graft_series *series, const graft_series_spec *spec, float *out) {
    const size_t steps = (size_t)spec->steps, length = series->length < steps ? series->length : steps;
    const size_t channels = (size_t)spec->channels;
    memset(out, 0, (channels + spec->masked) * steps * sizeof *out);
    for (size_t c = 0; c < channels; c++)
        memcpy(out + c * steps, series->values + c * series->length, length * sizeof *out);
    for (size_t t = 0; spec->masked && t < length; t++)
        out[channels * steps + t] = 1;
}

graft_status graft_series_samples_make(const graft_series_set *set, const graft_series_spec *spec,
                                       graft_series_part part, graft_series_samples *out) {
    *out = (graft_series_samples){.set = set, .spec = spec};
    out->index = graft_allocate(set->count, sizeof *out->index);
    out->label = graft_allocate(set->count, sizeof *out->label);
    if (!out->index || !out->label) return graft_fail_memory("series");
    for (size_t i = 0; i < set->count; i++) {
        if (part != GRAFT_SERIES_ALL && set->series[i].test != (part == GRAFT_SERIES_TEST)) continue;
        out->label[out->count] = set->series[i].label;
        out->index[out->count++] = i;
    }
    return GRAFT_OK;
}

void graft_series_samples_clear(graft_series_samples *samples) {
    graft_release(samples->index);
    graft_release(samples->label);
    *samples = (graft_series_samples){0};
}

static graft_status load(void *opaque, int worker, uint32_t epoch, size_t sample, float *input, float *target) {
    const graft_series_samples *self = opaque;
    const graft_series *series = &self->set->series[self->index[sample]];
    (void)worker, (void)epoch;
    graft_series_write(series, self->spec, input);
    if (self->reconstruct) { /* the channels come before the mask */
        memcpy(target, input, (size_t)(self->spec->channels * self->spec->steps) * sizeof *target);
        return GRAFT_OK;
    }
    for (int64_t c = 0; c < self->spec->classes; c++)
        target[c] = c == series->label ? 1.0F : 0.0F;
    return GRAFT_OK;
}

graft_sample_source graft_series_source(graft_series_samples *samples) {
    return (graft_sample_source){
        .self = samples, .count = samples->count, .label = samples->reconstruct ? NULL : samples->label, .load = load};
}

/* ---- inference ---- */

typedef struct run {
    const graft_series_samples *samples;
    graft_plan *plan;
    graft_plan_state **states; /* one a worker */
    float *out;
    size_t width, batch;
} run;

static graft_status run_batch(void *argument, int worker, size_t index) {
    run *self = argument;
    const size_t begin = index * self->batch, left = self->samples->count - begin;
    const size_t count = left < self->batch ? left : self->batch;
    if (!self->states[worker]) GRAFT_TRY(graft_plan_state_new(self->plan, &self->states[worker]));
    graft_plan_state *state = self->states[worker];
    for (size_t i = 0; i < count; i++)
        graft_series_write(&self->samples->set->series[self->samples->index[begin + i]], self->samples->spec,
                           graft_plan_state_input(state, (int)i));
    GRAFT_TRY(graft_plan_run(state, (int)count));
    for (size_t i = 0; i < count; i++)
        memcpy(self->out + (begin + i) * self->width, graft_plan_state_output(state, 0, (int)i),
               self->width * sizeof *self->out);
    return GRAFT_OK;
}

graft_status graft_series_run(graft_context *context, const graft_graph *graph, const graft_series_samples *samples,
                              float **out, size_t *width) {
    graft_plan_options options = GRAFT_PLAN_OPTIONS_INIT;
    run self = {.samples = samples};
    const int workers = graft_context_threads(context);
    options.batch = 16;
    GRAFT_TRY(graft_plan_new(context, graph, &options, &self.plan));
    self.batch = (size_t)graft_plan_batch(self.plan);
    self.width = *width = graft_plan_output_size(self.plan, 0);
    self.out = graft_allocate(samples->count * self.width, sizeof *self.out);
    self.states = graft_allocate_zero((size_t)workers, sizeof(graft_plan_state *));
    graft_status status = self.out && self.states ? GRAFT_OK : graft_fail_memory("codes of series");
    if (status == GRAFT_OK)
        status = graft_parallel_for(context, (samples->count + self.batch - 1) / self.batch, run_batch, &self);
    for (int i = 0; self.states && i < workers; i++)
        graft_plan_state_free(self.states[i]);
    graft_release(self.states);
    graft_plan_free(self.plan);
    if (status != GRAFT_OK) {
        graft_release(self.out);
        return status;
    }
    *out = self.out;
    return GRAFT_OK;
}

/* ---- the baseline ---- */

typedef struct search {
    const graft_series_samples *trains, *tests;
    const float *train, *test;
    size_t width;
    bool *right;
} search;

static graft_status nearest_one(void *argument, int worker, size_t index) {
    search *self = argument;
    const float *query = self->test + index * self->width;
    double best = INFINITY;
    int label = -1;
    (void)worker;
    for (size_t i = 0; i < self->trains->count; i++) {
        const float *row = self->train + i * self->width;
        double distance = 0;
        for (size_t k = 0; k < self->width && distance < best; k++)
            distance += ((double)row[k] - (double)query[k]) * ((double)row[k] - (double)query[k]);
        if (distance < best) {
            best = distance;
            label = self->trains->label[i];
        }
    }
    self->right[index] = label == self->tests->label[index];
    return GRAFT_OK;
}

static graft_status gather(const graft_series_samples *samples, size_t width, float **out) {
    *out = graft_allocate(samples->count * width, sizeof **out);
    if (!*out) return graft_fail_memory("series");
    for (size_t i = 0; i < samples->count; i++)
        graft_series_write(&samples->set->series[samples->index[i]], samples->spec, *out + i * width);
    return GRAFT_OK;
}

graft_status graft_series_nearest(graft_context *context, const graft_series_samples *trains,
                                  const graft_series_samples *tests, bool *right) {
    const size_t width = (size_t)((trains->spec->channels + trains->spec->masked) * trains->spec->steps);
    float *train = NULL, *test = NULL;
    graft_status status = gather(trains, width, &train);
    if (status == GRAFT_OK) status = gather(tests, width, &test);
    search self = {trains, tests, train, test, width, NULL};
    self.right = right;
    if (status == GRAFT_OK) status = graft_parallel_for(context, tests->count, nearest_one, &self);
    graft_release(train);
    graft_release(test);
    return status;
}
