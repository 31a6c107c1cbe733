/* An operation: one file, one vtable, one row in ops.def. */
#ifndef GRAFT_SRC_NN_OP_H
#define GRAFT_SRC_NN_OP_H

#include "nn/graph.h"
#include <graft/option.h>

typedef struct graft_plan_builder graft_plan_builder; /* plan-internal.h */
typedef struct graft_trainer graft_trainer;           /* train/train-internal.h */

struct graft_op {
    const char *name, *help;
    size_t attribute_size;
    const graft_option *attributes; /* rows over the attribute struct; drive JSON, defaults, checks, docs */
    int min_inputs, max_inputs;     /* max -1: any */
    /* Output shape of one sample from the inputs' shapes. */
    graft_status (*infer)(const graft_node *node, const graft_shape *inputs, graft_shape *output);
    /* Declares parameters through graft_node_declare; NULL: none. */
    graft_status (*params)(graft_node *node, const graft_shape *inputs);
    /* Emits the op's primitives into a plan. */
    graft_status (*prepare)(graft_plan_builder *builder, int node);
    /* Emit the op's steps into a training plan: forward, then, once the gradient by its output is known, backward. */
    graft_status (*train_forward)(graft_trainer *trainer, int node);
    graft_status (*train_backward)(graft_trainer *trainer, int node);
    /* Emits the steps that compute the node's value once more, into its `again`, for backward; does nothing where
     * keeping it is better. NULL: it is kept. */
    graft_status (*train_again)(graft_trainer *trainer, int node);
    int64_t (*multiply_adds)(const graft_node *node); /* of one sample, from its parameters and output; NULL: 0 */
};

const graft_op *graft_op_find(const char *name);
const graft_op *graft_op_at(size_t index); /* NULL past the end: the registry */
/* Appends a parameter without a value; for `params` functions. Errors: GRAFT_E_DATA (a shape beyond the caps). */
GRAFT_MUST_CHECK graft_status graft_node_declare(graft_node *node, const char *name, const graft_shape *shape);

/* Caps of every shape in a graph: files are hostile, and int32 indices appear further down. */
#define GRAFT_MAX_NODES 65536
#define GRAFT_MAX_DIMENSION (INT64_C(1) << 24)
#define GRAFT_MAX_ELEMENTS ((INT64_C(1) << 31) - 1)

/* The attribute structs, so that importers and architecture tables can fill them. All integers int64_t. */
typedef struct graft_input_attributes {
    int64_t shape[4];
    int64_t rank;
} graft_input_attributes;
typedef struct graft_conv2d_attributes {
    int64_t filters, kernel[2], strides[2], dilations[2]; /* height, width */
    int64_t padding[4];                                   /* top, bottom, left, right; zero with `same` */
    bool same;                                            /* TensorFlow's "same": padding follows from the input size */
    int64_t groups;                                       /* groups == input channels: depthwise */
    bool bias;
} graft_conv2d_attributes;
typedef struct graft_dense_attributes {
    int64_t units;
    bool bias;
} graft_dense_attributes;
typedef struct graft_batchnorm_attributes {
    double epsilon;
    bool scale, center;
} graft_batchnorm_attributes;
typedef enum graft_activation_kind {
    GRAFT_ACT_LINEAR,
    GRAFT_ACT_RELU,
    GRAFT_ACT_RELU6,
    GRAFT_ACT_LEAKY_RELU,
    GRAFT_ACT_ELU,
    GRAFT_ACT_SELU,
    GRAFT_ACT_SIGMOID,
    GRAFT_ACT_TANH,
    GRAFT_ACT_SWISH,
    GRAFT_ACT_HARD_SIGMOID,
    GRAFT_ACT_HARD_SWISH,
    GRAFT_ACT_GELU,
    GRAFT_ACT_SOFTPLUS,
    GRAFT_ACT_SOFTSIGN,
    GRAFT_ACT_EXP,
} graft_activation_kind;
#define GRAFT_ACT_CHOICES \
    "linear|relu|relu6|leaky_relu|elu|selu|sigmoid|tanh|swish|hard_sigmoid|hard_swish|gelu|softplus|softsign|exp"
/* relu: x >= max_value: max_value (0: no bound); x >= threshold: x; below: alpha * (x - threshold).
 * leaky_relu: alpha is the slope below 0. elu: alpha * (exp(x) - 1) below 0. hard_sigmoid: clamp(alpha * x + 0.5, 0, 1)
 * (Keras 2: alpha 0.2; Keras 3 and PyTorch: 1/6). hard_swish: x * clamp(x / 6 + 0.5, 0, 1). gelu: with erf.
 * Other kinds ignore all three. */
typedef struct graft_activation_attributes {
    int kind;
    double alpha, max_value, threshold;
} graft_activation_attributes;
typedef struct graft_softmax_attributes {
    int64_t axis;
} graft_softmax_attributes; /* of C,H,W; 0: channels */
typedef struct graft_pool_attributes {
    int64_t size[2], strides[2], padding[4]; /* padding: top, bottom, left, right; zero with `same` */
    bool same;                               /* TensorFlow's "same": padding follows from the input size */
    bool count_padding;                      /* average over padded cells too (Caffe, PyTorch's default); TF does not */
} graft_pool_attributes;                     /* ops "maxpool2d" and "avgpool2d" */
typedef struct graft_global_pool_attributes {
    bool keepdims;
} graft_global_pool_attributes; /* "global_avgpool", "global_maxpool" */
typedef struct graft_concat_attributes {
    int64_t axis;
} graft_concat_attributes; /* of C,H,W; 0: channels */
typedef struct graft_flatten_attributes {
    int order;
} graft_flatten_attributes;
#define GRAFT_FLATTEN_CHOICES "chw|hwc" /* PyTorch | Keras */
/* order hwc: the shape is Keras' (H,W,C or F) and elements are counted in that order. rank 1 or 3; one dimension may
 * be -1: what is left. */
typedef struct graft_reshape_attributes {
    int64_t shape[4];
    int64_t rank;
    int order;
} graft_reshape_attributes;
typedef struct graft_dropout_attributes {
    double rate;
} graft_dropout_attributes;
typedef struct graft_pad_attributes {
    int64_t padding[4];
} graft_pad_attributes; /* "zeropad2d" */
typedef struct graft_conv2d_transpose_attributes {
    int64_t filters, kernel[2], strides[2], dilations[2]; /* height, width */
    int64_t padding[4];        /* top, bottom, left, right: cut off the output; zero with `same` */
    int64_t output_padding[2]; /* rows and columns added below and to the right; zero with `same` */
    bool same;                 /* TensorFlow's "same": the output is input * stride */
    int64_t groups;
    bool bias;
} graft_conv2d_transpose_attributes; /* kernel O,I/groups,H,W */
typedef struct graft_upsample_attributes {
    int64_t size[2];
    int interpolation;
} graft_upsample_attributes;                      /* "upsample2d" */
#define GRAFT_UPSAMPLE_CHOICES "nearest|bilinear" /* bilinear: centres of cells aligned (TF 2, align_corners false) */
/* y = x / (k + alpha / size * sum of x^2 over `size` channels)^beta (PyTorch, Caffe; TF: alpha is not divided) */
typedef struct graft_lrn_attributes {
    int64_t size;
    double alpha, beta, k;
} graft_lrn_attributes;
/* Over the channels of each cell (Keras' axis -1), or over a vector; parameters "gamma", "beta". */
typedef struct graft_layernorm_attributes {
    double epsilon;
    bool scale, center;
} graft_layernorm_attributes;

/* "gru" and "lstm": a series C,1,T to its states: units,1,T with `sequence`, else the vector of the last one. Inputs:
 * the series; with `masked` the mask 1,1,T (above 0.5: the step is there; elsewhere the state passes on unchanged);
 * with `initial` the vector of the state before the first step. Parameters as PyTorch has them (gates r z n, or i f g
 * o): "kernel" gates*units,C; "recurrent" gates*units,units; "bias"; and the GRU's "recurrent_bias". An LSTM's c begins
 * at zero. */
typedef struct graft_recurrent_attributes {
    int64_t units;
    bool sequence, backwards, masked, initial; /* backwards: from the last step to the first */
} graft_recurrent_attributes;
/* `length` rows of an axis of C,H,W (0: channels), from `begin` on */
typedef struct graft_slice_attributes {
    int64_t axis, begin, length;
} graft_slice_attributes;
/* Whole numbers 1,1,T to rows of the parameter "table" (rows,units): units,1,T */
typedef struct graft_embedding_attributes {
    int64_t rows, units;
} graft_embedding_attributes;

/* The padding in effect (top, bottom, left, right) for an input of shape C,H,W: the attribute's, or "same" worked out.
 * The only way to read padding: primitives must not look at the attribute. */
void graft_conv2d_padding(const graft_node *node, const graft_shape *input, int64_t out[4]);
void graft_pool_padding(const graft_node *node, const graft_shape *input, int64_t out[4]);
void graft_conv2d_transpose_padding(const graft_node *node, const graft_shape *input, int64_t out[4]);

/* "add", "multiply": no attributes; two or more inputs, broadcast C,1,1 over C,H,W.
 * "scale_shift": y = x * scale[c] + shift[c], parameters "scale" and "shift" (Rescaling, Normalization). */
#endif
