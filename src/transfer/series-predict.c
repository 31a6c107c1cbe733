/* A model of series at work: predict and evaluate. */
#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "transfer/model-internal.h"
#include "transfer/series-internal.h"

#include <string.h>

graft_status graft_series_apply(graft_context *context, const graft_series_model *model, const char *path,
                                graft_series_role role, bool shown, graft_series_application *out,
                                graft_series_result *result) {
    *out = (graft_series_application){.spec = model->spec};
    GRAFT_TRY(graft_series_load(context, path, model->arch, &model->how, &out->spec, &out->set,
                                shown ? &out->shown : NULL, result));
    if (out->spec.channels != model->spec.channels)
        return graft_fail(GRAFT_E_DATA, "%s: %lld channels, expected %lld as %s was trained on", path,
                          (long long)out->spec.channels, (long long)model->spec.channels,
                          model->path ? model->path : "the model");
    return graft_series_model_network(model, &out->spec, role, &out->graph);
}

void graft_series_application_clear(graft_series_application *application) {
    graft_series_samples_clear(&application->samples);
    graft_series_free(application->set);
    graft_series_free(application->shown);
    graft_graph_free(application->graph);
    *application = (graft_series_application){0};
}

/* ---- the model's classes ---- */

static int class_of(const graft_series_model *model, const char *name) {
    for (size_t c = 0; c < model->class_count; c++)
        if (strcmp(model->classes[c], name) == 0) return (int)c;
    return -1;
}

/* Labels of the samples as the model counts its classes; -1: it has no such class, or the series has no label. */
static graft_status translate(const graft_series_model *model, const graft_series_set *set,
                              graft_series_samples *samples) {
    int *place = graft_allocate(set->class_count, sizeof *place);
    if (!place) return graft_fail_memory("classes");
    for (size_t i = 0; i < set->class_count; i++)
        place[i] = class_of(model, set->classes[i]);
    for (size_t i = 0; i < samples->count; i++)
        if (samples->label[i] >= 0) samples->label[i] = place[samples->label[i]];
    graft_release(place);
    return GRAFT_OK;
}

static graft_status refuse_unknown(const graft_series_model *model, const graft_series_samples *samples) {
    const graft_series_set *set = samples->set;
    for (size_t i = 0; i < samples->count; i++) {
        const graft_series *s = &set->series[samples->index[i]];
        if (samples->label[i] < 0)
            return graft_fail(
                GRAFT_E_DATA, "%s: series %zu (line %zu): class \"%.40s\", expected one of the model's %zu", set->path,
                samples->index[i] + 1, s->line, s->label < 0 ? "" : set->classes[s->label], model->class_count);
    }
    return GRAFT_OK;
}

/* ---- an answer for each ---- */

/* The series of `path`, all of them or the test part where there is one, and what the model makes of them. */
static graft_status answer(graft_context *context, const graft_series_model *model, const char *path, bool all,
                           bool shown, graft_series_outcome *out) {
    graft_series_application work = {0};
    graft_status status;
    if (!model->classes)
        return graft_fail(GRAFT_E_USAGE, "%s: an encoder without a head, expected what `graft series train` wrote",
                          model->path ? model->path : "the model");
    GRAFT_TRY_TO(done, status,
                 graft_series_apply(context, model, path, model->head ? GRAFT_SERIES_ENCODER : GRAFT_SERIES_CLASSIFIER,
                                    shown, &work, &out->figures));
    out->part = all || out->figures.tests == 0 ? GRAFT_SERIES_ALL : GRAFT_SERIES_TEST;
    GRAFT_TRY_TO(done, status, graft_series_samples_make(work.set, &work.spec, out->part, &work.samples));
    GRAFT_TRY_TO(done, status, translate(model, work.set, &work.samples));
    if (!all) GRAFT_TRY_TO(done, status, refuse_unknown(model, &work.samples));
    GRAFT_TRY_TO(done, status, graft_series_answer(context, model, work.graph, &work.samples, &out->predictions));
    out->spec = work.spec;
    out->set = shown ? work.shown : work.set;
    if (shown)
        work.shown = NULL;
    else
        work.set = NULL;
done:
    graft_series_application_clear(&work);
    return status;
}

graft_status graft_series_predict(graft_series_outcome **out, graft_context *context, const graft_series_model *model,
                                  const char *path) {
    graft_series_outcome *outcome;
    *out = NULL;
    GRAFT_TRY(graft_series_outcome_new(model, &outcome));
    graft_status status = answer(context, model, path, true, false, outcome);
    if (status == GRAFT_OK)
        *out = outcome;
    else
        graft_series_outcome_free(outcome);
    return status;
}

static void take_figures(const graft_evaluation *evaluation, graft_series_result *out) {
    out->accuracy = evaluation->accuracy;
    memcpy(out->interval95, evaluation->interval95, sizeof out->interval95);
    out->test_loss = evaluation->loss;
    out->majority = evaluation->majority_baseline;
}

static graft_status evaluate(graft_context *context, const char *model_path, const char *path, bool shown,
                             graft_series_outcome **out) {
    graft_series_model *model;
    GRAFT_TRY(graft_series_model_open(&model, context, model_path));
    graft_status status = graft_series_outcome_new(model, out);
    if (status == GRAFT_OK) status = answer(context, model, path, false, shown, *out);
    if (status == GRAFT_OK) status = graft_evaluate(&(*out)->evaluation, (*out)->predictions);
    if (status == GRAFT_OK) take_figures((*out)->evaluation, &(*out)->figures);
    graft_series_model_free(model);
    return status;
}

graft_status graft_series_evaluate(graft_context *context, const char *model, const char *path,
                                   graft_series_result *out, graft_series_outcome **outcome) {
    const double begun = graft_now();
    graft_series_outcome *own = NULL;
    graft_status status = evaluate(context, model, path, outcome != NULL, &own);
    *out = GRAFT_SERIES_NOTHING;
    if (own) own->figures.seconds = graft_now() - begun;
    if (own) *out = own->figures;
    if (status == GRAFT_OK && outcome) {
        *outcome = own;
        return GRAFT_OK;
    }
    if (outcome) *outcome = NULL;
    graft_series_outcome_free(own);
    return status;
}
