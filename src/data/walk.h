/* Folders: what counts in them, and which of their files are samples. Nothing but regular files is ever opened. */
#ifndef GRAFT_SRC_DATA_WALK_H
#define GRAFT_SRC_DATA_WALK_H

#include "base/file.h"

#include <graft/data.h>

/* What lies directly in a folder. */
typedef struct graft_survey {
    graft_names folders; /* those that count, in byte order */
    size_t hidden;       /* entries that never count */
    size_t files;        /* anything else that is no folder */
    size_t pictures;     /* of those, the ones named like a picture */
} graft_survey;
GRAFT_MUST_CHECK graft_status graft_survey_folder(const char *path, graft_survey *out);
void graft_survey_free(graft_survey *survey);

enum { GRAFT_SPLIT_OPEN = -1 }; /* a sample's split is drawn, not given */

/* Where samples of one walk belong. */
typedef struct graft_place {
    int label;
    int given;          /* graft_split, or GRAFT_SPLIT_OPEN */
    size_t argument;    /* which of several paths: samples are ordered by it, then by name */
    size_t name_offset; /* where names begin in paths */
} graft_place;

/* Adds every picture at any depth below `folder` to the dataset, and counts what is ignored. */
GRAFT_MUST_CHECK graft_status graft_walk(graft_dataset *dataset, const char *folder, const graft_place *place);

#endif
