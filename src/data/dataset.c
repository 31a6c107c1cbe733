#include "data/dataset-internal.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

enum { sample_limit = 1 << 24 };

#define GRAFT_SOURCE(name, help) extern const graft_source graft_source_##name;
#include "data/sources.def"
#undef GRAFT_SOURCE

static const graft_source_row sources[] = {
#define GRAFT_SOURCE(name, help) {#name, help, &graft_source_##name},
#include "data/sources.def"
#undef GRAFT_SOURCE
};

/* The place of the source that graft_dataset_open_files is. */
enum {
#define GRAFT_SOURCE(name, help) place_of_##name,
#include "data/sources.def"
#undef GRAFT_SOURCE
    PICTURES = place_of_pictures
};

const graft_source_row *graft_source_at(size_t index) {
    return index < sizeof sources / sizeof *sources ? &sources[index] : NULL;
}

static graft_status read_options(graft_data_options *out, const graft_data_options *options) {
    *out = (graft_data_options)GRAFT_DATA_OPTIONS_INIT;
    if (options) memcpy(out, options, options->struct_size < sizeof *out ? options->struct_size : sizeof *out);
    if (out->validation == 0) out->validation = 0.2;
    if (!(out->validation >= 0.01 && out->validation <= 0.9))
        return graft_fail(GRAFT_E_USAGE, "validation share %g, expected 0.01 to 0.9", out->validation);
    if (!(out->test >= 0 && out->test <= 0.9))
        return graft_fail(GRAFT_E_USAGE, "test share %g, expected 0 to 0.9", out->test);
    if (out->validation + out->test > 0.95)
        return graft_fail(GRAFT_E_USAGE, "validation share %g and test share %g leave less than 0.05 to train on",
                          out->validation, out->test);
    return GRAFT_OK;
}

static graft_status new_dataset(graft_dataset **out, graft_context *context, const char *path,
                                const graft_data_options *options) {
    *out = NULL;
    graft_data_options read;
    GRAFT_TRY(read_options(&read, options));
    graft_dataset *dataset = graft_allocate_zero(1, sizeof *dataset);
    if (!dataset) return graft_fail_memory("a dataset");
    dataset->context = context;
    dataset->options = read;
    dataset->path = graft_text_copy(path);
    graft_status status = dataset->path ? graft_strmap_new(&dataset->class_index) : graft_fail_memory("a dataset");
    if (status == GRAFT_OK)
        *out = dataset;
    else
        graft_dataset_free(dataset);
    return status;
}

void graft_dataset_free(graft_dataset *dataset) {
    if (!dataset) return;
    for (size_t i = 0; i < dataset->count; i++) {
        graft_release(dataset->record[i].path);
        graft_release(dataset->record[i].fault);
    }
    for (size_t i = 0; i < dataset->class_count; i++)
        graft_release(dataset->class_name[i]);
    for (size_t i = 0; i < dataset->kind_count; i++)
        graft_release(dataset->kind_name[i]);
    graft_release(dataset->kind_name);
    for (size_t i = 0; i < dataset->bitmaps_count; i++)
        graft_bitmaps_free(dataset->bitmaps[i]);
    graft_release(dataset->layout);
    graft_strmap_free(dataset->class_index);
    graft_release(dataset->record);
    graft_release(dataset->finding);
    graft_release(dataset->class_name);
    graft_release(dataset->class_size);
    graft_release(dataset->path);
    graft_release(dataset);
}

graft_status graft_dataset_add(graft_dataset *dataset, char *path, const graft_place *place, const char *unopenable) {
    graft_status status = graft_cancelled(dataset->context);
    if (status == GRAFT_OK && dataset->count >= sample_limit)
        status = graft_fail(GRAFT_E_DATA, "%s: more than %d pictures", dataset->path, sample_limit);
    if (status == GRAFT_OK &&
        !graft_reserve(&dataset->record, &dataset->capacity, dataset->count + 1, sizeof *dataset->record))
        status = graft_fail_memory("the list of pictures");
    if (status != GRAFT_OK) {
        graft_release(path);
        return status;
    }
    graft_record *record = &dataset->record[dataset->count++];
    *record = (graft_record){.path = path, .place = *place, .unopenable = unopenable};
    record->sample = (graft_sample){.path = path,
                                    .name = path + place->name_offset,
                                    .label = place->label,
                                    .split = GRAFT_SPLIT_TRAIN,
                                    .fault = unopenable,
                                    .type = "unknown",
                                    .orientation = 1,
                                    .duplicate_of = -1};
    return GRAFT_OK;
}

graft_hash graft_record_content(const graft_record *record) {
    return (graft_hash){.high = record->sample.content[0], .low = record->sample.content[1]};
}

bool graft_record_counts(const graft_dataset *dataset, const graft_record *record) {
    return !record->sample.fault && (record->sample.label >= 0 || dataset->options.unlabelled);
}

bool graft_place_trains(const graft_place *place) {
    return place->given == GRAFT_SPLIT_OPEN || place->given == GRAFT_SPLIT_TRAIN;
}

static int compare_records(const void *a, const void *b) {
    const graft_record *x = a, *y = b;
    if (x->place.argument != y->place.argument) return x->place.argument < y->place.argument ? -1 : 1;
    return strcmp(x->sample.name, y->sample.name);
}

static graft_status collect(graft_dataset *dataset) {
    graft_survey survey = {0};
    const char *path = dataset->path;
    graft_file_kind kind = graft_file_kind_of(path);
    if (kind == GRAFT_FILE_MISSING)
        return graft_fail(GRAFT_E_DATA, "%s: no such file or folder, expected %s", path,
                          dataset->options.unlabelled ? "a picture or a folder of pictures" : GRAFT_LAYOUTS);
    if (kind == GRAFT_FILE_OTHER)
        return graft_fail(GRAFT_E_DATA, "%s: is a device or pipe, expected a folder with " GRAFT_LAYOUTS, path);
    if (kind == GRAFT_FILE_FOLDER) GRAFT_TRY(graft_survey_folder(path, &survey));
    const graft_source_row *row = NULL;
    for (size_t i = 0; (row = graft_source_at(i)) != NULL; i++)
        if (row->source->accepts(dataset, &survey)) break;
    dataset->source = row;
    graft_status status =
        row ? row->source->collect(dataset, &survey)
            : graft_fail(GRAFT_E_DATA,
                         "%s: is a file, expected a folder with " GRAFT_LAYOUTS "; or a file of " GRAFT_FILE_LAYOUTS,
                         path);
    graft_survey_free(&survey);
    return status;
}

static graft_status finish(graft_dataset *dataset, const char *class_file) {
    if (dataset->options.unlabelled && dataset->count == 0)
        return graft_fail(GRAFT_E_DATA,
                          "%s: no pictures here (%zu other entries), expected JPEG, PNG, BMP, GIF, PNM, TIFF "
                          "or WebP files",
                          dataset->path, dataset->ignored);
    if (!dataset->options.unlabelled) GRAFT_TRY(graft_classes_finish(dataset, class_file));
    if (dataset->count > 0) qsort(dataset->record, dataset->count, sizeof *dataset->record, compare_records);
    return graft_classes_verdict(dataset);
}

graft_status graft_dataset_open(graft_dataset **out, graft_context *context, const char *path,
                                const graft_data_options *options) {
    graft_dataset *dataset;
    *out = NULL;
    if (path[0] == '\0') return graft_fail(GRAFT_E_DATA, "an empty path, expected a folder with " GRAFT_LAYOUTS);
    GRAFT_TRY(new_dataset(&dataset, context, path, options));
    const char *class_file = dataset->options.classes;
    graft_status status = collect(dataset);
    dataset->options.classes = NULL;
    dataset->options.label = NULL;
    if (status == GRAFT_OK && dataset->options.unlabelled)
        status = graft_kinds_find(dataset, dataset->source == &sources[PICTURES]);
    if (status == GRAFT_OK) status = finish(dataset, class_file);
    if (status == GRAFT_OK)
        *out = dataset;
    else
        graft_dataset_free(dataset);
    return status;
}

static graft_status add_argument(graft_dataset *dataset, const char *path, size_t argument) {
    const graft_place place = {.label = -1, .given = GRAFT_SPLIT_OPEN, .argument = argument};
    size_t before = dataset->count;
    switch (graft_file_kind_of(path)) {
    case GRAFT_FILE_FOLDER:
        GRAFT_TRY(graft_walk(dataset, path, &place));
        if (dataset->count > before) return GRAFT_OK;
        return graft_fail(GRAFT_E_DATA, "%s: no pictures in this folder", path);
    case GRAFT_FILE_REGULAR: {
        char *copy = graft_text_copy(path);
        return copy ? graft_dataset_add(dataset, copy, &place, NULL) : graft_fail_memory(path);
    }
    case GRAFT_FILE_MISSING:
        return graft_fail(GRAFT_E_DATA, "%s: no such file or folder, expected a picture or a folder of pictures", path);
    case GRAFT_FILE_OTHER:
        break;
    }
    return graft_fail(GRAFT_E_DATA, "%s: a device or pipe, expected a picture or a folder of pictures", path);
}

graft_status graft_dataset_open_files(graft_dataset **out, graft_context *context, const char *const *paths,
                                      size_t count) {
    graft_dataset *dataset;
    graft_data_options options = GRAFT_DATA_OPTIONS_INIT;
    options.unlabelled = true;
    *out = NULL;
    if (count == 0) return graft_fail(GRAFT_E_USAGE, "no pictures given, expected files or folders");
    GRAFT_TRY(new_dataset(&dataset, context, count == 1 ? paths[0] : "", &options));
    dataset->source = &sources[PICTURES];
    graft_status status = GRAFT_OK;
    for (size_t i = 0; i < count && status == GRAFT_OK; i++)
        status = add_argument(dataset, paths[i], i);
    if (status == GRAFT_OK) status = finish(dataset, NULL);
    if (status == GRAFT_OK)
        *out = dataset;
    else
        graft_dataset_free(dataset);
    return status;
}

graft_status graft_dataset_tally(graft_dataset *dataset) {
    size_t *size = graft_allocate_zero(dataset->class_count, 3 * sizeof *size);
    if (!size) return graft_fail_memory("the sizes of the classes");
    for (size_t i = 0; i < dataset->count; i++) {
        const graft_sample *sample = &dataset->record[i].sample;
        if (!sample->fault && sample->label >= 0) size[(size_t)sample->label * 3 + sample->split]++;
    }
    graft_release(dataset->class_size);
    dataset->class_size = size;
    return GRAFT_OK;
}

bool graft_dataset_is_partial(const graft_dataset *dataset) {
    return dataset->options.allow_one_class;
}

const char *graft_dataset_path(const graft_dataset *dataset) {
    return dataset->path;
}

size_t graft_dataset_class_count(const graft_dataset *dataset) {
    return dataset->class_count;
}

const char *graft_dataset_class(const graft_dataset *dataset, size_t index) {
    return index < dataset->class_count ? dataset->class_name[index] : NULL;
}

size_t graft_dataset_count(const graft_dataset *dataset) {
    return dataset->count;
}

bool graft_dataset_has_given_split(const graft_dataset *dataset) {
    return dataset->has_part[GRAFT_SPLIT_TRAIN] && dataset->has_part[GRAFT_SPLIT_VALIDATION];
}

const graft_sample *graft_dataset_sample(const graft_dataset *dataset, size_t index) {
    return index < dataset->count ? &dataset->record[index].sample : NULL;
}

size_t graft_dataset_class_size(const graft_dataset *dataset, size_t class_index, graft_split split) {
    if (!dataset->class_size || class_index >= dataset->class_count || (unsigned)split > GRAFT_SPLIT_TEST) return 0;
    return dataset->class_size[class_index * 3 + (size_t)split];
}

const graft_source_row *graft_dataset_source(const graft_dataset *dataset) {
    return dataset->source;
}

graft_status graft_dataset_indices(const graft_dataset *dataset, int split, size_t **out, size_t *count) {
    *count = 0;
    *out = graft_allocate(dataset->count, sizeof **out);
    if (!*out) return graft_fail_memory("the list of pictures");
    for (size_t i = 0; i < dataset->count; i++)
        if (split < 0
                ? !dataset->record[i].sample.fault
                : graft_record_counts(dataset, &dataset->record[i]) && (int)dataset->record[i].sample.split == split)
            (*out)[(*count)++] = i;
    return GRAFT_OK;
}

size_t graft_dataset_group(const graft_dataset *dataset, size_t index) {
    int64_t first = dataset->record[index].sample.duplicate_of;
    return first < 0 ? index : (size_t)first;
}
