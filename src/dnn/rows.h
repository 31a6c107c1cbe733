/* A part of an axis, and rows of a table: copies without arithmetic, as ops of inference and as plain functions for
 * training. All values are row-major N,C,H,W. */
#ifndef GRAFT_SRC_DNN_ROWS_H
#define GRAFT_SRC_DNN_ROWS_H

#include "dnn/dnn.h"

/* `length` rows from `begin` on of an axis of `whole`, with `outer` numbers before the axis and `inner` behind. */
typedef struct graft_dnn_part {
    int64_t outer, whole, inner, begin, length;
} graft_dnn_part;
graft_dnn_part graft_dnn_part_of(const graft_dnn_shape *source, int axis, int64_t begin, int64_t length);
void graft_dnn_part_take(const graft_dnn_part *part, const float *whole, float *out);
/* Puts the part back; zeros around it. */
void graft_dnn_part_put(const graft_dnn_part *part, const float *from, float *whole);
/* axis: 1 to 3. */
GRAFT_MUST_CHECK graft_status graft_dnn_part_new(const graft_dnn_shape *source, int axis, int64_t begin, int64_t length,
                                                 graft_dnn_op **out);

/* ids: samples x steps whole numbers; what is no row of the table means its first or last one. table: rows x width.
 * Results: samples x width x steps. */
typedef struct graft_dnn_lookup {
    int64_t samples, steps, rows, width;
} graft_dnn_lookup;
void graft_dnn_lookup_take(const graft_dnn_lookup *lookup, const float *table, const float *ids, float *out);
/* table (a gradient) += the gradient by the result. */
void graft_dnn_lookup_add(const graft_dnn_lookup *lookup, const float *gradient, const float *ids, float *table);
GRAFT_MUST_CHECK graft_status graft_dnn_lookup_new(const graft_dnn_lookup *lookup, const float *table,
                                                   graft_dnn_op **out);

#endif
