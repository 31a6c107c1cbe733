#include "transfer/single.h"

#include "base/error.h"

graft_status graft_single_make(graft_single *single, graft_context *context, const graft_graph *graph, int node,
                               bool floats) {
    graft_plan_options options = GRAFT_PLAN_OPTIONS_INIT;
    options.batch = 1;
    options.outputs = &node;
    options.output_count = 1;
    options.floats = floats;
    graft_status status = graft_plan_new(context, graph, &options, &single->plan);
    if (status == GRAFT_OK) status = graft_plan_state_new(single->plan, &single->state);
    if (status != GRAFT_OK) graft_single_clear(single);
    return status;
}

void graft_single_clear(graft_single *single) {
    graft_plan_state_free(single->state);
    graft_plan_free(single->plan);
    *single = (graft_single){0};
}
