/* The network that is trained: a backbone up to its head, the head as layers, and softmax. */
#ifndef GRAFT_SRC_TRANSFER_TUNE_NETWORK_H
#define GRAFT_SRC_TRANSFER_TUNE_NETWORK_H

#include "stats/logistic.h"
#include "transfer/cuts.h"

typedef struct graft_tune_network {
    graft_graph *graph; /* owned; its output is softmax */
    int head;           /* the first layer of the head */
    int dense;          /* the head's only layer with parameters, a dense one on pooled values; -1: a deeper head */
    int last_map;       /* the backbone's last node */
} graft_tune_network;

/* `node`: the backbone's last layer, given to the head. chain NULL: `gap dense` behind a map, `dense` behind a vector.
 * The head's values are drawn from `seed`. Errors: GRAFT_E_USAGE (the chain; one that does not end in `classes`
 * values). */
GRAFT_MUST_CHECK graft_status graft_tune_network_new(const graft_graph *backbone, int node, const char *chain,
                                                     size_t classes, uint64_t seed, graft_tune_network *out);
void graft_tune_network_clear(graft_tune_network *network);

/* Where a head chain is put: behind the last map when it begins by pooling or flattening one, else behind the last
 * layer before the classifier. */
int graft_tune_network_place(const graft_graph *backbone, const char *chain);

/* The head becomes a logistic regression fitted on its pooled input; standardization goes into the weights, so that the
 * network's answers are the regression's. */
GRAFT_MUST_CHECK graft_status graft_tune_network_set_logistic(graft_tune_network *network,
                                                              const graft_logistic *logistic);

/* Copies the values of every layer that `part` has by name into the network. */
GRAFT_MUST_CHECK graft_status graft_tune_network_take(graft_tune_network *network, const graft_graph *part);

#endif
