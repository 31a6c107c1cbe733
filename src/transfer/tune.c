/* Fine-tuning within a training run: from the frozen features' result to the better of both. */
#include "transfer/tune-internal.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "data/dataset.h"
#include "nn/op.h"

#include <stdio.h>
#include <string.h>

/* The pooled values that the head's dense layer sees, before dropout. */
static int pooled_node(const graft_tune_network *network) {
    int node = graft_graph_node(network->graph, network->dense)->inputs[0];
    while (strcmp(graft_graph_node(network->graph, node)->op->name, "dropout") == 0)
        node = graft_graph_node(network->graph, node)->inputs[0];
    return node;
}

graft_status graft_tuning_warm_head(graft_tuning *tuning, double c) {
    graft_features *features = NULL;
    graft_features_result result;
    graft_logistic *logistic = NULL;
    graft_cut cut;
    graft_status status;
    if (tuning->network.dense < 0) return GRAFT_OK;
    GRAFT_TRY(graft_cut_make(tuning->network.graph, pooled_node(&tuning->network), GRAFT_POOL_NONE, &cut));
    GRAFT_TRY_TO(done, status,
                 graft_features_open(tuning->context, tuning->network.graph, tuning->spec, &cut, 1, NULL, &features));
    GRAFT_TRY_TO(done, status,
                 graft_features_compute(features, tuning->data, tuning->train, tuning->train_count, 1, &result));
    graft_feature_rows source = {features, 0, tuning->data, tuning->train};
    const graft_rows rows = {.read = graft_feature_rows_read,
                             .source = &source,
                             .label = tuning->train_label,
                             .count = tuning->train_count,
                             .width = cut.width,
                             .classes = (int)graft_dataset_class_count(tuning->data)};
    GRAFT_TRY_TO(done, status, graft_logistic_fit(tuning->context, &rows, c, &logistic));
    status = graft_tune_network_set_logistic(&tuning->network, logistic);
    tuning->warm = status == GRAFT_OK;
done:
    graft_logistic_free(logistic);
    graft_features_close(features);
    return status;
}

/* ---- the model that came out ---- */

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
    if (!before || !after)
        return graft_run_decide(run, "kept", "fine-tuned", "no validation pictures to compare by");
    if (*keep)
        return graft_run_decide(run, "kept", "fine-tuned",
                                "validation accuracy %.4f (loss %.4f), with frozen features %.4f (loss %.4f)",
                                after->accuracy, after->loss, before->accuracy, before->loss);
    return graft_run_decide(run, "kept", "frozen",
                            "%svalidation accuracy %.4f (loss %.4f), fine-tuned %.4f (loss %.4f): rolled back",
                            negative ? "negative transfer: " : "", before->accuracy, before->loss, after->accuracy,
                            after->loss);
}

/* The chain of a head that was asked for is kept whatever the regression reached. */
static graft_status keep_better(graft_run *run, graft_tuning *tuning, bool only_head) {
    outcome tuned = {0};
    bool keep = true;
    graft_status status;
    GRAFT_TRY_TO(done, status, make_model(run, tuning, &tuned.model));
    GRAFT_TRY_TO(done, status, measure_all(run, &tuned));
    if (!only_head) GRAFT_TRY_TO(done, status, decide(run, &tuned, &keep));
    if (keep) {
        const outcome frozen = {run->model,
                                {run->predictions[0], run->predictions[1], run->predictions[2]},
                                {run->evaluations[0], run->evaluations[1], run->evaluations[2]}};
        run->model = tuned.model;
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

static const char *chain_of(const graft_run *run) {
    return run->head_chain;
}

static graft_status place_head(const graft_run *run, int *node) {
    const char *layer = run->options.layer;
    const graft_graph *backbone = run->backbone->graph;
    *node = graft_tune_network_place(backbone, chain_of(run));
    if (!layer || strcmp(layer, "auto") == 0) return GRAFT_OK;
    graft_cut cut;
    GRAFT_TRY(graft_cut_named(backbone, layer, run->options.pool, &cut));
    *node = cut.node;
    return GRAFT_OK;
}

static graft_status tune(graft_run *run, graft_dataset *data, graft_tuning *tuning, double c) {
    graft_tune_network network;
    bool wanted;
    int node, from;
    double seconds, begun = graft_now();
    GRAFT_TRY(graft_duration_parse("time", run->options.tune.time, &seconds));
    GRAFT_TRY(place_head(run, &node));
    GRAFT_TRY(graft_tune_network_new(run->backbone->graph, node, chain_of(run), graft_dataset_class_count(data),
                                     run->options.seed, &network));
    GRAFT_TRY(graft_tuning_init(tuning, run->context, data, &run->backbone->spec, &run->options.tune,
                                run->options.seed, &network));
    if (seconds > 0) tuning->deadline = run->begun + seconds;
    GRAFT_TRY(graft_tune_advise(run, tuning, &wanted, &from));
    if (!wanted) return GRAFT_OK;
    GRAFT_TRY(graft_tuning_warm_head(tuning, c));
    GRAFT_TRY(graft_tuning_schedule(tuning, from));
    GRAFT_TRY(graft_tuning_run(tuning, run));
    GRAFT_TRY(keep_better(run, tuning, from >= tuning->network.head && tuning->spec_count == 1));
    run->timing.tune = graft_now() - begun;
    return GRAFT_OK;
}

graft_status graft_run_tune(graft_run *run, double c) {
    graft_tuning tuning = {0};
    graft_status status = tune(run, run->data, &tuning, c);
    graft_tuning_clear(&tuning);
    return status;
}
