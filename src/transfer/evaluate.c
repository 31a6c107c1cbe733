/* Figures from predictions. Baselines stand beside the accuracy, and a model that predicts few classes is told. */
#include "transfer/model-internal.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "stats/metrics.h"

#include <math.h>

typedef struct evaluation {
    graft_evaluation figures; /* first: what callers see */
    graft_metrics *metrics;
    graft_class_figures *per_class;
    char **names;
} evaluation;

void graft_evaluation_free(graft_evaluation *self) {
    evaluation *whole = (evaluation *)self;
    if (!whole) return;
    for (size_t i = 0; whole->names && i < whole->figures.classes; i++)
        graft_release(whole->names[i]);
    graft_release(whole->names);
    graft_release(whole->per_class);
    graft_metrics_free(whole->metrics);
    graft_release(whole);
}

static graft_status fill_classes(const graft_predictions *predictions, evaluation *self) {
    size_t count = predictions->class_count;
    self->names = graft_allocate_zero(count, sizeof(*self->names));
    self->per_class = graft_allocate_zero(count, sizeof(*self->per_class));
    if (!self->names || !self->per_class) return graft_fail_memory("an evaluation");
    for (size_t i = 0; i < count; i++) {
        const graft_class_metrics *from = &self->metrics->per_class[i];
        self->names[i] = graft_text_copy(predictions->classes[i]);
        if (!self->names[i]) return graft_fail_memory("an evaluation");
        self->per_class[i] =
            (graft_class_figures){self->names[i], from->precision, from->recall, from->f1, from->support};
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
    if (metrics->predicted_classes * 2 < metrics->classes)
        graft_log(
            predictions->context, GRAFT_LOG_WARNING,
            "only %d of %d classes are ever predicted: the model may have collapsed (accuracy %.3f, always the largest "
            "class %.3f)",
            metrics->predicted_classes, metrics->classes, metrics->accuracy, metrics->majority_baseline);
}

static graft_status fill(const graft_predictions *predictions, evaluation *self) {
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
        .predicted_classes = (size_t)metrics->predicted_classes,
        .confusion = metrics->confusion,
    };
    GRAFT_TRY(fill_classes(predictions, self));
    warn(predictions, metrics);
    return GRAFT_OK;
}

graft_status graft_evaluate(graft_evaluation **out, const graft_predictions *predictions) {
    *out = NULL;
    evaluation *self = graft_allocate_zero(1, sizeof(*self));
    if (!self) return graft_fail_memory("an evaluation");
    graft_status status = fill(predictions, self);
    if (status != GRAFT_OK) {
        graft_evaluation_free(&self->figures);
        return status;
    }
    *out = &self->figures;
    return GRAFT_OK;
}
