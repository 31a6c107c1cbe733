/* graft bench: images a second of a network, in inference or in training. */
#include "transfer/model-internal.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "base/threads.h"
#include "nn/plan.h"
#include "nn/quantize.h"
#include "nn/train-plan.h"
#include "transfer/describe.h"
#include "transfer/run-internal.h"
#include "zoo/arch.h"
#include <graft/bench.h>

#include <stdio.h>

#define SEED 1
#define ROUNDS 5 /* of which the best counts */
#define DEFAULT_SECONDS 3.0
#define CALIBRATION_PICTURES 4
#define DEFAULT_TRAIN_BATCH 8
#define TRAIN_PASSES 3 /* forward, gradient by the input, gradient by the weights */

typedef struct inference {
    graft_plan *plan;
    graft_plan_state **states; /* one a thread */
    int threads, runs;
} inference;

/* Numbers of both signs, as a prepared picture has. */
static void fill_from(float *out, size_t count, uint32_t state) {
    for (size_t i = 0; i < count; i++) {
        state = state * 1664525U + 1013904223U;
        out[i] = (float)(state >> 8) / 8388608.0F - 1.0F;
    }
}

static void fill(float *out, size_t count) {
    fill_from(out, count, SEED);
}

static graft_status made_up_picture(void *argument, int worker, size_t index, float *out) {
    const size_t *size = argument;
    (void)worker;
    fill_from(out, *size, SEED + (uint32_t)index);
    return GRAFT_OK;
}

static graft_status quantize(graft_context *context, const graft_graph *graph, size_t input, graft_bench_result *result,
                             graft_quantization **out) {
    const graft_quantize_samples calibration = {
        .sample = made_up_picture, .argument = &input, .count = CALIBRATION_PICTURES, .least_sqnr = 1.0};
    if (!graft_quantization_works())
        return graft_fail(GRAFT_E_USAGE, "precision int8: this CPU has no instructions for sums of 8-bit products "
                                         "(VNNI): leave it at f32");
    GRAFT_TRY(graft_quantize(context, graph, NULL, 0, &calibration, out));
    result->int8_layers = (*out)->int8;
    result->layers = (*out)->weighted;
    return GRAFT_OK;
}

static graft_status run_thread(void *argument, int worker, size_t index) {
    const inference *all = argument;
    (void)worker;
    for (int i = 0; i < all->runs; i++)
        GRAFT_TRY(graft_plan_run(all->states[index], graft_plan_batch(all->plan)));
    return GRAFT_OK;
}

/* Seconds of `runs` runs in every thread at once. */
static graft_status time_round(graft_context *context, inference *all, int runs, double *seconds) {
    all->runs = runs;
    const double begun = graft_now();
    GRAFT_TRY(graft_parallel_for(context, (size_t)all->threads, run_thread, all));
    *seconds = graft_now() - begun;
    return GRAFT_OK;
}

static graft_status open_inference(graft_context *context, const graft_graph *graph, const graft_bench_options *options,
                                   graft_bench_result *result, inference *all) {
    const size_t input = (size_t)graft_shape_count(&graft_graph_node(graph, graft_graph_input(graph))->output);
    graft_plan_options plan_options = GRAFT_PLAN_OPTIONS_INIT;
    plan_options.batch = (int)options->batch;
    plan_options.exact = options->exact;
    graft_quantization *quantization = NULL;
    if (options->precision == GRAFT_PRECISION_INT8) GRAFT_TRY(quantize(context, graph, input, result, &quantization));
    plan_options.quantization = quantization;
    plan_options.floats = quantization == NULL;
    const graft_status planned = graft_plan_new(context, graph, &plan_options, &all->plan);
    graft_quantization_free(quantization);
    GRAFT_TRY(planned);
    all->threads = graft_context_threads(context);
    all->states = graft_allocate_zero((size_t)all->threads, sizeof *all->states);
    if (all->states == NULL) return graft_fail_memory("a measurement");
    for (int i = 0; i < all->threads; i++) {
        GRAFT_TRY(graft_plan_state_new(all->plan, &all->states[i]));
        for (int k = 0; k < graft_plan_batch(all->plan); k++)
            fill(graft_plan_state_input(all->states[i], k), input);
    }
    return GRAFT_OK;
}

static graft_status measure_inference(graft_context *context, const graft_graph *graph,
                                      const graft_bench_options *options, graft_bench_result *out) {
    inference all = {0};
    double once, seconds, best = 0.0;
    graft_status status;
    GRAFT_TRY_TO(done, status, open_inference(context, graph, options, out, &all));
    GRAFT_TRY_TO(done, status, time_round(context, &all, 1, &once));
    const int runs = (int)(options->seconds / ROUNDS / once) + 1;
    out->batch = graft_plan_batch(all.plan);
    for (int round = 0; round < ROUNDS; round++) {
        GRAFT_TRY_TO(done, status, time_round(context, &all, runs, &seconds));
        const double speed = (double)out->batch * runs * all.threads / seconds;
        if (speed > best) best = speed;
    }
    out->images_per_second = best;
done:
    for (int i = 0; all.states != NULL && i < all.threads; i++)
        graft_plan_state_free(all.states[i]);
    graft_release(all.states);
    graft_plan_free(all.plan);
    return status;
}

graft_status graft_bench_rate(graft_context *context, const graft_graph *graph, double seconds, double *rate) {
    const graft_bench_options options = {.struct_size = sizeof options, .seconds = seconds};
    graft_bench_result result = {0};
    GRAFT_TRY(measure_inference(context, graph, &options, &result));
    *rate = result.images_per_second;
    return GRAFT_OK;
}

static graft_status measure_training(graft_context *context, const graft_graph *graph,
                                     const graft_bench_options *options, graft_bench_result *out) {
    graft_train_plan_options plan_options = GRAFT_TRAIN_PLAN_OPTIONS_INIT;
    graft_train_plan *plan;
    double best = 0.0;
    graft_status status = GRAFT_OK;
    plan_options.batch = options->batch > 0 ? (int)options->batch : DEFAULT_TRAIN_BATCH;
    plan_options.batchnorm = GRAFT_BATCHNORM_TRAIN;
    plan_options.seed = SEED;
    GRAFT_TRY(graft_train_plan_new(context, graph, &plan_options, &plan));
    const size_t batch = (size_t)plan_options.batch;
    uint64_t *samples = graft_allocate_zero(batch, sizeof *samples);
    if (samples == NULL) GRAFT_TRY_TO(done, status, graft_fail_memory("a measurement"));
    fill(graft_train_plan_input(plan), batch * graft_train_plan_input_size(plan));
    fill(graft_train_plan_output_gradient(plan), batch * graft_train_plan_output_size(plan));
    const double first = graft_now();
    for (int round = 0; round < ROUNDS || graft_now() - first < options->seconds; round++) {
        const double begun = graft_now();
        GRAFT_TRY_TO(done, status, graft_train_plan_forward(plan, (int)batch, true, 0, samples));
        GRAFT_TRY_TO(done, status, graft_train_plan_backward(plan, (int)batch));
        const double speed = (double)batch / (graft_now() - begun);
        if (speed > best) best = speed;
    }
    out->batch = plan_options.batch;
    out->images_per_second = best;
done:
    graft_release(samples);
    graft_train_plan_free(plan);
    return status;
}

static graft_status open_file(graft_context *context, const char *path, graft_graph **graph, char **name) {
    graft_description description;
    GRAFT_TRY(graft_description_open(context, path, NULL, &description));
    *graph = description.graph;
    *name = description.name;
    description.graph = NULL;
    description.name = NULL;
    graft_description_clear(&description);
    return GRAFT_OK;
}

static graft_status open_network(graft_context *context, const char *network, int64_t size, graft_graph **graph,
                                 char **name) {
    const graft_arch_options arch_options = {.height = size};
    const graft_arch *arch = graft_arch_find(network);
    if (!graft_arch_is(network)) return open_file(context, network, graph, name);
    GRAFT_TRY(graft_arch_build(network, &arch_options, graph));
    *name = graft_text_copy(network);
    if (*name == NULL) return graft_fail_memory("a network's name");
    return graft_graph_initialise(*graph, arch == NULL ? GRAFT_INIT_HE : arch->initialiser, SEED);
}

graft_status graft_bench(graft_context *context, const char *network, const graft_bench_options *options,
                         graft_bench_result *out) {
    graft_bench_options given = GRAFT_BENCH_OPTIONS_INIT;
    graft_graph *graph = NULL;
    graft_graph_totals totals;
    char *name = NULL;
    *out = (graft_bench_result){.threads = graft_context_threads(context)};
    GRAFT_TRY(graft_options_copy(&given, sizeof given, options, "GRAFT_BENCH_OPTIONS_INIT"));
    if (given.batch < 0 || given.batch > GRAFT_PLAN_MAX_BATCH)
        return graft_fail(GRAFT_E_USAGE, "a batch of %lld, expected 0 to %d", (long long)given.batch,
                          GRAFT_PLAN_MAX_BATCH);
    if (given.precision < GRAFT_PRECISION_F32 || given.precision > GRAFT_PRECISION_INT8)
        return graft_fail(GRAFT_E_USAGE, "precision %d, expected 0 (f32) or 1 (int8)", given.precision);
    if (given.train && given.precision != GRAFT_PRECISION_F32)
        return graft_fail(GRAFT_E_USAGE, "precision int8 in training: integers have no gradients: leave --train or "
                                         "--precision out");
    if (given.seconds <= 0.0) given.seconds = DEFAULT_SECONDS;
    graft_status status = open_network(context, network, given.size, &graph, &name);
    if (status == GRAFT_OK)
        status = given.train ? measure_training(context, graph, &given, out)
                             : measure_inference(context, graph, &given, out);
    if (status == GRAFT_OK) {
        graft_graph_totals_of(graph, &totals);
        out->gflops =
            2e-9 * (double)totals.multiply_adds * out->images_per_second * (given.train ? (double)TRAIN_PASSES : 1.0);
        snprintf(out->name, sizeof out->name, "%s", name);
    }
    graft_graph_free(graph);
    graft_release(name);
    return status;
}
