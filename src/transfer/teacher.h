/* What a teacher makes of pictures: its features at one or several layers, or its logits, of every numbered view,
 * computed once into the boundary cache. */
#ifndef GRAFT_SRC_TRANSFER_TEACHER_H
#define GRAFT_SRC_TRANSFER_TEACHER_H

#include "transfer/features.h"
#include "transfer/model-internal.h"

enum { GRAFT_DISTILL_FEATURES, GRAFT_DISTILL_LOGITS, GRAFT_DISTILL_BOTH }; /* places in GRAFT_DISTILL_CHOICES */

typedef struct graft_teacher {
    graft_context *context;
    graft_features *features;
    graft_cut cuts[GRAFT_CUT_LIMIT];
    size_t cut_count;
    size_t feature_width, logit_width; /* values of a target: features of all layers, then logits */
    float *mean, *scale;               /* feature_width: what standardizes the features */
} graft_teacher;

/* `layers`: names with commas; NULL: the last before the classifier. `backbone` and `views` are borrowed. Release with
 * clear, also after a failure. Errors: GRAFT_E_USAGE: a layer that is not there; logits of a network without a
 * classifier. */
GRAFT_MUST_CHECK graft_status graft_teacher_open(graft_teacher *teacher, graft_context *context,
                                                 const graft_backbone *backbone, int to, const char *layers,
                                                 const graft_views *views);
void graft_teacher_clear(graft_teacher *teacher);

/* Makes sure that all views of the training pictures and the plain validation pictures are in the cache, and finds mean
 * and deviation of every feature over the plain training pictures. */
GRAFT_MUST_CHECK graft_status graft_teacher_compute(graft_teacher *teacher, const graft_dataset *data,
                                                    const size_t *train, size_t train_count, const size_t *validation,
                                                    size_t validation_count, uint32_t views,
                                                    graft_features_result *result);

/* One target, feature_width + logit_width floats. `record`: room of graft_features_record_bytes. */
GRAFT_MUST_CHECK graft_status graft_teacher_read(const graft_teacher *teacher, const graft_dataset *data, size_t sample,
                                                 uint32_t view, void *record, float *out);

#endif
