/* What integers change in the classes that a run's model gives: measured, told, and refused beyond what was allowed. */
#include "transfer/precision.h"
#include "transfer/run-internal.h"

#include "base/alloc.h"
#include "base/error.h"
#include "data/dataset.h"
#include "stats/metrics.h"

enum { FEWEST = 1, MOST_TRAINING = 512 }; /* training pictures, where none are held back */

static size_t count_same(const graft_predictions *a, const graft_predictions *b) {
    const int classes = (int)a->class_count;
    size_t same = 0;
    for (size_t i = 0; i < a->count; i++)
        same +=
            graft_argmax(graft_predictions_row(a, i), classes) == graft_argmax(graft_predictions_row(b, i), classes);
    return same;
}

static graft_status predict(const graft_run *run, const graft_graph *graph, const size_t *sample, size_t count,
                            graft_predictions **out) {
    graft_features *features = NULL;
    graft_features_result result;
    const graft_model *model = run->model;
    graft_status status = graft_features_open(run->context, graph, &model->spec, &model->cut, 1, NULL, &features);
    if (status == GRAFT_OK) status = graft_features_compute(features, run->data, sample, count, 1, &result);
    if (status == GRAFT_OK) status = graft_predictions_make(model, features, 0, -1, run->data, sample, count, out);
    graft_features_close(features);
    return status;
}

/* The same model with all its layers on floats and as it is, over the same pictures. */
static graft_status compare(graft_run *run, const size_t *sample, size_t count) {
    graft_model *model = run->model;
    graft_quantization *kept = NULL;
    graft_predictions *rounded = NULL, *exact = NULL;
    const int last = graft_graph_count(model->graph) - 1;
    graft_status status = predict(run, model->graph, sample, count, &rounded);
    if (status == GRAFT_OK)
        status = graft_quantization_copy(graft_graph_quantization(model->graph), model->graph, last, &kept);
    if (status == GRAFT_OK) {
        graft_graph_set_quantization(model->graph, NULL);
        status = predict(run, model->graph, sample, count, &exact);
        graft_graph_set_quantization(model->graph, kept);
    }
    if (status == GRAFT_OK) {
        model->agreement = (double)count_same(exact, rounded) / (double)count;
        model->compared = count;
    }
    graft_predictions_free(rounded);
    graft_predictions_free(exact);
    return status;
}

/* Validation, else test, else some of training. */
static graft_status held_back(const graft_run *run, size_t **sample, size_t *count) {
    static const graft_split splits[] = {GRAFT_SPLIT_VALIDATION, GRAFT_SPLIT_TEST, GRAFT_SPLIT_TRAIN};
    for (size_t i = 0; i < 3; i++) {
        GRAFT_TRY(graft_dataset_indices(run->data, (int)splits[i], sample, count));
        if (*count >= FEWEST) break;
        graft_release(*sample);
        *sample = NULL;
    }
    if (*count > MOST_TRAINING && graft_dataset_sample(run->data, (*sample)[0])->split == GRAFT_SPLIT_TRAIN) {
        for (size_t i = 0; i < MOST_TRAINING; i++)
            (*sample)[i] = (*sample)[i * *count / MOST_TRAINING];
        *count = MOST_TRAINING;
    }
    return GRAFT_OK;
}

/* A head on frozen features can be refused; layers that learned behind integers know no floats there: that their
 * classes differ is told. */
static graft_status judge(graft_run *run, const graft_precision_result *result) {
    const double changed = 1.0 - result->agreement, most = run->backbone ? run->backbone->precision.max_drop : 1.0;
    if (!(changed > most)) return GRAFT_OK;
    if (!run->tuned)
        return graft_fail(GRAFT_E_GATE,
                          "int8: %.2f %% of %zu held-back pictures get another class than from floats, more than "
                          "--max-drop %g allows: raise it, or train with --base-precision f32",
                          100 * changed, result->compared, most);
    graft_log(
        run->context, GRAFT_LOG_WARNING,
        "int8: %.2f %% of %zu held-back pictures get another class than when the fine-tuned model's frozen layers "
        "compute on floats",
        100 * changed, result->compared);
    return GRAFT_OK;
}

static graft_status tell(graft_run *run, const graft_precision_result *result) {
    char *text = graft_precision_text(result);
    if (!text) return graft_fail_memory("a text");
    const graft_status status =
        graft_run_decide(run, "precision", "int8", "%s%s", run->tuned ? "fine-tuned: " : "", text);
    graft_release(text);
    return status;
}

graft_status graft_run_measure_precision(graft_run *run) {
    const bool asked = run->backbone && graft_graph_quantization(run->backbone->graph);
    graft_precision_result result;
    size_t *sample = NULL, count = 0;
    if (!graft_graph_quantization(run->model->graph)) {
        if (!run->tuned || !asked) return GRAFT_OK;
        return graft_run_decide(run, "precision", "f32", "fine-tuned: no layer is frozen");
    }
    GRAFT_TRY(held_back(run, &sample, &count));
    graft_status status = count > 0 ? compare(run, sample, count) : GRAFT_OK;
    graft_release(sample);
    GRAFT_TRY(status);
    graft_model_precision(run->model, &result);
    GRAFT_TRY(judge(run, &result));
    return tell(run, &result);
}
