/* Where distilling gets its samples: a view of a picture for the student, and what the teacher made of that view. */
#ifndef GRAFT_SRC_TRANSFER_DISTILL_SOURCE_H
#define GRAFT_SRC_TRANSFER_DISTILL_SOURCE_H

#include "train/source.h"
#include "transfer/teacher.h"

typedef struct graft_distill_source {
    graft_sample_source source; /* what a fit takes; it points back here: do not move */
    const graft_teacher *teacher;
    const graft_dataset *data;
    const size_t *sample;
    const int *label;
    size_t classes;           /* that follow the teacher's values in a target; 0: labels are not used */
    const graft_views *views; /* NULL: plain pictures */
    graft_picture_loader *loader;
    int loader_count;
    char *record; /* one a worker, record_bytes apart */
    size_t record_bytes;
} graft_distill_source;

/* All arguments are borrowed. In epoch e sample i is seen as view (e + i) modulo the views. */
GRAFT_MUST_CHECK graft_status graft_distill_source_init(graft_distill_source *source, graft_context *context,
                                                        const graft_teacher *teacher, const graft_dataset *data,
                                                        const graft_preprocess *spec, const size_t *sample,
                                                        const int *label, size_t count, size_t classes,
                                                        const graft_views *views);
/* Pictures come from the store, which is borrowed. */
void graft_distill_source_use(graft_distill_source *source, const graft_picture_store *store);
void graft_distill_source_clear(graft_distill_source *source);

#endif
