/* bench-recurrent-step gru|lstm [BATCH STEPS INPUTS UNITS [THREADS [SECONDS]]]: a training step of one recurrent layer:
 * forward, backward by input and weights, packing of changed weights. The least time counts. Prints
 * "op,batch,steps,inputs,units,threads,ms". */
#include "base/context.h"
#include "base/error.h"
#include "nn/op.h"
#include "nn/train-plan.h"
#include "support/networks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static graft_status one_step(graft_train_plan *plan, int batch) {
    const graft_parameters *parameters = graft_train_plan_parameters(plan);
    memset(parameters->gradient, 0, parameters->count * sizeof *parameters->gradient);
    GRAFT_TRY(graft_train_plan_forward(plan, batch, true, 1, NULL));
    GRAFT_TRY(graft_train_plan_backward(plan, batch));
    return graft_train_plan_parameters_changed(plan);
}

static graft_status measure(graft_train_plan *plan, int batch, double seconds, double *least) {
    const double begun = graft_now();
    *least = 1e9;
    while (graft_now() - begun < seconds) {
        const double at = graft_now();
        GRAFT_TRY(one_step(plan, batch));
        if (graft_now() - at < *least) *least = graft_now() - at;
    }
    return GRAFT_OK;
}

static int64_t argument(int argc, char **argv, int place, int64_t fallback) {
    return argc > place ? strtoll(argv[place], NULL, 10) : fallback;
}

int main(int argc, char **argv) {
    const char *op = argc > 1 ? argv[1] : "gru";
    const int64_t batch = argument(argc, argv, 2, 32), steps = argument(argc, argv, 3, 128);
    const int64_t inputs = argument(argc, argv, 4, 60), units = argument(argc, argv, 5, 60);
    const graft_recurrent_attributes a = {.units = units, .sequence = true};
    graft_context_options options = GRAFT_CONTEXT_OPTIONS_INIT;
    graft_train_plan_options plan_options = GRAFT_TRAIN_PLAN_OPTIONS_INIT;
    graft_context *context;
    graft_train_plan *plan;
    graft_graph *graph;
    double least;
    options.threads = (int)argument(argc, argv, 6, 1);
    plan_options.batch = (int)batch;
    plan_options.input_gradient = true;
    if (graft_graph_new(op, &graph) != GRAFT_OK) return 1;
    network_add(graph, op, "layer", &a, (const int[]){network_input(graph, inputs, 1, steps), -1});
    network_fill(graph, 1);
    graft_status status = graft_context_new(&context, &options);
    if (status == GRAFT_OK) status = graft_train_plan_new(context, graph, &plan_options, &plan);
    for (int64_t i = 0; status == GRAFT_OK && i < batch * steps * units; i++)
        graft_train_plan_output_gradient(plan)[i] = (float)(i % 7) * 0.01F;
    for (int64_t i = 0; status == GRAFT_OK && i < batch * steps * inputs; i++)
        graft_train_plan_input(plan)[i] = (float)(i % 11) * 0.1F - 0.5F;
    if (status == GRAFT_OK) status = measure(plan, (int)batch, (double)argument(argc, argv, 7, 5), &least);
    if (status != GRAFT_OK) {
        fprintf(stderr, "bench-recurrent-step: %s\n", graft_error_text());
        return 1;
    }
    printf("%s,%lld,%lld,%lld,%lld,%d,%.3f\n", op, (long long)batch, (long long)steps, (long long)inputs,
           (long long)units, options.threads, least * 1e3);
    graft_train_plan_free(plan);
    graft_context_free(context);
    graft_graph_free(graph);
    return 0;
}
