/* graft series train and evaluate. */
#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "stats/metrics.h"
#include "transfer/series-internal.h"
#include "zoo/initialise.h"

#include <string.h>

/* One training job. */
typedef struct job {
    graft_context *context;
    graft_series_options options;
    graft_series_model *model;
    graft_series_set *set;
    graft_series_samples trains, tests;
    graft_series_result *out;
} job;

static void clear(job *self) {
    graft_series_samples_clear(&self->trains);
    graft_series_samples_clear(&self->tests);
    graft_series_free(self->set);
    graft_series_model_free(self->model);
}

/* Probabilities of the samples, and from them the figures. */
static graft_status measure(job *self, const graft_series_samples *samples, graft_metrics **out) {
    const graft_series_model *model = self->model;
    float *values = NULL, *probabilities = NULL;
    size_t width;
    GRAFT_TRY(graft_series_run(self->context, model->graph, samples, &values, &width));
    graft_status status = GRAFT_OK;
    probabilities = values;
    if (model->head) {
        probabilities = graft_allocate(samples->count * model->class_count, sizeof *probabilities);
        if (probabilities)
            graft_logistic_predict(model->head, values, samples->count, probabilities);
        else
            status = graft_fail_memory("probabilities");
    }
    if (status == GRAFT_OK)
        status = graft_metrics_compute(probabilities, samples->label, samples->count, (int)model->class_count, out);
    if (probabilities != values) graft_release(probabilities);
    graft_release(values);
    return status;
}

static graft_status measure_test(job *self, const graft_series_samples *samples) {
    graft_metrics *metrics;
    GRAFT_TRY(measure(self, samples, &metrics));
    self->out->accuracy = metrics->accuracy;
    memcpy(self->out->interval95, metrics->interval95, sizeof metrics->interval95);
    self->out->test_loss = metrics->loss;
    self->out->majority = metrics->majority_baseline;
    graft_metrics_free(metrics);
    return GRAFT_OK;
}

static graft_status measure_all(job *self) {
    graft_metrics *metrics;
    GRAFT_TRY(measure(self, &self->trains, &metrics));
    self->out->train_accuracy = metrics->accuracy;
    graft_metrics_free(metrics);
    if (self->tests.count == 0) return GRAFT_OK;
    GRAFT_TRY(measure_test(self, &self->tests));
    return graft_series_nearest(self->context, &self->trains, &self->tests, &self->out->nearest);
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
                            self->out);
}

/* ---- opening ---- */

/* The model to train: what `base` holds, as a classifier when the encoder learns, or nothing but the architecture. */
static graft_status begin(job *self, const char *path, const char *base) {
    graft_series_model *model = self->model;
    const graft_series_options *o = &self->options;
    graft_series_model *old = NULL;
    if (base) {
        GRAFT_TRY(graft_series_model_open(self->context, base, &old));
        model->arch = old->arch;
        model->spec = old->spec;
        model->how = old->how;
    } else {
        GRAFT_TRY(graft_series_arch_find(o->arch, "fcn", &model->arch));
        model->how = graft_series_preparation_of(o);
        model->spec = (graft_series_spec){.units = o->units, .layers = o->layers, .dropout = o->dropout};
    }
    const int64_t channels = model->spec.channels;
    graft_status status =
        graft_series_load(self->context, path, model->arch, &model->how, &model->spec, &self->set, self->out);
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

static graft_status train(job *self, const char *path, const char *base, const char *output) {
    GRAFT_TRY(graft_series_model_new(&self->model));
    GRAFT_TRY(begin(self, path, base));
    GRAFT_TRY(graft_series_model_classes(self->model, self->set));
    GRAFT_TRY(graft_series_samples_make(self->set, &self->model->spec, GRAFT_SERIES_TRAIN, &self->trains));
    GRAFT_TRY(graft_series_samples_make(self->set, &self->model->spec, GRAFT_SERIES_TEST, &self->tests));
    if (self->trains.count == 0) return graft_fail(GRAFT_E_DATA, "%s: no series to train on", path);
    GRAFT_TRY(base && !self->options.fine_tune ? fit_head(self) : fit_network(self));
    GRAFT_TRY(measure_all(self));
    return output ? graft_series_model_save(self->model, output) : GRAFT_OK;
}

graft_status graft_series_train(graft_context *context, const char *path, const char *base,
                                const graft_series_options *options, const char *output, graft_series_result *out) {
    const double begun = graft_now();
    job self = {.context = context, .out = out};
    *out = GRAFT_SERIES_NOTHING;
    GRAFT_TRY(graft_series_options_read(options, &self.options));
    if (self.options.fine_tune && !base)
        return graft_fail(GRAFT_E_USAGE, "--fine-tune without --base: from scratch everything learns");
    graft_status status = train(&self, path, base, output);
    clear(&self);
    out->seconds = graft_now() - begun;
    return status;
}

/* ---- evaluate ---- */

/* The data's classes as the model counts them. */
static graft_status translate(const graft_series_model *model, const char *path, graft_series_set *set) {
    for (size_t i = 0; i < set->count; i++) {
        int place = -1;
        for (size_t c = 0; set->series[i].label >= 0 && c < model->class_count; c++)
            if (strcmp(model->classes[c], set->classes[set->series[i].label]) == 0) place = (int)c;
        if (place < 0)
            return graft_fail(GRAFT_E_DATA,
                              "%s: series %zu (line %zu): class \"%.40s\", expected one of the model's %zu", path,
                              i + 1, set->series[i].line,
                              set->series[i].label < 0 ? "" : set->classes[set->series[i].label], model->class_count);
        set->series[i].label = place;
    }
    return GRAFT_OK;
}

static graft_status evaluate(job *self, const char *model_path, const char *path) {
    graft_series_model *old = NULL, *model;
    GRAFT_TRY(graft_series_model_new(&self->model));
    GRAFT_TRY(graft_series_model_open(self->context, model_path, &old));
    model = self->model;
    model->arch = old->arch;
    model->spec = old->spec;
    model->head = old->head;
    old->head = NULL;
    const int64_t channels = old->spec.channels;
    graft_status status = old->classes ? GRAFT_OK
                                       : graft_fail(GRAFT_E_USAGE,
                                                    "%s: an encoder without a head, expected what "
                                                    "`graft series train` wrote",
                                                    model_path);
    if (status == GRAFT_OK)
        status = graft_series_load(self->context, path, old->arch, &old->how, &model->spec, &self->set, self->out);
    if (status == GRAFT_OK && channels != model->spec.channels)
        status = graft_fail(GRAFT_E_DATA, "%s: %lld channels, expected %lld as the model", path,
                            (long long)model->spec.channels, (long long)channels);
    if (status == GRAFT_OK) status = translate(old, path, self->set);
    if (status == GRAFT_OK)
        status = graft_series_model_network(
            old, &model->spec, model->head ? GRAFT_SERIES_ENCODER : GRAFT_SERIES_CLASSIFIER, &model->graph);
    model->classes = old->classes;
    model->class_count = old->class_count;
    old->classes = NULL;
    graft_series_model_free(old);
    const bool has_tests = self->out->tests > 0;
    if (status == GRAFT_OK)
        status = graft_series_samples_make(self->set, &model->spec, has_tests ? GRAFT_SERIES_TEST : GRAFT_SERIES_ALL,
                                           &self->tests);
    return status == GRAFT_OK ? measure_test(self, &self->tests) : status;
}

graft_status graft_series_evaluate(graft_context *context, const char *model, const char *path,
                                   graft_series_result *out) {
    const double begun = graft_now();
    job self = {.context = context, .out = out};
    *out = GRAFT_SERIES_NOTHING;
    graft_status status = evaluate(&self, model, path);
    clear(&self);
    out->seconds = graft_now() - begun;
    return status;
}
