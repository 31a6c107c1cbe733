/* A plan while it is built, for the passes and the ops' prepare functions, and what is left of it to run. */
#ifndef GRAFT_SRC_NN_PLAN_INTERNAL_H
#define GRAFT_SRC_NN_PLAN_INTERNAL_H

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/error.h"
#include "dnn/dnn.h"
#include "nn/op.h"
#include "nn/plan.h"
#include <limits.h>

#define GRAFT_NEVER INT_MAX /* the step or node after the last */

/* ---- the finished plan ---- */

/* A stretch of the arena, in use from step `first` to step `last`. */
typedef struct graft_plan_buffer {
    size_t bytes, offset, sample_bytes;
    int samples; /* those it was made for */
    int host;    /* 1 + the buffer that this one is a part of, from `shift` on; 0: none */
    size_t shift;
    bool whole;      /* holds the whole batch, a sample every sample_bytes: read by other segments than the writer's */
    int first, last; /* -1: before the run; GRAFT_NEVER: after it */
    int last_reader; /* node, while building */
} graft_plan_buffer;

typedef struct graft_plan_step {
    graft_dnn_op *op;
    int *sources; /* buffers */
    int source_count, destination;
    char *label; /* as told by graft_plan_describe */
    char *name;  /* the node's, for errors */
} graft_plan_step;

/* Steps that run for `micro` samples after the other, until the batch is done. */
typedef struct graft_plan_segment {
    int micro, first, steps;
    size_t first_call; /* of a state: steps for the first share of the batch, then for the second, ... */
} graft_plan_segment;

typedef struct graft_plan_output {
    int buffer;
    size_t size; /* floats of one sample */
} graft_plan_output;

struct graft_plan {
    graft_dnn_engine *engine;
    graft_dnn_layout **layouts; /* those that belong to no op */
    size_t layout_count, layout_capacity;
    graft_plan_step *steps;
    size_t step_count, step_capacity;
    graft_plan_segment *segments;
    size_t segment_count, segment_capacity, call_count;
    graft_plan_buffer *buffers;
    size_t buffer_count, buffer_capacity;
    graft_plan_output *outputs;
    int output_count, batch, input_buffer;
    size_t input_size; /* floats of one sample */
    size_t arena_bytes, scratch_bytes, weight_bytes;
};

/* Gives every buffer an offset such that no two in use at the same step overlap, and the arena's size. */
GRAFT_MUST_CHECK graft_status graft_arena_place(graft_plan_buffer *buffers, size_t count, size_t *bytes);

/* A run of a whole batch that adds each step's seconds to seconds[step], for benchmarks. */
GRAFT_MUST_CHECK graft_status graft_plan_run_timed(graft_plan_state *state, double *seconds);

/* ---- building ---- */

/* Where a node's value lies. */
typedef struct graft_plan_value {
    const graft_dnn_layout *layout;
    int buffer;
} graft_plan_value;

/* y = x * scale[c] + shift[c] */
typedef struct graft_affine {
    double *scale, *shift; /* both NULL: y = x */
} graft_affine;

/* A node of the graph with what the passes folded into it. */
typedef struct graft_plan_node {
    const graft_node *node;
    int into;    /* the node that computes this one's value: itself, or the one it was folded into */
    int *inputs; /* of the graph, or past nodes that were folded away */
    int addend;  /* node whose value POST_ADD adds; -1: none */
    int micro;   /* samples computed at a time */
    bool needed, wanted;
    int64_t padding[4];  /* zeros around the input, beyond the node's own */
    graft_affine before; /* of the input's channels, folded into the weights */
    graft_affine after;  /* of the output's channels, folded into the weights, before posts */
    graft_dnn_posts posts;
    char *label; /* "conv2d+batchnorm+relu6" */
    graft_plan_value value;
    graft_plan_value other; /* the same as floats where `value` is integers, or the reverse; buffer -1: nowhere */
    graft_dnn_unit unit;    /* of the value as 8-bit integers; 0: unknown */
    bool int8, stores_int8; /* computes on integers; its value is integers */
} graft_plan_node;

struct graft_plan_builder {
    const graft_graph *graph;
    graft_plan *plan;
    graft_plan_node *nodes; /* index as in the graph */
    int count;
    bool exact; /* graft_plan_options.exact */
    const graft_quantization *quantization;
};

GRAFT_MUST_CHECK graft_status graft_builder_open(graft_plan_builder *builder, const graft_graph *graph,
                                                 graft_plan *plan, const int *outputs, int output_count);
void graft_builder_close(graft_plan_builder *builder);
/* Marks what the outputs depend on: anew after the passes. */
void graft_builder_mark_needed(graft_plan_builder *builder);
/* Emits all steps, input to outputs. */
GRAFT_MUST_CHECK graft_status graft_builder_emit_all(graft_plan_builder *builder, const int *outputs);

/* How many samples at a time: plan-micro.c. */
#define GRAFT_LARGEST_MICRO 16
size_t graft_core_cache(void); /* bytes of the cache that belongs to one core */
int graft_node_wanted_samples(const graft_node *node);
/* Fills in every node's `micro`; they never shrink along the network. */
void graft_builder_settle_micro(graft_plan_builder *builder);
/* Begins a segment when `node` asks for another number of samples than the one before. */
GRAFT_MUST_CHECK graft_status graft_builder_enter(graft_plan_builder *builder, int node);
/* Once all steps are there: what each segment runs, and buffers that hold the whole batch. */
void graft_builder_finish_segments(graft_plan_builder *builder);

/* 8-bit integers: plan-int8.c. After the passes: who computes on them and stores them, as the record says. What a node
 * does is in the record and not found out anew: another choice of outputs must not change numbers. */
void graft_builder_settle_int8(graft_plan_builder *builder);
/* The part of calibration that knows of readers: from nodes that may compute on integers and values that may be stored
 * so, who does and what is. */
GRAFT_MUST_CHECK graft_status graft_builder_decide_int8(graft_plan_builder *builder, graft_quantization *record);
/* The channels of `node`'s value may count in units of their own: whatever computes and reads it can make up for it. */
bool graft_builder_may_scale_channels(const graft_plan_builder *builder, int node);
/* The last node folded into `node`, whose name the value goes by. */
int graft_builder_value_node(const graft_plan_builder *builder, int node);
/* Makes sure that floats are there for `node`, if it reads floats. */
GRAFT_MUST_CHECK graft_status graft_builder_floats(graft_plan_builder *builder, int node);
/* `producer`'s value as integers or floats where it is there so, else as it is. */
graft_plan_value graft_builder_value(const graft_plan_builder *builder, int producer, bool int8);
/* `node`'s `other` value is there: its buffer lives as long as the value. */
void graft_builder_set_other(graft_plan_builder *builder, int node);
/* Emits the convolution on integers; *done false: the node computes on floats. */
GRAFT_MUST_CHECK graft_status graft_builder_convolution_int8(graft_plan_builder *builder, int node,
                                                             graft_dnn_convolution *convolution, bool *done);

/* For passes. */
int graft_builder_resolve(const graft_plan_builder *builder, int node);
/* The node that computes input `k` of `node`. */
int graft_builder_producer(const graft_plan_builder *builder, int node, int k);
/* Nodes and outputs that read what `node` computes. */
int graft_builder_readers(const graft_plan_builder *builder, int node);
/* `node` becomes part of `host`, whose value is from now on the node's. `what` goes into the label; NULL: nothing. */
GRAFT_MUST_CHECK graft_status graft_builder_fold(graft_plan_builder *builder, int node, int host, const char *what);
/* Puts `what` after (or before) the node's label. */
GRAFT_MUST_CHECK graft_status graft_builder_label(graft_plan_builder *builder, int node, const char *what, bool before);

/* For prepare functions. */
const graft_plan_node *graft_builder_node(const graft_plan_builder *builder, int node);
graft_plan_value graft_builder_input(const graft_plan_builder *builder, int node, int k);
/* N,C,H,W of a node's output, N being the samples computed at a time. */
graft_dnn_shape graft_builder_shape(const graft_plan_builder *builder, const graft_shape *sample);
/* `node`'s value is `value`. */
void graft_builder_set(graft_plan_builder *builder, int node, graft_plan_value value);
/* Nothing after `node` reads the value, so that `node` may overwrite it. */
bool graft_builder_dies(const graft_plan_builder *builder, graft_plan_value value, int node);
/* A step that runs `op` (taken over, also on failure) on `sources`. The result overwrites sources[in_place], or gets
 * a buffer of its own when in_place is -1. `what` NULL: the node's label. */
GRAFT_MUST_CHECK graft_status graft_builder_emit(graft_plan_builder *builder, int node, const char *what,
                                                 graft_dnn_op *op, const graft_plan_value *sources, int in_place,
                                                 graft_plan_value *out);
/* emit, and the result is the node's value. */
GRAFT_MUST_CHECK graft_status graft_builder_finish(graft_plan_builder *builder, int node, graft_dnn_op *op,
                                                   const graft_plan_value *sources, int in_place);
/* A binary op over operands alike in layout, then posts (functions only), in a step of their own where they must be.
 * in_place: over operands[0]. */
GRAFT_MUST_CHECK graft_status graft_builder_binary(graft_plan_builder *builder, int node, graft_dnn_binary_kind kind,
                                                   const graft_plan_value operands[2], const graft_dnn_posts *posts,
                                                   bool in_place, graft_plan_value *out);
/* `value` as `layout`, by a reorder if need be. */
GRAFT_MUST_CHECK graft_status graft_builder_relayout(graft_plan_builder *builder, int node, graft_plan_value value,
                                                     const graft_dnn_layout *layout, graft_plan_value *out);
/* `value` as row-major C,H,W. */
GRAFT_MUST_CHECK graft_status graft_builder_plain(graft_plan_builder *builder, int node, graft_plan_value value,
                                                  graft_plan_value *out);
/* The inputs of `node` one behind the other in one buffer: what wrote them writes there, nothing is copied. *out has no
 * layout where they do not lie so: batches of several samples, channels last or padded, values with other readers. */
GRAFT_MUST_CHECK graft_status graft_builder_stack(graft_plan_builder *builder, int node, const graft_dnn_layout *layout,
                                                  graft_plan_value *out);
/* Hands a layout to the plan (also on failure). */
GRAFT_MUST_CHECK graft_status graft_builder_keep(graft_plan_builder *builder, graft_dnn_layout *layout);
/* The value's memory under another layout of as many bytes (taken over). */
GRAFT_MUST_CHECK graft_status graft_builder_view(graft_plan_builder *builder, graft_plan_value value,
                                                 graft_dnn_layout *layout, graft_plan_value *out);

/* The input's buffer. It lives as long as the arena, so that a sample stays until it is overwritten. */
GRAFT_MUST_CHECK graft_status graft_builder_place_input(graft_plan_builder *builder, int node);

/* Emits a convolution whose shape members are filled in: weights with everything folded in, posts, residual. */
GRAFT_MUST_CHECK graft_status graft_builder_convolution(graft_plan_builder *builder, int node,
                                                        graft_dnn_convolution *convolution);
/* scale and shift of a batchnorm or scale_shift node, as one allocation behind *scale. */
GRAFT_MUST_CHECK graft_status graft_affine_of(const graft_node *node, graft_affine *out);
void graft_affine_free(graft_affine *affine);
/* Appends the activation's functions; false when it is no chain of oneDNN's functions, or there is no room. */
bool graft_activation_posts(const graft_activation_attributes *activation, graft_dnn_posts *posts);

/* What several ops' prepare functions share. */
GRAFT_MUST_CHECK graft_status graft_prepare_scale_shift(graft_plan_builder *builder, int node);
GRAFT_MUST_CHECK graft_status graft_prepare_pool(graft_plan_builder *builder, int node, graft_dnn_pooling_kind kind);
GRAFT_MUST_CHECK graft_status graft_prepare_global_pool(graft_plan_builder *builder, int node,
                                                        graft_dnn_pooling_kind kind);
GRAFT_MUST_CHECK graft_status graft_prepare_broadcast(graft_plan_builder *builder, int node,
                                                      graft_dnn_binary_kind kind);
GRAFT_MUST_CHECK graft_status graft_prepare_recurrent(graft_plan_builder *builder, int node);
/* Input 0 as a vector, elements in the order C,H,W or H,W,C. */
GRAFT_MUST_CHECK graft_status graft_prepare_flat(graft_plan_builder *builder, int node, bool channels_last,
                                                 graft_plan_value *out);

/* ---- passes: peephole rules over one node, each exact; tried on every node in topological order until none fits ----
 */

/* *changed when it did something. */
typedef graft_status graft_pass(graft_plan_builder *builder, int node, bool *changed);
GRAFT_MUST_CHECK graft_status graft_passes_run(graft_plan_builder *builder);

#endif
