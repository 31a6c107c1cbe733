/* Why transfer did not help: how pictures reach the network. Measured on part of the samples, since every way is a pass
 * of its own. */
#include "transfer/compare-internal.h"

#include "base/alloc.h"
#include "base/error.h"
#include "data/dataset.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLES = 400 };
static const double level = 0.05;

/* A study of fewer samples, that borrows what it can. */
typedef struct part {
    graft_study study;
    const double *c; /* of each fold */
} part;

static void part_clear(part *self) {
    graft_release(self->study.sample);
    graft_release(self->study.raw.label);
    graft_release(self->study.raw.group);
    graft_release(self->study.fold);
    graft_release(self->study.order);
}

static graft_status part_init(part *self, const graft_study *whole) {
    const size_t count = whole->raw.count < SAMPLES ? whole->raw.count : SAMPLES;
    graft_study *study = &self->study;
    *self = (part){.study = {.context = whole->context,
                             .path = whole->path,
                             .backbone = whole->backbone,
                             .options = whole->options,
                             .data = whole->data,
                             .folds = whole->folds,
                             .drawn = whole->drawn,
                             .sizes = 1}};
    study->raw.count = count;
    study->raw.classes = whole->raw.classes;
    study->sample = graft_allocate(count, sizeof(*study->sample));
    study->raw.label = graft_allocate(count, sizeof(*study->raw.label));
    study->raw.group = graft_allocate(count, sizeof(*study->raw.group));
    study->fold = graft_allocate(count, sizeof(*study->fold));
    study->order = graft_allocate(count, sizeof(*study->order));
    if (!study->sample || !study->raw.label || !study->raw.group || !study->fold || !study->order)
        return graft_fail_memory("a part of the samples");
    for (size_t i = 0; i < count; i++) {
        const size_t row = whole->order[i];
        study->sample[i] = whole->sample[row];
        study->raw.label[i] = whole->raw.label[row];
        study->raw.group[i] = whole->raw.group[row];
        study->fold[i] = whole->fold[row];
        study->order[i] = i;
    }
    self->c = graft_compare_strengths(whole);
    return GRAFT_OK;
}

static graft_status measure(const part *self, const graft_graph *graph, const graft_preprocess *spec, int node,
                            double *accuracy) {
    graft_crossval_rows rows = {0}, *wanted[] = {&rows};
    graft_cut cut;
    GRAFT_TRY(graft_cut_make(graph, node, GRAFT_POOL_AVG, &cut));
    graft_status status =
        graft_compare_features(&self->study, graph, spec, &cut, 1, self->study.sample, self->study.raw.count, wanted);
    if (status == GRAFT_OK) status = graft_compare_logistic(&self->study, &rows, 0, self->c, accuracy, NULL, NULL);
    graft_crossval_rows_clear(&rows);
    return status;
}

static graft_compare_figure difference_of(const part *self, const double *with, const double *without) {
    double difference[100];
    for (size_t f = 0; f < self->study.folds; f++)
        difference[f] = with[f] - without[f];
    return graft_compare_test(difference, self->study.folds);
}

static graft_status check_preprocessing(graft_study *study, const part *self, const double *own) {
    static const graft_scaling others[] = {GRAFT_SCALING_TF, GRAFT_SCALING_CAFFE, GRAFT_SCALING_TORCH, GRAFT_SCALING_01,
                                           GRAFT_SCALING_RAW};
    const graft_preprocess *spec = &study->backbone->spec;
    graft_compare_figure best = {.value = -INFINITY};
    graft_scaling best_scaling = GRAFT_SCALING_UNKNOWN;
    char name[GRAFT_SCALING_TEXT];
    size_t tried = 0;
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
        graft_preprocess other;
        double accuracy[100];
        if (others[i] == spec->scaling) continue;
        graft_preprocess_init(&other, others[i]);
        other.width = spec->width;
        other.height = spec->height;
        other.channels = spec->channels;
        other.fit = spec->fit;
        other.filter = spec->filter;
        GRAFT_TRY(measure(self, study->backbone->graph, &other, study->cut.node, accuracy));
        const graft_compare_figure effect = difference_of(self, accuracy, own);
        tried++;
        if (!(effect.value > best.value)) continue;
        best = effect;
        best_scaling = others[i];
    }
    const bool helps = best.p * (double)tried < level && best.value > 0;
    const char *text = graft_scaling_text(best_scaling, name);
    return graft_compare_cause(study, "preprocessing", helps ? GRAFT_COMPARE_YES : GRAFT_COMPARE_NO, &best,
                               "%s of %zu other scalings, %s (--preprocess %s) is the best, on %zu samples",
                               helps ? "the network wants its pictures scaled in another way:" : "as it should be:",
                               tried, text, text, self->study.raw.count);
}

static int by_value(const void *left, const void *right) {
    const int a = *(const int *)left, b = *(const int *)right;
    return (a > b) - (a < b);
}

/* The longer side of the middle picture. */
static graft_status find_side(const graft_study *study, int *side) {
    int *all = graft_allocate(study->raw.count, sizeof(*all));
    if (!all) return graft_fail_memory("the pictures' sizes");
    for (size_t i = 0; i < study->raw.count; i++) {
        const graft_sample *sample = graft_dataset_sample(study->data, study->sample[i]);
        all[i] = sample->width > sample->height ? sample->width : sample->height;
    }
    qsort(all, study->raw.count, sizeof(*all), by_value);
    *side = all[study->raw.count / 2];
    graft_release(all);
    return GRAFT_OK;
}

static graft_status check_resolution(graft_study *study, const part *self, const double *own) {
    const graft_preprocess *spec = &study->backbone->spec;
    graft_graph *graph = NULL;
    double accuracy[100];
    int side;
    GRAFT_TRY(find_side(study, &side));
    if (2 * side >= spec->width)
        return graft_compare_cause(study, "resolution", GRAFT_COMPARE_NO, NULL,
                                   "pictures of about %d px, the network takes %d", side, spec->width);
    /* The nearest multiple of 32, which most networks halve without a rest, at least twice the pictures. */
    const int smaller = (2 * side + 31) / 32 * 32;
    graft_status status = GRAFT_E_DATA;
    if (smaller < spec->width) {
        GRAFT_TRY(graft_graph_prefix(study->backbone->graph, &study->cut.node, 1, &graph, NULL));
        status = graft_graph_resize_input(graph, smaller, smaller);
    }
    if (status != GRAFT_OK) {
        graft_graph_free(graph);
        return graft_compare_cause(study, "resolution", GRAFT_COMPARE_POSSIBLE, NULL,
                                   "pictures of about %d px are enlarged to %d px; the network takes no smaller input",
                                   side, spec->width);
    }
    graft_preprocess other = *spec;
    other.width = other.height = smaller;
    status = measure(self, graph, &other, graft_graph_output(graph), accuracy);
    graft_graph_free(graph);
    GRAFT_TRY(status);
    const graft_compare_figure effect = difference_of(self, accuracy, own);
    const bool helps = effect.p < level && effect.value > 0;
    return graft_compare_cause(study, "resolution", helps ? GRAFT_COMPARE_YES : GRAFT_COMPARE_POSSIBLE, &effect,
                               "pictures of about %d px are enlarged to %d px, which blurs them; %d px (--image-size "
                               "%d) %s, on %zu samples",
                               side, spec->width, smaller, smaller, helps ? "is better" : "is no better for sure",
                               self->study.raw.count);
}

static graft_status check_grey(graft_study *study) {
    graft_check_result check = GRAFT_CHECK_RESULT_INIT;
    graft_dataset_check_result(study->data, &check);
    const double share = check.sound ? (double)check.grey / (double)check.sound : 0;
    if (share < 0.5 || study->backbone->spec.channels == 1)
        return graft_compare_cause(study, "grey", GRAFT_COMPARE_NO, NULL, "%.0f %% of the pictures are without colour",
                                   100 * share);
    return graft_compare_cause(
        study, "grey", GRAFT_COMPARE_POSSIBLE, NULL,
        "%.0f %% of the pictures are without colour, which the network was trained with: what its "
        "features know of colour is of no use here",
        100 * share);
}

graft_status graft_compare_input_causes(graft_study *study) {
    static const char *const names[] = {"preprocessing", "resolution", "grey"};
    part self = {0};
    double own[100];
    if (!study->backbone || !study->arm[GRAFT_ARM_FROZEN].done) {
        for (size_t i = 0; i < 3; i++)
            GRAFT_TRY(graft_compare_cause(study, names[i], GRAFT_COMPARE_UNKNOWN, NULL,
                                          "needs the network that the features are of (--base)"));
        return GRAFT_OK;
    }
    graft_status status;
    GRAFT_TRY_TO(done, status, part_init(&self, study));
    GRAFT_TRY_TO(done, status, measure(&self, study->backbone->graph, &study->backbone->spec, study->cut.node, own));
    GRAFT_TRY_TO(done, status, check_preprocessing(study, &self, own));
    GRAFT_TRY_TO(done, status, check_resolution(study, &self, own));
    status = check_grey(study);
done:
    part_clear(&self);
    return status;
}
