/* A training plan, and the trainer that builds it. Steps are numbered through: forward, then backward; buffers of one
 * arena live from their first to their last step. What lasts (weights, gradients, statistics, input, output) lies in
 * the same arena, alive throughout, so that one number is the plan's memory. */
#ifndef GRAFT_SRC_NN_TRAIN_TRAIN_INTERNAL_H
#define GRAFT_SRC_NN_TRAIN_TRAIN_INTERNAL_H

#include "dnn/kernel.h"
#include "nn/plan-internal.h"
#include "nn/train-plan.h"

/* ---- the plan ---- */

/* A stretch of a buffer. */
typedef struct graft_train_place {
    int buffer;
    size_t offset; /* bytes */
} graft_train_place;

typedef enum graft_train_when { GRAFT_WHEN_ALWAYS, GRAFT_WHEN_TRAINING, GRAFT_WHEN_INFERENCE } graft_train_when;

typedef struct graft_train_step graft_train_step;
typedef void (*graft_train_host)(const graft_train_plan *plan, const graft_train_step *step);

enum { GRAFT_TRAIN_PLACES = 16 }; /* a recurrent layer going backward; kernels have GRAFT_DNN_MAX_OPERANDS + 1 */

/* One execution: of a kernel, or of a function of graft's own on the same memory. */
struct graft_train_step {
    graft_dnn_kernel *kernel; /* owned; NULL: host */
    graft_train_host host;
    graft_status (*step)(const graft_train_plan *plan, const graft_train_step *step); /* a host that can fail */
    const char *what; /* of host functions, for descriptions */
    int node;
    graft_train_when when;
    graft_train_place places[GRAFT_TRAIN_PLACES];
    int place_count;
    void *memory[GRAFT_TRAIN_PLACES]; /* of the places */
    size_t count;                     /* numbers a host function handles */
    double number[3];
    int64_t integer;
};

/* How a parameter gets from where it is kept to where kernels read it. */
typedef struct graft_train_pack {
    int node, param;          /* of the graph; param -1: an affine map, or a bias that only folding brings */
    int segment;              /* of the trainable parameters; -1: frozen, taken from a graph */
    int to;                   /* buffer */
    graft_dnn_kernel *kernel; /* owned; NULL: the canonical layout is what kernels read */
    bool staged;              /* the kernel reads the staging buffer, not the segment */
    int scale, shift;         /* buffers: rows are multiplied; then shift is added. -1: none */
    bool affine;              /* fills `to` and `shift` with the frozen node's factors and offsets */
    size_t count, rows;
} graft_train_pack;

/* Moving statistics of a batchnorm that follows its batches. */
typedef struct graft_train_statistic {
    int node;
    size_t mean, variance, count; /* offsets in floats */
} graft_train_statistic;

/* A node that the caller looks into. */
typedef struct graft_train_tapped {
    int value, gradient; /* buffers; gradient -1: nothing to learn there */
    size_t size;         /* floats of one sample */
} graft_train_tapped;

struct graft_train_plan {
    graft_dnn_engine *engine;
    graft_dnn_stream *stream;
    int threads, batch;
    graft_dnn_layout **layouts; /* those that belong to no kernel */
    size_t layout_count, layout_capacity;
    graft_train_step *steps;
    size_t step_count, step_capacity, forward_count;
    graft_plan_buffer *buffers;
    size_t buffer_count, buffer_capacity;
    graft_train_pack *packs;
    size_t pack_count, pack_capacity;
    graft_parameter_segment *segments;
    size_t segment_capacity;
    graft_parameters parameters;
    graft_train_statistic *statistics;
    size_t statistic_count, statistic_capacity, statistic_floats;
    char **names; /* of the graph's nodes */
    int node_count;
    graft_train_tapped *taps;
    int tap_count;
    size_t input_size, output_size; /* floats of one sample */
    int values, gradients, moving, input, output, output_gradient, input_gradient, staging, scratch; /* buffers */
    unsigned char *arena;
    size_t arena_bytes, scratch_bytes;
    /* of the run under way */
    bool training, drops_out;
    uint32_t epoch;
    uint64_t seed;
    const uint64_t *samples;
    int count;
};

void *graft_train_memory(const graft_train_plan *plan, int buffer);
/* Forward and backward as the last run left things, each step's time in seconds[]; for benchmarks. */
GRAFT_MUST_CHECK graft_status graft_train_plan_run_timed(graft_train_plan *plan, double *seconds);
/* Runs the packs of what is trainable and, with a graph, of what is frozen. */
GRAFT_MUST_CHECK graft_status graft_train_pack_all(graft_train_plan *plan, const graft_graph *graph);
/* Trainable values and moving statistics from the graph. */
void graft_train_load_values(graft_train_plan *plan, const graft_graph *graph);
void graft_train_load_moving(graft_train_plan *plan, const graft_graph *graph);

/* ---- the trainer ---- */

enum { GRAFT_TRAIN_PARAMS = 4, GRAFT_TRAIN_KEPT = 8, GRAFT_KEPT_WEIGHTS = 0 };

typedef struct graft_train_node {
    const graft_node *node;
    int into;    /* the node that computes this one's value: itself, or the one it was folded into */
    int *inputs; /* of the graph, or past padding that was folded into a convolution */
    bool needed;
    bool trainable;                   /* has parameters that learn */
    bool needs_gradient;              /* something that learns lies at or before it */
    int64_t padding[4];               /* zeros around the input, beyond the node's own */
    int affine;                       /* frozen batchnorm or scale_shift folded into the weights; -1: none */
    int activation;                   /* folded in as the last thing the kernel does; -1: none */
    int scale, shift;                 /* buffers of a frozen affine map; -1: none */
    int segments[GRAFT_TRAIN_PARAMS]; /* of the parameters; -1: frozen */
    graft_plan_value value, gradient; /* buffer -1: none */
    graft_plan_value again;           /* the value, computed again in backward; buffer -1: not (yet) */
    int light;                        /* convolutions in a row, up to this one, that are light to compute again */
    graft_plan_value kept[GRAFT_TRAIN_KEPT]; /* what forward left for backward */
} graft_train_node;

struct graft_trainer {
    const graft_graph *graph;
    const graft_train_plan_options *options;
    graft_train_plan *plan;
    graft_train_node *nodes;
    int count, output;
    int *holders; /* of each buffer: gradients that are in it and not yet used up */
    size_t holder_capacity;
    size_t staging_bytes;
    int zeros, ones; /* buffers of as many floats as the widest layer has channels */
};

GRAFT_MUST_CHECK graft_status graft_trainer_open(graft_trainer *trainer, graft_train_plan *plan,
                                                 const graft_graph *graph, const graft_train_plan_options *options);
void graft_trainer_close(graft_trainer *trainer);
GRAFT_MUST_CHECK graft_status graft_trainer_emit_all(graft_trainer *trainer);
/* Taps, when all of forward is emitted: their values stay; backward begins with their gradients. */
GRAFT_MUST_CHECK graft_status graft_trainer_tap_values(graft_trainer *trainer);
GRAFT_MUST_CHECK graft_status graft_trainer_tap_gradients(graft_trainer *trainer);
/* Folds padding, frozen affine maps and activations into convolutions. */
void graft_trainer_fuse(graft_trainer *trainer);

bool graft_trainer_is_tapped(const graft_trainer *trainer, int node);
/* The only node that reads `node`'s value; -1: none, several, or the caller. */
int graft_trainer_sole_reader(const graft_trainer *trainer, int node);
/* Parameters of the node learn: it is trainable and no batchnorm that is frozen. */
bool graft_trainer_learns(const graft_trainer *trainer, int node);
/* A batchnorm or scale_shift whose map is fixed. */
bool graft_trainer_is_fixed_affine(const graft_trainer *trainer, int node);

/* For the ops. */
static inline graft_train_node *graft_trainer_node(const graft_trainer *trainer, int node) {
    return &trainer->nodes[node];
}
/* The node that computes input `k`. */
int graft_trainer_producer(const graft_trainer *trainer, int node, int k);
graft_plan_value graft_trainer_input(const graft_trainer *trainer, int node, int k);
/* The node's value and that of input `k`, for backward: computed again rather than kept where the op and the options
 * say so. */
GRAFT_MUST_CHECK graft_status graft_trainer_again(graft_trainer *trainer, int node, graft_plan_value *out);
GRAFT_MUST_CHECK graft_status graft_trainer_input_again(graft_trainer *trainer, int node, int k, graft_plan_value *out);
/* The gradient by input `k` is wanted. */
bool graft_trainer_wants(const graft_trainer *trainer, int node, int k);
graft_dnn_shape graft_trainer_shape(const graft_trainer *trainer, const graft_shape *sample);
static inline graft_train_place graft_place(graft_plan_value value) {
    return (graft_train_place){value.buffer, 0};
}
static inline graft_train_place graft_place_of(int buffer) {
    return (graft_train_place){buffer, 0};
}

GRAFT_MUST_CHECK graft_status graft_trainer_buffer(graft_trainer *trainer, size_t bytes, bool lasting, int *out);
/* A new buffer laid out as `layout` (borrowed from a kernel or the plan). */
GRAFT_MUST_CHECK graft_status graft_trainer_value(graft_trainer *trainer, const graft_dnn_layout *layout,
                                                  graft_plan_value *out);
/* Hands a layout to the plan (also on failure). */
GRAFT_MUST_CHECK graft_status graft_trainer_keep(graft_trainer *trainer, graft_dnn_layout *layout);
/* A step that runs `kernel` (taken over, also on failure); a place for each operand. */
GRAFT_MUST_CHECK graft_status graft_trainer_run(graft_trainer *trainer, int node, graft_train_when when,
                                                graft_dnn_kernel *kernel, const graft_train_place *places);
/* A step that runs a host function. */
GRAFT_MUST_CHECK graft_status graft_trainer_host(graft_trainer *trainer, const graft_train_step *step);
/* A kernel of one source and one destination. */
GRAFT_MUST_CHECK graft_status graft_trainer_map(graft_trainer *trainer, int node, graft_dnn_kernel *kernel,
                                                graft_plan_value source, graft_plan_value *out);
GRAFT_MUST_CHECK graft_status graft_trainer_relayout(graft_trainer *trainer, int node, graft_plan_value value,
                                                     const graft_dnn_layout *layout, graft_plan_value *out);
GRAFT_MUST_CHECK graft_status graft_trainer_plain(graft_trainer *trainer, int node, graft_plan_value value,
                                                  graft_plan_value *out);
GRAFT_MUST_CHECK graft_status graft_trainer_channels_last(graft_trainer *trainer, int node, graft_plan_value value,
                                                          graft_plan_value *out);
/* `value` is the gradient by input `k` of `node`, or one of several that add up. */
GRAFT_MUST_CHECK graft_status graft_trainer_give(graft_trainer *trainer, int node, int k, graft_plan_value value);
/* The gradient by input `k` is zero. */
GRAFT_MUST_CHECK graft_status graft_trainer_give_zeros(graft_trainer *trainer, int node, int k,
                                                       const graft_dnn_layout *layout);
/* The buffer of the gradient by the node's output may be overwritten. */
bool graft_trainer_may_overwrite(const graft_trainer *trainer, int node);
/* A place for the gradient by the node's input, laid out as the gradient by its output: over that when possible. */
GRAFT_MUST_CHECK graft_status graft_trainer_gradient_target(graft_trainer *trainer, int node, graft_plan_value *out);

/* Where kernels find parameter `name` (index `param` of the node) as a plain vector. */
GRAFT_MUST_CHECK graft_status graft_trainer_vector(graft_trainer *trainer, int node, const char *name, int *out);
/* gradient of the segment += rows of `value` times the factors in buffer `scale` (-1: none). */
GRAFT_MUST_CHECK graft_status graft_trainer_accumulate(graft_trainer *trainer, int node, int param,
                                                       graft_train_place value, int scale);
/* A buffer that is the parameter itself, where it is kept. */
GRAFT_MUST_CHECK graft_status graft_trainer_segment(graft_trainer *trainer, int segment, int *out);
GRAFT_MUST_CHECK graft_status graft_trainer_pack(graft_trainer *trainer, const graft_train_pack *pack);
/* Factors and offsets of a fixed batchnorm or scale_shift, in buffers that packing fills. */
GRAFT_MUST_CHECK graft_status graft_trainer_affine(graft_trainer *trainer, int node);
/* The node's kernel learns, and nothing is folded into it. */
bool graft_trainer_is_bare(const graft_train_node *at);
/* A buffer that holds the kernel in the layout `layout`, with the affine map folded in: the parameter itself if it lies
 * so, else one that is packed whenever the parameter has changed or, to save memory, whenever it is read. */
GRAFT_MUST_CHECK graft_status graft_trainer_weights(graft_trainer *trainer, int node, const graft_dnn_linear *linear,
                                                    const graft_dnn_layout *layout, int *out);
/* The same after forward, whose weights are in kept[GRAFT_KEPT_WEIGHTS]. */
GRAFT_MUST_CHECK graft_status graft_trainer_weights_again(graft_trainer *trainer, int node,
                                                          const graft_dnn_linear *linear,
                                                          const graft_dnn_layout *layout, int *out);
GRAFT_MUST_CHECK graft_status graft_trainer_bias(graft_trainer *trainer, int node, int *out);
int graft_train_param_index(const graft_node *node, const char *name); /* -1: none */

/* The activation of node `activation`, done backward: from the node's result and the gradient by it. */
GRAFT_MUST_CHECK graft_status graft_trainer_activation_backward(graft_trainer *trainer, int node, int activation,
                                                                graft_plan_value result, graft_plan_value *gradient);
/* A kernel can do it last, and backward needs only the result. */
bool graft_activation_folds(const graft_activation_attributes *activation);

/* What several ops' training functions share. */
#define GRAFT_TRAINS(name)                                                     \
    graft_status graft_train_forward_##name(graft_trainer *trainer, int node); \
    graft_status graft_train_backward_##name(graft_trainer *trainer, int node);
GRAFT_TRAINS(linear)
GRAFT_TRAINS(input)
GRAFT_TRAINS(affine)
GRAFT_TRAINS(activation)
GRAFT_TRAINS(softmax)
GRAFT_TRAINS(pool)
GRAFT_TRAINS(add)
GRAFT_TRAINS(multiply)
GRAFT_TRAINS(concat)
GRAFT_TRAINS(flatten)
GRAFT_TRAINS(reshape)
GRAFT_TRAINS(dropout)
GRAFT_TRAINS(zeropad2d)
GRAFT_TRAINS(upsample2d)
GRAFT_TRAINS(lrn)
GRAFT_TRAINS(layernorm)
GRAFT_TRAINS(recurrent)
GRAFT_TRAINS(slice)
GRAFT_TRAINS(embedding)
#undef GRAFT_TRAINS
graft_status graft_train_again_linear(graft_trainer *trainer, int node);
graft_status graft_train_again_affine(graft_trainer *trainer, int node);
graft_status graft_train_again_activation(graft_trainer *trainer, int node);

#endif
