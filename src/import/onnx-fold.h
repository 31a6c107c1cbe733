/* Operators over constants: what exporters write around Reshape to say sizes. */
#ifndef GRAFT_SRC_IMPORT_ONNX_FOLD_H
#define GRAFT_SRC_IMPORT_ONNX_FOLD_H

#include "import/onnx.h"

/* A new tensor, counted against what a file may have computed. Errors: GRAFT_E_DATA. */
GRAFT_MUST_CHECK graft_status graft_onnx_fold_new(graft_onnx_call *call, graft_dtype dtype, const graft_shape *shape,
                                                  graft_tensor **out);
/* A copy of input 0 in another shape of as many elements. */
GRAFT_MUST_CHECK graft_status graft_onnx_fold_as(graft_onnx_call *call, const graft_shape *shape, graft_tensor **out);
void graft_onnx_put(graft_tensor *tensor, int64_t at, double value);

/* onnx-shape.c: the rules of shape, for constants and for what flows. */
GRAFT_MUST_CHECK graft_status graft_onnx_resolve_shape(const graft_shape *from, const int64_t *target, int count,
                                                       bool allow_zero, graft_shape *out);
GRAFT_MUST_CHECK graft_status graft_onnx_flat_shape(const graft_shape *from, int64_t axis, graft_shape *out);
GRAFT_MUST_CHECK graft_status graft_onnx_squeezed_shape(const graft_shape *from, const int64_t *axes, int count,
                                                        graft_shape *out);
GRAFT_MUST_CHECK graft_status graft_onnx_unsqueezed_shape(const graft_shape *from, const int64_t *axes, int count,
                                                          graft_shape *out);

#endif
