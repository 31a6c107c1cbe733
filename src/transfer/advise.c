/* Advice: what training would do as far as frozen features go, and the strategy that follows. */
#include "transfer/advise-internal.h"

#include "base/alloc.h"
#include "base/error.h"
#include "data/dataset.h"
#include "stats/folds.h"
#include "stats/held-out.h"
#include "transfer/crossval-rows.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { PIXEL_FOLDS = 5 };

const char *graft_strategy_name(graft_strategy strategy) {
    static const char *const names[] = {"head", "earlier", "stages", "all"};
    return (int)strategy >= 0 && strategy < GRAFT_STRATEGY_COUNT ? names[strategy] : NULL;
}

const char *graft_advice_cell(graft_advice_size size, graft_advice_likeness likeness) {
    return graft_rule_cell(size, likeness);
}

void graft_advice_free(graft_advice *advice) {
    graft_advice_owner *self = (graft_advice_owner *)advice; /* its first member */
    if (!self) return;
    for (size_t i = 0; i < sizeof(self->texts) / sizeof(*self->texts); i++)
        graft_release(self->texts[i]);
    graft_run_free(self->run);
    graft_release(self);
}

static void count_samples(graft_advice *advice, const graft_dataset *data) {
    graft_check_result check = GRAFT_CHECK_RESULT_INIT;
    graft_dataset_check_result(data, &check);
    advice->train = check.per_split[GRAFT_SPLIT_TRAIN];
    advice->validation = check.per_split[GRAFT_SPLIT_VALIDATION];
    advice->test = check.per_split[GRAFT_SPLIT_TEST];
    advice->classes = graft_dataset_class_count(data);
    advice->smallest = SIZE_MAX;
    for (size_t k = 0; k < advice->classes; k++) {
        size_t size = graft_dataset_class_size(data, k, GRAFT_SPLIT_TRAIN);
        if (size < advice->smallest) advice->smallest = size;
        if (size > advice->largest) advice->largest = size;
    }
}

static void take_evaluation(graft_advice *advice, const graft_evaluation *frozen, graft_rule *rule) {
    graft_rule_facts facts = {.count = advice->train, .classes = advice->classes, .measured = frozen != NULL};
    if (frozen) {
        advice->accuracy = facts.accuracy = frozen->accuracy;
        advice->majority = facts.majority = frozen->majority_baseline;
        advice->knn = facts.knn = frozen->knn_baseline;
        advice->interval95[0] = frozen->interval95[0];
        advice->interval95[1] = frozen->interval95[1];
    }
    graft_rule_apply(&facts, rule);
    advice->size = rule->size;
    advice->likeness = rule->likeness;
    advice->skill = rule->skill;
}

/* Accuracy of nearest neighbours on rows, cross-validated, and of the largest class. */
static graft_status score_rows(graft_context *context, const graft_crossval_rows *rows, graft_advice *advice) {
    const graft_rows view = {.x = rows->x,
                             .label = rows->label,
                             .group = rows->group,
                             .count = rows->count,
                             .width = rows->width,
                             .classes = (int)rows->classes};
    graft_crossval_fold folds[PIXEL_FOLDS];
    int *fold = graft_allocate(rows->count, sizeof(*fold));
    if (!fold) return graft_fail_memory("the folds");
    graft_held_out how = {.fold = fold,
                          .folds = rows->count < PIXEL_FOLDS ? (int)rows->count : PIXEL_FOLDS,
                          .head = GRAFT_CROSSVAL_KNN,
                          .neighbours = GRAFT_KNN_NEIGHBOURS};
    graft_status status =
        graft_folds_make(rows->label, rows->group, rows->count, (int)rows->classes, how.folds, 0, fold);
    if (status == GRAFT_OK) status = graft_held_out_score(context, &view, &how, NULL, folds);
    if (status == GRAFT_OK) advice->pixels = advice->majority = 0;
    for (int f = 0; f < how.folds && status == GRAFT_OK; f++) {
        advice->pixels += folds[f].accuracy / how.folds;
        advice->majority += folds[f].baseline / how.folds;
    }
    graft_release(fold);
    return status;
}

/* Without a network: how far raw pixels alone come. */
static graft_status measure_pixels(graft_advice_owner *self, graft_context *context, graft_dataset *data) {
    graft_crossval_options options = GRAFT_CROSSVAL_OPTIONS_INIT;
    graft_crossval_rows rows = {0};
    graft_rule rule;
    take_evaluation(&self->advice, NULL, &rule);
    graft_status status = graft_crossval_read_dataset(context, data, NULL, &options, &rows);
    if (status == GRAFT_OK) status = score_rows(context, &rows, &self->advice);
    graft_crossval_rows_clear(&rows);
    snprintf(self->reason, sizeof(self->reason),
             "without a network (--base) nothing says how much of the data is known already: its row of the matrix is "
             "given, the column is not");
    self->advice.reason = self->reason;
    return status;
}

static graft_status carry_out(graft_advice_owner *self, graft_context *context, graft_dataset *data,
                              const graft_backbone *backbone, graft_train_options *options) {
    graft_choice choice;
    graft_rule rule;
    GRAFT_TRY(graft_dataset_check(data));
    count_samples(&self->advice, data);
    if (!backbone) return measure_pixels(self, context, data);
    const graft_tune_options *tune = &options->tune;
    bool given = (tune->fine_tune && *tune->fine_tune) || (tune->freeze && *tune->freeze);
    if (!given && !backbone->untrained) options->tune.fine_tune = "auto"; /* from scratch all of it learns */
    GRAFT_TRY(graft_train_frozen(&self->run, context, data, backbone, options, &choice));
    self->advice.run = self->run;
    take_evaluation(&self->advice, self->run->evaluations[GRAFT_SPLIT_VALIDATION], &rule);
    GRAFT_TRY(graft_advice_measure_domain(self));
    return graft_advice_strategies(self, &choice);
}

graft_status graft_advise(graft_advice **out, graft_context *context, graft_dataset *data,
                          const graft_backbone *backbone, const graft_train_options *options) {
    graft_train_options given = GRAFT_TRAIN_OPTIONS_INIT;
    const double none = (double)NAN;
    *out = NULL;
    GRAFT_TRY(graft_options_copy(&given, sizeof(given), options, "GRAFT_TRAIN_OPTIONS_INIT"));
    graft_advice_owner *self = graft_allocate_zero(1, sizeof(*self));
    if (!self) return graft_fail_memory("the advice");
    self->advice = (graft_advice){.accuracy = none,
                                  .interval95 = {none, none},
                                  .knn = none,
                                  .majority = none,
                                  .pixels = none,
                                  .skill = none,
                                  .domain = {none, none, none, none, none, none, 0, 0},
                                  .images_per_second = none,
                                  .strategy = GRAFT_STRATEGY_COUNT};
    graft_status status = carry_out(self, context, data, backbone, &given);
    if (status != GRAFT_OK) {
        graft_advice_free(&self->advice);
        return status;
    }
    *out = &self->advice;
    return GRAFT_OK;
}
