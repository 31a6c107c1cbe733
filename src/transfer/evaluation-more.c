/* What an evaluation says on request: against another model, and with a temperature. */
#include "transfer/evaluation-internal.h"

#include "base/alloc.h"
#include "base/error.h"
#include "stats/mcnemar.h"
#include "stats/temperature.h"

#include <string.h>

static bool same_samples(const graft_predictions *first, const graft_predictions *second) {
    if (first->count != second->count || first->class_count != second->class_count) return false;
    for (size_t i = 0; i < first->count; i++)
        if (first->sample[i] != second->sample[i] || first->label[i] != second->label[i]) return false;
    for (size_t i = 0; i < first->class_count; i++)
        if (strcmp(first->classes[i], second->classes[i]) != 0) return false;
    return true;
}

graft_status graft_evaluation_against(graft_evaluation *evaluation, const graft_predictions *own,
                                      const graft_predictions *other) {
    graft_evaluation_whole *self = (graft_evaluation_whole *)evaluation;
    graft_comparison *out = &self->against;
    const int classes = (int)own->class_count;
    size_t right = 0;
    if (!same_samples(own, other))
        return graft_fail(GRAFT_E_USAGE,
                          "models can be compared on the same samples, with the same classes in the same order alone "
                          "(%zu samples of %zu classes, and %zu of %zu)",
                          own->count, own->class_count, other->count, other->class_count);
    *out = (graft_comparison){0};
    for (size_t i = 0; i < own->count; i++) {
        bool a = graft_argmax(graft_predictions_row(own, i), classes) == own->label[i];
        bool b = graft_argmax(graft_predictions_row(other, i), classes) == own->label[i];
        right += b;
        out->first_only += a && !b;
        out->second_only += b && !a;
    }
    out->accuracy = (double)right / (double)own->count;
    out->p_value = graft_mcnemar(out->first_only, out->second_only, &out->exact);
    self->figures.against = out;
    return GRAFT_OK;
}

/* At a bound there is no least loss between: the number would say how far the search went, and no more. */
static graft_status check_temperature(const graft_evaluation *evaluation, double temperature) {
    const double right = evaluation->accuracy * (double)evaluation->n;
    if (temperature <= 1.0 / GRAFT_TEMPERATURE_MOST)
        return graft_fail(
            GRAFT_E_DATA,
            "no temperature fits: %.0f of %zu samples are labelled right, and the surer the model the less "
            "the loss (calibrate on more samples, with some among them that it gets wrong)",
            right, evaluation->n);
    if (temperature >= GRAFT_TEMPERATURE_MOST)
        return graft_fail(
            GRAFT_E_DATA,
            "no temperature fits: %.0f of %zu samples are labelled right, and the less sure the model the "
            "less the loss: its answers are no better than guessing here (are these its classes?)",
            right, evaluation->n);
    return GRAFT_OK;
}

graft_status graft_evaluation_calibrate(graft_evaluation *evaluation, const graft_predictions *predictions) {
    graft_evaluation_whole *self = (graft_evaluation_whole *)evaluation;
    const int classes = (int)predictions->class_count;
    const size_t n = predictions->count;
    graft_metrics *metrics = NULL;
    const double temperature = graft_temperature_fit(predictions->probabilities, predictions->label, n, classes);
    GRAFT_TRY(check_temperature(evaluation, temperature));
    float *tempered = graft_allocate(n * (size_t)classes, sizeof(*tempered));
    if (!tempered) return graft_fail_memory("the calibration");
    graft_temperature_apply(temperature, predictions->probabilities, n, classes, tempered);
    graft_status status = graft_metrics_compute(tempered, predictions->label, n, classes, &metrics);
    if (status == GRAFT_OK) {
        self->calibration = (graft_calibration){temperature, metrics->loss, metrics->ece};
        self->figures.calibration = &self->calibration;
    }
    graft_metrics_free(metrics);
    graft_release(tempered);
    return status;
}

graft_status graft_model_set_temperature(graft_model *model, double temperature) {
    if (!(temperature >= 1.0 / GRAFT_TEMPERATURE_MOST && temperature <= GRAFT_TEMPERATURE_MOST))
        return graft_fail(GRAFT_E_USAGE, "a temperature of %g, expected 1/%d..%d", temperature, GRAFT_TEMPERATURE_MOST,
                          GRAFT_TEMPERATURE_MOST);
    if (model->head != &graft_head_logistic)
        return graft_fail(GRAFT_E_USAGE, "a model with the head %s cannot keep a temperature, expected a logistic head",
                          model->head->name);
    graft_logistic *head = model->state;
    for (size_t i = 0; i < (size_t)head->classes * head->width; i++)
        head->weight[i] = (float)((double)head->weight[i] / temperature);
    for (int k = 0; k < head->classes; k++)
        head->bias[k] = (float)((double)head->bias[k] / temperature);
    return GRAFT_OK;
}
