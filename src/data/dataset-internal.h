/* The insides of a dataset, for the files of this module that fill it. */
#ifndef GRAFT_SRC_DATA_DATASET_INTERNAL_H
#define GRAFT_SRC_DATA_DATASET_INTERNAL_H

#include "base/strmap.h"
#include "data/dataset.h"
#include "data/findings.h"

/* Grey pixels of many samples, row by row, that lie in no files of their own. */
typedef struct graft_bitmaps {
    unsigned char *pixels;
    int width, height;
    size_t count;
    const char *type; /* static: the file's, "IDX" */
} graft_bitmaps;

typedef struct graft_record {
    graft_sample sample;
    graft_place place; /* its label is superseded by the sample's */
    char *path;
    const graft_bitmaps *bitmaps; /* the sample is number `bitmap` of these; NULL: a file */
    size_t bitmap;
    const char *unopenable; /* static: why it must not be opened, found by the walk */
    int kind;               /* 1 + its kind; 0: none (kinds.c) */
    char *fault;            /* the sample's, where the check found one */
    graft_finding *finding; /* while the check runs, else NULL */
    bool decoded;           /* in this check: the finding is not remembered yet */
} graft_record;

struct graft_dataset {
    graft_context *context;
    char *path;
    graft_data_options options; /* texts are not kept */
    const graft_source_row *source;
    char **class_name;
    size_t class_count, class_capacity;
    graft_strmap *class_index; /* name to arrival, while samples are collected */
    char **kind_name;          /* of unlabelled data: the classes that their samples would have */
    size_t kind_count;
    graft_record *record;
    size_t count, capacity;
    graft_finding *finding; /* a record each, while the check runs: three quarters of what a record would take */
    bool has_part[3];       /* the folder names this split */
    graft_bitmaps *bitmaps[3];
    size_t bitmaps_count;
    char *layout;  /* what was read as what, for people; NULL: nothing to tell */
    bool numbered; /* classes are named by their numbers in a file, for want of names */
    size_t ignored;
    bool checked;
    graft_check_result result;
    size_t *class_size; /* class_count x 3 */
};

/* classes.c */

/* The index of a class, added when it is new; the order is that of arrival until graft_classes_finish. */
GRAFT_MUST_CHECK graft_status graft_classes_add(graft_dataset *dataset, const char *name, int *label);
/* One class a line; empty lines and a byte order mark do not count. *out points into *text; release both with
 * graft_release. */
GRAFT_MUST_CHECK graft_status graft_classes_read(const char *path, char **text, const char ***out, size_t *count);
/* Drops empty classes, puts the rest in byte order or in that of `file`, relabels the samples. */
GRAFT_MUST_CHECK graft_status graft_classes_finish(graft_dataset *dataset, const char *file);
/* Whether enough classes and sound pictures are there to train on. */
GRAFT_MUST_CHECK graft_status graft_classes_verdict(const graft_dataset *dataset);

/* kinds.c: what unlabelled samples were labelled with, or the folders that they lie in, become their kinds. */
GRAFT_MUST_CHECK graft_status graft_kinds_find(graft_dataset *dataset, bool folders);

/* dataset.c */

/* After the check. */
graft_hash graft_record_content(const graft_record *record);

/* Takes over `path`, also when it fails. `unopenable` is static text or NULL. */
GRAFT_MUST_CHECK graft_status graft_dataset_add(graft_dataset *dataset, char *path, const graft_place *place,
                                                const char *unopenable);
/* Adds all of `bitmaps`, taken over also when it fails, as samples PREFIX/00000, ... in the dataset's folder `folder`.
 * label: one a sample, as graft_classes_add gave them. */
GRAFT_MUST_CHECK graft_status graft_dataset_add_bitmaps(graft_dataset *dataset, graft_bitmaps *bitmaps,
                                                        const char *folder, const char *prefix, const int *label,
                                                        int given);
void graft_bitmaps_free(graft_bitmaps *bitmaps);
/* Sound, and labelled where the data are: such samples have a split. */
bool graft_record_counts(const graft_dataset *dataset, const graft_record *record);
/* The part of training that samples with this place belong to or may be drawn into. */
bool graft_place_trains(const graft_place *place);

/* Counts class_size anew. */
GRAFT_MUST_CHECK graft_status graft_dataset_tally(graft_dataset *dataset);

/* duplicates.c: sets duplicate_of of every sound sample and counts. */
GRAFT_MUST_CHECK graft_status graft_duplicates_find(graft_dataset *dataset);
/* split.c: sets the split of every sound labelled sample. */
GRAFT_MUST_CHECK graft_status graft_split_assign(graft_dataset *dataset);

#endif
