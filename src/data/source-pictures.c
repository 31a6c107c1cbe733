/* Pictures without labels: what predict and extract read, and what autoencoders learn from. */
#include "data/dataset-internal.h"

#include "base/alloc.h"
#include "base/error.h"

#include <string.h>

static bool accepts(const graft_dataset *dataset, const graft_survey *survey) {
    (void)survey;
    return dataset->options.unlabelled;
}

/* Pictures in folders that are called train, validation, test belong there, at whatever depth below. */
static void place_splits(graft_dataset *dataset, const graft_survey *survey) {
    if (!graft_survey_has_splits(survey)) return;
    for (size_t i = 0; i < survey->folders.count; i++) {
        const int split = graft_split_named(survey->folders.name[i]);
        if (split >= 0) dataset->has_part[split] = true;
    }
    for (size_t i = 0; i < dataset->count; i++) {
        char folder[16];
        graft_record *record = &dataset->record[i];
        const size_t length = strcspn(record->sample.name, "/");
        if (length >= sizeof folder) continue;
        memcpy(folder, record->sample.name, length);
        folder[length] = '\0';
        const int split = graft_split_named(folder);
        /* train/ alone is split as a folder without parts would be. */
        if (split > GRAFT_SPLIT_TRAIN || (split >= 0 && dataset->has_part[GRAFT_SPLIT_VALIDATION]))
            record->place.given = split;
    }
}

static graft_status collect(graft_dataset *dataset, const graft_survey *survey) {
    size_t length = strlen(dataset->path);
    graft_place place = {.label = -1, .given = GRAFT_SPLIT_OPEN, .name_offset = length};
    if (graft_file_kind_of(dataset->path) == GRAFT_FILE_FOLDER) {
        if (dataset->path[length - 1] != '/') place.name_offset++;
        GRAFT_TRY(graft_walk(dataset, dataset->path, &place));
        place_splits(dataset, survey);
        return GRAFT_OK;
    }
    place.name_offset = (size_t)(graft_path_name(dataset->path) - dataset->path);
    char *path = graft_text_copy(dataset->path);
    return path ? graft_dataset_add(dataset, path, &place, NULL) : graft_fail_memory(dataset->path);
}

const graft_source graft_source_pictures = {accepts, collect};
