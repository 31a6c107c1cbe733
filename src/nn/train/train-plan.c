/* Making, measuring, running a training plan. */
#include "base/context.h"
#include "base/threads.h"
#include "nn/train/train-internal.h"
#include <string.h>

/* ---- making ---- */

/* Everything but memory and compiled kernels: enough to know what the plan will take. */
static graft_status build(graft_train_plan *plan, const graft_graph *graph, const graft_train_plan_options *options,
                          graft_trainer *trainer) {
    GRAFT_TRY(graft_dnn_engine_new(&plan->engine));
    GRAFT_TRY(graft_trainer_open(trainer, plan, graph, options));
    graft_trainer_fuse(trainer);
    GRAFT_TRY(graft_trainer_emit_all(trainer));
    return graft_arena_place(plan->buffers, plan->buffer_count, &plan->arena_bytes);
}

void *graft_train_memory(const graft_train_plan *plan, int buffer) {
    return plan->arena + plan->buffers[buffer].offset;
}

static graft_status bind_steps(graft_train_plan *plan) {
    for (size_t i = 0; i < plan->step_count; i++) {
        graft_train_step *step = &plan->steps[i];
        for (int k = 0; k < step->place_count; k++)
            step->memory[k] = (char *)graft_train_memory(plan, step->places[k].buffer) + step->places[k].offset;
        if (step->kernel == NULL) continue;
        void *scratch = step->memory[graft_dnn_kernel_operands(step->kernel)];
        graft_status status = graft_dnn_kernel_bind(plan->engine, step->kernel, step->memory, scratch);
        if (status != GRAFT_OK) return graft_fail_in(status, "%s", plan->names[step->node]);
    }
    return GRAFT_OK;
}

static graft_status bind_packs(graft_train_plan *plan) {
    for (size_t i = 0; i < plan->pack_count; i++) {
        const graft_train_pack *pack = &plan->packs[i];
        if (pack->kernel == NULL) continue;
        void *memory[2] = {graft_train_memory(plan, plan->staging), graft_train_memory(plan, pack->to)};
        if (!pack->staged) memory[0] = plan->parameters.value + plan->segments[pack->segment].offset;
        GRAFT_TRY(graft_dnn_kernel_bind(plan->engine, pack->kernel, memory, graft_train_memory(plan, plan->scratch)));
    }
    return GRAFT_OK;
}

static graft_status allocate(graft_train_plan *plan, const graft_trainer *trainer, const graft_graph *graph) {
    plan->arena = graft_allocate_aligned(plan->arena_bytes, 1);
    if (plan->arena == NULL) return graft_fail_memory("a training plan's arena");
    memset(plan->arena, 0, plan->arena_bytes);
    plan->parameters.value = graft_train_memory(plan, plan->values);
    plan->parameters.gradient = graft_train_memory(plan, plan->gradients);
    float *ones = graft_train_memory(plan, trainer->ones);
    for (size_t i = 0; i < plan->buffers[trainer->ones].bytes / sizeof *ones; i++)
        ones[i] = 1.0F;
    GRAFT_TRY(graft_dnn_stream_new(plan->engine, &plan->stream));
    GRAFT_TRY(bind_steps(plan));
    GRAFT_TRY(bind_packs(plan));
    graft_train_load_values(plan, graph);
    graft_train_load_moving(plan, graph);
    return graft_train_pack_all(plan, graph);
}

static graft_status plan_new(graft_context *context, const graft_graph *graph, const graft_train_plan_options *options,
                             bool measure, graft_train_plan **out) {
    if (options->batch < 1)
        return graft_fail(GRAFT_E_USAGE, "a micro-batch of %d samples, expected 1 or more", options->batch);
    graft_train_plan *plan = graft_allocate_zero(1, sizeof *plan);
    graft_trainer trainer = {.nodes = NULL};
    if (plan == NULL) return graft_fail_memory("a training plan");
    plan->batch = options->batch;
    plan->seed = options->seed;
    plan->threads = graft_context_threads(context);
    plan->input_gradient = -1;
    const int threads = graft_dnn_threads_begin(plan->threads);
    graft_status status = build(plan, graph, options, &trainer);
    if (status == GRAFT_OK && !measure) status = allocate(plan, &trainer, graph);
    graft_dnn_single_thread_end(threads);
    graft_trainer_close(&trainer);
    if (status != GRAFT_OK) {
        graft_train_plan_free(plan);
        return status;
    }
    *out = plan;
    return GRAFT_OK;
}

graft_status graft_train_plan_measure(graft_context *context, const graft_graph *graph,
                                      const graft_train_plan_options *options, uint64_t *bytes) {
    graft_train_plan *plan;
    GRAFT_TRY(plan_new(context, graph, options, true, &plan));
    *bytes = plan->arena_bytes;
    graft_train_plan_free(plan);
    return GRAFT_OK;
}

graft_status graft_train_plan_new(graft_context *context, const graft_graph *graph,
                                  const graft_train_plan_options *options, graft_train_plan **out) {
    GRAFT_TRY(plan_new(context, graph, options, false, out));
    graft_log(context, GRAFT_LOG_DEBUG, "training plan of %s: batch %d, %zu steps forward, %d backward, %zu KiB",
              graft_graph_name(graph), (*out)->batch, (*out)->forward_count, graft_train_plan_backward_steps(*out),
              (*out)->arena_bytes / 1024);
    return GRAFT_OK;
}

void graft_train_plan_free(graft_train_plan *plan) {
    if (plan == NULL) return;
    for (size_t i = 0; i < plan->step_count; i++)
        graft_dnn_kernel_free(plan->steps[i].kernel);
    for (size_t i = 0; i < plan->pack_count; i++)
        graft_dnn_kernel_free(plan->packs[i].kernel);
    for (size_t i = 0; i < plan->layout_count; i++)
        graft_dnn_layout_free(plan->layouts[i]);
    for (int i = 0; i < plan->node_count; i++)
        graft_release(plan->names[i]);
    graft_dnn_stream_free(plan->stream);
    graft_release(plan->names);
    graft_release(plan->taps);
    graft_release(plan->steps);
    graft_release(plan->packs);
    graft_release(plan->layouts);
    graft_release(plan->buffers);
    graft_release(plan->segments);
    graft_release(plan->statistics);
    graft_release(plan->arena);
    graft_dnn_engine_free(plan->engine);
    graft_release(plan);
}

/* ---- running ---- */

static graft_status check_count(const graft_train_plan *plan, int count) {
    if (count >= 1 && count <= plan->batch) return GRAFT_OK;
    return graft_fail(GRAFT_E_INTERNAL, "%d samples for a training plan of %d, expected 1 to %d", count, plan->batch,
                      plan->batch);
}

static graft_status run_step(const graft_train_plan *plan, const graft_train_step *step) {
    if (step->when == (plan->training ? GRAFT_WHEN_INFERENCE : GRAFT_WHEN_TRAINING)) return GRAFT_OK;
    if (step->step != NULL) return step->step(plan, step);
    if (step->kernel == NULL) {
        step->host(plan, step);
        return GRAFT_OK;
    }
    graft_status status = graft_dnn_kernel_run(step->kernel, plan->stream);
    return status == GRAFT_OK ? GRAFT_OK : graft_fail_in(status, "%s", plan->names[step->node]);
}

static graft_status run(graft_train_plan *plan, size_t begin, size_t end, unsigned serving) {
    const int threads = graft_dnn_threads_begin(plan->threads);
    graft_status status = GRAFT_OK;
    plan->serving = serving;
    for (size_t i = begin; i < end && status == GRAFT_OK; i++)
        if (plan->steps[i].serves & serving) status = run_step(plan, &plan->steps[i]);
    graft_dnn_single_thread_end(threads);
    return status;
}

graft_status graft_train_plan_run_timed(graft_train_plan *plan, double *seconds) {
    const int threads = graft_dnn_threads_begin(plan->threads);
    graft_status status = GRAFT_OK;
    for (size_t i = 0; i < plan->step_count && status == GRAFT_OK; i++) {
        const double begun = graft_now();
        status = run_step(plan, &plan->steps[i]);
        seconds[i] = graft_now() - begun;
    }
    graft_dnn_single_thread_end(threads);
    return status;
}

/* What is left of earlier batches must not decide anything. */
static void clear_rest(float *values, size_t size, int count, int batch) {
    memset(values + (size_t)count * size, 0, (size_t)(batch - count) * size * sizeof *values);
}

graft_status graft_train_plan_forward(graft_train_plan *plan, int count, bool training, uint32_t epoch,
                                      const uint64_t *samples) {
    GRAFT_TRY(check_count(plan, count));
    if (training && plan->drops_out && samples == NULL)
        return graft_fail(GRAFT_E_INTERNAL, "no sample ids for a network with dropout, expected %d", count);
    plan->training = training;
    plan->count = count;
    plan->epoch = epoch;
    plan->samples = samples;
    clear_rest(graft_train_plan_input(plan), plan->input_size, count, plan->batch);
    return run(plan, 0, plan->forward_count, GRAFT_FOR_PARAMETERS | GRAFT_FOR_INPUT);
}

graft_status graft_train_plan_backward(graft_train_plan *plan, int count) {
    return graft_train_plan_backward_for(plan, count, GRAFT_FOR_PARAMETERS | GRAFT_FOR_INPUT);
}

graft_status graft_train_plan_backward_for(graft_train_plan *plan, int count, unsigned serving) {
    GRAFT_TRY(check_count(plan, count));
    if (!plan->training || count != plan->count)
        return graft_fail(GRAFT_E_INTERNAL, "backward of %d samples after a forward of %d that was %straining", count,
                          plan->count, plan->training ? "" : "not ");
    clear_rest(graft_train_plan_output_gradient(plan), plan->output_size, count, plan->batch);
    for (int i = 0; i < plan->tap_count; i++)
        if (plan->taps[i].gradient >= 0)
            clear_rest(graft_train_memory(plan, plan->taps[i].gradient), plan->taps[i].size, count, plan->batch);
    return run(plan, plan->forward_count, plan->step_count, serving);
}

static graft_status pack(graft_train_plan *plan, const graft_graph *graph) {
    const int threads = graft_dnn_threads_begin(plan->threads);
    graft_status status = graft_train_pack_all(plan, graph);
    graft_dnn_single_thread_end(threads);
    return status;
}

graft_status graft_train_plan_parameters_changed(graft_train_plan *plan) {
    return pack(plan, NULL);
}

graft_status graft_train_plan_load_statistics(graft_train_plan *plan, const graft_graph *graph) {
    graft_train_load_moving(plan, graph);
    return pack(plan, graph);
}

static void write_param(const graft_graph *graph, int node, const char *name, const float *values, size_t count) {
    const graft_param *param = graft_node_param(graft_graph_node(graph, node), name);
    memcpy(graft_tensor_f32(param->value), values, count * sizeof *values);
}

graft_status graft_train_plan_store(const graft_train_plan *plan, graft_graph *graph) {
    if (graft_graph_count(graph) != plan->node_count)
        return graft_fail(GRAFT_E_INTERNAL, "%s: %d nodes, expected the %d of the graph the plan was made from",
                          graft_graph_name(graph), graft_graph_count(graph), plan->node_count);
    for (int i = 0; i < plan->parameters.segment_count; i++) {
        const graft_parameter_segment *segment = &plan->segments[i];
        write_param(graph, segment->node_index, segment->name, plan->parameters.value + segment->offset,
                    segment->count);
    }
    const float *moving = graft_train_memory(plan, plan->moving);
    for (size_t i = 0; i < plan->statistic_count; i++) {
        const graft_train_statistic *s = &plan->statistics[i];
        write_param(graph, s->node, "mean", moving + s->mean, s->count);
        write_param(graph, s->node, "variance", moving + s->variance, s->count);
    }
    return GRAFT_OK;
}

/* ---- looking at it ---- */

int graft_train_plan_batch(const graft_train_plan *plan) {
    return plan->batch;
}

size_t graft_train_plan_input_size(const graft_train_plan *plan) {
    return plan->input_size;
}

size_t graft_train_plan_output_size(const graft_train_plan *plan) {
    return plan->output_size;
}

float *graft_train_plan_input(graft_train_plan *plan) {
    return graft_train_memory(plan, plan->input);
}

const float *graft_train_plan_output(const graft_train_plan *plan) {
    return graft_train_memory(plan, plan->output);
}

float *graft_train_plan_output_gradient(graft_train_plan *plan) {
    return graft_train_memory(plan, plan->output_gradient);
}

const float *graft_train_plan_input_gradient(const graft_train_plan *plan) {
    return plan->input_gradient < 0 ? NULL : graft_train_memory(plan, plan->input_gradient);
}

const graft_parameters *graft_train_plan_parameters(graft_train_plan *plan) {
    return &plan->parameters;
}

float *graft_train_plan_statistics(graft_train_plan *plan, size_t *count) {
    *count = plan->statistic_floats;
    return graft_train_memory(plan, plan->moving);
}

int graft_train_plan_backward_steps(const graft_train_plan *plan) {
    return (int)(plan->step_count - plan->forward_count);
}

graft_status graft_train_plan_describe(const graft_train_plan *plan, char **out) {
    graft_buffer text;
    graft_buffer_init(&text, 0);
    for (size_t i = 0; i < plan->step_count; i++) {
        const graft_train_step *step = &plan->steps[i];
        char from[GRAFT_DNN_LAYOUT_TEXT] = "", to[GRAFT_DNN_LAYOUT_TEXT] = "";
        if (step->kernel != NULL) {
            graft_dnn_layout_text(graft_dnn_kernel_layout(step->kernel, 0), from);
            graft_dnn_layout_text(
                graft_dnn_kernel_layout(step->kernel, graft_dnn_kernel_operands(step->kernel) > 2 ? 2 : 1), to);
        }
        graft_buffer_format(&text, "%s %s %s %s>%s %s\n", i < plan->forward_count ? "forward" : "backward",
                            plan->names[step->node],
                            step->kernel == NULL ? step->what : graft_dnn_kernel_name(step->kernel), from, to,
                            step->kernel == NULL ? "" : graft_dnn_kernel_implementation(step->kernel));
    }
    graft_status status = graft_buffer_status(&text);
    if (status == GRAFT_OK) status = graft_buffer_take(&text, out, NULL);
    graft_buffer_clear(&text);
    return status;
}
