#include "train/fit-internal.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/hash.h"

#include <string.h>

/* ---- what a checkpoint must agree on to be continued ---- */

static void hash_recipe(const graft_recipe *recipe, graft_hasher *hasher) {
    graft_hasher_add_text(hasher, recipe->loss->name);
    graft_hasher_add_text(hasher, recipe->optimizer->name);
    graft_hasher_add_text(hasher, recipe->schedule->name);
    graft_hasher_add(hasher, recipe->loss_attributes, sizeof recipe->loss_attributes);
    graft_hasher_add(hasher, recipe->optimizer_attributes, sizeof recipe->optimizer_attributes);
    graft_hasher_add(hasher, recipe->schedule_attributes, sizeof recipe->schedule_attributes);
    for (int i = 0; i < recipe->penalty_count; i++) {
        const graft_penalty *penalty = &recipe->penalties[i];
        graft_hasher_add_text(hasher, penalty->row->name);
        graft_hasher_add(hasher, penalty->attributes, sizeof penalty->attributes);
    }
}

static graft_status hash_options(const void *self, graft_hasher *hasher) {
    const graft_fit_state *state = self;
    const graft_fit_options *o = state->options;
    hash_recipe(state->recipe, hasher);
    const double numbers[] = {o->rate, o->decay, o->clip, o->ema, o->min_delta, o->mix.alpha};
    const uint64_t counts[] = {o->batch,
                               o->seed,
                               o->epochs,
                               o->warmup,
                               o->steps_before,
                               o->steps_total,
                               o->balanced,
                               o->mix.kind,
                               (uint64_t)o->monitor,
                               o->patience,
                               o->plateau_patience};
    graft_hasher_add(hasher, numbers, sizeof numbers);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        graft_hasher_add_u64(hasher, counts[i]);
    if (o->class_weight) graft_hasher_add(hasher, o->class_weight, (size_t)state->classes * sizeof(float));
    if (o->segment_rate)
        graft_hasher_add(hasher, o->segment_rate, (size_t)state->parameters->segment_count * sizeof(double));
    return GRAFT_OK;
}

static graft_status hash_data(const void *self, graft_hasher *hasher) {
    const graft_fit_state *state = self;
    graft_hasher_add_u64(hasher, state->source->count);
    graft_hasher_add_u64(hasher, (uint64_t)state->classes);
    return GRAFT_OK;
}

/* Which layers there are, and what of them learns. */
static graft_status hash_network(const void *self, graft_hasher *hasher) {
    const graft_fit_state *state = self;
    const graft_parameters *p = state->parameters;
    for (int i = 0; i < graft_graph_count(state->graph); i++)
        graft_hasher_add_text(hasher, graft_graph_node(state->graph, i)->name);
    for (int i = 0; i < p->segment_count; i++) {
        graft_hasher_add_u64(hasher, (uint64_t)p->segments[i].node_index);
        graft_hasher_add_text(hasher, p->segments[i].name);
    }
    return GRAFT_OK;
}

/* What the caller knows of each part, and what the fit does. */
static graft_status identify(graft_fit_state *state) {
    graft_identity *identity = &state->at.identity;
    *identity = state->options->identity;
    identity->micro_batch = (uint64_t)state->micro;
    GRAFT_TRY(graft_identity_add(identity, GRAFT_IDENTITY_DATA, hash_data, state));
    GRAFT_TRY(graft_identity_add(identity, GRAFT_IDENTITY_OPTIONS, hash_options, state));
    return graft_identity_add(identity, GRAFT_IDENTITY_NETWORK, hash_network, state);
}

static graft_status new_array(graft_fit_state *state, const char *name, size_t count, float **out) {
    *out = graft_allocate_zero(count, sizeof **out);
    if (!*out) return graft_fail_memory("the training state");
    state->at.arrays[state->at.array_count++] = (graft_checkpoint_array){.name = name, .data = *out, .count = count};
    return GRAFT_OK;
}

/* Everything of the size of the parameters; all of it goes into checkpoints. */
static graft_status allocate_arrays(graft_fit_state *state) {
    static const char *const slot_names[GRAFT_OPTIMIZER_SLOTS] = {"slot0", "slot1"};
    size_t count = state->parameters->count, statistics = 0;
    const float *moving = graft_train_plan_statistics(state->plan, &statistics);
    for (int s = 0; s < state->recipe->optimizer->slots && s < GRAFT_OPTIMIZER_SLOTS; s++)
        GRAFT_TRY(new_array(state, slot_names[s], count, &state->slots[s]));
    if (state->options->ema > 0) GRAFT_TRY(new_array(state, "ema", count, &state->ema));
    GRAFT_TRY(new_array(state, "best", count, &state->best));
    GRAFT_TRY(new_array(state, "best_statistics", statistics, &state->best_statistics));
    memcpy(state->best, state->parameters->value, count * sizeof(float));
    if (statistics > 0) memcpy(state->best_statistics, moving, statistics * sizeof(float));
    if (state->ema) memcpy(state->ema, state->parameters->value, count * sizeof(float));
    return GRAFT_OK;
}

static graft_status allocate_batch(graft_fit_state *state) {
    size_t micro = (size_t)state->micro, statistics;
    (void)graft_train_plan_statistics(state->plan, &statistics);
    state->found = graft_allocate_zero(statistics, sizeof(float));
    state->targets = graft_allocate_zero(micro, (size_t)state->classes * sizeof(float));
    state->weights = graft_allocate_zero(micro, sizeof(float));
    state->ids = graft_allocate_zero(micro, sizeof(uint64_t));
    return state->targets && state->weights && state->ids && state->found ? GRAFT_OK : graft_fail_memory("a batch");
}

static const graft_param *param_of(const graft_fit_state *state, const graft_parameter_segment *segment) {
    return graft_node_param(graft_graph_node(state->graph, segment->node_index), segment->name);
}

/* The graph holds what the checkpoint held; the plan takes it over. */
static graft_status take_values(graft_fit_state *state) {
    const graft_parameters *p = state->parameters;
    for (int i = 0; i < p->segment_count; i++) {
        const graft_parameter_segment *segment = &p->segments[i];
        memcpy(p->value + segment->offset, graft_tensor_f32(param_of(state, segment)->value),
               segment->count * sizeof(float));
    }
    return graft_train_plan_load_statistics(state->plan, state->graph);
}

static graft_status resume(graft_fit_state *state) {
    bool found = false;
    GRAFT_TRY(graft_checkpoint_read(state->context, state->options->checkpoint_folder, &state->at, &found));
    if (!found) return GRAFT_OK;
    /* An epoch whose last step was made, and that has still to end, tells the rate of that step. */
    if (state->at.step > 0) state->rate = graft_fit_rate(state, state->at.step - 1);
    return take_values(state);
}

graft_status graft_fit_state_init(graft_fit_state *state, bool go_on) {
    state->recipe = state->options->recipe;
    state->parameters = graft_train_plan_parameters(state->plan);
    state->classes = (int)graft_train_plan_output_size(state->plan);
    state->micro = graft_train_plan_batch(state->plan);
    state->input = graft_graph_node(state->graph, graft_graph_input(state->graph))->output;
    const int *label = state->options->balanced ? state->source->label : NULL;
    GRAFT_TRY(graft_sampler_init(&state->sampler, state->source->count, state->options->seed, label, state->classes));
    state->steps_per_epoch = (state->sampler.count + state->options->batch - 1) / state->options->batch;
    state->steps = state->steps_per_epoch * state->options->epochs;
    uint32_t before = state->history->count ? state->history->epochs[state->history->count - 1].epoch : 0;
    state->at.phase = state->options->phase;
    state->at.epoch = before + 1;
    state->at.phase_first = state->history->count;
    state->at.history = state->history;
    state->at.graph = state->graph;
    GRAFT_TRY(identify(state));
    GRAFT_TRY(allocate_batch(state));
    GRAFT_TRY(allocate_arrays(state));
    GRAFT_TRY(graft_fit_penalty_open(state));
    return go_on && state->options->checkpoint_folder ? resume(state) : GRAFT_OK;
}

void graft_fit_state_clear(graft_fit_state *state) {
    for (int i = 0; i < state->at.array_count; i++)
        graft_release(state->at.arrays[i].data);
    graft_release(state->targets);
    graft_release(state->weights);
    graft_release(state->ids);
    graft_release(state->found);
    graft_fit_penalty_close(state);
    graft_sampler_clear(&state->sampler);
}

graft_status graft_fit_checkpoint(graft_fit_state *state) {
    if (!state->options->checkpoint_folder) return GRAFT_OK;
    GRAFT_TRY(graft_train_plan_store(state->plan, state->graph));
    return graft_checkpoint_write(state->options->checkpoint_folder, &state->at);
}
