/* A training plan: a graph compiled for forward and backward with one micro-batch. What is not trainable and lies
 * before everything trainable is not part of it: callers give it the suffix that begins at the boundary. The
 * primitives use all of the context's threads; sums have a fixed order for a fixed number of threads.
 *
 * A frozen layer is frozen in its statistics too: batch normalisation runs on its moving statistics unless the plan
 * is told otherwise (graft_batchnorm_mode), and its values are bit-equal after any number of steps. */
#ifndef GRAFT_SRC_NN_TRAIN_PLAN_H
#define GRAFT_SRC_NN_TRAIN_PLAN_H

#include "nn/graph.h"

typedef enum graft_batchnorm_mode {
    GRAFT_BATCHNORM_FROZEN, /* moving statistics, gamma and beta fixed */
    GRAFT_BATCHNORM_STATS,  /* moving statistics, gamma and beta learn */
    GRAFT_BATCHNORM_TRAIN,  /* batch statistics, moving statistics follow, gamma and beta learn; trainable nodes only */
} graft_batchnorm_mode;
#define GRAFT_BATCHNORM_CHOICES "frozen|stats|train"

/* What backward computes once more rather than have it kept since forward. The numbers are the same. */
typedef enum graft_recompute {
    GRAFT_RECOMPUTE_CHEAP,        /* what one pass over memory gives: normalised values, activations */
    GRAFT_RECOMPUTE_NOTHING,      /* every activation is kept */
    GRAFT_RECOMPUTE_CONVOLUTIONS, /* also depthwise convolutions, and 1x1 that give more channels than they take */
} graft_recompute;

typedef struct graft_train_plan graft_train_plan;

typedef struct graft_train_plan_options {
    size_t struct_size;
    int batch;             /* samples of one micro-batch, >= 1 */
    const bool *trainable; /* one a node of the graph; NULL: all */
    graft_batchnorm_mode batchnorm;
    double momentum; /* of moving statistics: new = momentum * old + (1 - momentum) * batch; 0: 0.99 */
    uint64_t seed;   /* of dropout */
    graft_recompute recompute;
    bool input_gradient; /* also compute the gradient by the input (tests, adversarial and generative training) */
    const int *taps;     /* nodes whose values the caller reads and whose gradients it adds to; borrowed for the call */
    int tap_count;
} graft_train_plan_options;
#define GRAFT_TRAIN_PLAN_OPTIONS_INIT \
    { .struct_size = sizeof(graft_train_plan_options) }

/* Bytes the plan will hold at its peak (weights, gradients, arena, scratch), before anything is allocated. */
GRAFT_MUST_CHECK graft_status graft_train_plan_measure(graft_context *context, const graft_graph *graph,
                                                       const graft_train_plan_options *options, uint64_t *bytes);

/* Copies the graph's values in; the graph may be freed. A final softmax node is left out: outputs are logits.
 * Errors: GRAFT_E_DATA (values missing; an op that cannot be trained, by name), GRAFT_E_MEMORY. */
GRAFT_MUST_CHECK graft_status graft_train_plan_new(graft_context *context, const graft_graph *graph,
                                                   const graft_train_plan_options *options, graft_train_plan **out);
void graft_train_plan_free(graft_train_plan *plan);

int graft_train_plan_batch(const graft_train_plan *plan);
size_t graft_train_plan_input_size(const graft_train_plan *plan);  /* floats of one sample, C,H,W */
size_t graft_train_plan_output_size(const graft_train_plan *plan); /* floats of one sample */
/* Arrays of `batch` samples that the caller fills (input, output_gradient) or reads (output). */
float *graft_train_plan_input(graft_train_plan *plan);
const float *graft_train_plan_output(const graft_train_plan *plan);
float *graft_train_plan_output_gradient(graft_train_plan *plan);
/* Gradient by the input, filled by backward; NULL unless the options asked for it. */
const float *graft_train_plan_input_gradient(const graft_train_plan *plan);
/* A tapped node: after forward the caller reads `value`, and before backward fills `gradient` with what it adds to the
 * gradient by it (batch samples of `size` floats, C,H,W). gradient NULL: nothing that learns lies at or before the
 * node. What is not filled must be zero: the plan never writes there. */
typedef struct graft_train_tap {
    size_t size;
    const float *value;
    float *gradient;
} graft_train_tap;
int graft_train_plan_tap_count(const graft_train_plan *plan);
void graft_train_plan_tap(const graft_train_plan *plan, int index, graft_train_tap *out);
/* Executions of backward: what is not needed for anything trainable is not there. */
int graft_train_plan_backward_steps(const graft_train_plan *plan);
/* What the plan does, a line a step. Release with graft_release. */
GRAFT_MUST_CHECK graft_status graft_train_plan_describe(const graft_train_plan *plan, char **out);

/* `count` samples, 1..batch: the rest is treated as absent (its output gradient as zero). `training` false: dropout
 * off, moving statistics everywhere. (epoch, sample ids) name dropout's random streams: the same mask whatever the
 * micro-batch; `samples` may be NULL when nothing drops out. */
GRAFT_MUST_CHECK graft_status graft_train_plan_forward(graft_train_plan *plan, int count, bool training, uint32_t epoch,
                                                       const uint64_t *samples);
/* Adds to the gradients of everything trainable. After a forward with training true. */
GRAFT_MUST_CHECK graft_status graft_train_plan_backward(graft_train_plan *plan, int count);

/* Everything trainable as flat arrays in the canonical layout, tensor by tensor in graph order. */
typedef struct graft_parameter_segment {
    const char *node, *name; /* borrowed from the plan */
    int node_index;          /* in the graph the plan was made from */
    size_t offset, count;
    bool decays; /* kernels do; biases, gammas and betas do not */
} graft_parameter_segment;
typedef struct graft_parameters {
    float *value, *gradient;
    size_t count;
    const graft_parameter_segment *segments;
    int segment_count;
} graft_parameters;
const graft_parameters *graft_train_plan_parameters(graft_train_plan *plan);
/* Must follow every change of value[]: the primitives' own layouts are written anew. */
GRAFT_MUST_CHECK graft_status graft_train_plan_parameters_changed(graft_train_plan *plan);
/* Moving statistics as one flat array (checkpoints); write them back with the changed call above. */
float *graft_train_plan_statistics(graft_train_plan *plan, size_t *count);
/* Takes the moving statistics over from a graph of the same structure, and rewrites the primitives' layouts. */
GRAFT_MUST_CHECK graft_status graft_train_plan_load_statistics(graft_train_plan *plan, const graft_graph *graph);
/* Writes values and moving statistics into a graph of the same structure. */
GRAFT_MUST_CHECK graft_status graft_train_plan_store(const graft_train_plan *plan, graft_graph *graph);

#endif
