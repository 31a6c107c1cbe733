#include "stats/held-out.h"

#include "base/alloc.h"
#include "base/error.h"
#include "stats/folds.h"
#include "stats/knn.h"
#include "stats/metrics.h"
#include "stats/tile.h"

#include <string.h>

enum { INNER_FOLDS = 5 };

static const double fallback_c = 0.01; /* where nothing can be cross-validated */

/* Copies of the rows of one fold and of all others. */
typedef struct parts {
    float *train, *held, *probabilities;
    int *train_label, *held_label;
    int64_t *train_group;
    size_t *held_row, *class_size;
    graft_rows others;
    size_t held_count;
} parts;

static void parts_clear(parts *self) {
    graft_release(self->train);
    graft_release(self->held);
    graft_release(self->probabilities);
    graft_release(self->train_label);
    graft_release(self->held_label);
    graft_release(self->train_group);
    graft_release(self->held_row);
    graft_release(self->class_size);
}

/* Room for any fold. */
static graft_status parts_init(parts *self, const graft_rows *rows, const graft_held_out *how) {
    size_t most = 0, fewest = rows->count, row = rows->width * sizeof(float);
    for (int f = 0; f < how->folds; f++) {
        size_t held = 0;
        for (size_t i = 0; i < rows->count; i++)
            held += how->fold[i] == f;
        if (held == 0)
            return graft_fail(GRAFT_E_DATA, "%d folds of %zu samples: fold %d is empty (use fewer folds)", how->folds,
                              rows->count, f);
        if (held > most) most = held;
        if (held < fewest) fewest = held;
    }
    self->train = graft_allocate_aligned(rows->count - fewest, row);
    self->held = graft_allocate_aligned(most, row);
    self->probabilities = graft_allocate(most, (size_t)rows->classes * sizeof(float));
    self->train_label = graft_allocate(rows->count, sizeof(int));
    self->held_label = graft_allocate(most, sizeof(int));
    self->train_group = graft_allocate(rows->count, sizeof(int64_t));
    self->held_row = graft_allocate(most, sizeof(size_t));
    self->class_size = graft_allocate((size_t)rows->classes, sizeof(size_t));
    bool complete = self->train && self->held && self->probabilities && self->train_label && self->held_label &&
                    self->train_group && self->held_row && self->class_size;
    return complete ? GRAFT_OK : graft_fail_memory("the folds' rows");
}

static void take_fold(parts *self, const graft_rows *rows, const int *fold, int f) {
    size_t width = rows->width, train = 0, held = 0;
    memset(self->class_size, 0, (size_t)rows->classes * sizeof(*self->class_size));
    for (size_t i = 0; i < rows->count; i++) {
        const float *x = rows->x + i * width;
        if (fold[i] < 0) continue;
        if (fold[i] == f) {
            memcpy(self->held + held * width, x, width * sizeof(float));
            self->held_row[held] = i;
            self->held_label[held++] = rows->label[i];
        } else {
            memcpy(self->train + train * width, x, width * sizeof(float));
            self->class_size[rows->label[i]]++;
            self->train_group[train] = rows->group ? rows->group[i] : -1;
            self->train_label[train++] = rows->label[i];
        }
    }
    self->held_count = held;
    self->others = (graft_rows){.x = self->train,
                                .label = self->train_label,
                                .group = self->train_group,
                                .count = train,
                                .width = width,
                                .classes = rows->classes};
}

/* ---- the strength of regularisation ---- */

static graft_status choose_c(graft_context *context, const graft_rows *rows, const graft_held_out *how,
                             graft_crossval_fold *out) {
    size_t folds = 0;
    graft_logistic_cv cv;
    out->c = how->c;
    if (how->c > 0) return GRAFT_OK;
    out->c = fallback_c;
    GRAFT_TRY(graft_folds_most(rows->label, rows->group, rows->count, rows->classes, &folds, NULL));
    if (folds > INNER_FOLDS) folds = INNER_FOLDS;
    out->blind = folds < 2;
    if (out->blind) return GRAFT_OK;
    GRAFT_TRY(graft_logistic_crossval(context, rows, NULL, 0, (int)folds, how->seed, &cv));
    out->c = cv.c[cv.best];
    return GRAFT_OK;
}

/* ---- one fold ---- */

static graft_status predict(graft_context *context, const parts *self, const graft_held_out *how,
                            graft_crossval_fold *out) {
    if (how->head == GRAFT_CROSSVAL_KNN)
        return graft_knn_predict(context, &self->others, self->held, self->held_count, how->neighbours,
                                 self->probabilities);
    graft_logistic *model;
    GRAFT_TRY(choose_c(context, &self->others, how, out));
    GRAFT_TRY(graft_logistic_fit(context, &self->others, out->c, &model));
    graft_logistic_predict(model, self->held, self->held_count, self->probabilities);
    graft_logistic_free(model);
    return GRAFT_OK;
}

static graft_status score_fold(graft_context *context, const parts *self, const graft_held_out *how,
                               graft_crossval_fold *out) {
    size_t present = 0, largest = 0, hits = 0;
    graft_metrics *metrics;
    for (size_t k = 0; k < (size_t)self->others.classes; k++) {
        present += self->class_size[k] > 0;
        if (self->class_size[k] > self->class_size[largest]) largest = k;
    }
    if (present < 2)
        return graft_fail(GRAFT_E_DATA, "the other folds are of one class, expected two or more (add samples)");
    GRAFT_TRY(predict(context, self, how, out));
    GRAFT_TRY(
        graft_metrics_compute(self->probabilities, self->held_label, self->held_count, self->others.classes, &metrics));
    for (size_t i = 0; i < self->held_count; i++)
        hits += self->held_label[i] == (int)largest;
    out->n = self->held_count;
    out->correct = metrics->correct;
    out->accuracy = metrics->accuracy;
    out->loss = metrics->loss;
    out->baseline = (double)hits / (double)self->held_count;
    graft_metrics_free(metrics);
    return GRAFT_OK;
}

graft_status graft_held_out_score(graft_context *context, const graft_rows *rows, const graft_held_out *how,
                                  float *probabilities, graft_crossval_fold *out) {
    parts self = {0};
    GRAFT_TRY(graft_rows_check(rows));
    GRAFT_TRY(graft_rows_check_finite(rows->x, rows->count, rows->width));
    graft_status status = parts_init(&self, rows, how);
    const size_t classes = (size_t)rows->classes;
    for (int f = 0; f < how->folds && status == GRAFT_OK; f++) {
        out[f] = (graft_crossval_fold){0};
        take_fold(&self, rows, how->fold, f);
        status = score_fold(context, &self, how, &out[f]);
        if (status != GRAFT_OK) status = graft_fail_in(status, "fold %d", f);
        for (size_t i = 0; status == GRAFT_OK && probabilities && i < self.held_count; i++)
            memcpy(probabilities + self.held_row[i] * classes, self.probabilities + i * classes,
                   classes * sizeof(float));
        if (status == GRAFT_OK && how->scored) status = how->scored(how->user);
    }
    parts_clear(&self);
    return status;
}
