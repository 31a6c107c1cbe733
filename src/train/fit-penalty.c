/* What regularisers add to the gradients of a step. The loss that is recorded is without them. */
#include "train/fit-internal.h"

#include "base/alloc.h"
#include "base/error.h"

#include <string.h>

static graft_status keep_start(graft_fit_state *state, const graft_graph *origin) {
    const graft_parameters *p = state->parameters;
    state->start = graft_allocate(p->count ? p->count : 1, sizeof(*state->start));
    if (!state->start) return graft_fail_memory("where the weights started");
    for (int i = 0; i < p->segment_count; i++) {
        const graft_parameter_segment *segment = &p->segments[i];
        const graft_param *param = graft_node_param(graft_graph_node(origin, segment->node_index), segment->name);
        if (!param || !param->value || graft_shape_count(&param->shape) != (int64_t)segment->count)
            return graft_fail(GRAFT_E_INTERNAL, "%s: the network as it began has no such %s", segment->node,
                              segment->name);
        memcpy(state->start + segment->offset, graft_tensor_f32(param->value), segment->count * sizeof(float));
    }
    return GRAFT_OK;
}

/* The network as it began, for the values at the taps; nothing in it learns. */
static graft_status open_reference(graft_fit_state *state, const graft_graph *origin) {
    bool *none = graft_allocate_zero((size_t)graft_graph_count(origin), sizeof(*none));
    if (!none) return graft_fail_memory("the network as it began");
    graft_train_plan_options options = GRAFT_TRAIN_PLAN_OPTIONS_INIT;
    options.batch = state->micro;
    options.trainable = none;
    options.taps = state->taps;
    options.tap_count = state->tap_count;
    graft_status status = graft_train_plan_new(state->context, origin, &options, &state->reference);
    graft_release(none);
    return status;
}

graft_status graft_fit_penalty_open(graft_fit_state *state) {
    const graft_recipe *recipe = state->recipe;
    const graft_graph *origin = state->options->origin ? state->options->origin : state->graph;
    bool compares = false;
    if (recipe->penalty_count == 0) return GRAFT_OK;
    GRAFT_TRY(keep_start(state, origin));
    GRAFT_TRY(graft_recipe_taps(recipe, state->graph, state->taps, &state->tap_count));
    if (graft_train_plan_tap_count(state->plan) != state->tap_count)
        return graft_fail(GRAFT_E_INTERNAL, "a training plan with %d taps, its recipe looks at %d",
                          graft_train_plan_tap_count(state->plan), state->tap_count);
    for (int i = 0; i < recipe->penalty_count; i++)
        compares = compares || recipe->penalties[i].row->reference;
    return compares && state->tap_count > 0 ? open_reference(state, origin) : GRAFT_OK;
}

void graft_fit_penalty_close(graft_fit_state *state) {
    graft_train_plan_free(state->reference);
    graft_release(state->start);
    state->reference = NULL;
    state->start = NULL;
}

static graft_status run_reference(const graft_fit_state *state, size_t real) {
    if (!state->reference) return GRAFT_OK;
    memcpy(graft_train_plan_input(state->reference), graft_train_plan_input(state->plan),
           real * graft_train_plan_input_size(state->plan) * sizeof(float));
    return graft_train_plan_forward(state->reference, (int)real, false, 0, NULL);
}

static graft_status penalize_tap(graft_fit_state *state, int tap, size_t real, double share) {
    const graft_shape *shape = &graft_graph_node(state->graph, state->taps[tap])->output;
    const graft_tap_place place = shape->rank == 3 ? GRAFT_TAP_STAGES : GRAFT_TAP_FEATURES;
    graft_train_tap own, other = {0};
    graft_train_plan_tap(state->plan, tap, &own);
    if (state->reference) graft_train_plan_tap(state->reference, tap, &other);
    if (own.gradient) memset(own.gradient, 0, (size_t)state->micro * own.size * sizeof(float));
    const graft_value_penalty of = {.value = own.value,
                                    .reference = other.value,
                                    .gradient = own.gradient,
                                    .count = real,
                                    .size = own.size,
                                    .area = shape->rank == 3 ? (size_t)(shape->dim[1] * shape->dim[2]) : 1,
                                    .share = share};
    for (int i = 0; i < state->recipe->penalty_count; i++) {
        const graft_penalty *penalty = &state->recipe->penalties[i];
        if (penalty->row->values && penalty->row->taps == place)
            GRAFT_TRY(penalty->row->values(penalty->attributes, &of, &state->penalty));
    }
    return GRAFT_OK;
}

graft_status graft_fit_penalize_values(graft_fit_state *state, size_t real, double share) {
    if (state->tap_count == 0) return GRAFT_OK;
    GRAFT_TRY(run_reference(state, real));
    for (int i = 0; i < state->tap_count; i++)
        GRAFT_TRY(penalize_tap(state, i, real, share));
    return GRAFT_OK;
}

void graft_fit_penalize_weights(graft_fit_state *state) {
    const graft_parameters *p = state->parameters;
    for (int i = 0; state->start && i < p->segment_count; i++) {
        const graft_parameter_segment *segment = &p->segments[i];
        const bool anew = state->options->segment_new && state->options->segment_new[i];
        const graft_weight_penalty of = {.value = p->value + segment->offset,
                                         .start = anew ? NULL : state->start + segment->offset,
                                         .gradient = p->gradient + segment->offset,
                                         .count = segment->count,
                                         .decays = segment->decays};
        for (int k = 0; k < state->recipe->penalty_count; k++) {
            const graft_penalty *penalty = &state->recipe->penalties[k];
            if (penalty->row->weights) penalty->row->weights(penalty->attributes, &of, &state->penalty);
        }
    }
}
