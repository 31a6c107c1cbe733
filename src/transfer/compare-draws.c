/* Training sets of so many samples a class; and data that name themselves what is held out, of whose other samples each
 * fold draws its own. */
#include "transfer/compare-internal.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/rng.h"
#include "data/dataset.h"

#include <stdlib.h>

enum { PER_CLASS_MOST = 1000000 };
enum { UNUSED = -2, HELD = -1 };

graft_status graft_study_sizes(graft_study *study) {
    const char *text = study->options.per_class;
    study->by_class = text && *text;
    if (!study->by_class) return GRAFT_OK;
    study->sizes = 0;
    for (const char *at = text; at;) {
        char *end;
        const long value = strtol(at, &end, 10);
        const size_t s = study->sizes;
        const bool ends = end != at && (*end == ',' || *end == '\0');
        if (!ends || value < 1 || value > PER_CLASS_MOST || s == GRAFT_COMPARE_SIZES ||
            (s > 0 && (size_t)value <= study->per_class[s - 1]))
            return graft_fail(
                GRAFT_E_USAGE,
                "per-class: received \"%.60s\", expected at most %d ascending numbers of samples, such as "
                "5,20,50",
                text, GRAFT_COMPARE_SIZES);
        study->per_class[study->sizes++] = (size_t)value;
        at = *end ? end + 1 : NULL;
    }
    return GRAFT_OK;
}

/* What the data name for testing, else for validating; none: they name neither. */
static graft_status find_held(const graft_study *study, graft_split *split, size_t **held, size_t *count) {
    *split = GRAFT_SPLIT_TEST;
    GRAFT_TRY(graft_dataset_indices(study->data, GRAFT_SPLIT_TEST, held, count));
    if (*count > 0 || !graft_dataset_has_given_split(study->data)) return GRAFT_OK;
    graft_release(*held);
    *split = GRAFT_SPLIT_VALIDATION;
    return graft_dataset_indices(study->data, GRAFT_SPLIT_VALIDATION, held, count);
}

/* Marks held samples and the groups of duplicates that they are in: nothing that repeats them may train. */
static void mark_held(const graft_study *study, graft_rng *rng, size_t *held, size_t count, int *draw, bool *repeats) {
    const size_t most = (size_t)study->options.held;
    graft_rng_shuffle(rng, held, count);
    if (most > 0 && count > most) count = most;
    for (size_t i = 0; i < count; i++) {
        draw[held[i]] = HELD;
        repeats[graft_dataset_group(study->data, held[i])] = true;
    }
}

/* For each fold as many samples a class as the largest size has; no sample is in two folds. */
static graft_status draw_training(const graft_study *study, graft_rng *rng, graft_split held, int *draw,
                                  const bool *repeats) {
    const graft_dataset *data = study->data;
    const size_t classes = graft_dataset_class_count(data), most = study->per_class[study->sizes - 1];
    size_t *pool = NULL, count, *taken = graft_allocate_zero(classes, sizeof(*taken));
    graft_status status = taken ? GRAFT_OK : graft_fail_memory("the classes");
    if (status == GRAFT_OK) status = graft_dataset_indices(data, -1, &pool, &count);
    if (status == GRAFT_OK) graft_rng_shuffle(rng, pool, count);
    for (size_t i = 0; status == GRAFT_OK && i < count; i++) {
        const graft_sample *sample = graft_dataset_sample(data, pool[i]);
        if (sample->label < 0 || sample->split == held || repeats[graft_dataset_group(data, pool[i])]) continue;
        const size_t turn = taken[sample->label] / most;
        if (turn >= study->folds) continue;
        draw[pool[i]] = (int)turn;
        taken[sample->label]++;
    }
    for (size_t k = 0; status == GRAFT_OK && k < classes; k++)
        if (taken[k] < most * study->folds)
            status = graft_fail(GRAFT_E_DATA,
                                "%s: class %s has %zu training samples that repeat nothing held out, and %zu draws of "
                                "%zu need %zu: use fewer --folds or a smaller --per-class",
                                study->path, graft_dataset_class(data, k), taken[k], study->folds, most,
                                most * study->folds);
    graft_release(pool);
    graft_release(taken);
    return status;
}

/* The samples that take part, in the data's order. */
static graft_status keep(graft_study *study, const int *draw) {
    const size_t count = graft_dataset_count(study->data);
    size_t rows = 0;
    study->sample = graft_allocate(count, sizeof(*study->sample));
    study->fold = graft_allocate(count, sizeof(*study->fold));
    if (!study->sample || !study->fold) return graft_fail_memory("the draws");
    for (size_t i = 0; i < count; i++) {
        if (draw[i] == UNUSED) continue;
        study->sample[rows] = i;
        study->fold[rows++] = draw[i];
        study->held += draw[i] == HELD;
    }
    study->raw.count = rows;
    study->drawn = true;
    return GRAFT_OK;
}

graft_status graft_study_draw(graft_study *study) {
    const size_t count = graft_dataset_count(study->data);
    graft_rng rng = graft_rng_make(study->options.seed, GRAFT_RNG_FOLDS, 1, 0);
    graft_split split;
    size_t *held = NULL, held_count = 0;
    if (!study->by_class) return GRAFT_OK;
    int *draw = graft_allocate(count, sizeof(*draw));
    bool *repeats = graft_allocate_zero(count, sizeof(*repeats));
    graft_status status = draw && repeats ? GRAFT_OK : graft_fail_memory("the draws");
    for (size_t i = 0; draw && i < count; i++)
        draw[i] = UNUSED;
    if (status == GRAFT_OK) status = find_held(study, &split, &held, &held_count);
    if (status == GRAFT_OK && held_count > 0) {
        mark_held(study, &rng, held, held_count, draw, repeats);
        status = draw_training(study, &rng, split, draw, repeats);
        if (status == GRAFT_OK) status = keep(study, draw);
    }
    graft_release(held);
    graft_release(draw);
    graft_release(repeats);
    return status;
}
