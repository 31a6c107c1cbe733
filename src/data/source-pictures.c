/* Pictures without labels: what predict and extract read. */
#include "data/dataset-internal.h"

#include "base/alloc.h"
#include "base/error.h"

#include <string.h>

static bool accepts(const graft_dataset *dataset, const graft_survey *survey) {
    (void)survey;
    return dataset->options.unlabelled;
}

static graft_status collect(graft_dataset *dataset, const graft_survey *survey) {
    (void)survey;
    size_t length = strlen(dataset->path);
    graft_place place = {.label = -1, .given = GRAFT_SPLIT_OPEN, .name_offset = length};
    if (graft_file_kind_of(dataset->path) == GRAFT_FILE_FOLDER) {
        if (dataset->path[length - 1] != '/') place.name_offset++;
        return graft_walk(dataset, dataset->path, &place);
    }
    place.name_offset = (size_t)(graft_path_name(dataset->path) - dataset->path);
    char *path = graft_text_copy(dataset->path);
    return path ? graft_dataset_add(dataset, path, &place, NULL) : graft_fail_memory(dataset->path);
}

const graft_source graft_source_pictures = {accepts, collect};
