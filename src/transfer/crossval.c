/* Stratified k-fold over rows of features, and what follows from the folds' figures. */
#include "transfer/crossval-rows.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "stats/folds.h"
#include "stats/held-out.h"
#include "stats/student.h"

#include <math.h>
#include <stdlib.h>

enum { DEFAULT_FOLDS = 10, FOLDS_MOST = 1000 };

static const char *const heads[] = {"logistic", "knn"};

/* The public result and what its members borrow from. */
typedef struct owner {
    graft_crossval_result result;
    graft_crossval_rows rows;
    graft_crossval_fold *folds;
    graft_crossval_class *rare;
} owner;

void graft_crossval_free(graft_crossval_result *result) {
    owner *self = (owner *)result; /* its first member */
    if (!self) return;
    graft_crossval_rows_clear(&self->rows);
    graft_release(self->folds);
    graft_release(self->rare);
    graft_release(self);
}

static graft_status check_options(const graft_crossval_options *options) {
    if (options->folds < 0 || options->folds == 1 || options->folds > FOLDS_MOST)
        return graft_fail(GRAFT_E_USAGE, "folds: received %lld, expected 2..%d", (long long)options->folds, FOLDS_MOST);
    if (options->head != GRAFT_CROSSVAL_LOGISTIC && options->head != GRAFT_CROSSVAL_KNN)
        return graft_fail(GRAFT_E_USAGE, "head: received %d, expected one of " GRAFT_CROSSVAL_HEAD_CHOICES,
                          options->head);
    if (options->c < 0 || !isfinite(options->c))
        return graft_fail(GRAFT_E_USAGE, "c: received %g, expected 0 (chosen inside each fold) or more", options->c);
    if (options->neighbours < 0 || options->neighbours > 10000)
        return graft_fail(GRAFT_E_USAGE, "neighbours: received %lld, expected 1..10000",
                          (long long)options->neighbours);
    if (options->image_size < 0 || options->image_size > 4096)
        return graft_fail(GRAFT_E_USAGE, "image size: received %lld, expected 1..4096", (long long)options->image_size);
    return GRAFT_OK;
}

static graft_status read_rows(graft_context *context, const char *path, const graft_backbone *backbone,
                              const graft_crossval_options *options, graft_crossval_rows *rows) {
    bool matrix = graft_crossval_ends(path, ".npy") || graft_crossval_ends(path, ".npz");
    bool numbers = matrix;
    if (matrix && backbone)
        return graft_fail(GRAFT_E_USAGE, "%s holds features already: a network (--base) has nothing to do", path);
    if (options->labels && !matrix)
        return graft_fail(GRAFT_E_USAGE, "labels: %s knows its classes itself, expected features in .npy or .npz",
                          path);
    if (matrix) {
        GRAFT_TRY(graft_crossval_read_features(context, path, options, rows));
    } else if (!backbone && graft_crossval_ends(path, ".csv")) {
        bool pictures;
        GRAFT_TRY(graft_crossval_read_csv(context, path, options, rows, &pictures));
        numbers = !pictures;
    }
    if (!numbers) return graft_crossval_read_data(context, path, backbone, options, rows);
    return graft_crossval_group_identical(rows);
}

typedef struct unit {
    int label;
    int64_t group;
} unit;

static int by_label_and_group(const void *left, const void *right) {
    const unit *a = left, *b = right;
    if (a->label != b->label) return a->label < b->label ? -1 : 1;
    return (a->group > b->group) - (a->group < b->group);
}

static int by_group(const void *left, const void *right) {
    const unit *a = left, *b = right;
    return (a->group > b->group) - (a->group < b->group);
}

/* Samples beside the first of their group; what a group's number is does not matter. */
static size_t count_repeats(unit *units, size_t count) {
    size_t repeats = 0;
    qsort(units, count, sizeof(*units), by_group);
    for (size_t i = 1; i < count; i++)
        repeats += units[i].group >= 0 && units[i].group == units[i - 1].group;
    return repeats;
}

/* Distinct samples of every class; refuses one class alone, logs the rare ones. */
static graft_status survey(graft_context *context, owner *self, const char *path, size_t folds) {
    const graft_crossval_rows *rows = &self->rows;
    graft_crossval_result *result = &self->result;
    if (rows->classes < 2)
        return graft_fail(GRAFT_E_DATA, "%s: all %zu samples are of the class %s, expected at least two classes", path,
                          rows->count, rows->classes ? rows->class_name[0] : "?");
    if (rows->count < folds)
        return graft_fail(GRAFT_E_DATA, "%s: %zu samples are fewer than %zu folds (add samples or use fewer folds)",
                          path, rows->count, folds);
    size_t *distinct = graft_allocate_zero(rows->classes, sizeof(*distinct));
    unit *units = graft_allocate(rows->count, sizeof(*units));
    self->rare = graft_allocate(rows->classes, sizeof(*self->rare));
    graft_status status = distinct && units && self->rare ? GRAFT_OK : graft_fail_memory("the classes");
    for (size_t i = 0; status == GRAFT_OK && i < rows->count; i++)
        units[i] = (unit){rows->label[i], rows->group[i]};
    if (status == GRAFT_OK) result->duplicates = count_repeats(units, rows->count);
    if (status == GRAFT_OK) qsort(units, rows->count, sizeof(*units), by_label_and_group);
    for (size_t i = 0; status == GRAFT_OK && i < rows->count; i++)
        distinct[units[i].label] += i == 0 || by_label_and_group(&units[i], &units[i - 1]) != 0;
    for (size_t i = 0; status == GRAFT_OK && i < rows->classes; i++) {
        if (distinct[i] >= folds) continue;
        self->rare[result->rare_count++] = (graft_crossval_class){rows->class_name[i], distinct[i]};
        graft_log(context, GRAFT_LOG_WARNING, "class %s has %zu distinct samples, fewer than %zu folds: some have none",
                  rows->class_name[i], distinct[i], folds);
    }
    graft_release(distinct);
    graft_release(units);
    return status;
}

static graft_status count_fold(void *phase) {
    return graft_phase_add(phase, 1, 0);
}

static graft_status score(graft_context *context, owner *self, const graft_crossval_options *options, int folds) {
    const graft_crossval_rows *rows = &self->rows;
    graft_rows view = {.x = rows->x,
                       .label = rows->label,
                       .group = rows->group,
                       .count = rows->count,
                       .width = rows->width,
                       .classes = (int)rows->classes};
    int *fold = graft_allocate(rows->count, sizeof(*fold));
    graft_phase *phase = NULL;
    self->folds = graft_allocate((size_t)folds, sizeof(*self->folds));
    graft_status status = fold && self->folds ? GRAFT_OK : graft_fail_memory("the folds");
    graft_held_out how = {.fold = fold,
                          .folds = folds,
                          .head = options->head,
                          .c = options->c,
                          .neighbours = options->neighbours > 0 ? (int)options->neighbours : GRAFT_KNN_NEIGHBOURS,
                          .seed = options->seed,
                          .scored = count_fold};
    if (status == GRAFT_OK)
        status =
            graft_folds_make(rows->label, rows->group, rows->count, (int)rows->classes, folds, options->seed, fold);
    if (status == GRAFT_OK) status = graft_phase_begin(context, "crossval", (uint64_t)folds, &phase);
    how.user = phase;
    if (status == GRAFT_OK) status = graft_held_out_score(context, &view, &how, NULL, self->folds);
    graft_phase_end(phase);
    graft_release(fold);
    return status;
}

static void summarize(owner *self, const graft_crossval_options *options, size_t folds) {
    graft_crossval_result *result = &self->result;
    double squares = 0, count = (double)folds;
    for (size_t f = 0; f < folds; f++) {
        result->mean += self->folds[f].accuracy;
        result->loss += self->folds[f].loss;
        result->baseline += self->folds[f].baseline;
    }
    result->mean /= count;
    result->loss /= count;
    result->baseline /= count;
    for (size_t f = 0; f < folds; f++)
        squares += (self->folds[f].accuracy - result->mean) * (self->folds[f].accuracy - result->mean);
    result->std = sqrt(squares / (count - 1));
    graft_crossval_interval(result->mean, result->std, folds, 1 / (count - 1), self->rows.count, result->interval95);
    result->n = self->rows.count;
    result->width = self->rows.width;
    result->classes = self->rows.classes;
    result->fold_count = folds;
    result->folds = self->folds;
    result->head = heads[options->head];
    result->features = self->rows.features;
    result->rare = self->rare;
}

graft_status graft_crossval(graft_crossval_result **out, graft_context *context, const char *path,
                            const graft_backbone *backbone, const graft_crossval_options *options) {
    graft_crossval_options given = GRAFT_CROSSVAL_OPTIONS_INIT;
    *out = NULL;
    GRAFT_TRY(graft_options_copy(&given, sizeof(given), options, "GRAFT_CROSSVAL_OPTIONS_INIT"));
    GRAFT_TRY(check_options(&given));
    int folds = given.folds > 0 ? (int)given.folds : DEFAULT_FOLDS;
    owner *self = graft_allocate_zero(1, sizeof(*self));
    if (!self) return graft_fail_memory("a cross-validation");
    graft_status status = read_rows(context, path, backbone, &given, &self->rows);
    if (status == GRAFT_OK) status = survey(context, self, path, (size_t)folds);
    if (status == GRAFT_OK) {
        status = score(context, self, &given, folds);
        if (status != GRAFT_OK && status != GRAFT_E_CANCELLED) status = graft_fail_in(status, "%s", path);
    }
    if (status != GRAFT_OK) {
        graft_crossval_free(&self->result);
        return status;
    }
    summarize(self, &given, (size_t)folds);
    *out = &self->result;
    return GRAFT_OK;
}
