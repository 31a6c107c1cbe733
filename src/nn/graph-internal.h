/* What the files that make up the graph share. */
#ifndef GRAFT_SRC_NN_GRAPH_INTERNAL_H
#define GRAFT_SRC_NN_GRAPH_INTERNAL_H

#include "base/alloc.h"
#include "base/error.h"
#include "base/strmap.h"
#include "nn/op.h"

struct graft_graph {
    char *name;
    graft_node **nodes; /* each by itself, so that pointers to nodes stay good */
    size_t capacity;
    int count;
    graft_strmap *places;             /* node name -> index */
    int input, output;                /* -1: none yet; output -1: the last node */
    graft_quantization *quantization; /* NULL: all on floats */
};

/* ---- attributes: a struct and the rows that describe it ---- */

GRAFT_MUST_CHECK graft_status graft_attributes_check(const graft_op *op, const void *attributes);
/* Defaults where `json` is silent. */
GRAFT_MUST_CHECK graft_status graft_attributes_from_json(const graft_op *op, const graft_json *json, void *attributes);
graft_json *graft_attributes_to_json(const graft_op *op, const void *attributes);
void graft_attributes_hash(const graft_op *op, const void *attributes, graft_hasher *hasher);

/* ---- nodes ---- */

/* Fills node->output and declares node->params. `outputs` has every node's shape by index; NULL: the graph's own. */
GRAFT_MUST_CHECK graft_status graft_node_infer(const graft_graph *graph, graft_node *node, const graft_shape *outputs);
/* The stage that follows from the inputs' stages and shapes. */
int graft_node_stage(const graft_graph *graph, const graft_node *node);
void graft_params_free(graft_param *params, int count);

/* Appends node `index` of `from` with its values to `to`. places[i] is where node i of `from` lies in `to`: it must be
 * known for the node's inputs, and is filled in for the node. */
GRAFT_MUST_CHECK graft_status graft_graph_copy_node(const graft_graph *from, int index, int *places, graft_graph *to);

#endif
