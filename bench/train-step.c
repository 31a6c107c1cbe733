/* bench-train-step [--steps] NETWORK [BATCH [frozen|stats|train [LAYER]]]: how fast a network trains. NETWORK is a
 * Keras file, or "resnet50": a network of that shape with 1000 classes. With LAYER only it and what follows learn. A
 * step is forward, backward and the packing of changed weights; the optimizer is not part of it; the least time counts.
 * Prints "network,batch,batchnorm,threads,ms_per_step,images_per_second,planned_mib,peak_mib"; --steps prints the
 * milliseconds of each execution instead. */
#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "base/file.h"
#include "base/threads.h"
#include "import/import.h"
#include "nn/train/train-internal.h"
#include "support/networks.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define SECONDS 6.0 /* of each measurement */
#define RUNS 10     /* of which each step's least time counts */

typedef struct bench {
    graft_train_plan *plan;
    size_t input, output; /* floats of the batch */
    uint64_t *samples;
} bench;

/* Convolution, batchnorm and, unless `last`, relu. */
static graft_status add_conv(graft_graph *graph, int *at, int64_t filters, int64_t kernel, int64_t stride, bool last) {
    const int64_t pad = kernel / 2;
    const graft_conv2d_attributes conv = {.filters = filters,
                                          .kernel = {kernel, kernel},
                                          .strides = {stride, stride},
                                          .dilations = {1, 1},
                                          .padding = {pad, pad, pad, pad},
                                          .groups = 1};
    const graft_batchnorm_attributes norm = {.epsilon = 1e-5, .scale = true, .center = true};
    const graft_activation_attributes relu = {.kind = GRAFT_ACT_RELU};
    char name[32];
    snprintf(name, sizeof name, "conv%d", graft_graph_count(graph));
    GRAFT_TRY(graft_graph_add(graph, "conv2d", name, &conv, at, 1, at));
    snprintf(name, sizeof name, "bn%d", graft_graph_count(graph));
    GRAFT_TRY(graft_graph_add(graph, "batchnorm", name, &norm, at, 1, at));
    if (last) return GRAFT_OK;
    snprintf(name, sizeof name, "relu%d", graft_graph_count(graph));
    return graft_graph_add(graph, "activation", name, &relu, at, 1, at);
}

static graft_status add_block(graft_graph *graph, int *at, int64_t filters, int64_t stride, bool first) {
    const graft_activation_attributes relu = {.kind = GRAFT_ACT_RELU};
    int inputs[2] = {*at, *at};
    char name[32];
    GRAFT_TRY(add_conv(graph, &inputs[0], filters, 1, 1, false));
    GRAFT_TRY(add_conv(graph, &inputs[0], filters, 3, stride, false));
    GRAFT_TRY(add_conv(graph, &inputs[0], 4 * filters, 1, 1, true));
    if (first) GRAFT_TRY(add_conv(graph, &inputs[1], 4 * filters, 1, stride, true));
    snprintf(name, sizeof name, "add%d", graft_graph_count(graph));
    GRAFT_TRY(graft_graph_add(graph, "add", name, NULL, inputs, 2, at));
    snprintf(name, sizeof name, "relu%d", graft_graph_count(graph));
    return graft_graph_add(graph, "activation", name, &relu, at, 1, at);
}

/* He et al. 2015, the stride in the 3x3 convolutions. */
static graft_status resnet50(graft_graph **out) {
    static const int blocks[4] = {3, 4, 6, 3};
    const graft_input_attributes input = {.shape = {3, 224, 224}, .rank = 3};
    const graft_pool_attributes pool = {.size = {3, 3}, .strides = {2, 2}, .padding = {1, 1, 1, 1}};
    const graft_dense_attributes dense = {.units = 1000, .bias = true};
    int at;
    GRAFT_TRY(graft_graph_new("resnet50", out));
    GRAFT_TRY(graft_graph_add(*out, "input", "input", &input, NULL, 0, &at));
    GRAFT_TRY(add_conv(*out, &at, 64, 7, 2, false));
    GRAFT_TRY(graft_graph_add(*out, "maxpool2d", "pool", &pool, &at, 1, &at));
    for (int stage = 0; stage < 4; stage++)
        for (int block = 0; block < blocks[stage]; block++)
            GRAFT_TRY(add_block(*out, &at, INT64_C(64) << stage, block == 0 && stage > 0 ? 2 : 1, block == 0));
    GRAFT_TRY(graft_graph_add(*out, "global_avgpool", "gap", NULL, &at, 1, &at));
    GRAFT_TRY(graft_graph_add(*out, "dense", "logits", &dense, &at, 1, &at));
    network_fill(*out, 1);
    return GRAFT_OK;
}

static graft_status open_network(graft_context *context, const char *name, graft_graph **out) {
    graft_container *container;
    if (strcmp(name, "resnet50") == 0) return resnet50(out);
    GRAFT_TRY(graft_container_open(context, name, &container));
    graft_status status = graft_import_keras(context, container, out, NULL);
    graft_container_free(container);
    return status;
}

static long peak_kib(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

static graft_status one_step(bench *b) {
    const int batch = graft_train_plan_batch(b->plan);
    GRAFT_TRY(graft_train_plan_forward(b->plan, batch, true, 1, b->samples));
    GRAFT_TRY(graft_train_plan_backward(b->plan, batch));
    return graft_train_plan_parameters_changed(b->plan);
}

static graft_status print_steps(bench *b) {
    char *text, *rest = NULL;
    double *seconds = graft_allocate(b->plan->step_count, 2 * sizeof *seconds), *least;
    if (seconds == NULL) return graft_fail_memory("times");
    least = seconds + b->plan->step_count;
    GRAFT_TRY(graft_train_plan_describe(b->plan, &text));
    for (int run = 0; run < RUNS; run++) {
        GRAFT_TRY(graft_train_plan_run_timed(b->plan, seconds));
        for (size_t i = 0; i < b->plan->step_count; i++)
            if (run == 0 || seconds[i] < least[i]) least[i] = seconds[i];
    }
    char *line = strtok_r(text, "\n", &rest);
    for (size_t i = 0; i < b->plan->step_count && line != NULL; i++, line = strtok_r(NULL, "\n", &rest))
        printf("%8.3f %s\n", least[i] * 1e3, line);
    double packing = HUGE_VAL;
    for (int run = 0; run < RUNS; run++) {
        const double begun = graft_now();
        GRAFT_TRY(graft_train_plan_parameters_changed(b->plan));
        if (graft_now() - begun < packing) packing = graft_now() - begun;
    }
    printf("%8.3f packing\n", packing * 1e3);
    graft_release(seconds);
    graft_release(text);
    return GRAFT_OK;
}

static graft_status measure(graft_context *context, bench *b, const char *network, const char *mode, long before) {
    const int batch = graft_train_plan_batch(b->plan);
    GRAFT_TRY(one_step(b));
    const double begun = graft_now();
    double least = HUGE_VAL;
    for (double now = begun, then; now - begun < SECONDS; now = then) {
        GRAFT_TRY(one_step(b));
        then = graft_now();
        if (then - now < least) least = then - now;
    }
    printf("%s,%d,%s,%d,%.1f,%.1f,%.1f,%.1f\n", network, batch, mode, graft_context_threads(context), least * 1e3,
           batch / least, (double)b->plan->arena_bytes / 1048576.0, (double)(peak_kib() - before) / 1024.0);
    return GRAFT_OK;
}

static graft_status fill(bench *b) {
    const size_t batch = (size_t)graft_train_plan_batch(b->plan);
    b->input = batch * graft_train_plan_input_size(b->plan);
    b->output = batch * graft_train_plan_output_size(b->plan);
    b->samples = graft_allocate_zero(batch, sizeof *b->samples);
    if (b->samples == NULL) return graft_fail_memory("sample ids");
    for (size_t i = 0; i < b->input; i++)
        graft_train_plan_input(b->plan)[i] = (float)(i * 7919 % 1000) / 500.0F - 1.0F;
    for (size_t i = 0; i < b->output; i++)
        graft_train_plan_output_gradient(b->plan)[i] = (float)(i * 104729 % 1000) / 1e6F - 5e-4F;
    return GRAFT_OK;
}

static graft_status run(graft_context *context, char **words, int count, bool steps) {
    static const char *const modes[] = {"frozen", "stats", "train"};
    graft_train_plan_options options = GRAFT_TRAIN_PLAN_OPTIONS_INIT;
    const char *mode = count > 2 ? words[2] : modes[0];
    graft_graph *graph;
    bench b = {0};
    GRAFT_TRY(open_network(context, words[0], &graph));
    options.batch = count > 1 ? atoi(words[1]) : 32;
    while (strcmp(mode, modes[options.batchnorm]) != 0)
        if (++options.batchnorm > GRAFT_BATCHNORM_TRAIN)
            return graft_fail(GRAFT_E_USAGE, "batchnorm %s, expected %s", mode, GRAFT_BATCHNORM_CHOICES);
    bool *trainable = graft_allocate((size_t)graft_graph_count(graph), sizeof *trainable);
    const int from = count > 3 ? graft_graph_find(graph, words[3]) : 0;
    if (trainable == NULL) return graft_fail_memory("a mask");
    for (int i = 0; i < graft_graph_count(graph); i++)
        trainable[i] = i >= from;
    options.trainable = trainable;
    const long before = peak_kib();
    GRAFT_TRY(graft_train_plan_new(context, graph, &options, &b.plan));
    GRAFT_TRY(fill(&b));
    GRAFT_TRY(steps ? print_steps(&b) : measure(context, &b, graft_path_name(words[0]), mode, before));
    graft_release(b.samples);
    graft_release(trainable);
    graft_train_plan_free(b.plan);
    graft_graph_free(graph);
    return GRAFT_OK;
}

int main(int argc, char **argv) {
    const bool steps = argc > 1 && strcmp(argv[1], "--steps") == 0;
    graft_context *context;
    argv += steps;
    argc -= steps;
    if (argc < 2 || argc > 5) {
        fprintf(stderr, "usage: bench-train-step [--steps] NETWORK [BATCH [frozen|stats|train [LAYER]]]\n");
        return 2;
    }
    graft_status status = graft_context_new(&context, NULL);
    if (status == GRAFT_OK) status = run(context, argv + 1, argc - 1, steps);
    if (status != GRAFT_OK) fprintf(stderr, "bench-train-step: %s\n", graft_error_text());
    graft_context_free(context);
    return graft_status_exit_code(status);
}
