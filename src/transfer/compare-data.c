/* What is compared: the same rows in the same order, once as raw pixels and once as features, and the folds. */
#include "transfer/compare-internal.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "base/file.h"
#include "base/rng.h"
#include "data/dataset.h"
#include "stats/folds.h"

#include <math.h>
#include <string.h>

void graft_study_clear(graft_study *study) {
    graft_crossval_rows_clear(&study->raw);
    graft_crossval_rows_clear(&study->deep);
    graft_release(study->sample);
    graft_release(study->fold);
    graft_release(study->order);
    graft_release(study->baseline);
    graft_release(study->baseline_hits);
    for (int i = 0; i < GRAFT_COMPARE_ARMS; i++) {
        graft_release(study->arm[i].what);
        graft_release(study->arm[i].accuracy);
        graft_release(study->arm[i].c);
        graft_release(study->arm[i].epochs);
        graft_release(study->arm[i].hits);
        graft_release(study->arm[i].epoch_hits);
    }
    for (size_t i = 0; i < study->text_count; i++)
        graft_release(study->texts[i]);
    graft_dataset_free(study->data);
}

/* ---- rows ---- */

static graft_status read_pictures(graft_study *study) {
    graft_data_options options = GRAFT_DATA_OPTIONS_INIT;
    options.label = study->options.label;
    GRAFT_TRY(graft_dataset_open(&study->data, study->context, study->path, &options));
    GRAFT_TRY(graft_dataset_check(study->data));
    GRAFT_TRY(graft_study_draw(study));
    if (!study->drawn) GRAFT_TRY(graft_dataset_indices(study->data, -1, &study->sample, &study->raw.count));
    if (!study->drawn && graft_dataset_has_given_split(study->data))
        graft_log(study->context, GRAFT_LOG_INFO, "%s holds train and validation: all of it takes part", study->path);
    return graft_crossval_read_pixels(study->context, study->data, 0, study->sample, &study->picture, &study->raw);
}

/* Rows of numbers are enough where the features come from a file. */
static graft_status read_raw(graft_study *study) {
    bool pictures = true;
    graft_crossval_options options = GRAFT_CROSSVAL_OPTIONS_INIT;
    options.label = study->options.label;
    if (!study->backbone && graft_crossval_ends(study->path, ".csv"))
        GRAFT_TRY(graft_crossval_read_csv(study->context, study->path, &options, &study->raw, &pictures));
    if (pictures) return read_pictures(study);
    return graft_crossval_group_identical(&study->raw);
}

/* The table that graft extract writes beside its features tells their classes: rows that it tells otherwise. */
static graft_status count_conflicts(graft_study *study) {
    const char *path = study->options.features;
    char *beside = graft_text_format("%.*s.csv", (int)(strlen(path) - 4), path);
    graft_crossval_rows table = {0};
    graft_crossval_options options = GRAFT_CROSSVAL_OPTIONS_INIT;
    study->conflicts = -1;
    if (!beside) return graft_fail_memory(path);
    const bool there = graft_file_kind_of(beside) == GRAFT_FILE_REGULAR;
    graft_release(beside);
    if (!there) return GRAFT_OK;
    graft_status status = graft_crossval_read_features(study->context, path, &options, &table);
    if (status == GRAFT_OK && table.count == study->raw.count) {
        study->conflicts = 0;
        for (size_t i = 0; i < table.count; i++)
            study->conflicts +=
                strcmp(table.class_name[table.label[i]], study->raw.class_name[study->raw.label[i]]) != 0;
    }
    graft_crossval_rows_clear(&table);
    return status;
}

static graft_status read_deep(graft_study *study) {
    const char *path = study->options.features;
    if (!path) return GRAFT_OK;
    if (!graft_crossval_ends(path, ".npy") && !graft_crossval_ends(path, ".npz"))
        return graft_fail(GRAFT_E_USAGE, "features: received %s, expected a .npy or .npz", path);
    GRAFT_TRY(graft_crossval_read_matrix(study->context, path, &study->deep));
    if (study->deep.count != study->raw.count)
        return graft_fail(GRAFT_E_DATA, "%s: %zu rows of features, %s has %zu samples", path, study->deep.count,
                          study->path, study->raw.count);
    return count_conflicts(study);
}

/* ---- folds and sizes ---- */

static graft_status make_folds(graft_study *study) {
    const graft_crossval_rows *rows = &study->raw;
    graft_rng rng = graft_rng_make(study->options.seed, GRAFT_RNG_BOOTSTRAP, 0, 0);
    if (!study->drawn) study->fold = graft_allocate(rows->count, sizeof(*study->fold));
    study->order = graft_allocate(rows->count, sizeof(*study->order));
    if (!study->fold || !study->order) return graft_fail_memory("the folds");
    for (size_t i = 0; i < rows->count; i++)
        study->order[i] = i;
    graft_rng_shuffle(&rng, study->order, rows->count);
    if (study->drawn) return GRAFT_OK;
    return graft_folds_make(rows->label, rows->group, rows->count, (int)rows->classes, (int)study->folds,
                            study->options.seed, study->fold);
}

static double share_of(const graft_study *study, size_t size) {
    return ldexp(1, (int)size - (int)study->sizes + 1);
}

void graft_study_roles(const graft_study *study, size_t size, size_t fold, int *role) {
    const graft_crossval_rows *rows = &study->raw;
    for (size_t i = 0; i < rows->count; i++)
        role[i] = graft_study_holds(study, i, fold) ? 0 : -1;
    for (size_t k = 0; k < rows->classes; k++) {
        size_t all = 0, taken = 0;
        for (size_t i = 0; i < rows->count; i++)
            all += rows->label[i] == (int)k && graft_study_trains(study, i, fold);
        const size_t wanted =
            study->by_class ? study->per_class[size] : (size_t)ceil(share_of(study, size) * (double)all);
        for (size_t i = 0; i < rows->count && taken < wanted; i++) {
            const size_t row = study->order[i];
            if (rows->label[row] != (int)k || !graft_study_trains(study, row, fold)) continue;
            role[row] = 1;
            taken++;
        }
    }
}

graft_status graft_study_parts(const graft_study *study, size_t size, size_t fold, size_t **train, size_t *train_count,
                               size_t **held, size_t *held_count) {
    const size_t count = study->raw.count;
    int *role = graft_allocate(count, sizeof(*role));
    *train = graft_allocate(count, sizeof(**train));
    *held = graft_allocate(count, sizeof(**held));
    *train_count = *held_count = 0;
    if (role && *train && *held) {
        graft_study_roles(study, size, fold, role);
        for (size_t i = 0; i < count; i++) {
            if (role[i] == 1) (*train)[(*train_count)++] = i;
            if (role[i] == 0) (*held)[(*held_count)++] = i;
        }
        graft_release(role);
        return GRAFT_OK;
    }
    graft_release(role);
    graft_release(*train);
    graft_release(*held);
    *train = *held = NULL;
    return graft_fail_memory("the folds");
}

/* What always answering the largest class of the other folds reaches. */
static graft_status measure_majority(graft_study *study) {
    const graft_crossval_rows *rows = &study->raw;
    size_t *of_class = graft_allocate(rows->classes, sizeof(*of_class));
    study->baseline = graft_allocate(study->folds, sizeof(*study->baseline));
    study->baseline_hits = graft_allocate_zero(rows->count, sizeof(*study->baseline_hits));
    if (!of_class || !study->baseline || !study->baseline_hits) {
        graft_release(of_class);
        return graft_fail_memory("the classes");
    }
    for (size_t f = 0; f < study->folds; f++) {
        size_t largest = 0, held = 0, hits = 0;
        memset(of_class, 0, rows->classes * sizeof(*of_class));
        for (size_t i = 0; i < rows->count; i++)
            of_class[rows->label[i]] += graft_study_trains(study, i, f);
        for (size_t k = 0; k < rows->classes; k++)
            if (of_class[k] > of_class[largest]) largest = k;
        for (size_t i = 0; i < rows->count; i++) {
            if (!graft_study_holds(study, i, f)) continue;
            study->baseline_hits[held++] += rows->label[i] == (int)largest;
            hits += rows->label[i] == (int)largest;
        }
        study->baseline[f] = held ? (double)hits / (double)held : 0;
        study->majority += study->baseline[f] / (double)study->folds;
    }
    graft_release(of_class);
    return GRAFT_OK;
}

/* Parts that would have fewer than two samples of a class on average say nothing. */
static void limit_sizes(graft_study *study) {
    const double all = (double)study->raw.count, folds = (double)study->folds;
    const double train = graft_study_once(study) ? all - (double)study->held : all * (folds - 1) / folds;
    while (!study->by_class && study->sizes > 1 && share_of(study, 0) * train < 2 * (double)study->raw.classes)
        study->sizes--;
}

static graft_status check_rows(const graft_study *study) {
    const graft_crossval_rows *rows = &study->raw;
    if (rows->classes < 2)
        return graft_fail(GRAFT_E_DATA, "%s: all %zu samples are of one class, expected at least two classes",
                          study->path, rows->count);
    if (rows->count < 2 * study->folds)
        return graft_fail(GRAFT_E_DATA, "%s: %zu samples for %zu folds, expected at least two a fold (use fewer folds)",
                          study->path, rows->count, study->folds);
    return GRAFT_OK;
}

static graft_status count_training(graft_study *study) {
    for (size_t s = 0; s < study->sizes; s++) {
        study->train[s] = 0;
        for (size_t f = 0; f < study->folds; f++) {
            size_t *train, *held, train_count, held_count;
            GRAFT_TRY(graft_study_parts(study, s, f, &train, &train_count, &held, &held_count));
            graft_release(train);
            graft_release(held);
            study->train[s] += (double)train_count / (double)study->folds;
        }
    }
    return GRAFT_OK;
}

double graft_study_overlap(const graft_study *study, size_t size) {
    if (study->drawn) return 0;
    return (double)study->raw.count / (double)study->folds / study->train[size];
}

graft_status graft_study_divide(graft_study *study) {
    GRAFT_TRY(check_rows(study));
    GRAFT_TRY(make_folds(study));
    limit_sizes(study);
    GRAFT_TRY(count_training(study));
    return measure_majority(study);
}

graft_status graft_study_open(graft_study *study) {
    study->conflicts = -1;
    GRAFT_TRY(read_raw(study));
    GRAFT_TRY(check_rows(study));
    GRAFT_TRY(read_deep(study));
    return graft_study_divide(study);
}
