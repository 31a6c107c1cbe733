/* Stratified folds. A unit (a group, or a sample without one) goes where its class is rarest so far; units come in the
 * order of their class, the large ones first, then at random, so that the single samples level what groups upset. */
#include "stats/folds.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/rng.h"

#include <stdlib.h>
#include <string.h>

typedef struct unit {
    size_t first, size; /* samples member[first .. first + size) */
    int label;          /* of its first sample */
    uint64_t random;
} unit;

typedef struct member {
    int64_t group;
    size_t sample;
} member;

static int compare_members(const void *left, const void *right) {
    const member *a = left, *b = right;
    if (a->group != b->group) return a->group < b->group ? -1 : 1;
    return a->sample < b->sample ? -1 : a->sample > b->sample;
}

static int compare_units(const void *left, const void *right) {
    const unit *a = left, *b = right;
    if (a->label != b->label) return a->label < b->label ? -1 : 1;
    if (a->size != b->size) return a->size > b->size ? -1 : 1;
    if (a->random != b->random) return a->random < b->random ? -1 : 1;
    return a->first < b->first ? -1 : a->first > b->first;
}

/* Members sorted so that a unit's samples are neighbours; returns the number of units. */
static size_t find_units(const int *label, const int64_t *group, size_t count, uint64_t seed, member *members,
                         unit *units) {
    for (size_t i = 0; i < count; i++)
        members[i] = (member){.group = group != NULL && group[i] >= 0 ? group[i] : -1, .sample = i};
    qsort(members, count, sizeof(*members), compare_members);
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && members[i].group >= 0 && members[i].group == members[i - 1].group) {
            units[found - 1].size++;
            continue;
        }
        size_t sample = members[i].sample;
        graft_rng rng = graft_rng_make(seed, GRAFT_RNG_FOLDS, 0, sample);
        units[found++] = (unit){.first = i, .size = 1, .label = label[sample], .random = graft_rng_u64(&rng)};
    }
    qsort(units, found, sizeof(*units), compare_units);
    return found;
}

/* The fold with the fewest samples of the class, then the fewest samples, then the lowest number. */
static size_t choose_fold(const size_t *of_class, const size_t *total, size_t folds) {
    size_t best = 0;
    for (size_t f = 1; f < folds; f++) {
        if (of_class[f] < of_class[best] || (of_class[f] == of_class[best] && total[f] < total[best])) best = f;
    }
    return best;
}

static graft_status check(const int *label, size_t count, int classes, int folds) {
    if (folds < 2 || folds > 1000) return graft_fail(GRAFT_E_USAGE, "%d folds, expected 2..1000", folds);
    if (classes < 1) return graft_fail(GRAFT_E_USAGE, "folds of %d classes, expected at least one", classes);
    for (size_t i = 0; i < count; i++) {
        if (label[i] < 0 || label[i] >= classes) {
            return graft_fail(GRAFT_E_DATA, "folds: sample %zu has label %d, expected 0..%d", i, label[i], classes - 1);
        }
    }
    return GRAFT_OK;
}

/* Units by the label that they are placed by. */
static void rank_classes(const size_t *units_of, int classes, size_t *second, size_t *single) {
    size_t largest = 0;
    *second = *single = 0;
    for (int k = 0; k < classes; k++) {
        const size_t units = units_of[k];
        *single += units == 1;
        if (units > largest) {
            *second = largest;
            largest = units;
        } else if (units > *second) {
            *second = units;
        }
    }
}

graft_status graft_folds_most(const int *label, const int64_t *group, size_t count, int classes, size_t *most,
                              size_t *single) {
    size_t singles;
    *most = 0;
    GRAFT_TRY(check(label, count, classes, 2));
    member *members = graft_allocate(count, sizeof(*members));
    unit *units = graft_allocate(count, sizeof(*units));
    size_t *units_of = graft_allocate_zero((size_t)classes, sizeof(*units_of));
    const bool complete = members != NULL && units != NULL && units_of != NULL;
    if (complete) {
        const size_t found = find_units(label, group, count, 0, members, units);
        for (size_t u = 0; u < found; u++)
            units_of[units[u].label]++;
        rank_classes(units_of, classes, most, &singles);
        if (single != NULL) *single = singles;
    }
    graft_release(members);
    graft_release(units);
    graft_release(units_of);
    return complete ? GRAFT_OK : graft_fail_memory("folds");
}

graft_status graft_folds_make(const int *label, const int64_t *group, size_t count, int classes, int folds,
                              uint64_t seed, int *fold) {
    GRAFT_TRY(check(label, count, classes, folds));
    size_t width = (size_t)folds;
    member *members = graft_allocate(count, sizeof(*members));
    unit *units = graft_allocate(count, sizeof(*units));
    size_t *of_class = graft_allocate_zero((size_t)classes, width * sizeof(*of_class));
    size_t *total = graft_allocate_zero(width, sizeof(*total));
    graft_status status = GRAFT_OK;
    if (members == NULL || units == NULL || of_class == NULL || total == NULL) {
        status = graft_fail_memory("folds");
        goto done;
    }
    size_t found = find_units(label, group, count, seed, members, units);
    for (size_t u = 0; u < found; u++) {
        size_t chosen = choose_fold(of_class + (size_t)units[u].label * width, total, width);
        for (size_t i = 0; i < units[u].size; i++) {
            size_t sample = members[units[u].first + i].sample;
            fold[sample] = (int)chosen;
            of_class[(size_t)label[sample] * width + chosen]++;
        }
        total[chosen] += units[u].size;
    }
done:
    graft_release(members);
    graft_release(units);
    graft_release(of_class);
    graft_release(total);
    return status;
}
