/* train/, validation/ and perhaps test/, each with one folder a class. */
#include "data/dataset-internal.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"

#include <string.h>
#include <strings.h>

int graft_split_named(const char *name) {
    static const struct {
        const char *name;
        graft_split split;
    } known[] = {{"train", GRAFT_SPLIT_TRAIN},           {"training", GRAFT_SPLIT_TRAIN},
                 {"validation", GRAFT_SPLIT_VALIDATION}, {"val", GRAFT_SPLIT_VALIDATION},
                 {"valid", GRAFT_SPLIT_VALIDATION},      {"test", GRAFT_SPLIT_TEST},
                 {"testing", GRAFT_SPLIT_TEST}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcasecmp(name, known[i].name) == 0) return known[i].split;
    return -1;
}

bool graft_survey_has_splits(const graft_survey *survey) {
    size_t found[3] = {0}, named = 0;
    for (size_t i = 0; i < survey->folders.count; i++) {
        int split = graft_split_named(survey->folders.name[i]);
        if (split < 0) continue;
        named++;
        found[split]++;
    }
    if (named == 0) return false;
    return named == survey->folders.count || (found[GRAFT_SPLIT_TRAIN] > 0 && found[GRAFT_SPLIT_VALIDATION] > 0);
}

static bool accepts(const graft_dataset *dataset, const graft_survey *survey) {
    return !dataset->options.unlabelled && graft_survey_has_splits(survey);
}

static graft_status find_parts(graft_dataset *dataset, const graft_survey *survey, const char *part[3]) {
    for (size_t i = 0; i < survey->folders.count; i++) {
        const char *name = survey->folders.name[i];
        int split = graft_split_named(name);
        if (split < 0) {
            graft_log(dataset->context, GRAFT_LOG_WARNING,
                      "%s: folder %s is beside train/ and validation/ and is not used", dataset->path, name);
            dataset->ignored++;
        } else if (part[split]) {
            return graft_fail(GRAFT_E_DATA, "%s: both %s/ and %s/, expected one of them", dataset->path, part[split],
                              name);
        } else {
            part[split] = name;
            dataset->has_part[split] = true;
        }
    }
    if (part[GRAFT_SPLIT_TRAIN] || dataset->options.allow_one_class) return GRAFT_OK;
    return graft_fail(GRAFT_E_DATA, "%s: holds %s/ but no train/, expected " GRAFT_LAYOUTS, dataset->path,
                      part[GRAFT_SPLIT_VALIDATION] ? part[GRAFT_SPLIT_VALIDATION] : part[GRAFT_SPLIT_TEST]);
}

static graft_status collect_part(graft_dataset *dataset, const char *name, const graft_place *place) {
    graft_survey survey;
    char *folder = graft_path_join(dataset->path, name);
    if (!folder) return graft_fail_memory(dataset->path);
    graft_status status = graft_survey_folder(folder, &survey);
    if (status == GRAFT_OK) {
        status = graft_collect_classes(dataset, folder, &survey, place);
        graft_survey_free(&survey);
    }
    graft_release(folder);
    return status;
}

static graft_status collect(graft_dataset *dataset, const graft_survey *survey) {
    const char *part[3] = {NULL};
    GRAFT_TRY(find_parts(dataset, survey, part));
    dataset->ignored += survey->hidden + survey->files;
    size_t length = strlen(dataset->path);
    for (int split = 0; split < 3; split++) {
        if (!part[split]) continue;
        /* train/ alone is split as a folder of classes would be. */
        bool drawn = split == GRAFT_SPLIT_TRAIN && !part[GRAFT_SPLIT_VALIDATION];
        const graft_place place = {.label = -1,
                                   .given = drawn ? GRAFT_SPLIT_OPEN : split,
                                   .name_offset = length + (dataset->path[length - 1] == '/' ? 0 : 1)};
        GRAFT_TRY(collect_part(dataset, part[split], &place));
    }
    return GRAFT_OK;
}

const graft_source graft_source_splits = {accepts, collect};
