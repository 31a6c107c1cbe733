/* Sources: one file and one row of sources.def each. A source recognises what a path holds and fills a dataset. */
#ifndef GRAFT_SRC_DATA_SOURCE_H
#define GRAFT_SRC_DATA_SOURCE_H

#include <graft/data.h>

#include "data/walk.h"

typedef struct graft_source {
    /* Whether this source reads what lies at the dataset's path. `survey` is empty for a file. */
    bool (*accepts)(const graft_dataset *dataset, const graft_survey *survey);
    GRAFT_MUST_CHECK graft_status (*collect)(graft_dataset *dataset, const graft_survey *survey);
} graft_source;

typedef struct graft_source_row {
    const char *name;
    const char *help;
    const graft_source *source;
} graft_source_row;

/* In the order of sources.def: the first that accepts reads. NULL past the end. */
const graft_source_row *graft_source_at(size_t index);

/* What a folder must look like, for errors. */
#define GRAFT_LAYOUTS "one folder a class (cats/, dogs/, ...), or train/ and validation/ holding those"
/* What a file may be, for errors. */
#define GRAFT_FILE_LAYOUTS "images in IDX form (train-images-idx3-ubyte, also .gz), or a .csv with --label COLUMN"

/* source-splits.c: a folder's split by its name, in any case; -1: none. */
int graft_split_named(const char *name);
/* Folders that are all named like splits, or train and validation beside others: "train" can be a class, too. */
bool graft_survey_has_splits(const graft_survey *survey);

/* Adds the class folders of `folder` (the dataset's own, or one of its splits). */
GRAFT_MUST_CHECK graft_status graft_collect_classes(graft_dataset *dataset, const char *folder,
                                                    const graft_survey *survey, const graft_place *place);

#endif
