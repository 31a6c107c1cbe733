/* One picture's way through a network, kept for the next one. */
#ifndef GRAFT_SRC_TRANSFER_SINGLE_H
#define GRAFT_SRC_TRANSFER_SINGLE_H

#include "nn/plan.h"

/* An inference plan for one picture with one output, and a state of it. All NULL: none yet. */
typedef struct graft_single {
    graft_plan *plan;
    graft_plan_state *state;
} graft_single;

/* `graph` up to `node`, with `floats` on them whatever the graph says; the graph may be freed. Errors as
 * graft_plan_new; then `single` holds nothing. */
GRAFT_MUST_CHECK graft_status graft_single_make(graft_single *single, graft_context *context, const graft_graph *graph,
                                                int node, bool floats);
void graft_single_clear(graft_single *single);

#endif
