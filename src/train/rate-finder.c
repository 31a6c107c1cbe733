#include "train/rate-finder.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "train/fit-internal.h"

#include <string.h>

static const double memory = 0.9;  /* of the smoothed loss */
static const double explosion = 4; /* times the best loss: the limit is passed */

typedef struct range {
    double high_over_low;
} range;

/* Exactly `high_over_low` at the last step. */
static double factor(const void *attributes, const graft_position *position) {
    double last = position->steps > 1 ? (double)(position->steps - 1) : 1;
    return pow(((const range *)attributes)->high_over_low, (double)position->step / last);
}

static const graft_schedule rising = {.name = "range", .attribute_size = sizeof(range), .factor = factor};

void graft_rate_curve_clear(graft_rate_curve *curve) {
    graft_release(curve->points);
    *curve = (graft_rate_curve){0};
}

/* Where the loss falls fastest along the logarithm of the rate; the steps are even in it. */
static double steepest(const graft_rate_point *points, size_t count) {
    size_t best = 0;
    double fall = 0;
    /* The first steps' average is of few losses. */
    for (size_t i = count / 10 + 1; i + 1 < count; i++) {
        double slope = points[i + 1].loss - points[i - 1].loss;
        if (slope < fall) {
            fall = slope;
            best = i;
        }
    }
    return best ? points[best].rate : (double)NAN;
}

static graft_status walk(graft_fit_state *state, size_t steps, graft_phase *phase, graft_rate_curve *out) {
    double average = 0, best = INFINITY;
    uint32_t epoch = 1;
    graft_sampler_shuffle(&state->sampler, epoch);
    for (size_t i = 0; i < steps; i++) {
        if (state->at.step_in_epoch == state->steps_per_epoch) {
            state->at.step_in_epoch = 0;
            graft_sampler_shuffle(&state->sampler, ++epoch);
        }
        bool finite;
        size_t begin = (size_t)state->at.step_in_epoch * state->options->batch;
        state->at.loss_sum = state->at.weight_sum = 0;
        GRAFT_TRY(graft_fit_step(state, epoch, begin, &finite));
        if (!finite) return GRAFT_OK;
        average = memory * average + (1 - memory) * state->at.loss_sum / state->at.weight_sum;
        double loss = average / (1 - pow(memory, (double)i + 1));
        out->points[out->count++] = (graft_rate_point){state->rate, loss};
        if (loss < best) best = loss;
        if (loss > explosion * best) return GRAFT_OK;
        GRAFT_TRY(graft_phase_add(phase, 1, 0));
    }
    return GRAFT_OK;
}

graft_status graft_rate_find(graft_context *context, graft_train_plan *plan, graft_graph *graph,
                             const graft_sample_source *train, const graft_fit_options *options, double low,
                             double high, size_t steps, graft_rate_curve *out) {
    graft_fit_options own = *options;
    graft_recipe recipe = *options->recipe;
    graft_history history = {0};
    graft_phase *phase = NULL;
    graft_fit_state state = {
        .context = context, .plan = plan, .graph = graph, .source = train, .options = &own, .history = &history};
    graft_status status;
    *out = (graft_rate_curve){.suggested = (double)NAN};
    if (!(low > 0 && low < high && isfinite(high)) || steps < 10 || steps > 1000 || own.batch == 0 || train->count == 0)
        return graft_fail(GRAFT_E_USAGE,
                          "a range test from rate %g to %g in %zu steps, expected 0 < from < to and 10 "
                          "to 1000 steps",
                          low, high, steps);
    const range span = {high / low};
    recipe.schedule = &rising;
    memcpy(recipe.schedule_attributes, &span, sizeof span);
    own.recipe = &recipe;
    own.rate = low;
    own.warmup = own.steps_before = 0;
    own.steps_total = steps;
    own.epochs = 1;
    own.checkpoint_folder = NULL;
    GRAFT_TRY_TO(done, status, graft_fit_state_init(&state, false));
    out->points = graft_allocate(steps, sizeof *out->points);
    if (!out->points) GRAFT_TRY_TO(done, status, graft_fail_memory("the curve of the loss"));
    GRAFT_TRY_TO(done, status, graft_phase_begin(context, "lr-find", steps, &phase));
    status = walk(&state, steps, phase, out);
    graft_phase_end(phase);
    out->suggested = steepest(out->points, out->count);
done:
    graft_fit_state_clear(&state);
    graft_history_clear(&history);
    if (status != GRAFT_OK) graft_rate_curve_clear(out);
    return status;
}
