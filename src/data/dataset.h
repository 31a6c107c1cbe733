/* What other modules need of a dataset beyond graft/data.h. */
#ifndef GRAFT_SRC_DATA_DATASET_H
#define GRAFT_SRC_DATA_DATASET_H

#include <graft/data.h>

#include "data/source.h"

/* The kind of source that the samples came from. */
const graft_source_row *graft_dataset_source(const graft_dataset *dataset);

/* Labels the samples by another list of classes, such as a trained model's; `owner` names it in errors. A class of the
 * data that is not in the list is an error that shows the difference, and so is the reverse unless `partial`. Labels
 * that are numbers in a file, none of which is in the list by name, are places in it. */
GRAFT_MUST_CHECK graft_status graft_dataset_use_classes(graft_dataset *dataset, const char *const *classes,
                                                        size_t count, const char *owner, bool partial);

/* Whether the data may have a part of a model's classes: opened with allow_one_class. */
bool graft_dataset_is_partial(const graft_dataset *dataset);

/* A sample's bytes as a picture file: its file, or its pixels as a binary PGM. `limit` as for graft_file_read. Release
 * *out with graft_release. */
GRAFT_MUST_CHECK graft_status graft_dataset_read(const graft_dataset *dataset, size_t index, size_t limit, char **out,
                                                 size_t *length);

/* The same into memory that serves again and again, as for graft_file_read_into. */
GRAFT_MUST_CHECK graft_status graft_dataset_read_into(const graft_dataset *dataset, size_t index, size_t limit,
                                                      char **bytes, size_t *capacity, size_t *length);

/* Sound samples of a split, in order, as indices; of all splits when `split` is -1. Release *out with graft_release. */
GRAFT_MUST_CHECK graft_status graft_dataset_indices(const graft_dataset *dataset, int split, size_t **out,
                                                    size_t *count);

/* The classes that people would see in the data, in byte order: their own; of unlabelled data what their folders, their
 * labels' file or their labels' column say, as far as that is there. Nothing is trained or measured by them. */
size_t graft_dataset_kind_count(const graft_dataset *dataset);
const char *graft_dataset_kind(const graft_dataset *dataset, size_t index);
int graft_dataset_kind_of(const graft_dataset *dataset, size_t sample); /* -1: none */

/* The first sample of the group of duplicates that `index` is in: `index` itself when it has none. */
size_t graft_dataset_group(const graft_dataset *dataset, size_t index);

#endif
