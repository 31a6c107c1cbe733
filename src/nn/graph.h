/* A network is data: nodes with an op, attributes, inputs and named parameters, in topological order.
 * Shapes here are those of one sample, without the batch: C,H,W for pictures, F for vectors. Parameters have
 * one canonical layout: convolution O,I/groups,H,W; dense O,I; vectors C. F32. */
#ifndef GRAFT_SRC_NN_GRAPH_H
#define GRAFT_SRC_NN_GRAPH_H

#include "base/hash.h"
#include "tensor/tensor.h"
#include "json/json.h"

typedef struct graft_op graft_op; /* op.h */
typedef struct graft_graph graft_graph;
typedef struct graft_quantization graft_quantization; /* quantize.h */

typedef struct graft_param {
    char *name;          /* "kernel", "bias", "gamma", "beta", "mean", "variance" */
    graft_shape shape;   /* by the op's rule */
    graft_tensor *value; /* owned; NULL until loaded or initialised */
} graft_param;

enum { GRAFT_NODE_NAME = 512 }; /* bytes at most, without the NUL */

typedef struct graft_node {
    char *name; /* unique: the layer's name in the file it came from */
    const graft_op *op;
    void *attributes; /* op->attribute_size bytes described by op->attributes */
    int *inputs;      /* node indices, all lower than this node's own */
    int input_count;
    graft_param *params;
    int param_count;
    graft_shape output; /* of one sample */
    int stage;          /* spatial stage: 0 at the input's resolution, +1 at each reduction */
} graft_node;

GRAFT_MUST_CHECK graft_status graft_graph_new(const char *name, graft_graph **out);
void graft_graph_free(graft_graph *graph);
const char *graft_graph_name(const graft_graph *graph);

/* Appends a node. `attributes` is copied (NULL: the op's defaults). Infers the output shape and the parameters'
 * shapes; values are set later. *index gets its place. Errors: GRAFT_E_DATA naming node, op, shapes received and
 * expected; a name in use; a wrong count of inputs. The op "input" takes its shape from its attributes. */
GRAFT_MUST_CHECK graft_status graft_graph_add(graft_graph *graph, const char *op, const char *name,
                                              const void *attributes, const int *inputs, int input_count, int *index);
/* Same, attributes from JSON {"strides":[2,2],...}; keys the op does not know are an error. */
GRAFT_MUST_CHECK graft_status graft_graph_add_json(graft_graph *graph, const char *op, const char *name,
                                                   const graft_json *attributes, const int *inputs, int input_count,
                                                   int *index);

int graft_graph_count(const graft_graph *graph);
graft_node *graft_graph_node(const graft_graph *graph, int index);
int graft_graph_find(const graft_graph *graph, const char *name); /* -1 when absent */
int graft_graph_input(const graft_graph *graph);                  /* the single input node */
int graft_graph_output(const graft_graph *graph);                 /* the last node nobody reads, unless set */
GRAFT_MUST_CHECK graft_status graft_graph_set_output(graft_graph *graph, int index);
graft_param *graft_node_param(const graft_node *node, const char *name); /* NULL when absent */
/* Takes `value` over (also on failure). Errors: GRAFT_E_DATA with both shapes. */
GRAFT_MUST_CHECK graft_status graft_node_set_param(graft_node *node, const char *name, graft_tensor *value);
/* Every parameter has a value, or an error that lists the first few missing ones. */
GRAFT_MUST_CHECK graft_status graft_graph_complete(const graft_graph *graph);

/* The part that `outputs` need, as a new graph sharing no memory; nodes keep names. *map, when not NULL, gets the
 * new indices of the outputs (caller's array of `count`). */
GRAFT_MUST_CHECK graft_status graft_graph_prefix(const graft_graph *graph, const int *outputs, int count,
                                                 graft_graph **out, int *map);
/* The same on the graph's own values: it must outlive the part and stay as it is. */
GRAFT_MUST_CHECK graft_status graft_graph_prefix_lent(const graft_graph *graph, const int *outputs, int count,
                                                      graft_graph **out, int *map);
/* marks[i] (one a node): every path from the input to the output passes through node i. Input and output do. */
GRAFT_MUST_CHECK graft_status graft_graph_articulations(const graft_graph *graph, bool *marks);
/* What follows `boundary`, an articulation, up to `output`, as a new graph: its input is named like the boundary's node
 * and has its shape; all else keeps names and values. map, when not NULL, has an entry a node of `graph`: its index in
 * the new graph, or -1. Errors: GRAFT_E_USAGE (a node past the boundary reads one before it). */
GRAFT_MUST_CHECK graft_status graft_graph_suffix(const graft_graph *graph, int boundary, int output, graft_graph **out,
                                                 int *map);
/* `front` followed by `back`, whose input takes what `front` puts out. Errors: GRAFT_E_DATA (shapes that differ, a name
 * in both). */
GRAFT_MUST_CHECK graft_status graft_graph_concat(const graft_graph *front, const graft_graph *back, graft_graph **out);
/* What of it inference computes on 8-bit integers: part of what the network computes, and of its hash where this CPU
 * does so. Borrowed; NULL: nothing. Parts of a graph from its input on keep it; other new graphs begin without. */
const graft_quantization *graft_graph_quantization(const graft_graph *graph);
/* Takes `quantization` over; NULL: none. */
void graft_graph_set_quantization(graft_graph *graph, graft_quantization *quantization);
/* Nodes after `last` compute on floats: their weights are about to change. */
GRAFT_MUST_CHECK graft_status graft_graph_limit_quantization(graft_graph *graph, int last);
/* Same network at another input size, on floats. Errors name the smallest legal size when an inner shape would vanish.
 */
GRAFT_MUST_CHECK graft_status graft_graph_resize_input(graft_graph *graph, int height, int width);
/* Identity of structure and weights: equal hashes compute equal outputs. */
GRAFT_MUST_CHECK graft_status graft_graph_hash(const graft_graph *graph, graft_hash *out);

typedef struct graft_graph_totals {
    int64_t parameters;    /* all stored numbers, as Keras counts: with moving statistics */
    int64_t trainable;     /* without moving statistics */
    int64_t multiply_adds; /* of one sample */
    int64_t activations;   /* floats of all outputs of one sample */
} graft_graph_totals;
void graft_graph_totals_of(const graft_graph *graph, graft_graph_totals *out);
int64_t graft_node_parameters(const graft_node *node);
int64_t graft_node_multiply_adds(const graft_graph *graph, int index);

/* Structure as JSON (no weights) and back. Unknown ops and attributes are refused by name. Parameter values of
 * node "Conv1" are stored beside it as tensors called "Conv1/kernel". */
GRAFT_MUST_CHECK graft_status graft_graph_to_json(const graft_graph *graph, graft_json **out);
GRAFT_MUST_CHECK graft_status graft_graph_from_json(const graft_json *json, graft_graph **out);

#endif
