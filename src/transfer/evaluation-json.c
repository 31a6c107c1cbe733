/* The object that `evaluate --json` prints; docs/cli.md lists its keys. */
#include "base/error.h"
#include "json/json.h"
#include <graft/model.h>

static graft_json *pair(const double values[2]) {
    graft_json *list = graft_json_new_array();
    graft_json_add(list, graft_json_new_real(values[0]));
    graft_json_add(list, graft_json_new_real(values[1]));
    return list;
}

static graft_json *coverage(const graft_evaluation *evaluation) {
    graft_json *list = graft_json_new_array();
    for (size_t i = 0; i < evaluation->coverage_count; i++) {
        graft_json *one = graft_json_new_object();
        graft_json_set_real(one, "threshold", evaluation->coverage[i].threshold);
        graft_json_set_real(one, "coverage", evaluation->coverage[i].coverage);
        graft_json_set_real(one, "accuracy", evaluation->coverage[i].accuracy);
        graft_json_add(list, one);
    }
    return list;
}

static graft_json *against(const graft_comparison *other) {
    graft_json *object = graft_json_new_object();
    graft_json_set_real(object, "accuracy", other->accuracy);
    graft_json_set_int(object, "first_only", (int64_t)other->first_only);
    graft_json_set_int(object, "second_only", (int64_t)other->second_only);
    graft_json_set_real(object, "p_value", other->p_value);
    graft_json_set_bool(object, "exact", other->exact);
    return object;
}

static graft_json *calibration(const graft_calibration *fitted) {
    graft_json *object = graft_json_new_object();
    graft_json_set_real(object, "temperature", fitted->temperature);
    graft_json_set_real(object, "loss", fitted->loss);
    graft_json_set_real(object, "ece", fitted->ece);
    return object;
}

static graft_json *per_class(const graft_evaluation *evaluation) {
    graft_json *list = graft_json_new_array();
    for (size_t i = 0; i < evaluation->classes; i++) {
        const graft_class_figures *figures = &evaluation->per_class[i];
        graft_json *one = graft_json_new_object();
        graft_json_set_text(one, "class", figures->name);
        graft_json_set_real(one, "precision", figures->precision);
        graft_json_set_real(one, "recall", figures->recall);
        graft_json_set_real(one, "f1", figures->f1);
        graft_json_set_int(one, "support", (int64_t)figures->support);
        graft_json_set(one, "precision95", pair(figures->precision95));
        graft_json_set(one, "recall95", pair(figures->recall95));
        graft_json_set_real(one, "roc_auc", figures->roc_auc);
        graft_json_set_real(one, "pr_auc", figures->pr_auc);
        graft_json_add(list, one);
    }
    return list;
}

static graft_json *without_pictures(const graft_evaluation *evaluation) {
    graft_json *list = graft_json_new_array();
    for (size_t i = 0; i < evaluation->classes; i++)
        if (evaluation->per_class[i].support == 0)
            graft_json_add(list, graft_json_new_text(evaluation->per_class[i].name));
    return list;
}

static graft_json *confusion(const graft_evaluation *evaluation) {
    graft_json *rows = graft_json_new_array();
    for (size_t i = 0; i < evaluation->classes; i++) {
        graft_json *row = graft_json_new_array();
        for (size_t j = 0; j < evaluation->classes; j++)
            graft_json_add(row, graft_json_new_int((int64_t)evaluation->confusion[i * evaluation->classes + j]));
        graft_json_add(rows, row);
    }
    return rows;
}

graft_status graft_evaluation_json(const graft_evaluation *evaluation, char **json) {
    graft_json *object = graft_json_new_object(), *top = graft_json_new_object();
    graft_json *classes = graft_json_new_array();
    *json = NULL;
    graft_json_set_real(top, "5", evaluation->top5);
    for (size_t i = 0; i < evaluation->classes; i++)
        graft_json_add(classes, graft_json_new_text(evaluation->per_class[i].name));
    graft_json_set_int(object, "n", (int64_t)evaluation->n);
    graft_json_set_real(object, "accuracy", evaluation->accuracy);
    graft_json_set(object, "interval95", pair(evaluation->interval95));
    graft_json_set(object, "top_k", top);
    graft_json_set_real(object, "loss", evaluation->loss);
    graft_json_set_real(object, "ece", evaluation->ece);
    graft_json_set(object, "classes", classes);
    graft_json_set(object, "confusion", confusion(evaluation));
    graft_json_set(object, "per_class", per_class(evaluation));
    graft_json_set_int(object, "predicted_classes", (int64_t)evaluation->predicted_classes);
    graft_json_set(object, "without_pictures", without_pictures(evaluation));
    graft_json_set_bool(object, "collapsed", evaluation->collapsed);
    graft_json_set_real(object, "majority_baseline", evaluation->majority_baseline);
    graft_json_set_real(object, "knn_baseline", evaluation->knn_baseline);
    graft_json_set_int(object, "knn_rows", (int64_t)evaluation->knn_rows);
    graft_json_set_real(object, "macro_roc_auc", evaluation->macro_roc_auc);
    graft_json_set_real(object, "macro_pr_auc", evaluation->macro_pr_auc);
    graft_json_set(object, "coverage", coverage(evaluation));
    if (evaluation->against) graft_json_set(object, "against", against(evaluation->against));
    if (evaluation->calibration) graft_json_set(object, "calibration", calibration(evaluation->calibration));
    graft_status status = graft_json_dump(object, 0, json, NULL);
    graft_json_free(object);
    return status;
}
