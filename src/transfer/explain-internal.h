/* What the two ways of explaining share. */
#ifndef GRAFT_SRC_TRANSFER_EXPLAIN_INTERNAL_H
#define GRAFT_SRC_TRANSFER_EXPLAIN_INTERNAL_H

#include "transfer/gradcam.h"
#include "transfer/model-internal.h"
#include <graft/explain.h>

/* The public explanation and what its members borrow from. */
typedef struct graft_explanation_owner {
    graft_explanation explanation;
    char *path, *label, *layer, *reason;
    float *map;
} graft_explanation_owner;

/* explain-occlusion.c: fills map, rows, columns, peak. `class_index` < 0: the most probable. */
GRAFT_MUST_CHECK graft_status graft_explain_occlusion(const graft_model *model, const float *input, int64_t window,
                                                      int class_index, graft_explanation_owner *out);
/* The index of a class of the model. Errors: GRAFT_E_USAGE with the nearest. */
GRAFT_MUST_CHECK graft_status graft_model_class_find(const graft_model *model, const char *name, int *out);

#endif
