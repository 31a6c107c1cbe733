/* From a container's configuration to a graph with weights. One Keras layer is one row in keras-layers.def and one
 * function; a layer without a row is an error that names it. */
#ifndef GRAFT_SRC_IMPORT_IMPORT_H
#define GRAFT_SRC_IMPORT_IMPORT_H

#include "formats/container.h"
#include "nn/graph.h"

/* What became of every tensor of the file and every parameter of the graph. */
typedef struct graft_load_report {
    size_t matched;
    size_t skipped, missing; /* in the file but not wanted; wanted but not in the file */
    char *text;              /* one line for each skipped or missing tensor; "" when none */
} graft_load_report;
void graft_load_report_clear(graft_load_report *report);

/* Builds the graph of a whole Keras or TF.js model. Nested models are flattened, with "outer/inner" names where
 * names clash. Keras' axis orders are converted (kernels H,W,I,O to O,I,H,W; flatten order kept as an attribute).
 * A layer's name is that of its last node, its output in Keras; nodes inside a layer are called "name/linear" (before
 * the activation) and "name/depthwise". A layer called again becomes "name:1", with a copy of the weights. Pictures
 * whose size the file leaves open are 224x224 until graft_graph_resize_input.
 * Unknown configuration keys that do not change the result are ignored; those that do are refused by name. A weight
 * that is missing or has another shape is an error; one that no layer takes is in the report.
 * `report` may be NULL. Errors: GRAFT_E_DATA. */
GRAFT_MUST_CHECK graft_status graft_import_keras(graft_context *context, graft_container *container, graft_graph **out,
                                                 graft_load_report *report);

/* Is GRAFT_STORED_GRAPH among the container's metadata? */
bool graft_import_is_stored(const graft_container *container);
/* Builds the graph of such a container, its parameters being tensors LAYER/parameter in the graph's own layout.
 * `report` may be NULL. Errors: GRAFT_E_DATA. */
GRAFT_MUST_CHECK graft_status graft_import_stored(graft_context *context, graft_container *container, graft_graph **out,
                                                  graft_load_report *report);

/* Does the container say what its network is, beside the weights? */
bool graft_import_is_whole(const graft_container *container);
/* The importer for such a container. */
GRAFT_MUST_CHECK graft_status graft_import(graft_context *context, graft_container *container, graft_graph **out,
                                           graft_load_report *report);
#endif
