/* graft series compare: the data, prepared for every arm, and the same folds for all. */
#include "transfer/series-compare.h"

#include "base/alloc.h"
#include "base/error.h"

#include <string.h>

enum { DEFAULT_FOLDS = 10, FOLDS_MOST = 100 };

static void clear(graft_series_comparison *self) {
    graft_study_clear(&self->study);
    graft_series_model_free(self->base);
    graft_series_free(self->even.set);
    graft_series_free(self->coded.set);
    graft_series_free(self->scratch.set);
}

static graft_status check(const graft_series_comparison *self, const graft_compare_options *compare) {
    if (compare->folds < 0 || compare->folds == 1 || compare->folds > FOLDS_MOST)
        return graft_fail(GRAFT_E_USAGE, "folds: received %lld, expected 2 to %d", (long long)compare->folds,
                          FOLDS_MOST);
    if (compare->sizes < 0 || compare->sizes > GRAFT_COMPARE_SIZES)
        return graft_fail(GRAFT_E_USAGE, "sizes: received %lld, expected 1 to %d", (long long)compare->sizes,
                          GRAFT_COMPARE_SIZES);
    if (self->options.epochs < 0)
        return graft_fail(GRAFT_E_USAGE, "epochs: received %lld, expected training: 0 or more",
                          (long long)self->options.epochs);
    if (self->options.window > 0 || self->base->how.window > 0)
        return graft_fail(GRAFT_E_USAGE, "windows of series belong together and are no independent samples: expected "
                                         "whole series, and a base pretrained on such");
    return GRAFT_OK;
}

/* ---- series ---- */

static graft_status prepare(graft_series_comparison *self, const graft_series_set *recorded,
                            const graft_series_preparation *how, graft_series_view *view) {
    static const graft_series_arch one_length = {.name = "comparing numbers"};
    graft_series_result counts;
    GRAFT_TRY(graft_series_copy(recorded, &view->set));
    GRAFT_TRY(graft_series_settle(self->study.context, view->arch ? view->arch : &one_length, how, &view->spec,
                                  view->set, &counts));
    view->spec.classes = (int64_t)view->set->class_count;
    return GRAFT_OK;
}

static graft_status prepare_all(graft_series_comparison *self, const graft_series_set *recorded) {
    const graft_series_options *o = &self->options;
    const graft_series_model *base = self->base;
    const graft_series_preparation plain = graft_series_preparation_of(o);
    self->coded = (graft_series_view){.arch = base->arch, .spec = base->spec};
    self->scratch.spec = (graft_series_spec){.units = o->units, .layers = o->layers, .dropout = o->dropout};
    GRAFT_TRY(graft_series_arch_find(o->arch, "fcn", &self->scratch.arch));
    GRAFT_TRY(prepare(self, recorded, &plain, &self->even));
    GRAFT_TRY(prepare(self, recorded, &base->how, &self->coded));
    if (self->coded.spec.channels != base->spec.channels)
        return graft_fail(GRAFT_E_DATA, "%s: %lld channels, expected %lld as %s was trained on", self->study.path,
                          (long long)self->coded.spec.channels, (long long)base->spec.channels, base->path);
    return prepare(self, recorded, &plain, &self->scratch);
}

/* The study's rows: labels, and the numbers of every series. */
static graft_status fill_rows(graft_series_comparison *self) {
    const graft_series_view *even = &self->even;
    graft_crossval_rows *rows = &self->study.raw;
    rows->count = even->set->count;
    rows->classes = even->set->class_count;
    rows->width = (size_t)(even->spec.channels * even->spec.steps);
    GRAFT_TRY(graft_crossval_room(self->study.context, rows->count, rows->width));
    rows->x = graft_allocate_aligned(rows->count * rows->width, sizeof(float));
    rows->label = graft_allocate(rows->count, sizeof(*rows->label));
    rows->features = graft_text_format("the numbers of the series, %lld steps", (long long)even->spec.steps);
    if (!rows->x || !rows->label || !rows->features) return graft_fail_memory("series");
    for (size_t i = 0; i < rows->count; i++) {
        rows->label[i] = even->set->series[i].label;
        graft_series_write(&even->set->series[i], &even->spec, rows->x + i * rows->width);
    }
    return GRAFT_OK;
}

/* The data's own test part is held out; without one, each fold in turn, where series that repeat each other stay
 * together. */
static graft_status divide(graft_series_comparison *self) {
    graft_study *study = &self->study;
    const graft_series_set *set = self->even.set;
    study->held = graft_series_tests(set);
    if (study->held == 0) {
        GRAFT_TRY(graft_crossval_group_identical(&study->raw));
        return graft_study_divide(study);
    }
    if (study->held < 2 || study->held == set->count)
        return graft_fail(GRAFT_E_DATA,
                          "%s: %zu of %zu series test, expected some that train and at least two that test",
                          study->path, study->held, set->count);
    study->folds = 1;
    study->drawn = true;
    study->fold = graft_allocate(set->count, sizeof(*study->fold));
    if (!study->fold) return graft_fail_memory("the folds");
    for (size_t i = 0; i < set->count; i++)
        study->fold[i] = set->series[i].test ? -1 : 0;
    return graft_study_divide(study);
}

static graft_status run(graft_series_comparison *self, const char *test) {
    graft_series_set *recorded;
    const char *path = self->study.path;
    GRAFT_TRY(test ? graft_series_open_parts(path, test, &recorded) : graft_series_open(path, &recorded));
    graft_status status = recorded->class_count > 0
                              ? prepare_all(self, recorded)
                              : graft_fail(GRAFT_E_DATA, "%s: no labels, expected those of at least two classes", path);
    graft_series_free(recorded);
    if (status == GRAFT_OK) status = fill_rows(self);
    if (status == GRAFT_OK) status = divide(self);
    return status == GRAFT_OK ? graft_series_compare_arms(self) : status;
}

graft_status graft_series_compare(graft_compare_result **out, graft_context *context, const char *path,
                                  const char *test, const char *base, const graft_series_options *options,
                                  const graft_compare_options *compare) {
    graft_compare_options given = GRAFT_COMPARE_OPTIONS_INIT;
    const double begun = graft_now();
    *out = NULL;
    GRAFT_TRY(graft_options_copy(&given, sizeof(given), compare, "GRAFT_COMPARE_OPTIONS_INIT"));
    graft_series_comparison self = {.study = {.context = context,
                                              .path = path,
                                              .base = base,
                                              .folds = given.folds > 0 ? (size_t)given.folds : DEFAULT_FOLDS,
                                              .sizes = given.sizes > 0 ? (size_t)given.sizes : 1,
                                              .conflicts = -1}};
    GRAFT_TRY(graft_series_options_read(options, &self.options));
    self.study.options.arms = given.arms;
    self.study.options.c = self.options.c;
    self.study.options.seed = (uint64_t)self.options.seed;
    graft_status status = graft_series_model_open(&self.base, context, base);
    if (status == GRAFT_OK) status = check(&self, &given);
    if (status == GRAFT_OK) status = run(&self, test);
    if (status == GRAFT_OK) status = graft_compare_conclude(&self.study, out);
    if (status == GRAFT_OK) (*out)->seconds = graft_now() - begun;
    clear(&self);
    return status;
}
