/* Training of a series network: the loop that pictures' networks go through. */
#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "base/hash.h"
#include "train/fit.h"
#include "transfer/series-internal.h"

#include <math.h>
#include <string.h>

typedef struct watcher {
    const graft_series_options *options;
    graft_series_result *out;
} watcher;

static void on_epoch(void *user, const graft_epoch *epoch, double seconds) {
    const watcher *self = user;
    self->out->epochs = epoch->epoch;
    if (!(epoch->loss >= self->out->loss)) self->out->loss = epoch->loss;
    if (self->options->on_epoch)
        self->options->on_epoch(self->options->user, epoch->epoch, epoch->loss, epoch->rate, seconds);
}

/* Of the series, so that a checkpoint of others is refused. */
static uint64_t identity_of(const graft_series_samples *samples) {
    uint64_t identity = samples->count;
    for (size_t i = 0; i < samples->count; i++) {
        const graft_series *s = &samples->set->series[samples->index[i]];
        identity = identity * UINT64_C(0x9E3779B97F4A7C15) ^
                   graft_checksum(s->values, samples->set->channels * s->length * sizeof(float)) ^ (uint64_t)s->label;
    }
    return identity;
}

static void fill(const graft_series_arch *arch, const graft_series_samples *samples, const graft_recipe *recipe,
                 const graft_series_options *options, watcher *self, graft_fit_options *fit) {
    fit->recipe = recipe;
    fit->phase = 1;
    fit->epochs = (uint32_t)(options->epochs > 0 ? options->epochs : arch->epochs);
    fit->batch = (size_t)(options->batch > 0 ? options->batch : arch->batch);
    if (fit->batch > samples->count) fit->batch = samples->count;
    fit->fill_batches = true; /* batch normalisation by whole batches */
    fit->rate = options->rate > 0 ? options->rate : arch->rate;
    fit->clip = options->clip > 0 ? options->clip : arch->clip;
    fit->seed = (uint64_t)options->seed;
    fit->monitor = GRAFT_MONITOR_LOSS;
    fit->checkpoint_folder = options->checkpoints;
    fit->identity.part[GRAFT_IDENTITY_DATA] = identity_of(samples);
    fit->user = self;
    fit->on_epoch = on_epoch;
}

graft_status graft_series_fit(graft_context *context, graft_graph *graph, const graft_series_arch *arch,
                              graft_series_samples *samples, const graft_series_options *options,
                              graft_history *history, graft_series_result *out) {
    graft_train_plan_options plan_options = GRAFT_TRAIN_PLAN_OPTIONS_INIT;
    graft_fit_options fit = GRAFT_FIT_OPTIONS_INIT;
    graft_fit_result result;
    graft_history own = {0};
    graft_train_plan *plan = NULL;
    graft_recipe recipe;
    watcher self = {options, out};
    const graft_sample_source source = graft_series_source(samples);
    graft_status status;
    out->loss = NAN;
    if (options->epochs < 0) return GRAFT_OK;
    GRAFT_TRY_TO(done, status, graft_recipe_parse(&recipe, samples->reconstruct ? "mse" : NULL, "adam", "cosine"));
    fill(arch, samples, &recipe, options, &self, &fit);
    plan_options.batch = (int)fit.batch;
    plan_options.batchnorm = GRAFT_BATCHNORM_TRAIN;
    plan_options.momentum = 0.9;
    plan_options.seed = (uint64_t)options->seed;
    GRAFT_TRY_TO(done, status, graft_train_plan_new(context, graph, &plan_options, &plan));
    status =
        graft_fit_run(context, plan, graph, &source, NULL, &fit, options->resume, history ? history : &own, &result);
    if (status == GRAFT_OK && result.stop == GRAFT_STOP_NAN)
        graft_log(context, GRAFT_LOG_WARNING, "the loss was not finite in epoch %u: the last good weights are kept",
                  (unsigned)out->epochs + 1);
done:
    graft_train_plan_free(plan);
    graft_history_clear(&own);
    return status;
}
