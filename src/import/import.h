/* From a container's configuration to a graph with weights. One Keras layer is one row in keras-layers.def and one
 * function, one operator of ONNX a row in onnx-ops.def; what has no row is an error that names it. */
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

/* Builds the graph of an ONNX model: one input, one output, operator sets up to 18, inference alone. A node of the file
 * is a node here, by its name or, where it has none, by that of its output; names that occur twice get ":1". What
 * depends on constants alone is computed now; factors and offsets that follow each other become one scale_shift,
 * x * sigmoid(x) and the like one activation, MatMul and Add one dense layer. N,H,W,C files (TensorFlow's) have their
 * input turned to C,H,W. An operator without a row in onnx-ops.def, or an attribute that is not known, is an error that
 * names the node. Tensors that no node takes are in the report. Errors: GRAFT_E_DATA. */
GRAFT_MUST_CHECK graft_status graft_import_onnx(graft_context *context, graft_container *container, graft_graph **out,
                                                graft_load_report *report);

/* The importer for the container's format. */
GRAFT_MUST_CHECK graft_status graft_import(graft_context *context, graft_container *container, graft_graph **out,
                                           graft_load_report *report);
#endif
