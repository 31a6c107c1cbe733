/* Freeze plans: which layers learn, and where the part that must be computed anew each epoch begins. */
#ifndef GRAFT_SRC_TRANSFER_FREEZE_H
#define GRAFT_SRC_TRANSFER_FREEZE_H

#include "base/hash.h"
#include "nn/train-plan.h"

/* The network to train: the backbone's layers, then the head's from node `head` on. */
typedef struct graft_freeze_plan {
    int first;    /* the first layer with parameters that learns */
    int boundary; /* the last node that everything passes through before it and before the dropouts that go with it */
    bool *trainable; /* one a node of the network; owned */
} graft_freeze_plan;

/* Each gives the node from which on layers learn, at most `head`. N counts layers with parameters in the network's
 * order. `option` names the text in errors. Errors: GRAFT_E_USAGE naming what was received and the nearest layer.
 * fine-tune: none | last:N | stage:K (the last K spatial stages) | LAYER (from it on) | all */
GRAFT_MUST_CHECK graft_status graft_freeze_fine_tune(const graft_graph *network, int head, const char *option,
                                                     const char *text, int *from);
/* freeze: all | none | until:LAYER (with it) | first:N */
GRAFT_MUST_CHECK graft_status graft_freeze_freeze(const graft_graph *network, int head, const char *text, int *from);

/* The plan in which everything from node `from` on learns. Release with graft_freeze_clear. */
GRAFT_MUST_CHECK graft_status graft_freeze_make(const graft_graph *network, int from, graft_freeze_plan *out);
void graft_freeze_clear(graft_freeze_plan *plan);

/* Whether a parameter keeps its value under the plan: layers that do not learn, and of BatchNorm layers that do what
 * `mode` holds. */
bool graft_freeze_holds(const graft_graph *network, const graft_freeze_plan *plan, graft_batchnorm_mode mode, int node,
                        const char *parameter);
/* Hash of all that is held, and how many numbers are and are not. */
typedef struct graft_freeze_count {
    graft_hash held;
    int64_t frozen, trainable;
} graft_freeze_count;
GRAFT_MUST_CHECK graft_status graft_freeze_check(const graft_graph *network, const graft_freeze_plan *plan,
                                                 graft_batchnorm_mode mode, graft_freeze_count *out);

/* Rate factors for layer-wise decay: the head 1, each layer with a kernel before it `decay` times the one after; its
 * normalisation goes with it. factor has an entry a segment. `map`: nodes of the plan's graph to those of `network`. */
void graft_freeze_rates(const graft_graph *network, int head, const graft_parameters *parameters, const int *map,
                        double decay, double *factor);

#endif
