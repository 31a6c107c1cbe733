/* Groups of pictures that repeat one another: equal bytes, or near hashes and thumbnails (data/likeness.h).
 * Source of the search: Norouzi et al., "Fast search in Hamming space with multi-index hashing" (CVPR 2012): of 7
 * segments of two hashes that differ in at most 6 bits, one is equal. */
#include "data/dataset-internal.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

enum {
    segments = GRAFT_LIKENESS_BITS + 1,
    /* Pictures that one is compared with in a segment: keeps hostile or dull data from taking n * n steps. Within a
     * segment they lie in the order of the whole hash, so that it is the farther ones that are given up. */
    neighbour_limit = 4096,
};

typedef struct candidate {
    uint64_t key; /* the segment being searched above the whole hash, so that near ones lie together */
    uint64_t hash;
    size_t index;
    unsigned deviation;
} candidate;

typedef struct group_search {
    graft_dataset *dataset;
    size_t *parent; /* union-find; a root is the smallest index of its group */
    candidate *candidate;
    size_t count;
} group_search;

static size_t find(size_t *parent, size_t i) {
    while (parent[i] != i)
        i = parent[i] = parent[parent[i]];
    return i;
}

static void join(size_t *parent, size_t a, size_t b) {
    a = find(parent, a);
    b = find(parent, b);
    if (a < b)
        parent[b] = a;
    else
        parent[a] = b;
}

static int compare_contents(const void *a, const void *b) {
    const graft_record *x = *(const graft_record *const *)a, *y = *(const graft_record *const *)b;
    int order = graft_hash_compare(graft_record_content(x), graft_record_content(y));
    return order != 0 ? order : (x > y) - (x < y);
}

static bool is_repeat(const graft_record *const *sorted, size_t i) {
    return i > 0 && graft_hash_equal(graft_record_content(sorted[i]), graft_record_content(sorted[i - 1]));
}

/* Joins equal contents; the first of each that is not flat is a candidate for near ones. */
static graft_status join_equal(group_search *search) {
    graft_dataset *dataset = search->dataset;
    size_t sound = 0;
    const graft_record **sorted = graft_allocate(dataset->count, sizeof *sorted);
    if (!sorted) return graft_fail_memory("the search for duplicates");
    for (size_t i = 0; i < dataset->count; i++)
        if (!dataset->record[i].sample.fault) sorted[sound++] = &dataset->record[i];
    if (sound > 0) qsort(sorted, sound, sizeof *sorted, compare_contents);
    for (size_t i = 0; i < sound; i++) {
        size_t index = (size_t)(sorted[i] - dataset->record);
        if (is_repeat(sorted, i)) {
            join(search->parent, (size_t)(sorted[i - 1] - dataset->record), index);
            dataset->result.exact_duplicates++;
            continue;
        }
        unsigned deviation = graft_likeness_deviation(&sorted[i]->finding->likeness);
        if (deviation > 0)
            search->candidate[search->count++] =
                (candidate){.hash = sorted[i]->finding->perceptual, .index = index, .deviation = deviation};
    }
    graft_release(sorted);
    return GRAFT_OK;
}

static int compare_keys(const void *a, const void *b) {
    const candidate *x = a, *y = b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

static int segment_begin(int segment) {
    return segment * 64 / segments;
}

/* A pair that shares an earlier segment was compared there. */
static bool is_seen(uint64_t difference, int segment) {
    for (int earlier = 0; earlier < segment; earlier++) {
        int from = segment_begin(earlier), bits = segment_begin(earlier + 1) - from;
        if ((difference >> from & ((1ull << bits) - 1)) == 0) return true;
    }
    return false;
}

static void compare_pair(group_search *search, int segment, const candidate *a, const candidate *b) {
    uint64_t difference = a->hash ^ b->hash;
    if (__builtin_popcountll(difference) > GRAFT_LIKENESS_BITS || is_seen(difference, segment)) return;
    const graft_record *record = search->dataset->record;
    if (graft_likeness_near(&record[a->index].finding->likeness, a->deviation, &record[b->index].finding->likeness,
                            b->deviation))
        join(search->parent, a->index, b->index);
}

static void search_segment(group_search *search, int segment) {
    int from = segment_begin(segment), bits = segment_begin(segment + 1) - from;
    for (size_t i = 0; i < search->count; i++) { /* rotated: the segment becomes the highest bits */
        uint64_t hash = search->candidate[i].hash;
        int turn = 64 - bits - from;
        search->candidate[i].key = turn == 0 ? hash : hash << turn | hash >> (64 - turn);
    }
    qsort(search->candidate, search->count, sizeof *search->candidate, compare_keys);
    for (size_t i = 0; i < search->count; i++) {
        const candidate *a = &search->candidate[i];
        for (size_t j = i + 1; j < search->count && j - i <= neighbour_limit; j++) {
            if (a->key >> (64 - bits) != search->candidate[j].key >> (64 - bits)) break;
            compare_pair(search, segment, a, &search->candidate[j]);
        }
    }
}

static void publish(graft_dataset *dataset, size_t *parent) {
    graft_check_result *result = &dataset->result;
    size_t repeats = 0;
    for (size_t i = 0; i < dataset->count; i++) {
        graft_sample *sample = &dataset->record[i].sample;
        size_t first = find(parent, i);
        sample->duplicate_of = first == i ? -1 : (int64_t)first;
        if (first == i) continue;
        repeats++;
        if (sample->label != dataset->record[first].sample.label) result->conflicting++;
    }
    result->near_duplicates = repeats - result->exact_duplicates;
}

graft_status graft_duplicates_find(graft_dataset *dataset) {
    group_search search = {.dataset = dataset,
                           .parent = graft_allocate(dataset->count, sizeof(size_t)),
                           .candidate = graft_allocate(dataset->count, sizeof(candidate))};
    graft_status status = search.parent && search.candidate ? GRAFT_OK : graft_fail_memory("the search for duplicates");
    dataset->result.exact_duplicates = dataset->result.conflicting = 0;
    for (size_t i = 0; status == GRAFT_OK && i < dataset->count; i++)
        search.parent[i] = i;
    if (status == GRAFT_OK) status = join_equal(&search);
    for (int segment = 0; status == GRAFT_OK && segment < segments; segment++) {
        if (search.count > 1) search_segment(&search, segment);
        status = graft_cancelled(dataset->context);
    }
    if (status == GRAFT_OK) publish(dataset, search.parent);
    graft_release(search.parent);
    graft_release(search.candidate);
    return status;
}
