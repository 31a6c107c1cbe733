/* How Keras stores a weight and what a graph's parameter makes of it, for every reader of Keras' weights: those that
 * follow a configuration and those that go by name (zoo/load.h). */
#ifndef GRAFT_SRC_IMPORT_LAYOUT_H
#define GRAFT_SRC_IMPORT_LAYOUT_H

#include "formats/container.h"
#include "nn/graph.h"

typedef enum graft_keras_layout {
    GRAFT_KERAS_PLAIN,
    GRAFT_KERAS_CONV,           /* H,W,I,O -> O,I,H,W */
    GRAFT_KERAS_DEPTHWISE,      /* H,W,C,M -> C*M,1,H,W */
    GRAFT_KERAS_CONV_TRANSPOSE, /* H,W,O,I -> O,I,H,W */
    GRAFT_KERAS_DENSE,          /* I,O -> O,I */
    GRAFT_KERAS_DENSE_AS_CONV,  /* I,O -> O,I,1,1 */
    GRAFT_KERAS_NORMALIZATION,  /* variance -> scale, and the mean that "shift" holds -> shift */
} graft_keras_layout;

/* The shape Keras stores for `param` of `node`. */
graft_shape graft_keras_stored_shape(graft_keras_layout layout, const graft_node *node, const char *param);
/* Whether a tensor of shape `entry` is one stored as `stored`: ones in front do not count (Normalization's mean). */
bool graft_keras_fits(const graft_shape *entry, const graft_shape *stored);
/* Reads tensor `index` of the file into a parameter. Errors: GRAFT_E_DATA: another shape than the one that Keras
 * stores for it. */
GRAFT_MUST_CHECK graft_status graft_keras_read_param(graft_container *container, size_t index,
                                                     graft_keras_layout layout, graft_node *node, const char *param);
/* Turns the mean in "shift" and the variance in "scale" into offset and factor, once both are there. */
GRAFT_MUST_CHECK graft_status graft_keras_finish_normalization(graft_node *node);

#endif
