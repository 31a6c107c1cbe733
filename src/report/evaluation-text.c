/* Evaluations as tables for people, and the files behind a cell of their matrix. */
#include <graft/report.h>

#include "base/error.h"
#include "report/text-table.h"
#include "stats/metrics.h"
#include "json/json.h"

#include <math.h>

enum { MATRIX_CLASSES = 20 };

static void add_figures(graft_buffer *out, const graft_evaluation *evaluation) {
    graft_buffer_format(out, "accuracy   %.4f  (95 %% interval %.4f to %.4f, %zu pictures)\n", evaluation->accuracy,
                        evaluation->interval95[0], evaluation->interval95[1], evaluation->n);
    if (!isnan(evaluation->top5)) graft_buffer_format(out, "top 5      %.4f\n", evaluation->top5);
    graft_buffer_format(out, "baselines  largest class %.4f", evaluation->majority_baseline);
    if (!isnan(evaluation->knn_baseline))
        graft_buffer_format(out, ", k-NN %.4f among %zu training pictures", evaluation->knn_baseline,
                            evaluation->knn_rows);
    graft_buffer_format(out, "\nloss       %.4f, calibration error %.4f\n", evaluation->loss, evaluation->ece);
    const graft_calibration *fitted = evaluation->calibration;
    if (fitted)
        graft_buffer_format(out, "calibrated temperature %.4f: loss %.4f, calibration error %.4f on these pictures\n",
                            fitted->temperature, fitted->loss, fitted->ece);
    const graft_comparison *other = evaluation->against;
    if (other)
        graft_buffer_format(out,
                            "against    %.4f: it alone is right %zu times, this model alone %zu times, p = %.3g (%s)\n",
                            other->accuracy, other->second_only, other->first_only, other->p_value,
                            other->exact ? "McNemar, exact" : "McNemar, chi-square");
    if (!isnan(evaluation->macro_roc_auc))
        graft_buffer_format(out, "areas      ROC %.4f, precision-recall %.4f (means over the classes)\n",
                            evaluation->macro_roc_auc, evaluation->macro_pr_auc);
    if (evaluation->collapsed)
        graft_buffer_format(out, "alarm      only %zu of %zu classes are ever predicted\n",
                            evaluation->predicted_classes, evaluation->classes);
}

static void add_interval(graft_text_table *table, const double interval[2]) {
    if (isnan(interval[0]))
        graft_text_table_add(table, ".");
    else
        graft_text_table_add(table, "%.2f-%.2f", interval[0], interval[1]);
}

static void add_area(graft_text_table *table, double area) {
    if (isnan(area))
        graft_text_table_add(table, ".");
    else
        graft_text_table_add(table, "%.3f", area);
}

/* What leaving the least certain pictures unanswered would bring. */
static void add_coverage(graft_buffer *out, const graft_evaluation *evaluation) {
    graft_text_table table;
    graft_text_table_init(&table, "rrr");
    const char *const heads[] = {"reject below", "answered", "accuracy"};
    for (int i = 0; i < 3; i++)
        graft_text_table_add(&table, "%s", heads[i]);
    for (size_t i = 0; i < evaluation->coverage_count; i++) {
        const graft_coverage_figures *point = &evaluation->coverage[i];
        if (i > 0 && point->threshold <= point[-1].threshold) continue; /* many are equally certain */
        graft_text_table_add(&table, "%.4f", point->threshold);
        graft_text_table_add(&table, "%.1f %%", 100 * point->coverage);
        graft_text_table_add(&table, "%.4f", point->accuracy);
    }
    graft_buffer_text(out, "\n");
    graft_text_table_write(&table, 0, out);
}

static void add_classes(graft_buffer *out, const graft_evaluation *evaluation) {
    graft_text_table table;
    graft_text_table_init(&table, "lrrlrrrr");
    const char *const heads[] = {"class", "precision", "recall", "(95 %)", "F1", "ROC", "PR", "pictures"};
    for (int i = 0; i < 8; i++)
        graft_text_table_add(&table, "%s", heads[i]);
    for (size_t i = 0; i < evaluation->classes; i++) {
        const graft_class_figures *figures = &evaluation->per_class[i];
        graft_text_table_add(&table, "%s", figures->name ? figures->name : "?");
        graft_text_table_add(&table, "%.3f", figures->precision);
        graft_text_table_add(&table, "%.3f", figures->recall);
        add_interval(&table, figures->recall95);
        graft_text_table_add(&table, "%.3f", figures->f1);
        add_area(&table, figures->roc_auc);
        add_area(&table, figures->pr_auc);
        graft_text_table_add(&table, "%zu", figures->support);
    }
    graft_buffer_text(out, "\n");
    graft_text_table_write(&table, 0, out);
}

static void add_matrix(graft_buffer *out, const graft_evaluation *evaluation) {
    size_t classes = evaluation->classes;
    if (classes > MATRIX_CLASSES) return;
    static const char align[] = "lrrrrrrrrrrrrrrrrrrrr"; /* MATRIX_CLASSES columns and the name */
    graft_text_table table;
    graft_text_table_init(&table, align);
    table.columns = (int)classes + 1;
    graft_text_table_add(&table, "true \\ predicted");
    for (size_t i = 0; i < classes; i++)
        graft_text_table_add(&table, "%zu", i + 1);
    for (size_t i = 0; i < classes; i++) {
        graft_text_table_add(&table, "%zu %s", i + 1,
                             evaluation->per_class[i].name ? evaluation->per_class[i].name : "?");
        for (size_t k = 0; k < classes; k++) {
            size_t count = evaluation->confusion[i * classes + k];
            if (count)
                graft_text_table_add(&table, "%zu", count);
            else
                graft_text_table_add(&table, ".");
        }
    }
    graft_buffer_text(out, "\n");
    graft_text_table_write(&table, 0, out);
}

graft_status graft_evaluation_text(const graft_evaluation *evaluation, char **out) {
    graft_buffer text;
    graft_buffer_init(&text, 0);
    add_figures(&text, evaluation);
    add_classes(&text, evaluation);
    add_matrix(&text, evaluation);
    add_coverage(&text, evaluation);
    return graft_buffer_take(&text, out, NULL);
}

static bool in_cell(const graft_predictions *predictions, size_t row, int true_class, int predicted_class) {
    int classes = (int)graft_predictions_class_count(predictions);
    return graft_predictions_label(predictions, row) == true_class &&
           graft_argmax(graft_predictions_row(predictions, row), classes) == predicted_class;
}

static graft_status cell_json(const graft_predictions *predictions, const graft_dataset *data, int true_class,
                              int predicted_class, char **out) {
    graft_json *object = graft_json_new_object(), *files = graft_json_new_array();
    graft_json_set_text(object, "true", graft_predictions_class(predictions, (size_t)true_class));
    graft_json_set_text(object, "predicted", graft_predictions_class(predictions, (size_t)predicted_class));
    for (size_t row = 0; row < graft_predictions_count(predictions); row++) {
        if (!in_cell(predictions, row, true_class, predicted_class)) continue;
        size_t sample = graft_predictions_sample(predictions, row);
        graft_json_add(files, graft_json_new_text(graft_dataset_sample(data, sample)->path));
    }
    graft_json_set(object, "files", files);
    graft_status status = graft_json_dump(object, 0, out, NULL);
    graft_json_free(object);
    return status;
}

graft_status graft_cell_text(const graft_predictions *predictions, const graft_dataset *data, int true_class,
                             int predicted_class, bool json, char **out) {
    int classes = (int)graft_predictions_class_count(predictions);
    if (true_class < 0 || true_class >= classes || predicted_class < 0 || predicted_class >= classes)
        return graft_fail(GRAFT_E_USAGE, "cell %d,%d: expected two classes of 0..%d", true_class, predicted_class,
                          classes - 1);
    if (json) return cell_json(predictions, data, true_class, predicted_class, out);
    graft_buffer text;
    graft_buffer_init(&text, 0);
    for (size_t row = 0; row < graft_predictions_count(predictions); row++) {
        if (!in_cell(predictions, row, true_class, predicted_class)) continue;
        size_t sample = graft_predictions_sample(predictions, row);
        graft_buffer_format(&text, "%s\n", graft_dataset_sample(data, sample)->path);
    }
    return graft_buffer_take(&text, out, NULL);
}
