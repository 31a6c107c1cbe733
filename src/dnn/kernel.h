/* Kernels of training: primitives whose every operand is an argument, weights and statistics included, so that they
 * may change from step to step. A kernel is made in two stages: a constructor settles layouts and sizes, so that a
 * plan can be measured; graft_dnn_kernel_bind compiles it and ties it to memory. Unlike ops (dnn.h) kernels use all
 * threads of graft_dnn_threads_begin, which must surround constructors, binding and runs alike. */
#ifndef GRAFT_SRC_DNN_KERNEL_H
#define GRAFT_SRC_DNN_KERNEL_H

#include "dnn/dnn.h"

typedef struct graft_dnn_kernel graft_dnn_kernel;

#define GRAFT_DNN_MAX_OPERANDS 9

/* oneDNN's threads; returns what graft_dnn_single_thread_end restores. */
int graft_dnn_threads_begin(int threads);
/* Calls work(argument, begin, end) on even parts of 0..count-1, one a thread, and waits. */
typedef void (*graft_dnn_work)(void *argument, size_t begin, size_t end);
void graft_dnn_parallel(size_t count, graft_dnn_work work, void *argument);
/* The same for few items that are much work each. */
void graft_dnn_share(size_t count, graft_dnn_work work, void *argument);

void graft_dnn_kernel_free(graft_dnn_kernel *kernel);
int graft_dnn_kernel_operands(const graft_dnn_kernel *kernel);
/* How operand `index`, counted as the constructor lists them, lies in memory; borrowed. */
const graft_dnn_layout *graft_dnn_kernel_layout(const graft_dnn_kernel *kernel, int index);
size_t graft_dnn_kernel_scratch_bytes(const graft_dnn_kernel *kernel);
const char *graft_dnn_kernel_name(const graft_dnn_kernel *kernel); /* "convolution"; static */
/* "jit:avx512_core"; borrowed. Good before and after binding. */
const char *graft_dnn_kernel_implementation(const graft_dnn_kernel *kernel);
bool graft_dnn_kernel_is_direct(const graft_dnn_kernel *kernel);
/* Compiles; memory[i] is operand i's and outlives the kernel. */
GRAFT_MUST_CHECK graft_status graft_dnn_kernel_bind(graft_dnn_engine *engine, graft_dnn_kernel *kernel,
                                                    void *const *memory, void *scratch);
GRAFT_MUST_CHECK graft_status graft_dnn_kernel_run(const graft_dnn_kernel *kernel, graft_dnn_stream *stream);

/* Any two layouts of the same dimensions, of values or of weights, put every element at the same address. */
bool graft_dnn_layout_equal(const graft_dnn_layout *a, const graft_dnn_layout *b);

/* ---- convolution, transposed convolution, dense ---- */

typedef enum graft_dnn_linear_kind {
    GRAFT_DNN_CONVOLUTION,
    GRAFT_DNN_TRANSPOSED,
    GRAFT_DNN_DENSE, /* source and destination plain */
} graft_dnn_linear_kind;

typedef struct graft_dnn_linear {
    graft_dnn_linear_kind kind;
    const graft_dnn_layout *source; /* as it lies; a kernel may want another */
    graft_dnn_shape destination;
    int64_t kernel[2], strides[2], dilations[2];
    int64_t padding[4]; /* top, bottom, left, right */
    int64_t groups;
    bool bias;
    bool canonical;        /* weights lie as graft_dnn_linear_weights says */
    graft_dnn_posts posts; /* functions, of forward */
} graft_dnn_linear;

/* Operands: source, weights, destination[, bias]. */
GRAFT_MUST_CHECK graft_status graft_dnn_linear_forward_new(graft_dnn_engine *engine, const graft_dnn_linear *linear,
                                                           graft_dnn_kernel **out);
/* Operands: gradient by destination, weights, gradient by source. `destination` is forward's. */
GRAFT_MUST_CHECK graft_status graft_dnn_linear_backward_data_new(graft_dnn_engine *engine,
                                                                 const graft_dnn_linear *linear,
                                                                 const graft_dnn_layout *destination,
                                                                 graft_dnn_kernel **out);
/* Operands: source, gradient by destination, gradient by weights[, gradient by bias]. */
GRAFT_MUST_CHECK graft_status graft_dnn_linear_backward_weights_new(graft_dnn_engine *engine,
                                                                    const graft_dnn_linear *linear,
                                                                    const graft_dnn_layout *destination,
                                                                    graft_dnn_kernel **out);
/* weights[o][i] += sum of gradient[n][o] * source[n][i]; bias[o] += sum of gradient[n][o]; bias may be NULL. */
GRAFT_MUST_CHECK graft_status graft_dnn_dense_add_gradients(int64_t samples, int64_t inputs, int64_t outputs,
                                                            const float *source, const float *gradient, float *weights,
                                                            float *bias);
/* The canonical layout of the weights: O, I/groups, H, W. */
GRAFT_MUST_CHECK graft_status graft_dnn_linear_weights(const graft_dnn_linear *linear, graft_dnn_layout **out);

/* ---- normalisation ---- */

/* y = (x - mean) / sqrt(variance + epsilon) * scale + shift. Operands: source, mean, variance, scale, shift,
 * destination. With `batch_statistics` mean and variance are results. */
GRAFT_MUST_CHECK graft_status graft_dnn_batchnorm_forward_new(graft_dnn_engine *engine, const graft_dnn_layout *source,
                                                              double epsilon, bool batch_statistics,
                                                              graft_dnn_kernel **out);
/* Operands: source, mean, variance, scale, gradient by destination, gradient by source, by scale, by shift; shift. */
GRAFT_MUST_CHECK graft_status graft_dnn_batchnorm_backward_new(graft_dnn_engine *engine, const graft_dnn_layout *source,
                                                               double epsilon, bool batch_statistics,
                                                               graft_dnn_kernel **out);
/* Over the channels of each sample's each cell; `source` plain with H = W = 1, or channels last. Operands: source,
 * destination, mean, variance, scale, shift. */
GRAFT_MUST_CHECK graft_status graft_dnn_layernorm_forward_new(graft_dnn_engine *engine, const graft_dnn_layout *source,
                                                              double epsilon, graft_dnn_kernel **out);
/* Operands: source, gradient by destination, gradient by source, mean, variance, scale, gradient by scale, by shift;
 * shift. */
GRAFT_MUST_CHECK graft_status graft_dnn_layernorm_backward_new(graft_dnn_engine *engine, const graft_dnn_layout *source,
                                                               double epsilon, graft_dnn_kernel **out);

/* Operands: source, destination[, workspace]. */
GRAFT_MUST_CHECK graft_status graft_dnn_response_forward_new(graft_dnn_engine *engine, const graft_dnn_layout *source,
                                                             const graft_dnn_response *response,
                                                             graft_dnn_kernel **out);
/* Operands: source, gradient by destination, gradient by source[, workspace]. */
GRAFT_MUST_CHECK graft_status graft_dnn_response_backward_new(graft_dnn_engine *engine, const graft_dnn_layout *source,
                                                              const graft_dnn_response *response,
                                                              graft_dnn_kernel **out);

/* ---- functions and arithmetic ---- */

/* Operands: source, destination. `posts` has at least one function. */
GRAFT_MUST_CHECK graft_status graft_dnn_function_forward_new(graft_dnn_engine *engine, const graft_dnn_layout *source,
                                                             const graft_dnn_posts *posts, graft_dnn_kernel **out);
/* The derivative can be told from the function's result alone. */
bool graft_dnn_function_by_result(graft_dnn_function function, double alpha);
/* Operands: source (or forward's result where graft_dnn_function_by_result), gradient by destination, by source. */
GRAFT_MUST_CHECK graft_status graft_dnn_function_backward_new(graft_dnn_engine *engine, const graft_dnn_layout *source,
                                                              const graft_dnn_post *function, graft_dnn_kernel **out);
/* a, b of one layout, or b with H = W = 1 in the layout like a's. Operands: a, b, destination (a's layout; may be a).
 */
GRAFT_MUST_CHECK graft_status graft_dnn_arithmetic_new(graft_dnn_engine *engine, graft_dnn_binary_kind kind,
                                                       const graft_dnn_layout *a, const graft_dnn_layout *b,
                                                       graft_dnn_kernel **out);
/* axis: 1 to 3. Operands: source, destination. */
GRAFT_MUST_CHECK graft_status graft_dnn_softmax_forward_new(graft_dnn_engine *engine, const graft_dnn_layout *source,
                                                            int axis, graft_dnn_kernel **out);
/* Operands: forward's result, gradient by destination, gradient by source. */
GRAFT_MUST_CHECK graft_status graft_dnn_softmax_backward_new(graft_dnn_engine *engine, const graft_dnn_layout *source,
                                                             int axis, graft_dnn_kernel **out);

/* ---- windows ---- */

/* Operands: source, destination[, workspace] (maxima). */
GRAFT_MUST_CHECK graft_status graft_dnn_pooling_forward_new(graft_dnn_engine *engine, const graft_dnn_pooling *pooling,
                                                            double scale, graft_dnn_kernel **out);
/* Operands: gradient by destination, gradient by source[, workspace]. */
GRAFT_MUST_CHECK graft_status graft_dnn_pooling_backward_new(graft_dnn_engine *engine, const graft_dnn_pooling *pooling,
                                                             const graft_dnn_layout *destination,
                                                             graft_dnn_kernel **out);
/* Nearest or bilinear (centres of cells aligned). Operands: source, destination. */
GRAFT_MUST_CHECK graft_status graft_dnn_resampling_forward_new(graft_dnn_engine *engine, const graft_dnn_layout *source,
                                                               const graft_dnn_shape *destination, bool bilinear,
                                                               graft_dnn_kernel **out);
/* Operands: gradient by destination, gradient by source. */
GRAFT_MUST_CHECK graft_status graft_dnn_resampling_backward_new(graft_dnn_engine *engine,
                                                                const graft_dnn_layout *source,
                                                                const graft_dnn_layout *destination, bool bilinear,
                                                                graft_dnn_kernel **out);

/* ---- copies ---- */

/* Operands: from, to; layouts of the same dimensions. `add`: to += from. */
GRAFT_MUST_CHECK graft_status graft_dnn_copy_new(graft_dnn_engine *engine, const graft_dnn_layout *from,
                                                 const graft_dnn_layout *to, bool add, graft_dnn_kernel **out);
/* The part of `whole` that begins at `corner` (N,C,H,W) and has the dimensions of `part`: put there, or taken from
 * there. Operands: from, to. */
GRAFT_MUST_CHECK graft_status graft_dnn_put_new(graft_dnn_engine *engine, const graft_dnn_layout *part,
                                                const graft_dnn_layout *whole, const int64_t corner[4],
                                                graft_dnn_kernel **out);
GRAFT_MUST_CHECK graft_status graft_dnn_take_new(graft_dnn_engine *engine, const graft_dnn_layout *whole,
                                                 const graft_dnn_layout *part, const int64_t corner[4],
                                                 graft_dnn_kernel **out);
/* A part that begins at channel `channel` can be told apart in this layout. */
bool graft_dnn_layout_splits_at(const graft_dnn_layout *layout, int64_t channel);

#endif
