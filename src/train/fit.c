#include "train/fit.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "base/threads.h"
#include "train/fit-internal.h"

#include <math.h>
#include <string.h>

/* ---- scoring ---- */

typedef struct scoring {
    const graft_sample_source *source;
    float *input, *target;
    size_t input_size, classes, begin;
} scoring;

static graft_status load_for_score(void *argument, int worker, size_t index) {
    const scoring *s = argument;
    return s->source->load(s->source->self, worker, 0, s->begin + index, s->input + index * s->input_size,
                           s->target + index * s->classes);
}

static double count_correct(const graft_recipe *recipe, const float *output, const float *target, size_t count,
                            size_t classes) {
    double correct = 0;
    for (size_t i = 0; i < count; i++)
        correct += graft_loss_correct(recipe->loss, recipe->loss_attributes, output + i * classes, target + i * classes,
                                      (int)classes);
    return correct;
}

graft_status graft_fit_score(graft_context *context, graft_train_plan *plan, const graft_sample_source *source,
                             const graft_recipe *recipe, float *outputs, graft_score *out) {
    size_t micro = (size_t)graft_train_plan_batch(plan), classes = graft_train_plan_output_size(plan);
    scoring s = {.source = source,
                 .input = graft_train_plan_input(plan),
                 .classes = classes,
                 .input_size = graft_train_plan_input_size(plan)};
    s.target = graft_allocate_zero(micro, classes * sizeof(float));
    if (!s.target) return graft_fail_memory("a batch");
    double loss = 0, correct = 0;
    graft_status status = GRAFT_OK;
    for (; s.begin < source->count && status == GRAFT_OK; s.begin += micro) {
        size_t count = source->count - s.begin < micro ? source->count - s.begin : micro;
        GRAFT_TRY_TO(done, status, graft_parallel_for(context, count, load_for_score, &s));
        GRAFT_TRY_TO(done, status, graft_train_plan_forward(plan, (int)count, false, 0, NULL));
        const float *output = graft_train_plan_output(plan);
        graft_loss_batch batch = {
            .output = output, .target = s.target, .count = count, .classes = (int)classes, .scale = 1};
        recipe->loss->evaluate(recipe->loss_attributes, &batch);
        loss += batch.sum;
        correct += count_correct(recipe, output, s.target, count, classes);
        if (outputs) memcpy(outputs + s.begin * classes, output, count * classes * sizeof(float));
    }
    double n = (double)source->count;
    *out = (graft_score){.loss = n > 0 ? loss / n : NAN, .accuracy = n > 0 ? correct / n : NAN};
done:
    graft_release(s.target);
    return status;
}

/* ---- one epoch ---- */

/* Figures of the epoch that ends, with validation on the averaged weights; keeps them when they are the best. */
static graft_status end_epoch(graft_fit_state *state, const graft_sample_source *validation, double seconds) {
    graft_score score = {NAN, NAN};
    GRAFT_TRY(graft_fit_swap_ema(state));
    if (validation)
        GRAFT_TRY(
            graft_fit_score(state->context, state->plan, validation, state->recipe, state->options->outputs, &score));
    graft_epoch epoch = {.phase = state->at.phase,
                         .epoch = state->at.epoch,
                         .steps = state->at.step,
                         .rate = state->rate,
                         .loss = state->at.loss_sum / state->at.weight_sum,
                         .accuracy = state->at.correct / state->at.weight_sum,
                         .val_loss = score.loss,
                         .val_accuracy = score.accuracy};
    GRAFT_TRY(graft_history_add(state->history, &epoch));
    size_t last = state->history->count - 1;
    bool watched = !isnan(graft_epoch_merit(&epoch, state->options->monitor));
    if (!watched || state->options->keep_last ||
        graft_policy_best(state->history, state->at.phase_first, state->options->monitor) == last) {
        size_t statistics;
        const float *moving = graft_train_plan_statistics(state->plan, &statistics);
        memcpy(state->best, state->parameters->value, state->parameters->count * sizeof(float));
        if (statistics > 0) memcpy(state->best_statistics, moving, statistics * sizeof(float));
    }
    if (state->options->on_weights) {
        GRAFT_TRY(graft_train_plan_store(state->plan, state->graph));
        GRAFT_TRY(state->options->on_weights(state->options->user, state->graph));
    }
    GRAFT_TRY(graft_fit_swap_ema(state));
    state->at.epoch++;
    state->at.step_in_epoch = 0;
    state->at.loss_sum = state->at.weight_sum = state->at.correct = 0;
    if (state->options->on_epoch) state->options->on_epoch(state->options->user, &epoch, seconds);
    return graft_fit_checkpoint(state);
}

static bool checkpoint_is_due(const graft_fit_state *state) {
    uint64_t every = state->options->checkpoint_steps;
    return every > 0 && state->at.step % every == 0 && state->at.step_in_epoch < state->steps_per_epoch;
}

/* A cancel: what was done is kept, unless it came in the middle of an update. */
static graft_status leave(graft_fit_state *state) {
    if (!state->torn) GRAFT_TRY(graft_fit_checkpoint(state));
    return graft_cancelled(state->context);
}

static graft_status run_epoch(graft_fit_state *state, graft_phase *phase, bool *finite) {
    graft_sampler_shuffle(&state->sampler, state->at.epoch);
    *finite = true;
    while (state->at.step_in_epoch < state->steps_per_epoch) {
        size_t begin = (size_t)state->at.step_in_epoch * state->options->batch;
        size_t left = state->sampler.count - begin;
        graft_status status = graft_fit_step(state, state->at.epoch, begin, finite);
        if (status == GRAFT_E_CANCELLED) return leave(state);
        if (status != GRAFT_OK || !*finite) return status;
        size_t done = left < state->options->batch ? left : state->options->batch;
        status = graft_phase_add(phase, done, state->waited);
        state->waited = 0;
        if (status != GRAFT_OK) return leave(state);
        if (checkpoint_is_due(state)) GRAFT_TRY(graft_fit_checkpoint(state));
    }
    return GRAFT_OK;
}

/* ---- the phase ---- */

/* Whether to end before the next epoch. */
static bool should_stop(const graft_fit_state *state, double begun, double last_epoch, graft_stop *stop) {
    const graft_fit_options *o = state->options;
    uint32_t guard = o->guard_patience ? o->guard_patience : 3;
    if (graft_policy_below_baseline(state->history, state->at.phase_first, o->baseline, guard)) {
        *stop = GRAFT_STOP_NEGATIVE;
        return true;
    }
    if (graft_policy_stalled(state->history, state->at.phase_first, o->monitor, o->patience, o->min_delta)) {
        *stop = GRAFT_STOP_EARLY;
        return true;
    }
    if (o->seconds > 0 && graft_now() - begun + last_epoch > o->seconds) {
        *stop = GRAFT_STOP_TIME;
        return true;
    }
    return false;
}

static graft_status run_epochs(graft_fit_state *state, const graft_sample_source *validation, graft_stop *stop) {
    graft_phase *phase;
    double begun = graft_now(), last_epoch = 0;
    const char *name = state->options->name ? state->options->name : state->at.phase ? "finetune" : "warm-up";
    GRAFT_TRY(graft_phase_begin(state->context, name, (uint64_t)state->sampler.count * state->options->epochs, &phase));
    graft_status status = GRAFT_OK;
    *stop = GRAFT_STOP_FINISHED;
    while (status == GRAFT_OK && state->history->count - state->at.phase_first < state->options->epochs) {
        if (state->at.step_in_epoch == 0 && should_stop(state, begun, last_epoch, stop)) break;
        bool finite;
        double epoch_begun = graft_now();
        status = run_epoch(state, phase, &finite);
        if (status == GRAFT_OK && !finite) {
            *stop = GRAFT_STOP_NAN;
            break;
        }
        if (status == GRAFT_OK) status = end_epoch(state, validation, graft_now() - epoch_begun);
        last_epoch = graft_now() - epoch_begun; /* with validation and the checkpoint: the next one has them too */
    }
    graft_phase_end(phase);
    return status;
}

/* The best weights go into the plan and the graph: they are what is saved. */
static graft_status keep_best(graft_fit_state *state) {
    size_t statistics;
    float *moving = graft_train_plan_statistics(state->plan, &statistics);
    memcpy(state->parameters->value, state->best, state->parameters->count * sizeof(float));
    if (statistics > 0) memcpy(moving, state->best_statistics, statistics * sizeof(float));
    GRAFT_TRY(graft_train_plan_parameters_changed(state->plan));
    return graft_train_plan_store(state->plan, state->graph);
}

graft_status graft_fit_run(graft_context *context, graft_train_plan *plan, graft_graph *graph,
                           const graft_sample_source *train, const graft_sample_source *validation,
                           const graft_fit_options *options, bool resume, graft_history *history,
                           graft_fit_result *out) {
    graft_fit_state state = {
        .context = context, .plan = plan, .graph = graph, .source = train, .options = options, .history = history};
    double begun = graft_now();
    graft_status status;
    *out = (graft_fit_result){.best_val_accuracy = NAN};
    if (train->count == 0 || options->batch == 0 || options->epochs == 0)
        return graft_fail(GRAFT_E_USAGE, "training needs samples, a batch and an epoch; received %zu, %zu and %u",
                          train->count, options->batch, options->epochs);
    GRAFT_TRY_TO(done, status, graft_fit_state_init(&state, resume));
    GRAFT_TRY_TO(done, status, run_epochs(&state, validation, &out->stop));
    GRAFT_TRY_TO(done, status, keep_best(&state));
    size_t best = graft_policy_best(history, state.at.phase_first, options->monitor);
    if (best < history->count) {
        out->best_epoch = history->epochs[best].epoch;
        out->best_val_accuracy = history->epochs[best].val_accuracy;
    }
    out->steps = state.at.step;
    out->seconds = graft_now() - begun;
done:
    graft_fit_state_clear(&state);
    return status;
}
