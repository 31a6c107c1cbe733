/* What fine-tuning came to: the better model is kept. */
#include "transfer/tune-internal.h"

#include "base/alloc.h"
#include "base/error.h"
#include "data/dataset.h"

#include <stdio.h>
#include <string.h>

static graft_status make_model(const graft_run *run, graft_tuning *tuning, graft_model **out) {
    graft_model *model = graft_allocate_zero(1, sizeof(*model));
    *out = model;
    if (!model) return graft_fail_memory("the model");
    model->context = run->context;
    model->spec = *tuning->spec;
    model->head = &graft_head_network;
    model->graph = tuning->network.graph;
    tuning->network.graph = NULL;
    model->name = graft_text_copy(run->model->name);
    if (!model->name) return graft_fail_memory("the model");
    GRAFT_TRY(graft_model_set_classes(model, (const char *const *)run->model->classes, run->model->class_count));
    GRAFT_TRY(graft_cut_make(model->graph, graft_graph_output(model->graph), GRAFT_POOL_NONE, &model->cut));
    GRAFT_TRY(graft_model_inner_cut(model->graph, &model->baseline_cut));
    return graft_head_network_state(model->cut.width, &model->state);
}

typedef struct outcome {
    graft_model *model;
    graft_predictions *predictions[3];
    graft_evaluation *evaluations[3];
} outcome;

static void outcome_clear(outcome *self) {
    for (int i = 0; i < 3; i++) {
        graft_predictions_free(self->predictions[i]);
        graft_evaluation_free(self->evaluations[i]);
    }
    graft_model_free(self->model);
}

/* ---- measuring it, along the way that `evaluate` takes ---- */

typedef struct measuring {
    const graft_run *run;
    const graft_tuning *tuning;
    graft_model *model;
    graft_features *features;
    int inner; /* the place of the baseline's features among the cuts */
} measuring;

static graft_status fit_baseline(const measuring *self, graft_rows rows) {
    rows.width = self->model->baseline_cut.width;
    rows.classes = (int)self->model->class_count;
    return graft_head_knn.fit(self->run->context, &rows, &(graft_head_options){.most_rows = GRAFT_BASELINE_ROWS},
                              &self->model->baseline);
}

/* Training pictures, from what the last phase left. */
static graft_status measure_rows(const measuring *self, graft_predictions **out) {
    const graft_tuning *tuning = self->tuning;
    graft_tune_rows rows;
    GRAFT_TRY(graft_tune_rows_compute(tuning, self->model, &rows));
    graft_status status = fit_baseline(self, (graft_rows){.x = rows.inner, .label = rows.label, .count = rows.kept});
    if (status == GRAFT_OK)
        status =
            graft_predictions_from(self->model, rows.answers, tuning->data, tuning->train, tuning->train_count, out);
    graft_tune_rows_clear(&rows);
    return status;
}

/* The same from the pictures themselves, where nothing was frozen. */
static graft_status measure_pictures(const measuring *self, graft_predictions **out) {
    const graft_tuning *tuning = self->tuning;
    graft_features_result result;
    graft_feature_rows source = {self->features, (size_t)self->inner, tuning->data, tuning->train};
    GRAFT_TRY(graft_features_compute(self->features, tuning->data, tuning->train, tuning->train_count, 1, &result));
    GRAFT_TRY(fit_baseline(self, (graft_rows){.read = graft_feature_rows_read,
                                              .source = &source,
                                              .label = tuning->train_label,
                                              .count = tuning->train_count}));
    return graft_predictions_make(self->model, self->features, 0, -1, tuning->data, tuning->train, tuning->train_count,
                                  out);
}

/* Training comes first: it brings the baseline. */
static graft_status measure_training(const measuring *self, outcome *out) {
    graft_predictions **predictions = &out->predictions[GRAFT_SPLIT_TRAIN];
    if (self->tuning->train_count == 0) return GRAFT_OK;
    if (graft_tune_rows_possible(self->tuning, self->model))
        GRAFT_TRY(measure_rows(self, predictions));
    else
        GRAFT_TRY(measure_pictures(self, predictions));
    return graft_evaluate(&out->evaluations[GRAFT_SPLIT_TRAIN], *predictions);
}

static graft_status measure_held_back(const measuring *self, graft_split split, outcome *out) {
    const graft_run *run = self->run;
    size_t *sample = NULL, count = 0;
    graft_features_result result;
    graft_status status = graft_dataset_indices(run->data, split, &sample, &count);
    if (status == GRAFT_OK && count > 0) {
        status = graft_features_compute(self->features, run->data, sample, count, 1, &result);
        if (status == GRAFT_OK)
            status = graft_predictions_make(self->model, self->features, 0, self->inner, run->data, sample, count,
                                            &out->predictions[split]);
        if (status == GRAFT_OK) status = graft_evaluate(&out->evaluations[split], out->predictions[split]);
    }
    graft_release(sample);
    return status;
}

static graft_status measure_all(const graft_run *run, const graft_tuning *tuning, outcome *out) {
    measuring self = {.run = run, .tuning = tuning, .model = out->model, .inner = 1};
    const graft_cut cuts[] = {out->model->cut, out->model->baseline_cut};
    GRAFT_TRY(graft_features_open(run->context, self.model->graph, &self.model->spec, cuts, 2, NULL, &self.features));
    graft_status status = measure_training(&self, out);
    if (status == GRAFT_OK) status = measure_held_back(&self, GRAFT_SPLIT_VALIDATION, out);
    if (status == GRAFT_OK) status = measure_held_back(&self, GRAFT_SPLIT_TEST, out);
    graft_features_close(self.features);
    return status;
}

/* Equal accuracies: the smaller loss. */
static bool is_better(const graft_evaluation *tuned, const graft_evaluation *frozen) {
    if (!tuned || !frozen) return true;
    if (tuned->accuracy != frozen->accuracy) return tuned->accuracy > frozen->accuracy;
    return tuned->loss < frozen->loss;
}

/* What of the training was dropped; "" when nothing is to be said. */
static void tell_rollback(const graft_run *run, bool negative, char *out, size_t size) {
    const graft_run_phase *last = &run->phases[run->phase_count - 1];
    bool head_alone = last->phase > 0 && graft_run_kept_phase(run) == 0;
    *out = '\0';
    if (negative)
        snprintf(out, size, "; negative transfer%s: rolled back to epoch %u%s", head_alone ? "" : " later on",
                 last->best_epoch, head_alone ? ", the head alone" : "");
    else if (head_alone)
        snprintf(out, size, "; no epoch of fine-tuning was better than epoch %u, the head alone", last->best_epoch);
}

static graft_status decide(graft_run *run, const outcome *tuned, bool *keep) {
    const graft_evaluation *before = run->evaluations[GRAFT_SPLIT_VALIDATION];
    const graft_evaluation *after = tuned->evaluations[GRAFT_SPLIT_VALIDATION];
    const graft_run_phase *last = &run->phases[run->phase_count - 1];
    bool negative = last->stop && strcmp(last->stop, "negative") == 0;
    *keep = is_better(after, before);
    if (!before || !after) return graft_run_decide(run, "kept", "fine-tuned", "no validation pictures to compare by");
    char rollback[128];
    tell_rollback(run, negative, rollback, sizeof(rollback));
    if (*keep)
        return graft_run_decide(run, "kept", "fine-tuned",
                                "validation accuracy %.4f (loss %.4f), with frozen features %.4f (loss %.4f)%s",
                                after->accuracy, after->loss, before->accuracy, before->loss, rollback);
    return graft_run_decide(
        run, "kept", "frozen", "%svalidation accuracy %.4f (loss %.4f), fine-tuned %.4f (loss %.4f): rolled back",
        negative ? "negative transfer: " : "", before->accuracy, before->loss, after->accuracy, after->loss);
}

/* What the validation pictures had a say in, so that their figures flatter. The epoch of a model that is not kept is no
 * part of the figures. */
static int chosen_by_validation(const graft_tuning *tuning, bool compared, bool kept) {
    const int monitor = tuning->options->monitor;
    int out = compared ? GRAFT_CHOSE_MODEL : 0;
    if (tuning->validation_count == 0) return 0;
    if (kept && (monitor == GRAFT_MONITOR_VAL_ACC || monitor == GRAFT_MONITOR_VAL_LOSS)) out |= GRAFT_CHOSE_EPOCH;
    return out;
}

/* The chain of a head that was asked for is kept whatever the regression reached. */
graft_status graft_tuning_keep_better(graft_run *run, graft_tuning *tuning, bool always) {
    outcome tuned = {0};
    bool keep = true;
    graft_status status;
    GRAFT_TRY_TO(done, status, make_model(run, tuning, &tuned.model));
    GRAFT_TRY_TO(done, status, measure_all(run, tuning, &tuned));
    if (!always) GRAFT_TRY_TO(done, status, decide(run, &tuned, &keep));
    run->validation_chose = chosen_by_validation(tuning, !always, keep);
    if (keep) {
        const outcome frozen = {run->model,
                                {run->predictions[0], run->predictions[1], run->predictions[2]},
                                {run->evaluations[0], run->evaluations[1], run->evaluations[2]}};
        run->model = tuned.model;
        run->tuned = true;
        for (int i = 0; i < 3; i++) {
            run->predictions[i] = tuned.predictions[i];
            run->evaluations[i] = tuned.evaluations[i];
        }
        tuned = frozen;
    }
done:
    outcome_clear(&tuned);
    return status;
}
