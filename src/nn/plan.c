#include "base/context.h"
#include "base/threads.h"
#include "nn/plan-internal.h"
#include "nn/quantize.h"

#define LARGEST_BATCH_BY_RULE 8

/* As many samples as the node that profits most asks for, and on small pictures as many as leave the output of a node
 * of average size in the core's cache; no more than give every thread some of the samples that are to come. */
static int batch_by_rule(const graft_context *context, const graft_graph *graph, size_t samples) {
    graft_graph_totals totals;
    graft_graph_totals_of(graph, &totals);
    const double average = (double)totals.activations * sizeof(float) / graft_graph_count(graph);
    const size_t threads = (size_t)graft_context_threads(context), share = (samples + threads - 1) / threads;
    int batch = 1;
    while (batch < LARGEST_BATCH_BY_RULE && average * (2 * batch) * 2 <= (double)graft_core_cache())
        batch *= 2;
    for (int i = 0; i < graft_graph_count(graph); i++) {
        const int wanted = graft_node_wanted_samples(graft_graph_node(graph, i));
        if (wanted > batch) batch = wanted;
    }
    while (samples > 0 && (size_t)batch > share)
        batch /= 2;
    return batch;
}

static graft_status build(graft_plan *plan, const graft_graph *graph, const int *outputs,
                          const graft_plan_options *options) {
    graft_plan_builder builder;
    graft_status status = graft_builder_open(&builder, graph, plan, outputs, plan->output_count);
    if (status != GRAFT_OK) goto done;
    GRAFT_TRY_TO(done, status, graft_dnn_engine_new(&plan->engine));
    builder.exact = options->exact;
    if (graft_quantization_works() && !options->floats && !options->no_fold)
        builder.quantization = options->quantization != NULL ? options->quantization : graft_graph_quantization(graph);
    if (!options->no_fold) GRAFT_TRY_TO(done, status, graft_passes_run(&builder));
    GRAFT_TRY_TO(done, status, graft_builder_emit_all(&builder, outputs));
    GRAFT_TRY_TO(done, status, graft_arena_place(plan->buffers, plan->buffer_count, &plan->arena_bytes));
    for (int i = 0; i < plan->output_count; i++)
        plan->outputs[i].size = (size_t)graft_shape_count(&graft_graph_node(graph, outputs[i])->output);
done:
    graft_builder_close(&builder);
    return status;
}

graft_status graft_plan_new(graft_context *context, const graft_graph *graph, const graft_plan_options *options,
                            graft_plan **out) {
    const graft_plan_options defaults = GRAFT_PLAN_OPTIONS_INIT;
    const int output = graft_graph_output(graph);
    if (options == NULL) options = &defaults;
    const int *outputs = options->outputs == NULL ? &output : options->outputs;
    if (options->batch < 0 || options->batch > GRAFT_PLAN_MAX_BATCH)
        return graft_fail(GRAFT_E_USAGE, "a batch of %d, expected 1 to %d", options->batch, GRAFT_PLAN_MAX_BATCH);

    graft_plan *plan = graft_allocate_zero(1, sizeof *plan);
    if (plan == NULL) return graft_fail_memory("a plan");
    plan->output_count = options->outputs == NULL ? 1 : options->output_count;
    plan->batch = options->batch > 0 ? options->batch : batch_by_rule(context, graph, options->samples);
    plan->outputs = graft_allocate_zero((size_t)plan->output_count, sizeof *plan->outputs);
    const int threads = graft_dnn_single_thread_begin();
    graft_status status = plan->outputs == NULL ? graft_fail_memory("a plan") : build(plan, graph, outputs, options);
    graft_dnn_single_thread_end(threads);
    if (status != GRAFT_OK) {
        graft_plan_free(plan);
        return status;
    }
    graft_log(context, GRAFT_LOG_DEBUG, "plan of %s: batch %d, %zu steps, weights %zu KiB, a state %zu KiB",
              graft_graph_name(graph), plan->batch, plan->step_count, plan->weight_bytes / 1024,
              graft_plan_state_bytes(plan) / 1024);
    *out = plan;
    return GRAFT_OK;
}

void graft_plan_free(graft_plan *plan) {
    if (plan == NULL) return;
    for (size_t i = 0; i < plan->step_count; i++) {
        graft_dnn_op_free(plan->steps[i].op);
        graft_release(plan->steps[i].sources);
        graft_release(plan->steps[i].label);
        graft_release(plan->steps[i].name);
    }
    for (size_t i = 0; i < plan->layout_count; i++)
        graft_dnn_layout_free(plan->layouts[i]);
    graft_release(plan->steps);
    graft_release(plan->layouts);
    graft_release(plan->segments);
    graft_release(plan->buffers);
    graft_release(plan->outputs);
    graft_dnn_engine_free(plan->engine);
    graft_release(plan);
}

int graft_plan_batch(const graft_plan *plan) {
    return plan->batch;
}

size_t graft_plan_output_size(const graft_plan *plan, int output) {
    return plan->outputs[output].size;
}

size_t graft_plan_weight_bytes(const graft_plan *plan) {
    return plan->weight_bytes;
}

size_t graft_plan_state_bytes(const graft_plan *plan) {
    return plan->arena_bytes + plan->scratch_bytes;
}

int graft_plan_step_count(const graft_plan *plan) {
    return (int)plan->step_count;
}

graft_status graft_plan_describe(const graft_plan *plan, char **out) {
    graft_buffer text;
    graft_buffer_init(&text, 0);
    for (size_t i = 0; i < plan->step_count; i++)
        graft_buffer_format(&text, "%s\n", plan->steps[i].label);
    graft_status status = graft_buffer_status(&text);
    if (status == GRAFT_OK) status = graft_buffer_take(&text, out, NULL);
    graft_buffer_clear(&text);
    return status;
}
