/* bench-train-step [--steps] [--recompute cheap|nothing|convolutions] NETWORK [BATCH [frozen|stats|train [LAYER]]]: how
 * fast a network trains. NETWORK is a Keras file, or an architecture, which gets 10 classes. With LAYER only it and
 * what follows learn. A step is forward, backward, Adam and the packing of changed weights; the least time counts.
 * Prints "network,batch,batchnorm,threads,ms_per_step,images_per_second,planned_mib,peak_mib"; --steps prints the
 * milliseconds of each execution instead. */
#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "base/file.h"
#include "base/threads.h"
#include "import/import.h"
#include "nn/train/train-internal.h"
#include "train/optimizer.h"
#include "zoo/arch.h"
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define SECONDS 6.0 /* of each measurement */
#define RUNS 10     /* of which each step's least time counts */

typedef struct bench {
    graft_context *context;
    graft_train_plan *plan;
    const graft_optimizer *optimizer;
    _Alignas(max_align_t) char attributes[GRAFT_OPTIMIZER_ATTRIBUTES];
    float *moments; /* twice as many as there are parameters */
    uint64_t step;
    size_t input, output; /* floats of the batch */
    uint64_t *samples;
} bench;

static graft_status open_network(graft_context *context, const char *name, graft_graph **out) {
    const graft_arch_options options = {.classes = 10};
    graft_container *container;
    if (graft_arch_is(name)) {
        GRAFT_TRY(graft_arch_build(name, &options, out));
        return graft_graph_initialise(*out, GRAFT_INIT_HE, 1);
    }
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

/* As src/train/fit-step.c does it. */
static graft_status update_segment(void *argument, int worker, size_t index) {
    const bench *b = argument;
    const graft_parameters *p = graft_train_plan_parameters(b->plan);
    const size_t offset = p->segments[index].offset;
    const graft_update update = {.value = p->value + offset,
                                 .gradient = p->gradient + offset,
                                 .slot = {b->moments + offset, b->moments + p->count + offset},
                                 .count = p->segments[index].count,
                                 .rate = 1e-4,
                                 .step = b->step};
    (void)worker;
    b->optimizer->update(b->attributes, &update);
    return GRAFT_OK;
}

static graft_status one_step(bench *b) {
    const int batch = graft_train_plan_batch(b->plan);
    const graft_parameters *p = graft_train_plan_parameters(b->plan);
    b->step++;
    memset(p->gradient, 0, p->count * sizeof *p->gradient);
    GRAFT_TRY(graft_train_plan_forward(b->plan, batch, true, 1, b->samples));
    GRAFT_TRY(graft_train_plan_backward(b->plan, batch));
    GRAFT_TRY(graft_parallel_for(b->context, (size_t)p->segment_count, update_segment, b));
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
    b->moments = graft_allocate_zero(graft_train_plan_parameters(b->plan)->count, 2 * sizeof *b->moments);
    if (b->samples == NULL || b->moments == NULL) return graft_fail_memory("what a step needs");
    b->optimizer = graft_optimizer_find("adam");
    GRAFT_TRY(graft_options_defaults(b->optimizer->attributes, b->attributes));
    for (size_t i = 0; i < b->input; i++)
        graft_train_plan_input(b->plan)[i] = (float)(i * 7919 % 1000) / 500.0F - 1.0F;
    for (size_t i = 0; i < b->output; i++)
        graft_train_plan_output_gradient(b->plan)[i] = (float)(i * 104729 % 1000) / 1e6F - 5e-4F;
    return GRAFT_OK;
}

static graft_status run(graft_context *context, char **words, int count, bool steps, graft_recompute recompute) {
    static const char *const modes[] = {"frozen", "stats", "train"};
    graft_train_plan_options options = GRAFT_TRAIN_PLAN_OPTIONS_INIT;
    const char *mode = count > 2 ? words[2] : modes[0];
    graft_graph *graph;
    bench b = {.context = context};
    options.recompute = recompute;
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
    graft_release(b.moments);
    graft_release(trainable);
    graft_train_plan_free(b.plan);
    graft_graph_free(graph);
    return GRAFT_OK;
}

static bool parse_recompute(const char *word, graft_recompute *out) {
    static const char *const words[] = {"cheap", "nothing", "convolutions"};
    for (int i = 0; word != NULL && i < 3; i++)
        if (strcmp(word, words[i]) == 0) {
            *out = (graft_recompute)i;
            return true;
        }
    return false;
}

static int usage(void) {
    fprintf(stderr, "usage: bench-train-step [--steps] [--recompute cheap|nothing|convolutions] NETWORK [BATCH "
                    "[frozen|stats|train [LAYER]]]\n");
    return 2;
}

int main(int argc, char **argv) {
    graft_recompute recompute = GRAFT_RECOMPUTE_CHEAP;
    graft_context *context;
    bool steps = false;
    for (argv++, argc--; argc > 0 && argv[0][0] == '-'; argv++, argc--) {
        if (strcmp(argv[0], "--steps") == 0) {
            steps = true;
        } else if (strcmp(argv[0], "--recompute") == 0 && argc > 1 && parse_recompute(argv[1], &recompute)) {
            argv++;
            argc--;
        } else {
            return usage();
        }
    }
    if (argc < 1 || argc > 4) return usage();
    graft_status status = graft_context_new(&context, NULL);
    if (status == GRAFT_OK) status = run(context, argv, argc, steps, recompute);
    if (status != GRAFT_OK) fprintf(stderr, "bench-train-step: %s\n", graft_error_text());
    graft_context_free(context);
    return graft_status_exit_code(status);
}
