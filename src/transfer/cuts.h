/* Where a network is cut: the layer whose values become features, and how they do. */
#ifndef GRAFT_SRC_TRANSFER_CUTS_H
#define GRAFT_SRC_TRANSFER_CUTS_H

#include "nn/graph.h"

enum { GRAFT_POOL_AVG, GRAFT_POOL_MAX, GRAFT_POOL_NONE, GRAFT_POOL_COUNT }; /* places in GRAFT_POOL_CHOICES */
const char *graft_pool_name(int pool);
int graft_pool_find(const char *name); /* -1: no such pooling */

/* Candidates that --layer auto tries: the last layer and wide ones before it, and the end of the stage before. */
#define GRAFT_CUT_LIMIT 5

typedef struct graft_cut {
    int node;
    int pool;
    size_t channels, area; /* area: cells of the map, 1 for a vector */
    size_t width;          /* features of one sample */
    graft_dtype stored;    /* F32, exact; F16 for maps kept whole */
} graft_cut;

/* Errors: GRAFT_E_USAGE: `pool` out of range, features without bound. */
GRAFT_MUST_CHECK graft_status graft_cut_make(const graft_graph *graph, int node, int pool, graft_cut *out);
/* The cut at the layer called `name`; an unknown one gets the nearest name in its error. */
GRAFT_MUST_CHECK graft_status graft_cut_named(const graft_graph *graph, const char *name, int pool, graft_cut *out);
/* The node that feeds the classifier, or the output of a network without one. */
int graft_cut_last(const graft_graph *graph);
/* The last node at or before graft_cut_last that is still a map. */
int graft_cut_last_map(const graft_graph *graph);
/* The last node, the wide inner activations before it and the end of the spatial stage before its own, latest first:
 * what --layer auto tries. */
GRAFT_MUST_CHECK graft_status graft_cut_candidates(const graft_graph *graph, int pool, graft_cut out[GRAFT_CUT_LIMIT],
                                                   size_t *count);
/* A node's value (C,H,W) becomes features. Sums run in double and in one order: the same bytes everywhere. */
void graft_cut_apply(const graft_cut *cut, const float *value, float *row);
/* Identity of what is computed at the cut: the network up to it and the pooling. */
GRAFT_MUST_CHECK graft_status graft_cut_hash(const graft_graph *graph, const graft_cut *cut, graft_hash *out);

#endif
