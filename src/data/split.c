/* The split: thresholds on a number drawn from content and seed. See graft_dataset_check for the rule and why. */
#include "data/dataset-internal.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "base/rng.h"

#include <stdlib.h>
#include <string.h>

typedef struct group {
    size_t first;          /* its smallest index */
    size_t representative; /* the member whose draw counts */
    size_t begin, count;   /* its members in split_work.member */
    double draw;           /* in [0, 1): test lies lowest, then validation, then train */
} group;

typedef struct split_work {
    graft_dataset *dataset;
    group *group;
    size_t group_count;
    size_t *member;      /* indices of samples to be split, group by group */
    size_t *class_count; /* class x split */
} split_work;

static bool is_drawn(const graft_dataset *dataset, const graft_record *record) {
    return graft_record_counts(dataset, record) && record->place.given == GRAFT_SPLIT_OPEN;
}

/* Samples without labels are of one class. */
static size_t class_of(const graft_sample *sample) {
    return sample->label < 0 ? 0 : (size_t)sample->label;
}

static size_t class_count_of(const graft_dataset *dataset) {
    return dataset->class_count > 0 ? dataset->class_count : 1;
}

/* The name that an original has rather than its copies. */
static bool is_more_original(const graft_record *a, const graft_record *b) {
    const char *x = graft_path_name(a->path), *y = graft_path_name(b->path);
    size_t length_x = strlen(x), length_y = strlen(y);
    if (length_x != length_y) return length_x < length_y;
    int order = strcmp(x, y);
    return order != 0 ? order < 0 : graft_hash_compare(graft_record_content(a), graft_record_content(b)) < 0;
}

/* By content, not by place: a picture that moves to another folder keeps its draw. */
static double draw_of(const graft_dataset *dataset, const graft_record *record) {
    const graft_hash content = graft_record_content(record);
    graft_rng rng = graft_rng_make(dataset->options.seed, GRAFT_RNG_SPLIT, 0, content.low ^ content.high);
    return graft_rng_uniform(&rng);
}

static graft_split split_of_draw(const graft_dataset *dataset, double draw) {
    double test = dataset->has_part[GRAFT_SPLIT_TEST] ? 0 : dataset->options.test;
    if (draw < test) return GRAFT_SPLIT_TEST;
    return draw < test + dataset->options.validation ? GRAFT_SPLIT_VALIDATION : GRAFT_SPLIT_TRAIN;
}

typedef struct member_key {
    size_t group, index;
} member_key;

static int compare_members(const void *a, const void *b) {
    const member_key *x = a, *y = b;
    if (x->group != y->group) return x->group < y->group ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

/* Fills member and group from the samples' duplicate_of. */
static graft_status collect_groups(split_work *work) {
    graft_dataset *dataset = work->dataset;
    size_t count = 0;
    member_key *key = graft_allocate(dataset->count, sizeof *key);
    if (!key) return graft_fail_memory("the split");
    for (size_t i = 0; i < dataset->count; i++)
        if (is_drawn(dataset, &dataset->record[i])) key[count++] = (member_key){graft_dataset_group(dataset, i), i};
    if (count > 0) qsort(key, count, sizeof *key, compare_members);
    for (size_t i = 0; i < count; i++) {
        work->member[i] = key[i].index;
        if (i == 0 || key[i].group != key[i - 1].group)
            work->group[work->group_count++] =
                (group){.first = key[i].group, .representative = key[i].index, .begin = i};
        group *g = &work->group[work->group_count - 1];
        g->count++;
        if (is_more_original(&dataset->record[key[i].index], &dataset->record[g->representative]))
            g->representative = key[i].index;
    }
    graft_release(key);
    return GRAFT_OK;
}

static void put(split_work *work, const group *g, graft_split split) {
    for (size_t i = g->begin; i < g->begin + g->count; i++) {
        graft_sample *sample = &work->dataset->record[work->member[i]].sample;
        size_t *of_class = work->class_count + class_of(sample) * 3;
        of_class[sample->split]--;
        of_class[split]++;
        sample->split = split;
    }
}

static void draw_groups(split_work *work) {
    const graft_dataset *dataset = work->dataset;
    for (size_t i = 0; i < work->group_count; i++) {
        group *g = &work->group[i];
        g->draw = draw_of(dataset, &dataset->record[g->representative]);
        for (size_t k = g->begin; k < g->begin + g->count; k++) { /* counted as train until put */
            graft_sample *sample = &work->dataset->record[work->member[k]].sample;
            sample->split = GRAFT_SPLIT_TRAIN;
            work->class_count[class_of(sample) * 3 + GRAFT_SPLIT_TRAIN]++;
        }
        put(work, g, split_of_draw(dataset, g->draw));
    }
}

/* How many members of `g` are of the class. */
static size_t members_of(const split_work *work, const group *g, size_t class) {
    size_t count = 0;
    for (size_t i = g->begin; i < g->begin + g->count; i++)
        if (class_of(&work->dataset->record[work->member[i]].sample) == class) count++;
    return count;
}

/* Whether moving `g` away leaves every class in it something in the split that it leaves; test may become empty. */
static bool can_leave(const split_work *work, const group *g, graft_split from) {
    if (from == GRAFT_SPLIT_TEST) return true;
    for (size_t i = g->begin; i < g->begin + g->count; i++) {
        const size_t class = class_of(&work->dataset->record[work->member[i]].sample);
        if (work->class_count[class * 3 + from] <= members_of(work, g, class)) return false;
    }
    return true;
}

/* Gives the class a sample in `into` from `from`: of the groups that may go, the one whose draw lies nearest. */
static void fill_part(split_work *work, size_t class, graft_split from, graft_split into) {
    const group *best = NULL;
    for (size_t i = 0; i < work->group_count; i++) {
        const group *g = &work->group[i];
        const graft_sample *first = &work->dataset->record[work->member[g->begin]].sample;
        if (first->split != from || members_of(work, g, class) == 0 || !can_leave(work, g, from)) continue;
        bool nearer = !best || (into > from ? g->draw < best->draw : g->draw > best->draw);
        if (nearer) best = g;
    }
    if (best) put(work, best, into);
}

/* Training and validation get at least one sample of every class, where a class has more than one group. */
static void fill_classes(split_work *work) {
    const graft_dataset *dataset = work->dataset;
    for (size_t class = 0; class < class_count_of(dataset); class ++) {
        const size_t *count = work->class_count + class * 3;
        size_t total = count[0] + count[1] + count[2];
        if (total < 2) continue;
        if (count[GRAFT_SPLIT_TRAIN] == 0) fill_part(work, class, GRAFT_SPLIT_VALIDATION, GRAFT_SPLIT_TRAIN);
        if (count[GRAFT_SPLIT_TRAIN] == 0) fill_part(work, class, GRAFT_SPLIT_TEST, GRAFT_SPLIT_TRAIN);
        if (count[GRAFT_SPLIT_VALIDATION] == 0) fill_part(work, class, GRAFT_SPLIT_TRAIN, GRAFT_SPLIT_VALIDATION);
        if (count[GRAFT_SPLIT_VALIDATION] == 0) fill_part(work, class, GRAFT_SPLIT_TEST, GRAFT_SPLIT_VALIDATION);
        if (dataset->class_count > 0 && (count[GRAFT_SPLIT_TRAIN] == 0 || count[GRAFT_SPLIT_VALIDATION] == 0))
            graft_log(dataset->context, GRAFT_LOG_WARNING,
                      "class %s: its pictures are too few or too alike for both training and validation",
                      dataset->class_name[class]);
    }
}

static graft_status draw_split(graft_dataset *dataset) {
    split_work work = {.dataset = dataset,
                       .group = graft_allocate(dataset->count, sizeof(group)),
                       .member = graft_allocate(dataset->count, sizeof(size_t)),
                       .class_count = graft_allocate_zero(class_count_of(dataset), 3 * sizeof(size_t))};
    graft_status status =
        work.group && work.member && work.class_count ? collect_groups(&work) : graft_fail_memory("the split");
    if (status == GRAFT_OK) {
        draw_groups(&work);
        fill_classes(&work);
    }
    graft_release(work.group);
    graft_release(work.member);
    graft_release(work.class_count);
    return status;
}

/* Samples of given validation and test parts whose group has a member in train. */
static graft_status count_leaking(graft_dataset *dataset) {
    bool *trained = graft_allocate_zero(dataset->count, sizeof *trained);
    if (!trained) return graft_fail_memory("the check for leaks");
    for (size_t i = 0; i < dataset->count; i++) {
        const graft_sample *sample = &dataset->record[i].sample;
        if (!sample->fault && sample->split == GRAFT_SPLIT_TRAIN) trained[graft_dataset_group(dataset, i)] = true;
    }
    dataset->result.leaking = 0;
    for (size_t i = 0; i < dataset->count; i++) {
        const graft_sample *sample = &dataset->record[i].sample;
        if (!sample->fault && sample->split != GRAFT_SPLIT_TRAIN && trained[graft_dataset_group(dataset, i)])
            dataset->result.leaking++;
    }
    graft_release(trained);
    return GRAFT_OK;
}

graft_status graft_split_assign(graft_dataset *dataset) {
    for (size_t i = 0; i < dataset->count; i++) {
        graft_record *record = &dataset->record[i];
        record->sample.split =
            record->place.given == GRAFT_SPLIT_OPEN ? GRAFT_SPLIT_TRAIN : (graft_split)record->place.given;
    }
    GRAFT_TRY(draw_split(dataset));
    return count_leaking(dataset);
}
