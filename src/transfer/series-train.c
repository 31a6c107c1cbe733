/* graft series train. */
#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "stats/metrics.h"
#include "transfer/model-internal.h"
#include "transfer/series-internal.h"
#include "zoo/initialise.h"

#include <string.h>

/* One training job. */
typedef struct job {
    graft_context *context;
    graft_series_options options;
    graft_series_model *model;
    graft_series_set *set, *shown; /* shown: NULL unless an outcome is wanted */
    graft_series_samples trains, tests;
    graft_predictions *answers; /* for the test part, or what trains */
    graft_history history;
    size_t nearest; /* tests whose nearest neighbour has their class */
    graft_series_result *out;
} job;

static void clear(job *self) {
    graft_series_samples_clear(&self->trains);
    graft_series_samples_clear(&self->tests);
    graft_series_free(self->set);
    graft_series_free(self->shown);
    graft_predictions_free(self->answers);
    graft_history_clear(&self->history);
    graft_series_model_free(self->model);
}

/* Answers for the samples, and from them the figures. The last ones are kept. */
static graft_status measure(job *self, const graft_series_samples *samples, graft_metrics **out) {
    graft_predictions_free(self->answers);
    GRAFT_TRY(graft_series_answer(self->context, self->model, self->model->graph, samples, &self->answers));
    return graft_metrics_compute(self->answers->probabilities, samples->label, samples->count,
                                 (int)self->model->class_count, out);
}

static graft_status measure_nearest(job *self) {
    bool *right = graft_allocate_zero(self->tests.count, sizeof *right);
    if (!right) return graft_fail_memory("nearest neighbours");
    graft_status status = graft_series_nearest(self->context, &self->trains, &self->tests, right);
    for (size_t i = 0; i < self->tests.count; i++)
        self->nearest += right[i];
    self->out->nearest = (double)self->nearest / (double)self->tests.count;
    graft_release(right);
    return status;
}

static graft_status measure_all(job *self) {
    graft_metrics *metrics;
    GRAFT_TRY(measure(self, &self->trains, &metrics));
    self->out->train_accuracy = metrics->accuracy;
    graft_metrics_free(metrics);
    if (self->tests.count == 0) return GRAFT_OK;
    GRAFT_TRY(measure(self, &self->tests, &metrics));
    self->out->accuracy = metrics->accuracy;
    memcpy(self->out->interval95, metrics->interval95, sizeof metrics->interval95);
    self->out->test_loss = metrics->loss;
    self->out->majority = metrics->majority_baseline;
    graft_metrics_free(metrics);
    return measure_nearest(self);
}

/* ---- heads ---- */

static graft_status choose_c(job *self, const graft_rows *rows, double *out) {
    graft_logistic_cv cv;
    *out = self->options.c;
    if (*out > 0) return GRAFT_OK;
    const int folds = rows->count < 10 ? 2 : 5;
    GRAFT_TRY(graft_logistic_crossval(self->context, rows, NULL, 0, folds, (uint64_t)self->options.seed, &cv));
    *out = cv.c[cv.best];
    return GRAFT_OK;
}

/* The encoder stays as it is; a logistic regression on its codes. */
static graft_status fit_head(job *self) {
    float *codes;
    size_t width;
    GRAFT_TRY(graft_series_run(self->context, self->model->graph, &self->trains, &codes, &width));
    const graft_rows rows = {.x = codes,
                             .label = self->trains.label,
                             .count = self->trains.count,
                             .width = width,
                             .classes = (int)self->model->class_count};
    graft_status status = choose_c(self, &rows, &self->out->c);
    if (status == GRAFT_OK) status = graft_logistic_fit(self->context, &rows, self->out->c, &self->model->head);
    self->out->features = width;
    graft_release(codes);
    return status;
}

static graft_status fit_network(job *self) {
    graft_graph_totals totals;
    GRAFT_TRY(graft_graph_initialise(self->model->graph, GRAFT_INIT_GLOROT, (uint64_t)self->options.seed));
    graft_graph_totals_of(self->model->graph, &totals);
    self->out->parameters = totals.parameters;
    return graft_series_fit(self->context, self->model->graph, self->model->arch, &self->trains, &self->options,
                            &self->history, self->out);
}

/* ---- opening ---- */

/* The model to train: what `base` holds, as a classifier when the encoder learns, or nothing but the architecture. */
static graft_status begin(job *self, const char *path, const char *base, bool shown) {
    graft_series_model *model = self->model;
    const graft_series_options *o = &self->options;
    graft_series_model *old = NULL;
    if (base) {
        GRAFT_TRY(graft_series_model_open(&old, self->context, base));
        model->arch = old->arch;
        model->spec = old->spec;
        model->spec.steps = 0; /* those of the new series */
        model->how = old->how;
    } else {
        GRAFT_TRY(graft_series_arch_find(o->arch, "fcn", &model->arch));
        model->how = graft_series_preparation_of(o);
        model->spec = (graft_series_spec){.units = o->units, .layers = o->layers, .dropout = o->dropout};
    }
    const int64_t channels = model->spec.channels;
    graft_status status = graft_series_load(self->context, path, model->arch, &model->how, &model->spec, &self->set,
                                            shown ? &self->shown : NULL, self->out);
    if (status == GRAFT_OK && old && channels != model->spec.channels)
        status = graft_fail(GRAFT_E_DATA, "%s: %lld channels, expected %lld as %s was trained on", path,
                            (long long)model->spec.channels, (long long)channels, base);
    if (status == GRAFT_OK && self->set->class_count < 2)
        status =
            graft_fail(GRAFT_E_DATA, "%s: %zu classes, expected labels of at least two", path, self->set->class_count);
    model->spec.classes = status == GRAFT_OK ? (int64_t)self->set->class_count : 0;
    const graft_series_role role = base && !o->fine_tune ? GRAFT_SERIES_ENCODER : GRAFT_SERIES_CLASSIFIER;
    if (status == GRAFT_OK)
        status = old ? graft_series_model_network(old, &model->spec, role, &model->graph)
                     : graft_series_network(model->arch, &model->spec, role, &model->graph);
    graft_series_model_free(old);
    return status;
}

static graft_status train(job *self, const char *path, const char *base, const char *output, bool shown) {
    GRAFT_TRY(graft_series_model_new(&self->model));
    GRAFT_TRY(begin(self, path, base, shown));
    GRAFT_TRY(graft_series_model_classes(self->model, self->set));
    GRAFT_TRY(graft_series_samples_make(self->set, &self->model->spec, GRAFT_SERIES_TRAIN, &self->trains));
    GRAFT_TRY(graft_series_samples_make(self->set, &self->model->spec, GRAFT_SERIES_TEST, &self->tests));
    if (self->trains.count == 0) return graft_fail(GRAFT_E_DATA, "%s: no series to train on", path);
    GRAFT_TRY(base && !self->options.fine_tune ? fit_head(self) : fit_network(self));
    GRAFT_TRY(measure_all(self));
    return output ? graft_series_model_save(self->model, output) : GRAFT_OK;
}

/* Hands what there is to see over. */
static graft_status conclude(job *self, const char *base, const char *output, graft_series_outcome **out) {
    GRAFT_TRY(graft_series_outcome_new(self->model, out));
    graft_series_outcome *outcome = *out;
    outcome->trained = true;
    outcome->part = self->tests.count > 0 ? GRAFT_SERIES_TEST : GRAFT_SERIES_TRAIN;
    outcome->base = base ? graft_text_copy(base) : NULL;
    outcome->model = output ? graft_text_copy(output) : NULL;
    if ((base && !outcome->base) || (output && !outcome->model)) return graft_fail_memory("an outcome");
    self->answers->has_baseline = self->tests.count > 0;
    self->answers->baseline_correct = self->nearest;
    self->answers->baseline_rows = self->trains.count;
    GRAFT_TRY(graft_evaluate(&outcome->evaluation, self->answers));
    outcome->predictions = self->answers;
    outcome->set = self->shown;
    outcome->history = self->history;
    self->answers = NULL;
    self->shown = NULL;
    self->history = (graft_history){0};
    return GRAFT_OK;
}

graft_status graft_series_train(graft_context *context, const char *path, const char *base,
                                const graft_series_options *options, const char *output, graft_series_result *out,
                                graft_series_outcome **outcome) {
    const double begun = graft_now();
    job self = {.context = context, .out = out};
    *out = GRAFT_SERIES_NOTHING;
    if (outcome) *outcome = NULL;
    GRAFT_TRY(graft_series_options_read(options, &self.options));
    if (self.options.fine_tune && !base)
        return graft_fail(GRAFT_E_USAGE, "--fine-tune without --base: from scratch everything learns");
    graft_status status = train(&self, path, base, output, outcome != NULL);
    if (status == GRAFT_OK && outcome) status = conclude(&self, base, output, outcome);
    clear(&self);
    out->seconds = graft_now() - begun;
    if (outcome && *outcome) (*outcome)->figures = *out;
    if (status == GRAFT_OK || !outcome) return status;
    graft_series_outcome_free(*outcome);
    *outcome = NULL;
    return status;
}
