/* Figures from predictions. Baselines stand beside the accuracy, and a model that predicts few classes is told. */
#include "transfer/evaluation-internal.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "stats/metrics.h"
#include "stats/ranking.h"

#include <math.h>

void graft_evaluation_free(graft_evaluation *self) {
    graft_evaluation_whole *whole = (graft_evaluation_whole *)self;
    if (!whole) return;
    for (size_t i = 0; whole->names && i < whole->figures.classes; i++)
        graft_release(whole->names[i]);
    graft_release(whole->names);
    graft_release(whole->per_class);
    graft_release(whole->ranking);
    graft_metrics_free(whole->metrics);
    graft_release(whole);
}

static void interval(size_t successes, size_t n, double out[2]) {
    out[0] = out[1] = (double)NAN;
    if (n > 0) graft_wilson_interval(successes, n, out);
}

/* Areas and coverage: what the order of the probabilities says. */
static graft_status fill_ranking(const graft_predictions *predictions, graft_evaluation_whole *self) {
    const size_t classes = predictions->class_count, n = predictions->count;
    graft_coverage_point points[GRAFT_COVERAGE_POINTS];
    size_t ranked = 0;
    double roc = 0, pr = 0;
    self->ranking = graft_allocate(classes, sizeof(*self->ranking));
    if (!self->ranking) return graft_fail_memory("an evaluation");
    GRAFT_TRY(graft_ranking_compute(predictions->probabilities, predictions->label, n, (int)classes, self->ranking));
    GRAFT_TRY(graft_coverage_compute(predictions->probabilities, predictions->label, n, (int)classes, points));
    for (size_t i = 0; i < classes; i++) {
        if (isnan(self->ranking[i].roc_auc)) continue;
        roc += self->ranking[i].roc_auc;
        pr += self->ranking[i].pr_auc;
        ranked++;
    }
    self->figures.macro_roc_auc = ranked > 0 ? roc / (double)ranked : (double)NAN;
    self->figures.macro_pr_auc = ranked > 0 ? pr / (double)ranked : (double)NAN;
    for (size_t i = 0; i < GRAFT_COVERAGE_POINTS; i++)
        self->coverage[i] = (graft_coverage_figures){points[i].threshold, points[i].coverage, points[i].accuracy};
    self->figures.coverage = self->coverage;
    self->figures.coverage_count = GRAFT_COVERAGE_POINTS;
    return GRAFT_OK;
}

static graft_status fill_classes(const graft_predictions *predictions, graft_evaluation_whole *self) {
    size_t count = predictions->class_count;
    self->names = graft_allocate_zero(count, sizeof(*self->names));
    self->per_class = graft_allocate_zero(count, sizeof(*self->per_class));
    if (!self->names || !self->per_class) return graft_fail_memory("an evaluation");
    for (size_t i = 0; i < count; i++) {
        const graft_class_metrics *from = &self->metrics->per_class[i];
        self->names[i] = graft_text_copy(predictions->classes[i]);
        if (!self->names[i]) return graft_fail_memory("an evaluation");
        graft_class_figures *to = &self->per_class[i];
        const size_t hits = self->metrics->confusion[i * count + i];
        *to = (graft_class_figures){.name = self->names[i],
                                    .precision = from->precision,
                                    .recall = from->recall,
                                    .f1 = from->f1,
                                    .support = from->support,
                                    .roc_auc = self->ranking[i].roc_auc,
                                    .pr_auc = self->ranking[i].pr_auc};
        interval(hits, from->predicted, to->precision95);
        interval(hits, from->support, to->recall95);
    }
    self->figures.per_class = self->per_class;
    return GRAFT_OK;
}

/* Rows and labels that slipped against each other would show here: the matrix must agree with the accuracy. */
static graft_status check_confusion(const graft_metrics *metrics) {
    size_t trace = 0, sum = 0, classes = (size_t)metrics->classes;
    for (size_t i = 0; i < classes * classes; i++)
        sum += metrics->confusion[i];
    for (size_t i = 0; i < classes; i++)
        trace += metrics->confusion[i * classes + i];
    if (sum == metrics->n && fabs((double)trace / (double)metrics->n - metrics->accuracy) < 1e-12) return GRAFT_OK;
    return graft_fail(GRAFT_E_INTERNAL, "the confusion matrix (%zu of %zu right) and the accuracy %.6f disagree", trace,
                      sum, metrics->accuracy);
}

static void warn(const graft_predictions *predictions, const graft_metrics *metrics) {
    if (metrics->collapsed)
        graft_log(
            predictions->context, GRAFT_LOG_WARNING,
            "only %d of %d classes are ever predicted: the model may have collapsed (accuracy %.3f, always the largest "
            "class %.3f)",
            metrics->predicted_classes, metrics->classes, metrics->accuracy, metrics->majority_baseline);
}

static graft_status fill(const graft_predictions *predictions, graft_evaluation_whole *self) {
    const size_t n = predictions->count;
    if (n == 0) return graft_fail(GRAFT_E_DATA, "no sound samples to evaluate");
    for (size_t i = 0; i < n; i++)
        if (predictions->label[i] < 0)
            return graft_fail(GRAFT_E_USAGE, "unlabelled samples cannot be evaluated: give folders of classes");
    GRAFT_TRY(graft_metrics_compute(predictions->probabilities, predictions->label, n, (int)predictions->class_count,
                                    &self->metrics));
    const graft_metrics *metrics = self->metrics;
    GRAFT_TRY(check_confusion(metrics));
    self->figures = (graft_evaluation){
        .n = n,
        .classes = predictions->class_count,
        .accuracy = metrics->accuracy,
        .interval95 = {metrics->interval95[0], metrics->interval95[1]},
        .top5 = predictions->class_count < 6 ? (double)NAN : metrics->top5,
        .loss = metrics->loss,
        .ece = metrics->ece,
        .majority_baseline = metrics->majority_baseline,
        .knn_baseline = predictions->has_baseline ? (double)predictions->baseline_correct / (double)n : (double)NAN,
        .knn_rows = predictions->has_baseline ? predictions->baseline_rows : 0,
        .predicted_classes = (size_t)metrics->predicted_classes,
        .confusion = metrics->confusion,
        .collapsed = metrics->collapsed,
    };
    GRAFT_TRY(fill_ranking(predictions, self));
    GRAFT_TRY(fill_classes(predictions, self));
    warn(predictions, metrics);
    return GRAFT_OK;
}

graft_status graft_evaluate(graft_evaluation **out, const graft_predictions *predictions) {
    *out = NULL;
    graft_evaluation_whole *self = graft_allocate_zero(1, sizeof(*self));
    if (!self) return graft_fail_memory("an evaluation");
    graft_status status = fill(predictions, self);
    if (status != GRAFT_OK) {
        graft_evaluation_free(&self->figures);
        return status;
    }
    *out = &self->figures;
    return GRAFT_OK;
}
