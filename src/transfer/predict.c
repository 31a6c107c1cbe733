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

/* Where rows come from, and room for a chunk of them. */
typedef struct chunk {
    const graft_features *features;
    const graft_dataset *data;
    float *rows, *votes;
} chunk;

static graft_status vote(const graft_model *model, const chunk *work, size_t neighbours, size_t first, size_t count,
                         graft_predictions *self) {
    GRAFT_TRY(graft_features_read(work->features, neighbours, work->data, self->sample + first, count, work->rows));
    GRAFT_TRY(graft_head_knn.predict(model->context, model->baseline, work->rows, count, work->votes));
    self->baseline_correct += count_correct(self, work->votes, first, count);
    return GRAFT_OK;
}

static graft_status predict_rows(const graft_model *model, const chunk *work, size_t cut, int neighbours,
                                 graft_predictions *self) {
    for (size_t first = 0; first < self->count; first += CHUNK) {
        size_t count = self->count - first < CHUNK ? self->count - first : CHUNK;
        GRAFT_TRY(graft_features_read(work->features, cut, work->data, self->sample + first, count, work->rows));
        GRAFT_TRY(model->head->predict(model->context, model->state, work->rows, count,
                                       self->probabilities + first * self->class_count));
        if (self->has_baseline) GRAFT_TRY(vote(model, work, (size_t)neighbours, first, count, self));
        GRAFT_TRY(graft_cancelled(model->context));
    }
    return GRAFT_OK;
}

/* With samples and labels, and room for the rest. */
static graft_status make(const graft_model *model, const graft_dataset *data, const size_t *sample, size_t count,
                         graft_predictions **out) {
    graft_predictions *self = graft_allocate_zero(1, sizeof(*self));
    if (!self) return graft_fail_memory("the predictions");
    self->context = model->context;
    graft_status status = allocate(model, data, count, self);
    if (status != GRAFT_OK) {
        graft_predictions_free(self);
        return status;
    }
    for (size_t i = 0; i < count; i++) {
        self->sample[i] = sample[i];
        self->label[i] = graft_dataset_sample(data, sample[i])->label;
    }
    *out = self;
    return GRAFT_OK;
}

static bool is_labelled(const graft_predictions *self) {
    for (size_t i = 0; i < self->count; i++)
        if (self->label[i] < 0) return false;
    return self->count > 0;
}

/* Hands the predictions over, or frees them after a failure. */
static graft_status finish(graft_status status, graft_predictions *self, graft_predictions **out) {
    if (status != GRAFT_OK)
        graft_predictions_free(self);
    else
        *out = self;
    return status;
}

graft_status graft_predictions_make(const graft_model *model, const graft_features *features, size_t cut,
                                    int neighbours, const graft_dataset *data, const size_t *sample, size_t count,
                                    graft_predictions **out) {
    graft_predictions *self;
    *out = NULL;
    GRAFT_TRY(make(model, data, sample, count, &self));
    self->has_baseline = neighbours >= 0 && model->baseline && is_labelled(self);
    size_t width = model->cut.width, kept;
    if (self->has_baseline) (void)graft_knn_rows(model->baseline, &self->baseline_rows, &kept);
    if (self->has_baseline && model->baseline_cut.width > width) width = model->baseline_cut.width;
    const chunk work = {features, data, graft_allocate((size_t)CHUNK * width, sizeof(float)),
                        graft_allocate((size_t)CHUNK * self->class_count, sizeof(float))};
    graft_status status = work.rows && work.votes ? predict_rows(model, &work, cut, neighbours, self)
                                                  : graft_fail_memory("the predictions");
    graft_release(work.rows);
    graft_release(work.votes);
    return finish(status, self, out);
}

graft_status graft_predictions_from(const graft_model *model, const float *rows, const graft_dataset *data,
                                    const size_t *sample, size_t count, graft_predictions **out) {
    graft_predictions *self;
    *out = NULL;
    GRAFT_TRY(make(model, data, sample, count, &self));
    return finish(model->head->predict(model->context, model->state, rows, count, self->probabilities), self, out);
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
    /* Another order would measure a wrong accuracy, and nobody would see it. */
    graft_log(model->context, GRAFT_LOG_WARNING,
              "%s does not name its %zu classes: they are taken to be the data's folders in byte order (--classes FILE "
              "says another)",
              model->name, count);
    return GRAFT_OK;
}

graft_status graft_model_predict(graft_predictions **out, graft_model *model, graft_dataset *data) {
    graft_features *features = NULL;
    graft_features_result result;
    size_t *sample = NULL, count = 0;
    graft_cut cuts[2];
    graft_status status;
    *out = NULL;
    GRAFT_TRY(graft_dataset_check(data));
    GRAFT_TRY(agree_on_classes(model, data));
    /* Only what has labels can be measured. */
    const size_t cut_count = graft_model_cuts(model, graft_dataset_class_count(data) > 0, cuts);
    GRAFT_TRY_TO(done, status, graft_dataset_indices(data, -1, &sample, &count));
    GRAFT_TRY_TO(done, status,
                 graft_features_open(model->context, model->graph, &model->spec, cuts, cut_count, NULL, &features));
    if (count > 1) graft_single_clear(&model->single); /* not beside the plan of many */
    graft_features_lend(features, &model->single);
    GRAFT_TRY_TO(done, status, graft_features_compute(features, data, sample, count, 1, &result));
    status = graft_predictions_make(model, features, 0, (int)cut_count - 1, data, sample, count, out);
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
