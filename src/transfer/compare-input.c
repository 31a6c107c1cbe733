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
    /* As the network says, and in the other way measured last: of each fold, and (drawn) of each row held out. */
    double own[100], other[100];
    unsigned char *own_hits, *other_hits;
} part;

static void part_clear(part *self) {
    graft_release(self->study.sample);
    graft_release(self->study.raw.label);
    graft_release(self->study.raw.group);
    graft_release(self->study.fold);
    graft_release(self->study.order);
    graft_release(self->own_hits);
    graft_release(self->other_hits);
}

/* Where a row stands in the study's random order, and when it is its turn to be taken. */
typedef struct place {
    size_t turn, at;
} place;

static int by_turn(const void *left, const void *right) {
    const place *a = left, *b = right;
    if (a->turn != b->turn) return a->turn < b->turn ? -1 : 1;
    return (a->at > b->at) - (a->at < b->at);
}

/* Folds take turns, and of draws also the classes in each fold, so that none is left without rows or with one class. */
static graft_status take_turns(const graft_study *whole, place *places) {
    const size_t classes = whole->raw.classes;
    size_t *taken = graft_allocate_zero(whole->folds * classes + 1, sizeof(*taken));
    if (!taken) return graft_fail_memory("a part of the samples");
    for (size_t i = 0; i < whole->raw.count; i++) {
        const size_t row = whole->order[i], label = (size_t)whole->raw.label[row];
        const bool trains = whole->drawn && whole->fold[row] >= 0;
        const size_t fold = whole->fold[row] >= 0 ? (size_t)whole->fold[row] : 0;
        size_t turn = taken[trains ? 1 + fold * classes + label : whole->drawn ? 0 : fold]++;
        if (trains) turn = turn * classes + (label + fold) % classes;
        places[i] = (place){turn, i};
    }
    graft_release(taken);
    qsort(places, whole->raw.count, sizeof(*places), by_turn);
    return GRAFT_OK;
}

/* chosen[i]: the row at order[i] is in the part. Of draws as many train as are held out, where there are so many: the
 * few that train are not to be lost among those. */
static graft_status choose_rows(const graft_study *whole, bool *chosen, size_t *count) {
    size_t room[2] = {SAMPLES, SAMPLES};
    place *places = graft_allocate(whole->raw.count, sizeof(*places));
    *count = 0;
    graft_status status = places ? take_turns(whole, places) : graft_fail_memory("a part of the samples");
    for (size_t i = 0; i < whole->raw.count && status == GRAFT_OK; i++) {
        const bool held = whole->drawn && whole->fold[whole->order[places[i].at]] < 0;
        if (room[held] == 0) continue;
        room[held]--;
        chosen[places[i].at] = true;
        ++*count;
    }
    graft_release(places);
    return status;
}

static graft_status part_fill(part *self, const graft_study *whole, const bool *chosen, size_t count) {
    graft_study *study = &self->study;
    size_t next = 0;
    study->sample = graft_allocate(count, sizeof(*study->sample));
    study->raw.label = graft_allocate(count, sizeof(*study->raw.label));
    study->raw.group = graft_allocate(count, sizeof(*study->raw.group));
    study->fold = graft_allocate(count, sizeof(*study->fold));
    study->order = graft_allocate(count, sizeof(*study->order));
    if (!study->sample || !study->raw.label || !study->raw.group || !study->fold || !study->order)
        return graft_fail_memory("a part of the samples");
    for (size_t i = 0; i < whole->raw.count; i++) {
        const size_t row = whole->order[i];
        if (!chosen[i]) continue;
        study->sample[next] = whole->sample[row];
        study->raw.label[next] = whole->raw.label[row];
        study->raw.group[next] = whole->raw.group[row];
        study->fold[next] = whole->fold[row];
        study->order[next] = next;
        study->held += whole->drawn && whole->fold[row] < 0;
        next++;
    }
    study->raw.count = next;
    study->train[0] = (double)next * (1 - 1 / (double)whole->folds);
    return GRAFT_OK;
}

static graft_status part_init(part *self, const graft_study *whole) {
    bool *chosen = graft_allocate_zero(whole->raw.count, sizeof(*chosen));
    size_t count = 0;
    *self = (part){.study = {.context = whole->context,
                             .path = whole->path,
                             .backbone = whole->backbone,
                             .options = whole->options,
                             .data = whole->data,
                             .folds = whole->folds,
                             .drawn = whole->drawn,
                             .sizes = 1}};
    self->study.raw.classes = whole->raw.classes;
    graft_status status = chosen ? choose_rows(whole, chosen, &count) : graft_fail_memory("a part of the samples");
    if (status == GRAFT_OK) status = part_fill(self, whole, chosen, count);
    if (status == GRAFT_OK && whole->drawn) {
        self->own_hits = graft_allocate_zero(self->study.held, sizeof(*self->own_hits));
        self->other_hits = graft_allocate_zero(self->study.held, sizeof(*self->other_hits));
        if (!self->own_hits || !self->other_hits) status = graft_fail_memory("a part of the samples");
    }
    self->c = graft_compare_strengths(whole);
    graft_release(chosen);
    return status;
}

static graft_status measure(part *self, const graft_graph *graph, const graft_preprocess *spec, int node, bool own) {
    graft_crossval_rows rows = {0}, *wanted[] = {&rows};
    unsigned char *hits = own ? self->own_hits : self->other_hits;
    graft_cut cut;
    GRAFT_TRY(graft_cut_make(graph, node, GRAFT_POOL_AVG, &cut));
    graft_status status =
        graft_compare_features(&self->study, graph, spec, &cut, 1, self->study.sample, self->study.raw.count, wanted);
    if (hits) memset(hits, 0, self->study.held);
    if (status == GRAFT_OK)
        status = graft_compare_logistic(&self->study, &rows, 0, self->c, own ? self->own : self->other, NULL, hits);
    graft_crossval_rows_clear(&rows);
    return status;
}

static graft_compare_figure difference_of(const part *self) {
    static const double one[] = {1};
    double difference[100];
    for (size_t f = 0; f < self->study.folds; f++)
        difference[f] = self->other[f] - self->own[f];
    return graft_compare_test(&self->study, 0, difference,
                              graft_compare_shared(&self->study, self->other_hits, self->own_hits, 1, one));
}

static graft_status check_preprocessing(graft_study *study, part *self) {
    static const graft_scaling others[] = {GRAFT_SCALING_TF, GRAFT_SCALING_CAFFE, GRAFT_SCALING_TORCH, GRAFT_SCALING_01,
                                           GRAFT_SCALING_RAW};
    const graft_preprocess *spec = &study->backbone->spec;
    graft_compare_figure best = {.value = -INFINITY};
    graft_scaling best_scaling = GRAFT_SCALING_UNKNOWN;
    char name[GRAFT_SCALING_TEXT];
    size_t tried = 0;
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
        graft_preprocess other;
        if (others[i] == spec->scaling) continue;
        graft_preprocess_init(&other, others[i]);
        other.width = spec->width;
        other.height = spec->height;
        other.channels = spec->channels;
        other.fit = spec->fit;
        other.filter = spec->filter;
        GRAFT_TRY(measure(self, study->backbone->graph, &other, study->cut.node, false));
        const graft_compare_figure effect = difference_of(self);
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

static graft_status check_resolution(graft_study *study, part *self) {
    const graft_preprocess *spec = &study->backbone->spec;
    graft_graph *graph = NULL;
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
    status = measure(self, graph, &other, graft_graph_output(graph), false);
    graft_graph_free(graph);
    GRAFT_TRY(status);
    const graft_compare_figure effect = difference_of(self);
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
    if (!study->backbone || !study->arm[GRAFT_ARM_FROZEN].done) {
        for (size_t i = 0; i < 3; i++)
            GRAFT_TRY(graft_compare_cause(study, names[i], GRAFT_COMPARE_UNKNOWN, NULL,
                                          "needs the network that the features are of (--base)"));
        return GRAFT_OK;
    }
    graft_status status = part_init(&self, study);
    if (status == GRAFT_OK)
        status = measure(&self, study->backbone->graph, &study->backbone->spec, study->cut.node, true);
    const bool measured = status == GRAFT_OK;
    graft_status outcome = measured ? check_preprocessing(study, &self) : status;
    status = graft_compare_settle_cause(study, names[0], outcome);
    if (status == GRAFT_OK && measured) outcome = check_resolution(study, &self);
    if (status == GRAFT_OK) status = graft_compare_settle_cause(study, names[1], outcome);
    part_clear(&self);
    return status == GRAFT_OK ? check_grey(study) : status;
}
