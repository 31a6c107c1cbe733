/* Predictions: the one way from samples to probabilities, for evaluate, predict and the end of train alike. */
#include "transfer/model-internal.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "data/dataset.h"
#include "stats/metrics.h"

#include <stdio.h>
#include <string.h>

enum { CHUNK = 64 };

void graft_predictions_free(graft_predictions *predictions) {
    if (!predictions) return;
    for (size_t i = 0; predictions->classes && i < predictions->class_count; i++)
        graft_release(predictions->classes[i]);
    graft_release(predictions->classes);
    graft_release(predictions->sample);
    graft_release(predictions->label);
    graft_release(predictions->probabilities);
    graft_release(predictions);
}

/* The model's names, else the data's, else numbers. */
static graft_status copy_classes(const graft_model *model, const graft_dataset *data, graft_predictions *self) {
    self->classes = graft_allocate_zero(self->class_count, sizeof(*self->classes));
    if (!self->classes) return graft_fail_memory("class names");
    bool from_data = !model->classes && graft_dataset_class_count(data) == self->class_count;
    for (size_t i = 0; i < self->class_count; i++) {
        if (model->classes)
            self->classes[i] = graft_text_copy(model->classes[i]);
        else if (from_data)
            self->classes[i] = graft_text_copy(graft_dataset_class(data, i));
        else
            self->classes[i] = graft_text_format("%zu", i);
        if (!self->classes[i]) return graft_fail_memory("class names");
    }
    return GRAFT_OK;
}

static graft_status allocate(const graft_model *model, const graft_dataset *data, size_t count,
                             graft_predictions *self) {
    size_t values;
    self->class_count = model->class_count;
    self->count = count;
    self->sample = graft_allocate(count, sizeof(*self->sample));
    self->label = graft_allocate(count, sizeof(*self->label));
    if (graft_multiply_sizes(count, self->class_count, &values))
        self->probabilities = graft_allocate(values, sizeof(*self->probabilities));
    if (!self->sample || !self->label || !self->probabilities) return graft_fail_memory("the predictions");
    return copy_classes(model, data, self);
}

static size_t count_correct(const graft_predictions *self, const float *votes, size_t first, size_t count) {
    size_t correct = 0;
    for (size_t i = 0; i < count; i++)
        correct += graft_argmax(votes + i * self->class_count, (int)self->class_count) == self->label[first + i];
    return correct;
}

static graft_status predict_rows(const graft_model *model, const graft_features *features, size_t cut,
                                 const graft_dataset *data, graft_predictions *self) {
    float *rows = graft_allocate((size_t)CHUNK * model->cut.width, sizeof(*rows));
    float *votes = graft_allocate((size_t)CHUNK * self->class_count, sizeof(*votes));
    graft_status status = rows && votes ? GRAFT_OK : graft_fail_memory("the predictions");
    for (size_t first = 0; status == GRAFT_OK && first < self->count; first += CHUNK) {
        size_t count = self->count - first < CHUNK ? self->count - first : CHUNK;
        status = graft_features_read(features, cut, data, self->sample + first, count, rows);
        if (status == GRAFT_OK)
            status = model->head->predict(model->context, model->state, rows, count,
                                          self->probabilities + first * self->class_count);
        if (status == GRAFT_OK && self->has_baseline) {
            status = graft_head_knn.predict(model->context, model->baseline, rows, count, votes);
            if (status == GRAFT_OK) self->baseline_correct += count_correct(self, votes, first, count);
        }
        if (status == GRAFT_OK) status = graft_cancelled(model->context);
    }
    graft_release(rows);
    graft_release(votes);
    return status;
}

graft_status graft_predictions_make(const graft_model *model, const graft_features *features, size_t cut,
                                    const graft_dataset *data, const size_t *sample, size_t count, bool baseline,
                                    graft_predictions **out) {
    *out = NULL;
    graft_predictions *self = graft_allocate_zero(1, sizeof(*self));
    if (!self) return graft_fail_memory("the predictions");
    self->context = model->context;
    graft_status status = allocate(model, data, count, self);
    for (size_t i = 0; status == GRAFT_OK && i < count; i++) {
        self->sample[i] = sample[i];
        self->label[i] = graft_dataset_sample(data, sample[i])->label;
        baseline = baseline && self->label[i] >= 0;
    }
    self->has_baseline = baseline && model->baseline && count > 0;
    if (status == GRAFT_OK) status = predict_rows(model, features, cut, data, self);
    if (status != GRAFT_OK) {
        graft_predictions_free(self);
        return status;
    }
    *out = self;
    return GRAFT_OK;
}

/* Labelled data takes the model's classes and their order; an unnamed model takes the data's. */
static graft_status agree_on_classes(const graft_model *model, graft_dataset *data) {
    size_t count = graft_dataset_class_count(data);
    if (count == 0) return GRAFT_OK;
    if (model->classes)
        return graft_dataset_use_classes(data, (const char *const *)model->classes, model->class_count, model->name,
                                         graft_dataset_is_partial(data));
    if (count != model->class_count)
        return graft_fail(GRAFT_E_USAGE,
                          "%s has %zu classes without names, %s has %zu: pass --classes FILE (one name a line)",
                          model->name, model->class_count, graft_dataset_path(data), count);
    graft_log(model->context, GRAFT_LOG_INFO,
              "%s does not name its %zu classes: taking the data's folders in byte order", model->name, count);
    return GRAFT_OK;
}

graft_status graft_model_predict(graft_predictions **out, graft_model *model, graft_dataset *data) {
    graft_features *features = NULL;
    graft_features_result result;
    size_t *sample = NULL, count = 0;
    graft_status status;
    *out = NULL;
    GRAFT_TRY(graft_dataset_check(data));
    GRAFT_TRY(agree_on_classes(model, data));
    GRAFT_TRY_TO(done, status, graft_dataset_indices(data, -1, &sample, &count));
    GRAFT_TRY_TO(done, status,
                 graft_features_open(model->context, model->graph, &model->spec, &model->cut, 1, NULL, &features));
    GRAFT_TRY_TO(done, status, graft_features_compute(features, data, sample, count, 1, &result));
    status = graft_predictions_make(model, features, 0, data, sample, count, true, out);
done:
    graft_features_close(features);
    graft_release(sample);
    return status;
}

size_t graft_predictions_count(const graft_predictions *predictions) {
    return predictions->count;
}

size_t graft_predictions_class_count(const graft_predictions *predictions) {
    return predictions->class_count;
}

const char *graft_predictions_class(const graft_predictions *predictions, size_t index) {
    return index < predictions->class_count ? predictions->classes[index] : NULL;
}

size_t graft_predictions_sample(const graft_predictions *predictions, size_t row) {
    return predictions->sample[row];
}

const float *graft_predictions_row(const graft_predictions *predictions, size_t row) {
    return predictions->probabilities + row * predictions->class_count;
}

int graft_predictions_label(const graft_predictions *predictions, size_t row) {
    return predictions->label[row];
}
