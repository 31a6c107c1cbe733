/* Where training gets its samples: records of the boundary cache, or the pictures themselves when nothing is frozen. */
#ifndef GRAFT_SRC_TRANSFER_TUNE_SOURCE_H
#define GRAFT_SRC_TRANSFER_TUNE_SOURCE_H

#include "train/source.h"
#include "transfer/features.h"

typedef struct graft_tune_source {
    graft_sample_source source;     /* what a fit takes; it points back here: do not move */
    const graft_features *features; /* borrowed; NULL: pictures */
    const graft_dataset *data;
    const size_t *sample; /* borrowed */
    const int *label;     /* borrowed; of each sample */
    int classes;
    const graft_views *views;     /* NULL: plain pictures (validation) */
    graft_picture_loader *loader; /* one a worker; pictures alone */
    int loader_count;
    char *record; /* one a worker, record_bytes apart; features alone */
    size_t record_bytes;
} graft_tune_source;

/* `features` NULL: the pictures, prepared by `spec`. Every epoch visits each sample once; which view it sees goes
 * round: (epoch + sample) modulo the views, so that K epochs see K views. */
GRAFT_MUST_CHECK graft_status graft_tune_source_init(graft_tune_source *source, graft_context *context,
                                                     const graft_features *features, const graft_dataset *data,
                                                     const graft_preprocess *spec, const size_t *sample,
                                                     const int *label, size_t count, const graft_views *views);
/* Pictures come from the store, which is borrowed. */
void graft_tune_source_use(graft_tune_source *source, const graft_picture_store *store);
void graft_tune_source_clear(graft_tune_source *source);

#endif
