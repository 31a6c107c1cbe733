/* Grad-CAM on a graph (Selvaraju et al. 2017), for one picture after the other. */
#ifndef GRAFT_SRC_TRANSFER_GRADCAM_H
#define GRAFT_SRC_TRANSFER_GRADCAM_H

#include "nn/graph.h"

typedef struct graft_gradcam graft_gradcam;

/* The last layer whose value is a map of more than one cell and that all paths pass through, before the pooling after
 * it; -1: the graph has none. */
GRAFT_MUST_CHECK graft_status graft_gradcam_layer(const graft_graph *graph, int *out);

/* `graph` (borrowed while this runs only) puts out probabilities by a softmax, whose logits are explained, or any other
 * vector, explained as it is. layer: a node; -1: graft_gradcam_layer. Errors: GRAFT_E_USAGE. */
GRAFT_MUST_CHECK graft_status graft_gradcam_new(graft_context *context, const graft_graph *graph, int layer,
                                                graft_gradcam **out);
void graft_gradcam_free(graft_gradcam *gradcam);
const char *graft_gradcam_layer_name(const graft_gradcam *gradcam);
size_t graft_gradcam_rows(const graft_gradcam *gradcam);
size_t graft_gradcam_columns(const graft_gradcam *gradcam);
size_t graft_gradcam_classes(const graft_gradcam *gradcam);
/* Where the caller writes the picture, C,H,W. */
float *graft_gradcam_input(graft_gradcam *gradcam);
/* The network's output for the input, borrowed until the next call. */
GRAFT_MUST_CHECK graft_status graft_gradcam_forward(graft_gradcam *gradcam, const float **output);
/* After a forward: the map of one output, rows x columns, not below 0 and not scaled. */
GRAFT_MUST_CHECK graft_status graft_gradcam_map(graft_gradcam *gradcam, size_t output, float *map);

#endif
