/* One thread's arena and the plan's steps bound to it. */
#include "base/context.h"
#include "nn/plan-internal.h"
#include <string.h>

struct graft_plan_state {
    const graft_plan *plan;
    unsigned char *arena, *scratch;
    graft_dnn_stream *stream;
    graft_dnn_call **calls; /* plan->call_count of them, see graft_plan_segment */
};

static void *at(const graft_plan_state *state, int buffer) {
    return state->arena + state->plan->buffers[buffer].offset;
}

/* Where the samples from `sample` on lie. */
static void *share_at(const graft_plan_state *state, int buffer, size_t sample) {
    const graft_plan_buffer *b = &state->plan->buffers[buffer];
    return state->arena + b->offset + (b->whole ? sample * b->sample_bytes : 0);
}

static graft_status bind(const graft_plan_state *state, int index, size_t sample, graft_dnn_call **out) {
    const graft_plan_step *step = &state->plan->steps[index];
    void **sources = graft_allocate((size_t)step->source_count, sizeof *sources);
    if (sources == NULL) return graft_fail_memory("a plan's state");
    for (int i = 0; i < step->source_count; i++)
        sources[i] = share_at(state, step->sources[i], sample);
    graft_status status = graft_dnn_call_new(state->plan->engine, step->op, sources,
                                             share_at(state, step->destination, sample), state->scratch, out);
    graft_release(sources);
    return status == GRAFT_OK ? GRAFT_OK : graft_fail_in(status, "%s", step->name);
}

static graft_status bind_segment(graft_plan_state *state, const graft_plan_segment *segment) {
    graft_dnn_call **call = state->calls + segment->first_call;
    for (int sample = 0; sample < state->plan->batch; sample += segment->micro)
        for (int i = 0; i < segment->steps; i++)
            GRAFT_TRY(bind(state, segment->first + i, (size_t)sample, call++));
    return GRAFT_OK;
}

static graft_status build(graft_plan_state *state) {
    const graft_plan *plan = state->plan;
    state->arena = graft_allocate_aligned(plan->arena_bytes, 1);
    state->scratch = graft_allocate_aligned(plan->scratch_bytes, 1);
    state->calls = graft_allocate_zero(plan->call_count, sizeof *state->calls);
    if (state->arena == NULL || state->scratch == NULL || state->calls == NULL)
        return graft_fail_memory("a plan's state");
    /* Samples that are computed and dropped begin as zeros rather than as whatever slows arithmetic down. */
    memset(state->arena, 0, plan->arena_bytes);
    GRAFT_TRY(graft_dnn_stream_new(plan->engine, &state->stream));
    for (size_t i = 0; i < plan->segment_count; i++)
        GRAFT_TRY(bind_segment(state, &plan->segments[i]));
    return GRAFT_OK;
}

graft_status graft_plan_state_new(const graft_plan *plan, graft_plan_state **out) {
    graft_plan_state *state = graft_allocate_zero(1, sizeof *state);
    if (state == NULL) return graft_fail_memory("a plan's state");
    state->plan = plan;
    graft_status status = build(state);
    if (status != GRAFT_OK) {
        graft_plan_state_free(state);
        return status;
    }
    *out = state;
    return GRAFT_OK;
}

void graft_plan_state_free(graft_plan_state *state) {
    if (state == NULL) return;
    for (size_t i = 0; state->calls != NULL && i < state->plan->call_count; i++)
        graft_dnn_call_free(state->calls[i]);
    graft_release(state->calls);
    graft_dnn_stream_free(state->stream);
    graft_release(state->arena);
    graft_release(state->scratch);
    graft_release(state);
}

float *graft_plan_state_input(graft_plan_state *state, int index) {
    return (float *)at(state, state->plan->input_buffer) + (size_t)index * state->plan->input_size;
}

/* `seconds` NULL: not measured. */
static graft_status run_segment(graft_plan_state *state, const graft_plan_segment *segment, int count,
                                double *seconds) {
    graft_dnn_call *const *call = state->calls + segment->first_call;
    for (int sample = 0; sample < count; sample += segment->micro)
        for (int i = segment->first; i < segment->first + segment->steps; i++) {
            const double begun = seconds == NULL ? 0.0 : graft_now();
            graft_status status = graft_dnn_call_run(*call++, state->stream);
            if (seconds != NULL) seconds[i] += graft_now() - begun;
            if (status != GRAFT_OK) return graft_fail_in(status, "%s", state->plan->steps[i].name);
        }
    return GRAFT_OK;
}

static graft_status run_segments(graft_plan_state *state, int count, double *seconds) {
    graft_status status = GRAFT_OK;
    const int threads = graft_dnn_single_thread_begin();
    for (size_t i = 0; i < state->plan->segment_count && status == GRAFT_OK; i++)
        status = run_segment(state, &state->plan->segments[i], count, seconds);
    graft_dnn_single_thread_end(threads);
    return status;
}

graft_status graft_plan_run(graft_plan_state *state, int count) {
    const int batch = state->plan->batch;
    if (count < 1 || count > batch)
        return graft_fail(GRAFT_E_INTERNAL, "%d samples for a plan of %d, expected 1 to %d", count, batch, batch);
    return run_segments(state, count, NULL);
}

graft_status graft_plan_run_timed(graft_plan_state *state, double *seconds) {
    return run_segments(state, state->plan->batch, seconds);
}

const float *graft_plan_state_output(const graft_plan_state *state, int output, int index) {
    const graft_plan_output *wanted = &state->plan->outputs[output];
    return (const float *)at(state, wanted->buffer) + (size_t)index * wanted->size;
}
