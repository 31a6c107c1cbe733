/* One optimizer step: load, mix, forward, loss, backward for each micro-batch, then clip, update, average. */
#include "train/fit-internal.h"

#include "base/context.h"
#include "base/error.h"
#include "base/threads.h"

#include <math.h>
#include <string.h>

typedef struct loading {
    graft_fit_state *state;
    uint32_t epoch;
    size_t begin; /* in the sampler's order */
    size_t total; /* of the order: positions beyond it wrap, with weight 0 */
} loading;

static graft_status load_one(void *argument, int worker, size_t index) {
    const loading *work = argument;
    graft_fit_state *state = work->state;
    size_t size = graft_train_plan_input_size(state->plan), classes = (size_t)state->classes;
    size_t sample = state->sampler.order[(work->begin + index) % work->total];
    state->ids[index] = sample;
    return state->source->load(state->source->self, worker, work->epoch, sample,
                               graft_train_plan_input(state->plan) + index * size, state->targets + index * classes);
}

/* Weight of a sample: its classes' weights by its target's shares; 0 for fillers. */
static void weigh(graft_fit_state *state, size_t count, size_t real) {
    size_t classes = (size_t)state->classes;
    for (size_t i = 0; i < count; i++) {
        double weight = state->options->class_weight ? 0 : 1;
        for (size_t c = 0; c < classes && state->options->class_weight; c++)
            weight += (double)state->targets[i * classes + c] * (double)state->options->class_weight[c];
        state->weights[i] = i < real ? (float)weight : 0;
    }
}

/* Forward, loss and backward of `real` samples (and fillers up to `count`). Sums go to the checkpoint's figures. */
static graft_status run_micro_batch(graft_fit_state *state, uint32_t epoch, size_t begin, size_t real, double scale,
                                    bool *finite) {
    graft_fit_options const *options = state->options;
    size_t count = options->fill_batches ? (size_t)state->micro : real, classes = (size_t)state->classes;
    loading work = {state, epoch, begin, state->sampler.count};
    double begun = graft_now();
    GRAFT_TRY(graft_parallel_for(state->context, count, load_one, &work));
    state->waited += (graft_now() - begun) * graft_context_threads(state->context);
    graft_mix_batch(&options->mix, options->seed, epoch, begin, &state->input, state->classes, real,
                    graft_train_plan_input(state->plan), state->targets);
    weigh(state, count, real);
    GRAFT_TRY(graft_train_plan_forward(state->plan, (int)count, true, epoch, state->ids));
    const float *output = graft_train_plan_output(state->plan);
    graft_loss_batch batch = {.output = output,
                              .target = state->targets,
                              .weight = state->weights,
                              .count = count,
                              .classes = state->classes,
                              .scale = scale,
                              .gradient = graft_train_plan_output_gradient(state->plan)};
    state->recipe->loss->evaluate(state->recipe->loss_attributes, &batch);
    *finite = isfinite(batch.sum);
    if (!*finite) return GRAFT_OK;
    state->at.loss_sum += batch.sum;
    for (size_t i = 0; i < real; i++) {
        const float *target = state->targets + i * classes;
        state->at.correct += graft_loss_correct(state->recipe->loss, state->recipe->loss_attributes,
                                                output + i * classes, target, state->classes);
    }
    state->at.weight_sum += (double)real;
    GRAFT_TRY(graft_fit_penalize_values(state, real, (double)real * scale));
    return graft_train_plan_backward(state->plan, (int)count);
}

/* Scales all gradients so that their common norm is at most options->clip (Pascanu et al. 2013). */
static void clip_gradients(const graft_fit_state *state, bool *finite) {
    const graft_parameters *p = state->parameters;
    double squares = 0;
    for (size_t i = 0; i < p->count; i++)
        squares += (double)p->gradient[i] * (double)p->gradient[i];
    *finite = isfinite(squares);
    double norm = sqrt(squares);
    if (!*finite || state->options->clip <= 0 || norm <= state->options->clip) return;
    float factor = (float)(state->options->clip / norm);
    for (size_t i = 0; i < p->count; i++)
        p->gradient[i] *= factor;
}

static graft_status update_segment(void *argument, int worker, size_t index) {
    (void)worker;
    graft_fit_state *state = argument;
    const graft_parameters *p = state->parameters;
    const graft_parameter_segment *segment = &p->segments[index];
    double decay = state->options->decay < 0 ? state->recipe->optimizer->default_decay : state->options->decay;
    double factor = state->options->segment_rate ? state->options->segment_rate[index] : 1;
    graft_update update = {.value = p->value + segment->offset,
                           .gradient = p->gradient + segment->offset,
                           .count = segment->count,
                           .rate = state->rate * factor,
                           .decay = segment->decays ? decay : 0,
                           .step = state->at.step + 1};
    for (int s = 0; s < state->recipe->optimizer->slots; s++)
        update.slot[s] = state->slots[s] + segment->offset;
    state->recipe->optimizer->update(state->recipe->optimizer_attributes, &update);
    float keep = (float)state->options->ema;
    for (size_t i = segment->offset; state->ema && i < segment->offset + segment->count; i++)
        state->ema[i] = keep * state->ema[i] + (1 - keep) * p->value[i];
    return GRAFT_OK;
}

double graft_fit_rate(const graft_fit_state *state, uint64_t step) {
    const graft_fit_options *options = state->options;
    uint32_t patience = options->plateau_patience ? options->plateau_patience : 5;
    graft_position position = {.step = options->steps_before + step,
                               .steps = options->steps_total ? options->steps_total : state->steps,
                               .steps_per_epoch = state->steps_per_epoch};
    position.reductions =
        graft_policy_reductions(state->history, state->at.phase_first, options->monitor, patience, options->min_delta);
    double base = options->rate > 0 ? options->rate : state->recipe->optimizer->default_rate;
    return base *
           graft_schedule_rate(state->recipe->schedule, state->recipe->schedule_attributes, options->warmup, &position);
}

/* Gradients of the samples from position `begin` to `end`, summed over micro-batches. */
static graft_status accumulate(graft_fit_state *state, uint32_t epoch, size_t begin, size_t end, bool *finite) {
    memset(state->parameters->gradient, 0, state->parameters->count * sizeof(float));
    state->penalty = 0;
    for (size_t at = begin; at < end && *finite; at += (size_t)state->micro) {
        size_t real = end - at < (size_t)state->micro ? end - at : (size_t)state->micro;
        GRAFT_TRY(run_micro_batch(state, epoch, at, real, 1.0 / (double)(end - begin), finite));
    }
    if (*finite) graft_fit_penalize_weights(state);
    if (*finite) clip_gradients(state, finite);
    return GRAFT_OK;
}

static graft_status apply(graft_fit_state *state) {
    state->rate = graft_fit_rate(state, state->at.step);
    GRAFT_TRY(graft_parallel_for_uncancellable(state->context, (size_t)state->parameters->segment_count, update_segment,
                                               state));
    state->at.step++;
    state->at.step_in_epoch++;
    return graft_train_plan_parameters_changed(state->plan);
}

/* Sums and moving statistics change with every micro-batch: a step that is not made gives them back. */
static void give_back(graft_fit_state *state, const graft_checkpoint *before) {
    size_t statistics;
    float *moving = graft_train_plan_statistics(state->plan, &statistics);
    if (statistics > 0) memcpy(moving, state->found, statistics * sizeof(float));
    state->at.loss_sum = before->loss_sum;
    state->at.weight_sum = before->weight_sum;
    state->at.correct = before->correct;
}

graft_status graft_fit_step(graft_fit_state *state, uint32_t epoch, size_t begin, bool *finite) {
    const graft_checkpoint before = state->at;
    size_t end = begin + state->options->batch, statistics;
    const float *moving = graft_train_plan_statistics(state->plan, &statistics);
    if (statistics > 0) memcpy(state->found, moving, statistics * sizeof(float));
    if (end > state->sampler.count) end = state->sampler.count;
    *finite = true;
    graft_status status = accumulate(state, epoch, begin, end, finite);
    if (status == GRAFT_OK && *finite) return apply(state);
    give_back(state, &before);
    return status;
}

graft_status graft_fit_swap_ema(graft_fit_state *state) {
    if (!state->ema) return GRAFT_OK;
    for (size_t i = 0; i < state->parameters->count; i++) {
        float kept = state->parameters->value[i];
        state->parameters->value[i] = state->ema[i];
        state->ema[i] = kept;
    }
    return graft_train_plan_parameters_changed(state->plan);
}
