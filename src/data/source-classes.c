/* One folder a class. */
#include "data/dataset-internal.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"

#include <string.h>

static bool accepts(const graft_dataset *dataset, const graft_survey *survey) {
    (void)survey;
    return !dataset->options.unlabelled && graft_file_kind_of(dataset->path) == GRAFT_FILE_FOLDER;
}

static graft_status no_folders(const char *folder, const graft_survey *survey) {
    if (survey->pictures > 0)
        return graft_fail(GRAFT_E_DATA,
                          "%s: holds %zu pictures but no class folders, expected " GRAFT_LAYOUTS
                          "; put the pictures of each class into a folder of its own",
                          folder, survey->pictures);
    if (survey->files > 0)
        return graft_fail(GRAFT_E_DATA, "%s: holds %zu files but no folders, expected " GRAFT_LAYOUTS, folder,
                          survey->files);
    return graft_fail(GRAFT_E_DATA, "%s: an empty folder, expected " GRAFT_LAYOUTS, folder);
}

/* A folder of datasets looks like a folder of classes: its labels would be the datasets' names. */
static graft_status refuse_dataset(const char *folder) {
    char *train = graft_path_join(folder, "train");
    char *validation = graft_path_join(folder, "validation"), *val = graft_path_join(folder, "val");
    bool splits = false;
    graft_status status = GRAFT_OK;
    if (!train || !validation || !val)
        status = graft_fail_memory(folder);
    else
        splits = graft_file_kind_of(train) == GRAFT_FILE_FOLDER &&
                 (graft_file_kind_of(validation) == GRAFT_FILE_FOLDER || graft_file_kind_of(val) == GRAFT_FILE_FOLDER);
    graft_release(train);
    graft_release(validation);
    graft_release(val);
    if (status == GRAFT_OK && splits)
        status = graft_fail(GRAFT_E_DATA,
                            "%s: holds train/ and validation/ of its own, expected the pictures of one "
                            "class; give this folder itself as the data",
                            folder);
    return status;
}

static graft_status collect_class(graft_dataset *dataset, const char *folder, const char *name,
                                  const graft_place *place) {
    graft_place of_class = *place;
    GRAFT_TRY(graft_classes_add(dataset, name, &of_class.label));
    char *path = graft_path_join(folder, name);
    if (!path) return graft_fail_memory(folder);
    graft_status status = refuse_dataset(path);
    if (status == GRAFT_OK) status = graft_walk(dataset, path, &of_class);
    graft_release(path);
    return status;
}

graft_status graft_collect_classes(graft_dataset *dataset, const char *folder, const graft_survey *survey,
                                   const graft_place *place) {
    if (survey->folders.count == 0) return no_folders(folder, survey);
    dataset->ignored += survey->hidden + survey->files;
    if (survey->pictures > 0)
        graft_log(dataset->context, GRAFT_LOG_WARNING,
                  "%s: %zu pictures beside the class folders belong to no class and are not used", folder,
                  survey->pictures);
    for (size_t i = 0; i < survey->folders.count; i++)
        GRAFT_TRY(collect_class(dataset, folder, survey->folders.name[i], place));
    return GRAFT_OK;
}

static graft_status collect(graft_dataset *dataset, const graft_survey *survey) {
    size_t length = strlen(dataset->path);
    const graft_place place = {
        .label = -1, .given = GRAFT_SPLIT_OPEN, .name_offset = length + (dataset->path[length - 1] == '/' ? 0 : 1)};
    return graft_collect_classes(dataset, dataset->path, survey, &place);
}

const graft_source graft_source_classes = {accepts, collect};
