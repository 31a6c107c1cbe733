/* The insides of an inspection, for the files that find issues. */
#ifndef GRAFT_SRC_TRANSFER_INSPECT_INTERNAL_H
#define GRAFT_SRC_TRANSFER_INSPECT_INTERNAL_H

#include "base/strmap.h"
#include "transfer/features.h"
#include "transfer/model-internal.h"
#include <graft/inspect.h>

struct graft_inspection {
    graft_context *context;
    graft_dataset *data;
    graft_inspect_options options; /* with defaults filled in */
    size_t *sample;                /* the sound ones, in order */
    size_t samples;
    graft_issue *issue;
    size_t count, capacity;
    graft_strmap *reviewed;               /* NULL: nothing was */
    size_t left_out;                      /* issues that are not told, as they were reviewed */
    double accuracy, noise, false_alarms; /* NaN: labels were not compared */
};

/* Unless it was reviewed. */
GRAFT_MUST_CHECK graft_status graft_inspection_add(graft_inspection *self, graft_issue issue);

/* inspect-reviewed.c: reads options.reviewed. */
GRAFT_MUST_CHECK graft_status graft_inspect_reviewed(graft_inspection *self);
GRAFT_MUST_CHECK graft_status graft_inspection_is_reviewed(const graft_inspection *self, const graft_issue *issue,
                                                           bool *reviewed);

/* inspect-pictures.c: what needs no network. */
GRAFT_MUST_CHECK graft_status graft_inspect_pictures(graft_inspection *self);
/* inspect-groups.c */
GRAFT_MUST_CHECK graft_status graft_inspect_groups(graft_inspection *self);
/* inspect-labels.c: `features` hold those of all samples at `cuts` layers; `room` holds any one layer's. */
GRAFT_MUST_CHECK graft_status graft_inspect_labels(graft_inspection *self, const graft_features *features, size_t cuts,
                                                   float *room);
/* inspect-features.c: what does. */
GRAFT_MUST_CHECK graft_status graft_inspect_features(graft_inspection *self, const graft_backbone *backbone);

#endif
