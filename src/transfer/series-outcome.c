/* What a model of series answered. */
#include "base/alloc.h"
#include "base/error.h"
#include "transfer/model-internal.h"
#include "transfer/series-internal.h"
#include "json/json.h"

#include <string.h>

/* ---- predictions ---- */

/* The head's probabilities in place of the codes. */
static graft_status through_head(const graft_series_model *model, size_t count, float **values) {
    float *probabilities = graft_allocate(count * model->class_count, sizeof *probabilities);
    if (!probabilities) return graft_fail_memory("probabilities");
    graft_logistic_predict(model->head, *values, count, probabilities);
    graft_release(*values);
    *values = probabilities;
    return GRAFT_OK;
}

static graft_status describe(const graft_series_model *model, const graft_series_samples *samples,
                             graft_predictions *self) {
    self->count = samples->count;
    self->sample = graft_allocate(samples->count, sizeof *self->sample);
    self->label = graft_allocate(samples->count, sizeof *self->label);
    self->classes = graft_allocate_zero(model->class_count, sizeof *self->classes);
    if (!self->sample || !self->label || !self->classes) return graft_fail_memory("the predictions");
    self->class_count = model->class_count;
    memcpy(self->sample, samples->index, samples->count * sizeof *self->sample);
    memcpy(self->label, samples->label, samples->count * sizeof *self->label);
    for (size_t i = 0; i < model->class_count; i++)
        if (!(self->classes[i] = graft_text_copy(model->classes[i]))) return graft_fail_memory("class names");
    return GRAFT_OK;
}

graft_status graft_series_answer(graft_context *context, const graft_series_model *model, const graft_graph *graph,
                                 const graft_series_samples *samples, graft_predictions **out) {
    size_t width;
    graft_predictions *self = graft_allocate_zero(1, sizeof *self);
    *out = NULL;
    if (!self) return graft_fail_memory("the predictions");
    self->context = context;
    graft_status status = describe(model, samples, self);
    if (status == GRAFT_OK) status = graft_series_run(context, graph, samples, &self->probabilities, &width);
    if (status == GRAFT_OK && model->head) status = through_head(model, samples->count, &self->probabilities);
    if (status == GRAFT_OK)
        *out = self;
    else
        graft_predictions_free(self);
    return status;
}

/* ---- the outcome ---- */

graft_status graft_series_outcome_new(const graft_series_model *model, graft_series_outcome **out) {
    graft_series_outcome *self = graft_allocate_zero(1, sizeof *self);
    *out = NULL;
    if (!self) return graft_fail_memory("an outcome");
    self->figures = GRAFT_SERIES_NOTHING;
    self->how = model->how;
    self->arch = model->arch;
    self->spec = model->spec;
    self->head = model->head != NULL;
    self->model = model->path ? graft_text_copy(model->path) : NULL;
    if (model->path && !self->model) {
        graft_series_outcome_free(self);
        return graft_fail_memory("an outcome");
    }
    *out = self;
    return GRAFT_OK;
}

void graft_series_outcome_free(graft_series_outcome *outcome) {
    if (!outcome) return;
    graft_series_free(outcome->set);
    graft_predictions_free(outcome->predictions);
    graft_evaluation_free(outcome->evaluation);
    graft_history_clear(&outcome->history);
    graft_release(outcome->model);
    graft_release(outcome->base);
    graft_release(outcome);
}

const graft_predictions *graft_series_outcome_predictions(const graft_series_outcome *outcome) {
    return outcome->predictions;
}

const graft_evaluation *graft_series_outcome_evaluation(const graft_series_outcome *outcome) {
    return outcome->evaluation;
}

graft_status graft_series_outcome_json(const graft_series_outcome *outcome, size_t row, int top, char **json) {
    const graft_series_set *set = outcome->set;
    const size_t place = graft_predictions_sample(outcome->predictions, row);
    const graft_series *series = &set->series[place];
    graft_json *object = graft_json_new_object();
    graft_json_set_text(object, "path", graft_series_file(set, series));
    graft_json_set_int(object, "row", (int64_t)place);
    graft_json_set_int(object, "line", (int64_t)series->line);
    if (outcome->figures.tests > 0) graft_json_set_text(object, "part", series->test ? "test" : "train");
    if (series->label >= 0) graft_json_set_text(object, "true", set->classes[series->label]);
    graft_status status = graft_predictions_tell(outcome->predictions, row, top, object);
    *json = NULL;
    if (status == GRAFT_OK) status = graft_json_dump(object, 0, json, NULL);
    graft_json_free(object);
    return status;
}
