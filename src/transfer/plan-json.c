/* What a run decided and found, as JSON: plan.json for people and programs, the record inside the model. */
#include "transfer/run-internal.h"

#include "base/error.h"
#include "base/file.h"

static graft_json *decisions(const graft_run *run) {
    graft_json *list = graft_json_new_array();
    for (size_t i = 0; i < run->decision_count; i++) {
        graft_json *one = graft_json_new_object();
        graft_json_set_text(one, "what", run->decisions[i].what);
        graft_json_set_text(one, "choice", run->decisions[i].choice);
        graft_json_set_text(one, "reason", run->decisions[i].reason);
        graft_json_add(list, one);
    }
    return list;
}

static graft_json *candidates(const graft_run *run) {
    graft_json *list = graft_json_new_array();
    for (size_t i = 0; i < run->candidate_count; i++) {
        const graft_candidate *candidate = &run->candidates[i];
        graft_json *one = graft_json_new_object();
        graft_json_set_text(one, "layer", candidate->layer);
        graft_json_set_real(one, "c", candidate->c);
        graft_json_set_real(one, "accuracy", candidate->accuracy);
        graft_json_set_real(one, "deviation", candidate->deviation);
        graft_json_set_bool(one, "chosen", candidate->chosen);
        graft_json_add(list, one);
    }
    return list;
}

static graft_status add_options(const graft_option *table, const void *target, graft_json *object) {
    char text[1024];
    for (const graft_option *row = table; row->name; row++) {
        GRAFT_TRY(graft_option_get(row, target, text, sizeof(text)));
        if (text[0] || row->fallback) graft_json_set_text(object, row->name, text[0] ? text : row->fallback);
    }
    return GRAFT_OK;
}

/* The options as an argument would give them, from their tables. */
static graft_status options_object(const graft_run *run, graft_json **out) {
    graft_json *object = graft_json_new_object();
    graft_status status = add_options(graft_train_option_table(), &run->options, object);
    if (status == GRAFT_OK) status = add_options(graft_tune_option_table(), &run->options.tune, object);
    if (status == GRAFT_OK && run->backbone)
        status = add_options(graft_precision_option_table(), &run->backbone->precision, object);
    if (status == GRAFT_OK)
        *out = object;
    else
        graft_json_free(object);
    return status;
}

/* The data's own name: its path says where it lay on one machine. */
static const char *data_name(const graft_run *run) {
    return graft_path_name(graft_dataset_path(run->data));
}

static graft_json *counts(const graft_run *run) {
    static const char *const names[] = {"train", "validation", "test"};
    graft_json *object = graft_json_new_object();
    for (int i = 0; i < 3; i++)
        graft_json_set_int(object, names[i],
                           run->predictions[i] ? (int64_t)graft_predictions_count(run->predictions[i]) : 0);
    return object;
}

static graft_json *accuracy(const graft_evaluation *evaluation) {
    if (!evaluation) return graft_json_new_null();
    graft_json *object = graft_json_new_object();
    graft_json_set_int(object, "n", (int64_t)evaluation->n);
    graft_json_set_real(object, "accuracy", evaluation->accuracy);
    return object;
}

/* The earliest layer that was trained in the weights that were kept, and what lay frozen before it. */
static graft_json *learned(const graft_run *run) {
    const graft_graph *graph = run->model->graph;
    const graft_run_phase *widest = NULL;
    int from = graft_graph_count(graph);
    for (size_t i = 0; run->tuned && i < run->phase_count; i++) {
        const int first = run->phases[i].first ? graft_graph_find(graph, run->phases[i].first) : -1;
        if (i > 0 && run->phases[i].phase > graft_run_kept_phase(run)) break;
        if (first < 0 || first >= from) continue;
        from = first;
        widest = &run->phases[i];
    }
    if (!widest) return graft_json_new_null();
    graft_json *object = graft_json_new_object();
    graft_json_set_text(object, "from", widest->first);
    graft_json_set_text(object, "boundary", widest->boundary);
    return object;
}

graft_status graft_run_summarise(const graft_run *run, graft_json **out) {
    graft_json *object = graft_json_new_object(), *options = NULL;
    *out = NULL;
    graft_status status = options_object(run, &options);
    if (status == GRAFT_OK) {
        graft_json_set_text(object, "graft", graft_version());
        graft_json_set_text(object, "data", data_name(run));
        graft_json_set(object, "samples", counts(run));
        graft_json_set(object, "options", options);
        graft_json_set(object, "decisions", decisions(run));
        graft_json_set(object, "learned", learned(run));
        graft_json_set(object, "validation", accuracy(run->evaluations[GRAFT_SPLIT_VALIDATION]));
        graft_json_set(object, "test", accuracy(run->evaluations[GRAFT_SPLIT_TEST]));
        *out = object;
        object = NULL;
        if (!*out) status = graft_fail_memory("the training record");
    }
    graft_json_free(object);
    return status;
}

graft_status graft_run_plan_json(const graft_run *run, char **json) {
    graft_json *object = graft_json_new_object(), *options = NULL;
    *json = NULL;
    graft_status status = options_object(run, &options);
    if (status == GRAFT_OK) {
        graft_json_set_text(object, "data", graft_dataset_path(run->data));
        graft_json_set_text(object, "base", run->base);
        graft_json_set(object, "samples", counts(run));
        graft_json_set(object, "options", options);
        graft_json_set(object, "decisions", decisions(run));
        graft_json_set(object, "candidates", candidates(run));
        status = graft_json_dump(object, 2, json, NULL);
    }
    graft_json_free(object);
    return status;
}
