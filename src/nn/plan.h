/* An inference plan: a graph compiled to a list of primitive executions over one arena. Constants and BatchNorm
 * folded, activations and residual adds fused, blocked formats from end to end, reorders only at the edges, buffers
 * shared by liveness, as many samples at a time as suit each part of the network. The plan is immutable and shared; a
 * state holds one thread's arena, so that workers run samples side by side without a barrier: results depend on neither
 * batch nor thread count. */
#ifndef GRAFT_SRC_NN_PLAN_H
#define GRAFT_SRC_NN_PLAN_H

#include "nn/graph.h"

typedef struct graft_plan graft_plan;
typedef struct graft_plan_state graft_plan_state;

#define GRAFT_PLAN_MAX_BATCH 1024

typedef struct graft_plan_options {
    size_t struct_size;
    int batch;          /* samples a run takes; 0: by rule from the activations' and the cache's sizes */
    const int *outputs; /* nodes whose values are wanted; NULL: the graph's output */
    int output_count;
    bool no_fold;   /* keep every node apart (tests, golden activations of folded nodes are still exact) */
    size_t samples; /* to be computed in all, where known: few get a smaller batch by rule; 0: many */
    const graft_quantization *quantization; /* what is computed on 8-bit integers; NULL: as the graph says */
    bool floats;                            /* nothing is, whatever the graph says */
    bool exact; /* every convolution by its definition: none by an algorithm that rounds more (Winograd's) */
} graft_plan_options;
#define GRAFT_PLAN_OPTIONS_INIT \
    { .struct_size = sizeof(graft_plan_options) }

/* The graph is copied where needed and may be freed. Errors: GRAFT_E_DATA (parameters missing), GRAFT_E_MEMORY. */
GRAFT_MUST_CHECK graft_status graft_plan_new(graft_context *context, const graft_graph *graph,
                                             const graft_plan_options *options, graft_plan **out);
void graft_plan_free(graft_plan *plan);
int graft_plan_batch(const graft_plan *plan);
size_t graft_plan_output_size(const graft_plan *plan, int output); /* floats of one sample */
size_t graft_plan_weight_bytes(const graft_plan *plan);
size_t graft_plan_state_bytes(const graft_plan *plan); /* arena and scratch of one state */
int graft_plan_step_count(const graft_plan *plan);     /* primitive executions a run makes */
/* What the plan does, a line a step: "conv2d+batchnorm+relu6 Conv1 32x112x112
 * nchw>nChw16c jit:avx512_core": ops, name, shape, layouts read and written, oneDNN's kernel, and how many
 * samples at a time. Release with
 * graft_release. */
GRAFT_MUST_CHECK graft_status graft_plan_describe(const graft_plan *plan, char **out);

GRAFT_MUST_CHECK graft_status graft_plan_state_new(const graft_plan *plan, graft_plan_state **out);
void graft_plan_state_free(graft_plan_state *state);
/* Where the caller writes sample `index` (0..batch-1): C,H,W floats. */
float *graft_plan_state_input(graft_plan_state *state, int index);
/* Runs `count` samples, 1..batch (the rest of the batch is computed and dropped); single-threaded. */
GRAFT_MUST_CHECK graft_status graft_plan_run(graft_plan_state *state, int count);
/* The value of output `output` for sample `index`, logical C,H,W or F floats; valid until the next run. */
const float *graft_plan_state_output(const graft_plan_state *state, int output, int index);

#endif
