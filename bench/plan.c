/* bench-plan [--steps] [--exact] [--int8] [--size PIXELS] FILE|NAME [BATCH]: how fast a network's inference plan runs,
 * in one thread and in a thread a core, each with samples of its own. NAME is an architecture's ("vgg16"), with weights
 * drawn from a seed. Prints "network,batch,threads,images_per_second,cpu_ms_per_image"; --steps prints the plan and the
 * milliseconds each step takes in one thread instead, the least of many runs. --int8 computes on 8-bit integers, with
 * little regard to exactness. */
#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "base/file.h"
#include "base/threads.h"
#include "import/import.h"
#include "nn/plan-internal.h"
#include "nn/quantize.h"
#include "zoo/arch.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SECONDS 2.0 /* of each measurement */
#define RUNS 40     /* of which each step's least time counts, fewer where they take long */
#define LEAST_RUNS 5
#define STEPS_SECONDS 8.0
#define SEED 1 /* of an architecture's weights */
#define CALIBRATION_SAMPLES 4

typedef struct arguments {
    const char *network;
    int batch, size;
    bool steps, exact, int8;
} arguments;

typedef struct bench {
    graft_plan *plan;
    graft_plan_state **states;
    int runs; /* of each worker */
} bench;

static double cpu_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static graft_status work(void *argument, int worker, size_t index) {
    const bench *b = argument;
    (void)worker;
    for (int i = 0; i < b->runs; i++)
        GRAFT_TRY(graft_plan_run(b->states[index], graft_plan_batch(b->plan)));
    return GRAFT_OK;
}

static graft_status measure(graft_context *context, bench *b, const char *network, int threads) {
    const int batch = graft_plan_batch(b->plan);
    double begun = graft_now();
    GRAFT_TRY(graft_plan_run(b->states[0], batch));
    b->runs = (int)(SECONDS / (graft_now() - begun)) + 1;
    begun = graft_now();
    const double cpu = cpu_seconds();
    GRAFT_TRY(graft_parallel_for(context, (size_t)threads, work, b));
    const double images = (double)b->runs * batch * threads, seconds = graft_now() - begun;
    printf("%s,%d,%d,%.1f,%.3f\n", network, batch, threads, images / seconds, (cpu_seconds() - cpu) / images * 1e3);
    return GRAFT_OK;
}

static graft_status measure_steps(const bench *b) {
    char *text, *rest = NULL;
    double *seconds, *least;
    GRAFT_TRY(graft_plan_describe(b->plan, &text));
    const int steps = graft_plan_step_count(b->plan);
    seconds = graft_allocate((size_t)steps, 2 * sizeof *seconds);
    if (seconds == NULL) return graft_fail_memory("times");
    least = seconds + steps;
    const double begun = graft_now();
    for (int run = 0; run < RUNS && (run < LEAST_RUNS || graft_now() - begun < STEPS_SECONDS); run++) {
        memset(seconds, 0, (size_t)steps * sizeof *seconds);
        GRAFT_TRY(graft_plan_run_timed(b->states[0], seconds));
        for (int i = 0; i < steps; i++)
            if (run == 0 || seconds[i] < least[i]) least[i] = seconds[i];
    }
    double total = 0.0;
    char *line = strtok_r(text, "\n", &rest);
    for (int i = 0; i < steps && line != NULL; i++, line = strtok_r(NULL, "\n", &rest)) {
        printf("%8.3f %s\n", least[i] * 1e3, line);
        total += least[i] * 1e3;
    }
    printf("%8.3f in all, for %d samples: %.3f a sample\n", total, graft_plan_batch(b->plan),
           total / graft_plan_batch(b->plan));
    graft_release(seconds);
    graft_release(text);
    return GRAFT_OK;
}

static graft_status open_network(graft_context *context, const arguments *asked, graft_graph **out) {
    const graft_arch_options options = {.height = asked->size};
    graft_container *container;
    if (graft_arch_is(asked->network)) {
        const graft_arch *arch = graft_arch_find(asked->network);
        GRAFT_TRY(graft_arch_build(asked->network, &options, out));
        return graft_graph_initialise(*out, arch == NULL ? GRAFT_INIT_HE : arch->initialiser, SEED);
    }
    GRAFT_TRY(graft_container_open(context, asked->network, &container));
    graft_status status = graft_import_keras(context, container, out, NULL);
    graft_container_free(container);
    return status;
}

/* A made-up picture: numbers of both signs. */
static graft_status made_up(void *argument, int worker, size_t index, float *out) {
    uint32_t state = (uint32_t)index + 1;
    (void)worker;
    for (size_t i = 0; i < *(const size_t *)argument; i++) {
        state = state * 1664525U + 1013904223U;
        out[i] = (float)(state >> 8) / 8388608.0F - 1.0F;
    }
    return GRAFT_OK;
}

static graft_status quantize(graft_context *context, const graft_graph *graph, graft_quantization **out) {
    size_t size = (size_t)graft_shape_count(&graft_graph_node(graph, graft_graph_input(graph))->output);
    const graft_quantize_samples calibration = {
        .sample = made_up, .argument = &size, .count = CALIBRATION_SAMPLES, .least_sqnr = 1.0};
    GRAFT_TRY(graft_quantize(context, graph, NULL, 0, &calibration, out));
    fprintf(stderr, "int8: %d of %d layers, least cosine of the outputs %.6f\n", (*out)->int8, (*out)->weighted,
            (*out)->cosine);
    return GRAFT_OK;
}

static graft_status run(graft_context *context, const arguments *asked) {
    const int threads = graft_context_threads(context);
    const char *name = graft_path_name(asked->network);
    graft_plan_options options = GRAFT_PLAN_OPTIONS_INIT;
    graft_graph *graph;
    bench b = {0};
    options.batch = asked->batch;
    options.exact = asked->exact;
    GRAFT_TRY(open_network(context, asked, &graph));
    graft_quantization *quantization = NULL;
    if (asked->int8) GRAFT_TRY(quantize(context, graph, &quantization));
    options.quantization = quantization;
    GRAFT_TRY(graft_plan_new(context, graph, &options, &b.plan));
    graft_quantization_free(quantization);
    graft_graph_free(graph);
    b.states = graft_allocate_zero((size_t)threads, sizeof *b.states);
    if (b.states == NULL) return graft_fail_memory("states");
    for (int i = 0; i < threads; i++)
        GRAFT_TRY(graft_plan_state_new(b.plan, &b.states[i]));
    graft_status status = GRAFT_OK;
    if (asked->steps) status = measure_steps(&b);
    if (!asked->steps) status = measure(context, &b, name, 1);
    if (!asked->steps && status == GRAFT_OK && threads > 1) status = measure(context, &b, name, threads);
    for (int i = 0; i < threads; i++)
        graft_plan_state_free(b.states[i]);
    graft_release(b.states);
    graft_plan_free(b.plan);
    return status;
}

static bool parse(int argc, char **argv, arguments *out) {
    int operands = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--steps") == 0)
            out->steps = true;
        else if (strcmp(argv[i], "--exact") == 0)
            out->exact = true;
        else if (strcmp(argv[i], "--int8") == 0)
            out->int8 = true;
        else if (strcmp(argv[i], "--size") == 0 && i + 1 < argc)
            out->size = atoi(argv[++i]);
        else if (argv[i][0] == '-')
            return false;
        else if (operands++ == 0)
            out->network = argv[i];
        else
            out->batch = atoi(argv[i]);
    }
    return operands == 1 || operands == 2;
}

int main(int argc, char **argv) {
    arguments asked = {0};
    graft_context *context;
    if (!parse(argc, argv, &asked)) {
        fprintf(stderr, "usage: bench-plan [--steps] [--exact] [--int8] [--size PIXELS] FILE|NAME [BATCH]\n");
        return 2;
    }
    graft_status status = graft_context_new(&context, NULL);
    if (status == GRAFT_OK) status = run(context, &asked);
    if (status != GRAFT_OK) fprintf(stderr, "bench-plan: %s\n", graft_error_text());
    graft_context_free(context);
    return graft_status_exit_code(status);
}
