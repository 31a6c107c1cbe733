/* What fine-tuning came to: the better model is kept. */
#include "transfer/tune-internal.h"

#include "base/alloc.h"
#include "base/error.h"
#include "data/dataset.h"

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
    return graft_head_network_state(model->cut.width, &model->state);
}

/* Predictions and figures of one split, along the way that `evaluate` takes. */
static graft_status measure(const graft_run *run, const graft_model *model, graft_features *features, graft_split split,
                            graft_predictions **predictions, graft_evaluation **evaluation) {
    size_t *sample = NULL, count = 0;
    graft_features_result result;
    graft_status status = graft_dataset_indices(run->data, split, &sample, &count);
    if (status == GRAFT_OK && count > 0) {
        status = graft_features_compute(features, run->data, sample, count, 1, &result);
        if (status == GRAFT_OK)
            status = graft_predictions_make(model, features, 0, run->data, sample, count, false, predictions);
        if (status == GRAFT_OK) status = graft_evaluate(evaluation, *predictions);
        /* The frozen features' neighbours stand beside this model too. */
        if (status == GRAFT_OK && run->evaluations[split])
            (*evaluation)->knn_baseline = run->evaluations[split]->knn_baseline;
    }
    graft_release(sample);
    return status;
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

static graft_status measure_all(const graft_run *run, outcome *self) {
    static const graft_split order[] = {GRAFT_SPLIT_VALIDATION, GRAFT_SPLIT_TEST, GRAFT_SPLIT_TRAIN};
    graft_features *features = NULL;
    graft_model *model = self->model;
    GRAFT_TRY(graft_features_open(run->context, model->graph, &model->spec, &model->cut, 1, NULL, &features));
    graft_status status = GRAFT_OK;
    for (int i = 0; i < 3 && status == GRAFT_OK; i++)
        status = measure(run, model, features, order[i], &self->predictions[order[i]], &self->evaluations[order[i]]);
    graft_features_close(features);
    return status;
}

/* Equal accuracies: the smaller loss. */
static bool is_better(const graft_evaluation *tuned, const graft_evaluation *frozen) {
    if (!tuned || !frozen) return true;
    if (tuned->accuracy != frozen->accuracy) return tuned->accuracy > frozen->accuracy;
    return tuned->loss < frozen->loss;
}

static graft_status decide(graft_run *run, const outcome *tuned, bool *keep) {
    const graft_evaluation *before = run->evaluations[GRAFT_SPLIT_VALIDATION];
    const graft_evaluation *after = tuned->evaluations[GRAFT_SPLIT_VALIDATION];
    const graft_run_phase *last = &run->phases[run->phase_count - 1];
    bool negative = last->stop && strcmp(last->stop, "negative") == 0;
    *keep = is_better(after, before);
    if (!before || !after) return graft_run_decide(run, "kept", "fine-tuned", "no validation pictures to compare by");
    if (*keep)
        return graft_run_decide(run, "kept", "fine-tuned",
                                "validation accuracy %.4f (loss %.4f), with frozen features %.4f (loss %.4f)",
                                after->accuracy, after->loss, before->accuracy, before->loss);
    return graft_run_decide(
        run, "kept", "frozen", "%svalidation accuracy %.4f (loss %.4f), fine-tuned %.4f (loss %.4f): rolled back",
        negative ? "negative transfer: " : "", before->accuracy, before->loss, after->accuracy, after->loss);
}

/* The chain of a head that was asked for is kept whatever the regression reached. */
graft_status graft_tuning_keep_better(graft_run *run, graft_tuning *tuning, bool always) {
    outcome tuned = {0};
    bool keep = true;
    graft_status status;
    GRAFT_TRY_TO(done, status, make_model(run, tuning, &tuned.model));
    GRAFT_TRY_TO(done, status, measure_all(run, &tuned));
    if (!always) GRAFT_TRY_TO(done, status, decide(run, &tuned, &keep));
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
