/* The windows of convolutions and pooling. */
#ifndef GRAFT_SRC_IMPORT_ONNX_WINDOW_H
#define GRAFT_SRC_IMPORT_ONNX_WINDOW_H

#include "import/onnx.h"

typedef struct graft_onnx_window {
    int axes; /* 2, or 1 of a series, whose second axis is 1 wide */
    int64_t kernel[2], strides[2], dilations[2];
    int64_t padding[4]; /* top, bottom, left, right */
    bool upper, lower;  /* auto_pad: SAME_UPPER, which is TensorFlow's "same", and SAME_LOWER */
} graft_onnx_window;

/* `w` holds zeros, or in `kernel` what counts where the node does not say. */
GRAFT_MUST_CHECK graft_status graft_onnx_window_read(graft_onnx_call *call, graft_onnx_window *w);
/* Works SAME_LOWER's padding out for the output of `node`. */
void graft_onnx_window_lower(const graft_onnx_call *call, graft_onnx_window *w, int node);

#endif
