/* Deep-learning primitives on the CPU: the only place that knows oneDNN. An engine belongs to a plan; an op is a
 * compiled primitive with its constants packed, immutable and shared by threads; a call is an op bound to one
 * thread's buffers. Shapes are always N,C,H,W (a vector is C,1,1) of F32, or of 8-bit integers that count in a unit of
 * their own; how they lie in memory is a layout. */
#ifndef GRAFT_SRC_DNN_DNN_H
#define GRAFT_SRC_DNN_DNN_H

#include <graft/base.h>

typedef struct graft_dnn_engine graft_dnn_engine;
typedef struct graft_dnn_layout graft_dnn_layout;
typedef struct graft_dnn_op graft_dnn_op;
typedef struct graft_dnn_stream graft_dnn_stream;
typedef struct graft_dnn_call graft_dnn_call;

typedef struct graft_dnn_shape {
    int64_t dim[4]; /* N, C, H, W */
} graft_dnn_shape;

/* Every constructor below must run between begin and end, as must every run: oneDNN's threads are limited to the
 * calling one, so that an op computes the same bits wherever it runs. begin returns what end restores. */
int graft_dnn_single_thread_begin(void);
void graft_dnn_single_thread_end(int previous);

GRAFT_MUST_CHECK graft_status graft_dnn_engine_new(graft_dnn_engine **out);
void graft_dnn_engine_free(graft_dnn_engine *engine);

/* Row-major N,C,H,W. */
GRAFT_MUST_CHECK graft_status graft_dnn_layout_plain(const graft_dnn_shape *shape, graft_dnn_layout **out);
/* The same memory seen as N, C*H*W, 1, 1; NULL in *out when the layout does not keep that order (or C,H,W's, when
 * `channels_last`: H,W,C's). */
GRAFT_MUST_CHECK graft_status graft_dnn_layout_flattened(const graft_dnn_layout *layout, bool channels_last,
                                                         graft_dnn_layout **out);
/* N,H,W,C in memory. */
GRAFT_MUST_CHECK graft_status graft_dnn_layout_channels_last(const graft_dnn_shape *shape, graft_dnn_layout **out);
/* Another shape in the order and blocks of `layout`. */
GRAFT_MUST_CHECK graft_status graft_dnn_layout_like(const graft_dnn_layout *layout, const graft_dnn_shape *shape,
                                                    graft_dnn_layout **out);
/* What 8-bit integers, -128..127 or 0..255, stand for: integer * unit, in channel c times profile[c]. */
typedef struct graft_dnn_unit {
    float unit;           /* 0: floats */
    bool is_signed;       /* -128..127 */
    const float *profile; /* one a channel; NULL: all 1; borrowed as long as ops are made from it */
    const float *mean;    /* of each channel's values, as far as known: what rounded weights would make of it goes into
                             the bias of a convolution that reads them; NULL: unknown; borrowed as well */
} graft_dnn_unit;
/* The order and blocks of `layout`, of such integers. */
GRAFT_MUST_CHECK graft_status graft_dnn_layout_quantized(const graft_dnn_layout *layout, const graft_dnn_unit *unit,
                                                         graft_dnn_layout **out);
float graft_dnn_layout_unit(const graft_dnn_layout *layout); /* 0: floats */
/* The CPU multiplies 8-bit integers without sums that saturate on the way (AVX512-VNNI, AVX-VNNI or AMX). */
bool graft_dnn_has_int8(void);
/* Channels come in blocks, the last of which is filled up with zeros. */
bool graft_dnn_layout_is_padded(const graft_dnn_layout *layout);
/* One sample whose channels lie one behind the other, none added: two such in a row are one of both's channels. */
bool graft_dnn_layout_stacks(const graft_dnn_layout *layout);
void graft_dnn_layout_free(graft_dnn_layout *layout);
size_t graft_dnn_layout_bytes(const graft_dnn_layout *layout);
graft_dnn_shape graft_dnn_layout_shape(const graft_dnn_layout *layout);
/* Both put every element at the same address, in the same type and unit. */
bool graft_dnn_layout_same(const graft_dnn_layout *a, const graft_dnn_layout *b);
/* "nchw", "nhwc", "nChw16c", ... */
#define GRAFT_DNN_LAYOUT_TEXT 64
const char *graft_dnn_layout_text(const graft_dnn_layout *layout, char out[GRAFT_DNN_LAYOUT_TEXT]);

typedef enum graft_dnn_function {
    GRAFT_DNN_ABS,
    GRAFT_DNN_CLIP, /* min(max(x, alpha), beta) */
    GRAFT_DNN_ELU,  /* alpha * (exp(x) - 1) below 0 */
    GRAFT_DNN_EXP,
    GRAFT_DNN_GELU,       /* by the error function */
    GRAFT_DNN_HARD_SWISH, /* x * min(max(x + 3, 0), 6) / 6 */
    GRAFT_DNN_LINEAR,     /* alpha * x + beta */
    GRAFT_DNN_LOGISTIC,
    GRAFT_DNN_RELU, /* alpha * x below 0 */
    GRAFT_DNN_SOFTPLUS,
    GRAFT_DNN_SWISH, /* x * logistic(alpha * x) */
    GRAFT_DNN_TANH,
} graft_dnn_function;

typedef enum graft_dnn_post_kind {
    GRAFT_DNN_POST_FUNCTION, /* y = f(y) */
    GRAFT_DNN_POST_SUM,      /* y += what the destination held before */
    GRAFT_DNN_POST_ADD,      /* y += a further source of the same shape */
} graft_dnn_post_kind;

/* What happens to each element before it is stored. */
typedef struct graft_dnn_post {
    graft_dnn_post_kind kind;
    graft_dnn_function function;
    float alpha, beta;
    const graft_dnn_layout *layout; /* POST_ADD, POST_SUM: of the other operand */
} graft_dnn_post;

#define GRAFT_DNN_MAX_POSTS 8
typedef struct graft_dnn_posts {
    graft_dnn_post item[GRAFT_DNN_MAX_POSTS];
    int count;
} graft_dnn_posts;

typedef enum graft_dnn_convolution_algorithm {
    GRAFT_DNN_DIRECT,
    GRAFT_DNN_WINOGRAD, /* F(4x4, 3x3): fewer multiplications, less accurate; fails where oneDNN has no kernel for it */
    GRAFT_DNN_BY_RULE,  /* Winograd where it pays by dnn/algorithms.def and a kernel exists */
} graft_dnn_convolution_algorithm;

typedef struct graft_dnn_convolution {
    const graft_dnn_layout *source; /* as it lies; the op may want another, see graft_dnn_op_source */
    graft_dnn_shape destination;
    int64_t kernel[2], strides[2], dilations[2]; /* height, width; dilation 1: none */
    int64_t padding[4];                          /* top, bottom, left, right */
    int64_t groups;
    const float *weights; /* O, I/groups, H, W; packed into the op */
    const float *bias;    /* O; NULL: none */
    graft_dnn_posts posts;
    graft_dnn_convolution_algorithm algorithm;
    /* Over a source of integers the weights are made integers too, each output channel in a unit of its own, and sums
     * are exact. Posts: functions and at most one POST_SUM, whose layout tells the operand's type and unit. */
    graft_dnn_unit unit; /* of the destination then */
} graft_dnn_convolution;

typedef enum graft_dnn_pooling_kind {
    GRAFT_DNN_MAX,
    GRAFT_DNN_AVERAGE,
    GRAFT_DNN_AVERAGE_PADDED /* padding counts as cells */
} graft_dnn_pooling_kind;

typedef struct graft_dnn_pooling {
    const graft_dnn_layout *source;
    graft_dnn_shape destination;
    int64_t size[2], strides[2], padding[4];
    graft_dnn_pooling_kind kind;
} graft_dnn_pooling;

typedef enum graft_dnn_binary_kind {
    GRAFT_DNN_ADD,
    GRAFT_DNN_MULTIPLY,
    GRAFT_DNN_DIVIDE,
} graft_dnn_binary_kind;

/* Sources of each op, in order, then POST_ADD's. Errors: GRAFT_E_MEMORY; GRAFT_E_INTERNAL with oneDNN's words. */
GRAFT_MUST_CHECK graft_status graft_dnn_convolution_new(graft_dnn_engine *engine,
                                                        const graft_dnn_convolution *convolution, graft_dnn_op **out);
GRAFT_MUST_CHECK graft_status graft_dnn_pooling_new(graft_dnn_engine *engine, const graft_dnn_pooling *pooling,
                                                    graft_dnn_op **out);
/* f, then posts. May run in place. */
GRAFT_MUST_CHECK graft_status graft_dnn_elementwise_new(graft_dnn_engine *engine, const graft_dnn_layout *source,
                                                        const graft_dnn_posts *posts, graft_dnn_op **out);
/* a and b of one shape and layout, or b with H = W = 1 (see graft_dnn_layout_like). May run in place of a.
 * Posts only where channels are not padded: there oneDNN 2.6 gives wrong sums, depending on the CPU. */
GRAFT_MUST_CHECK graft_status graft_dnn_binary_new(graft_dnn_engine *engine, graft_dnn_binary_kind kind,
                                                   const graft_dnn_layout *a, const graft_dnn_layout *b,
                                                   const graft_dnn_posts *posts, graft_dnn_op **out);
/* 1 where x >= threshold, else 0; then posts. */
GRAFT_MUST_CHECK graft_status graft_dnn_at_least_new(graft_dnn_engine *engine, const graft_dnn_layout *source,
                                                     float threshold, const graft_dnn_posts *posts, graft_dnn_op **out);
/* y = x * scale[c] + shift[c]; posts: none or a plain relu. May run in place. */
GRAFT_MUST_CHECK graft_status graft_dnn_scale_shift_new(graft_dnn_engine *engine, const graft_dnn_layout *source,
                                                        const float *scale, const float *shift,
                                                        const graft_dnn_posts *posts, graft_dnn_op **out);
/* axis: 1 to 3 of N,C,H,W. Sources of one type and unit. */
GRAFT_MUST_CHECK graft_status graft_dnn_concat_new(graft_dnn_engine *engine, const graft_dnn_layout *const *sources,
                                                   int count, int axis, graft_dnn_op **out);
GRAFT_MUST_CHECK graft_status graft_dnn_softmax_new(graft_dnn_engine *engine, const graft_dnn_layout *source, int axis,
                                                    graft_dnn_op **out);
/* Between floats and integers, and units, too: rounded to the nearest and saturated. */
GRAFT_MUST_CHECK graft_status graft_dnn_reorder_new(graft_dnn_engine *engine, const graft_dnn_layout *source,
                                                    const graft_dnn_layout *destination, graft_dnn_op **out);
/* N,C,H,W to plain N, H*W*C, 1, 1 with channels counted fastest. */
GRAFT_MUST_CHECK graft_status graft_dnn_flatten_channels_last_new(graft_dnn_engine *engine,
                                                                  const graft_dnn_layout *source, graft_dnn_op **out);
/* Zeros around: top, bottom, left, right. */
GRAFT_MUST_CHECK graft_status graft_dnn_pad_new(graft_dnn_engine *engine, const graft_dnn_layout *source,
                                                const int64_t padding[4], graft_dnn_op **out);
/* The transpose of a convolution from destination to source; no POST_ADD. */
GRAFT_MUST_CHECK graft_status graft_dnn_transposed_new(graft_dnn_engine *engine,
                                                       const graft_dnn_convolution *convolution, graft_dnn_op **out);
/* Nearest or bilinear, the centres of cells aligned. */
GRAFT_MUST_CHECK graft_status graft_dnn_resampling_new(graft_dnn_engine *engine, const graft_dnn_layout *source,
                                                       const graft_dnn_shape *destination, bool bilinear,
                                                       graft_dnn_op **out);
/* y = x / (k + alpha / size * sum of squares over `size` channels)^beta */
typedef struct graft_dnn_response {
    int64_t size;
    double alpha, beta, k;
} graft_dnn_response;
GRAFT_MUST_CHECK graft_status graft_dnn_response_new(graft_dnn_engine *engine, const graft_dnn_layout *source,
                                                     const graft_dnn_response *response, graft_dnn_op **out);
/* Over the channels of each sample's each cell; `source` plain with H = W = 1, or channels last. */
GRAFT_MUST_CHECK graft_status graft_dnn_layernorm_new(graft_dnn_engine *engine, const graft_dnn_layout *source,
                                                      double epsilon, const float *scale, const float *shift,
                                                      graft_dnn_op **out);
void graft_dnn_op_free(graft_dnn_op *op);

int graft_dnn_op_source_count(const graft_dnn_op *op);
/* The layout the op reads; borrowed. Differs from what the constructor was given only for convolutions. */
const graft_dnn_layout *graft_dnn_op_source(const graft_dnn_op *op, int index);
const graft_dnn_layout *graft_dnn_op_destination(const graft_dnn_op *op);
size_t graft_dnn_op_constant_bytes(const graft_dnn_op *op);
size_t graft_dnn_op_scratch_bytes(const graft_dnn_op *op);
/* Compiled for its shape, as opposed to the reference loops and to unfolding into a matrix. */
bool graft_dnn_op_is_direct(const graft_dnn_op *op);
const char *graft_dnn_op_implementation(const graft_dnn_op *op); /* "jit:avx512_core"; borrowed */

GRAFT_MUST_CHECK graft_status graft_dnn_stream_new(graft_dnn_engine *engine, graft_dnn_stream **out);
void graft_dnn_stream_free(graft_dnn_stream *stream);

/* Binds buffers, which must outlive the call. `scratch` holds graft_dnn_op_scratch_bytes, aligned; shared by the
 * calls of one stream. */
GRAFT_MUST_CHECK graft_status graft_dnn_call_new(graft_dnn_engine *engine, const graft_dnn_op *op, void *const *sources,
                                                 void *destination, void *scratch, graft_dnn_call **out);
void graft_dnn_call_free(graft_dnn_call *call);
GRAFT_MUST_CHECK graft_status graft_dnn_call_run(const graft_dnn_call *call, graft_dnn_stream *stream);

#endif
