/* ONNX files (onnx.proto, IR versions 3 to 10), read and written; what the operators mean is not known here. Reading
 * goes through graft_container_open: the initialisers and the tensors of Constant nodes are the entries, and
 * graft_container_config gives the graph:
 *   {"format":"onnx","ir_version":8,"opset":13,"producer":"pytorch 1.13.1",
 *    "inputs":[{"name":"x","shape":[-1,3,224,224],"dtype":"f32"}],       -1: a dimension with a name, or none
 *    "outputs":[{"name":"y","shape":[-1,1000],"dtype":"f32"}],
 *    "nodes":[{"op":"Conv","name":"/conv1/Conv","inputs":["x","w",""],"outputs":["y"],"attributes":{"strides":[2,2]}}]}
 * An input "" is left out. Attributes are numbers, texts and lists of them; a tensor as an attribute becomes an entry
 * called "NODE OUTPUT/ATTRIBUTE" and the attribute {"tensor":"that name"}. "domain" stands in a node only when it is
 * not ONNX's own. Inputs that are initialisers too are left out of "inputs". Nodes stand in the file's order, which has
 * to be topological: cycles and unknown tensors are refused here. Graphs inside attributes (If, Loop) are refused by
 * name. External data is read from beside the file, never from a path that leaves its folder. */
#ifndef GRAFT_SRC_FORMATS_ONNX_H
#define GRAFT_SRC_FORMATS_ONNX_H

#include "formats/container.h"

/* Writes such a "graph" with `count` tensors as initialisers under `names`; "metadata" of the graph (an object of
 * texts) becomes metadata_props, "doc" (a text) the model's doc_string, "name" the graph's name; a dimension -1 is
 * called "N". Integers and reals of "attributes" become INT and FLOAT. {"tensor":..} attributes are refused. Written
 * through a temporary file that is renamed. Errors: GRAFT_E_DATA (the file), GRAFT_E_USAGE (more than 2 GiB: protobuf's
 * limit). */
GRAFT_MUST_CHECK graft_status graft_onnx_write(graft_context *context, const char *path, const graft_json *graph,
                                               const char *const *names, const graft_tensor *const *tensors,
                                               size_t count);

#endif
