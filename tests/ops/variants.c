#include "support/support.h"

#include "ops/variants.h"
#include "support/networks.h"

#define ONE(from) ((const int[]){from, -1})

static int64_t channels_of(const graft_graph *graph, int node) {
    return graft_graph_node(graph, node)->output.dim[0];
}

static void build_input(graft_graph *graph, int from) {
    network_activation(graph, "same", from, GRAFT_ACT_LINEAR);
}

/* ---- convolutions ---- */

static void add_conv(graft_graph *graph, int from, graft_conv2d_attributes a) {
    if (a.filters == 0) a.filters = channels_of(graph, from);
    if (a.groups < 0) a.groups = channels_of(graph, from); /* depthwise */
    network_add(graph, "conv2d", "op", &a, ONE(from));
}

#define CONV(name, ...)                                                \
    static void build_##name(graft_graph *graph, int from) {           \
        add_conv(graph, from, (graft_conv2d_attributes){__VA_ARGS__}); \
    }
CONV(conv_3x3, .filters = 8, .kernel = {3, 3}, .strides = {1, 1}, .dilations = {1, 1}, .same = true, .groups = 1,
     .bias = true)
CONV(conv_1x1, .filters = 24, .kernel = {1, 1}, .strides = {1, 1}, .dilations = {1, 1}, .groups = 1)
CONV(conv_1x1_stride, .filters = 16, .kernel = {1, 1}, .strides = {2, 2}, .dilations = {1, 1}, .groups = 1)
CONV(conv_odd, .filters = 5, .kernel = {3, 2}, .strides = {2, 1}, .dilations = {1, 1}, .padding = {0, 1, 2, 0},
     .groups = 1, .bias = true)
CONV(conv_dilated, .filters = 16, .kernel = {3, 3}, .strides = {1, 1}, .dilations = {2, 2}, .same = true, .groups = 1)
CONV(conv_grouped, .filters = 8, .kernel = {3, 3}, .strides = {1, 1}, .dilations = {1, 1}, .same = true, .groups = 2,
     .bias = true)
CONV(conv_depthwise, .kernel = {3, 3}, .strides = {1, 1}, .dilations = {1, 1}, .same = true, .groups = -1)
CONV(conv_depthwise_stride, .kernel = {3, 3}, .strides = {2, 2}, .dilations = {1, 1}, .same = true, .groups = -1,
     .bias = true)

static void add_transpose(graft_graph *graph, int from, graft_conv2d_transpose_attributes a) {
    network_add(graph, "conv2d_transpose", "op", &a, ONE(from));
}

#define TRANSPOSE(name, ...)                                                          \
    static void build_##name(graft_graph *graph, int from) {                          \
        add_transpose(graph, from, (graft_conv2d_transpose_attributes){__VA_ARGS__}); \
    }
TRANSPOSE(transpose_2, .filters = 16, .kernel = {2, 2}, .strides = {2, 2}, .dilations = {1, 1}, .groups = 1,
          .bias = true)
TRANSPOSE(transpose_same, .filters = 5, .kernel = {3, 3}, .strides = {2, 2}, .dilations = {1, 1}, .same = true,
          .groups = 1, .bias = true)
TRANSPOSE(transpose_gap, .filters = 4, .kernel = {1, 2}, .strides = {2, 3}, .dilations = {1, 1}, .same = true,
          .groups = 1)
TRANSPOSE(transpose_odd, .filters = 8, .kernel = {3, 4}, .strides = {2, 1}, .dilations = {1, 1},
          .padding = {1, 1, 0, 2}, .output_padding = {1, 0}, .groups = 1)
TRANSPOSE(transpose_grouped, .filters = 4, .kernel = {3, 3}, .strides = {2, 2}, .dilations = {1, 1}, .groups = 2,
          .bias = true)
TRANSPOSE(transpose_dilated, .filters = 4, .kernel = {3, 3}, .strides = {1, 1}, .dilations = {2, 1}, .groups = 1)

/* ---- dense, flatten, reshape ---- */

static int flatten(graft_graph *graph, int from, int order) {
    const graft_flatten_attributes a = {.order = order};
    return network_add(graph, "flatten", "flat", &a, ONE(from));
}

static int dense(graft_graph *graph, const char *name, int from, int64_t units, bool bias) {
    const graft_dense_attributes a = {.units = units, .bias = bias};
    return network_add(graph, "dense", name, &a, ONE(from));
}

static void build_dense(graft_graph *graph, int from) {
    dense(graph, "op", flatten(graph, from, 0), 7, true);
}

static void build_dense_chain(graft_graph *graph, int from) {
    dense(graph, "op", dense(graph, "before", flatten(graph, from, 0), 19, true), 16, false);
}

static void build_flatten_chw(graft_graph *graph, int from) {
    flatten(graph, from, 0);
}

static void build_flatten_hwc(graft_graph *graph, int from) {
    dense(graph, "after", flatten(graph, from, 1), 3, true);
}

static void reshape(graft_graph *graph, int from, graft_reshape_attributes a) {
    const graft_conv2d_attributes conv = {
        .filters = 3, .kernel = {2, 2}, .strides = {1, 1}, .dilations = {1, 1}, .groups = 1};
    const int at = network_add(graph, "reshape", "op", &a, ONE(from));
    if (a.rank == 3) network_add(graph, "conv2d", "after", &conv, ONE(at));
}

static void build_reshape_vector(graft_graph *graph, int from) {
    reshape(graph, from, (graft_reshape_attributes){.shape = {-1}, .rank = 1});
}

static void build_reshape_chw(graft_graph *graph, int from) {
    reshape(graph, from, (graft_reshape_attributes){.shape = {-1, 5, 2}, .rank = 3});
}

static void build_reshape_hwc(graft_graph *graph, int from) {
    reshape(graph, from, (graft_reshape_attributes){.shape = {5, -1, 2}, .rank = 3, .order = 1});
}

static void build_reshape_from_vector(graft_graph *graph, int from) {
    const int at = dense(graph, "before", flatten(graph, from, 0), 24, true);
    reshape(graph, at, (graft_reshape_attributes){.shape = {2, 3, 4}, .rank = 3, .order = 1});
}

/* ---- normalisation ---- */

static void build_batchnorm(graft_graph *graph, int from) {
    const graft_batchnorm_attributes a = {.epsilon = 0.01, .scale = true, .center = true};
    network_add(graph, "batchnorm", "op", &a, ONE(from));
}

static void build_batchnorm_bare(graft_graph *graph, int from) {
    const graft_batchnorm_attributes a = {.epsilon = 0.01};
    network_add(graph, "batchnorm", "op", &a, ONE(from));
}

static void build_batchnorm_relu(graft_graph *graph, int from) {
    const graft_batchnorm_attributes a = {.epsilon = 0.01, .scale = true, .center = true};
    network_activation(graph, "after", network_add(graph, "batchnorm", "op", &a, ONE(from)), GRAFT_ACT_RELU6);
}

static void build_batchnorm_vector(graft_graph *graph, int from) {
    const graft_batchnorm_attributes a = {.epsilon = 0.01, .scale = true, .center = true};
    network_add(graph, "batchnorm", "op", &a, ONE(dense(graph, "before", flatten(graph, from, 0), 18, true)));
}

static void build_batchnorm_transposed(graft_graph *graph, int from) {
    const graft_conv2d_transpose_attributes conv = {
        .filters = 12, .kernel = {2, 2}, .strides = {2, 2}, .dilations = {1, 1}, .groups = 2, .bias = true};
    build_batchnorm_relu(graph, network_add(graph, "conv2d_transpose", "before", &conv, ONE(from)));
}

static void build_batchnorm_branched(graft_graph *graph, int from) {
    const graft_conv2d_attributes conv = {.kernel = {3, 3},
                                          .strides = {1, 1},
                                          .dilations = {1, 1},
                                          .same = true,
                                          .groups = 2,
                                          .filters = 12,
                                          .bias = true};
    const int at = network_add(graph, "conv2d", "before", &conv, ONE(from));
    build_batchnorm(graph, at);
    network_add(graph, "add", "sum", NULL, (const int[]){graft_graph_find(graph, "op"), at, -1});
}

static void build_scale_shift(graft_graph *graph, int from) {
    network_add(graph, "scale_shift", "op", NULL, ONE(from));
}

static void build_lrn(graft_graph *graph, int from) {
    const graft_lrn_attributes a = {.size = 5, .alpha = 0.5, .beta = 0.75, .k = 1};
    network_add(graph, "lrn", "op", &a, ONE(from));
}

static void build_lrn_3(graft_graph *graph, int from) {
    const graft_lrn_attributes a = {.size = 3, .alpha = 1, .beta = 0.5, .k = 2};
    network_add(graph, "lrn", "op", &a, ONE(from));
}

static void build_layernorm(graft_graph *graph, int from) {
    const graft_layernorm_attributes a = {.epsilon = 0.001, .scale = true, .center = true};
    network_add(graph, "layernorm", "op", &a, ONE(from));
}

static void build_layernorm_vector(graft_graph *graph, int from) {
    const graft_layernorm_attributes a = {.epsilon = 0.001, .center = true};
    network_add(graph, "layernorm", "op", &a, ONE(dense(graph, "before", flatten(graph, from, 0), 18, true)));
}

static void build_softmax(graft_graph *graph, int from) {
    const graft_softmax_attributes a = {.axis = 0};
    const int at = network_add(graph, "softmax", "op", &a, ONE(from));
    network_add(graph, "scale_shift", "after", NULL, ONE(at)); /* a final softmax is left out */
}

static void build_softmax_width(graft_graph *graph, int from) {
    const graft_softmax_attributes a = {.axis = 2};
    network_add(graph, "scale_shift", "after", NULL, ONE(network_add(graph, "softmax", "op", &a, ONE(from))));
}

/* ---- activations: every kind comes from the table below ---- */

static void activation(graft_graph *graph, int from, graft_activation_attributes a) {
    network_add(graph, "activation", "op", &a, ONE(from));
}

#define ACTIVATION(name, ...)                                                \
    static void build_##name(graft_graph *graph, int from) {                 \
        activation(graph, from, (graft_activation_attributes){__VA_ARGS__}); \
    }
ACTIVATION(linear, .kind = GRAFT_ACT_LINEAR)
ACTIVATION(relu, .kind = GRAFT_ACT_RELU)
ACTIVATION(relu_bounded, .kind = GRAFT_ACT_RELU, .max_value = 1.5)
ACTIVATION(relu_leaky_bounded, .kind = GRAFT_ACT_RELU, .max_value = 1.5, .alpha = 0.1)
ACTIVATION(relu_threshold, .kind = GRAFT_ACT_RELU, .threshold = 0.5, .alpha = 0.2)
ACTIVATION(relu_low_threshold, .kind = GRAFT_ACT_RELU, .threshold = -0.5, .max_value = 2)
ACTIVATION(relu_negative_slope, .kind = GRAFT_ACT_RELU, .alpha = -0.3)
ACTIVATION(relu6, .kind = GRAFT_ACT_RELU6)
ACTIVATION(leaky_relu, .kind = GRAFT_ACT_LEAKY_RELU, .alpha = 0.3)
ACTIVATION(elu, .kind = GRAFT_ACT_ELU, .alpha = 1)
ACTIVATION(selu, .kind = GRAFT_ACT_SELU)
ACTIVATION(sigmoid, .kind = GRAFT_ACT_SIGMOID)
ACTIVATION(tanh, .kind = GRAFT_ACT_TANH)
ACTIVATION(swish, .kind = GRAFT_ACT_SWISH)
ACTIVATION(hard_sigmoid, .kind = GRAFT_ACT_HARD_SIGMOID, .alpha = 0.2)
ACTIVATION(hard_swish, .kind = GRAFT_ACT_HARD_SWISH)
ACTIVATION(gelu, .kind = GRAFT_ACT_GELU)
ACTIVATION(softplus, .kind = GRAFT_ACT_SOFTPLUS)
ACTIVATION(softsign, .kind = GRAFT_ACT_SOFTSIGN)
ACTIVATION(exp, .kind = GRAFT_ACT_EXP)

/* ---- windows ---- */

static void pool(graft_graph *graph, const char *op, int from, graft_pool_attributes a) {
    network_add(graph, op, "op", &a, ONE(from));
}

#define POOL(name, op, ...)                                          \
    static void build_##name(graft_graph *graph, int from) {         \
        pool(graph, op, from, (graft_pool_attributes){__VA_ARGS__}); \
    }
POOL(maxpool, "maxpool2d", .size = {2, 2}, .strides = {2, 2})
POOL(maxpool_overlapping, "maxpool2d", .size = {3, 3}, .strides = {2, 2}, .same = true)
POOL(maxpool_odd, "maxpool2d", .size = {3, 2}, .strides = {1, 2}, .padding = {1, 0, 0, 1})
POOL(avgpool, "avgpool2d", .size = {2, 2}, .strides = {2, 2})
POOL(avgpool_same, "avgpool2d", .size = {3, 3}, .strides = {2, 2}, .same = true)
POOL(avgpool_padded, "avgpool2d", .size = {3, 3}, .strides = {2, 2}, .padding = {1, 1, 1, 1}, .count_padding = true)

static void global(graft_graph *graph, const char *op, int from, bool keepdims) {
    const graft_global_pool_attributes a = {.keepdims = keepdims};
    network_add(graph, op, "op", &a, ONE(from));
}

static void build_gap(graft_graph *graph, int from) {
    global(graph, "global_avgpool", from, false);
}

static void build_gap_kept(graft_graph *graph, int from) {
    global(graph, "global_avgpool", from, true);
}

static void build_gmp(graft_graph *graph, int from) {
    global(graph, "global_maxpool", from, false);
}

static void build_upsample_nearest(graft_graph *graph, int from) {
    const graft_upsample_attributes a = {.size = {2, 3}, .interpolation = 0};
    network_add(graph, "upsample2d", "op", &a, ONE(from));
}

static void build_upsample_bilinear(graft_graph *graph, int from) {
    const graft_upsample_attributes a = {.size = {2, 3}, .interpolation = 1};
    network_add(graph, "upsample2d", "op", &a, ONE(from));
}

static void build_zeropad(graft_graph *graph, int from) {
    const graft_pad_attributes a = {.padding = {1, 0, 2, 1}};
    network_add(graph, "zeropad2d", "op", &a, ONE(from));
}

static void build_zeropad_conv(graft_graph *graph, int from) {
    const graft_pad_attributes a = {.padding = {0, 1, 0, 1}};
    const int at = network_add(graph, "zeropad2d", "op", &a, ONE(from));
    const graft_conv2d_attributes conv = {
        .filters = 8, .kernel = {3, 3}, .strides = {2, 2}, .dilations = {1, 1}, .groups = 1};
    network_add(graph, "conv2d", "after", &conv, ONE(at));
}

/* Zeros are above what a corner's window has else. */
static void build_zeropad_maxpool(graft_graph *graph, int from) {
    const graft_pad_attributes a = {.padding = {1, 0, 1, 0}};
    const graft_pool_attributes pool = {.size = {2, 2}, .strides = {2, 2}};
    const int at = network_add(graph, "zeropad2d", "op", &a, ONE(from));
    network_add(graph, "maxpool2d", "after", &pool, ONE(at));
}

static void build_dropout(graft_graph *graph, int from) {
    const graft_dropout_attributes a = {.rate = 0};
    network_add(graph, "dropout", "op", &a, ONE(from));
}

/* ---- several inputs ---- */

static int branch(graft_graph *graph, const char *name, int from) {
    return network_add(graph, "scale_shift", name, NULL, ONE(from));
}

static int squeezed(graft_graph *graph, int from) {
    const graft_global_pool_attributes a = {.keepdims = true};
    return network_add(graph, "global_avgpool", "squeezed", &a, ONE(from));
}

static void build_add(graft_graph *graph, int from) {
    network_add(graph, "add", "op", NULL, (const int[]){from, branch(graph, "a", from), -1});
}

static void build_add_three(graft_graph *graph, int from) {
    const int a = branch(graph, "a", from), b = branch(graph, "b", a);
    network_add(graph, "add", "op", NULL, (const int[]){a, b, from, -1});
}

static void build_add_twice(graft_graph *graph, int from) {
    const int a = branch(graph, "a", from);
    network_add(graph, "add", "op", NULL, (const int[]){a, a, -1});
}

static void build_add_spread(graft_graph *graph, int from) {
    const int a = branch(graph, "a", from);
    network_add(graph, "add", "op", NULL, (const int[]){squeezed(graph, a), from, -1});
}

static void build_multiply(graft_graph *graph, int from) {
    network_add(graph, "multiply", "op", NULL, (const int[]){from, branch(graph, "a", from), -1});
}

static void build_multiply_three(graft_graph *graph, int from) {
    const int a = branch(graph, "a", from);
    network_add(graph, "multiply", "op", NULL, (const int[]){a, from, squeezed(graph, a), -1});
}

static void concat(graft_graph *graph, int from, int64_t axis) {
    const graft_concat_attributes a = {.axis = axis};
    const int x = branch(graph, "a", from);
    network_add(graph, "concat", "op", &a, (const int[]){from, x, from, -1});
}

static void build_concat(graft_graph *graph, int from) {
    concat(graph, from, 0);
}

static void build_concat_height(graft_graph *graph, int from) {
    concat(graph, from, 1);
}

static void build_concat_vectors(graft_graph *graph, int from) {
    const graft_concat_attributes a = {.axis = 0};
    const int flat = flatten(graph, from, 0);
    network_add(graph, "concat", "op", &a,
                (const int[]){dense(graph, "a", flat, 5, true), dense(graph, "b", flat, 3, false), -1});
}

const op_variant op_variants[] = {
    {"input", "plain", build_input},
    {"conv2d", "3x3", build_conv_3x3},
    {"conv2d", "1x1", build_conv_1x1},
    {"conv2d", "1x1 stride", build_conv_1x1_stride},
    {"conv2d", "odd padding", build_conv_odd},
    {"conv2d", "dilated", build_conv_dilated},
    {"conv2d", "grouped", build_conv_grouped},
    {"conv2d", "depthwise", build_conv_depthwise},
    {"conv2d", "depthwise stride", build_conv_depthwise_stride},
    {"conv2d_transpose", "2x2", build_transpose_2},
    {"conv2d_transpose", "same", build_transpose_same},
    {"conv2d_transpose", "gap", build_transpose_gap},
    {"conv2d_transpose", "odd padding", build_transpose_odd},
    {"conv2d_transpose", "grouped", build_transpose_grouped},
    {"conv2d_transpose", "dilated", build_transpose_dilated},
    {"dense", "bias", build_dense},
    {"dense", "chain", build_dense_chain},
    {"flatten", "chw", build_flatten_chw},
    {"flatten", "hwc", build_flatten_hwc},
    {"reshape", "vector", build_reshape_vector},
    {"reshape", "chw", build_reshape_chw},
    {"reshape", "hwc", build_reshape_hwc},
    {"reshape", "from vector", build_reshape_from_vector},
    {"batchnorm", "moving statistics", build_batchnorm},
    {"batchnorm", "without parameters", build_batchnorm_bare},
    {"batchnorm", "with relu6", build_batchnorm_relu},
    {"batchnorm", "of a vector", build_batchnorm_vector},
    {"batchnorm", "of a transposed convolution", build_batchnorm_transposed},
    {"batchnorm", "beside its input", build_batchnorm_branched},
    {"scale_shift", "plain", build_scale_shift},
    {"lrn", "5", build_lrn},
    {"lrn", "3", build_lrn_3},
    {"layernorm", "channels", build_layernorm},
    {"layernorm", "vector", build_layernorm_vector},
    {"softmax", "channels", build_softmax},
    {"softmax", "width", build_softmax_width},
    {"activation", "linear", build_linear},
    {"activation", "relu", build_relu},
    {"activation", "relu bounded", build_relu_bounded},
    {"activation", "relu leaky bounded", build_relu_leaky_bounded},
    {"activation", "relu threshold", build_relu_threshold},
    {"activation", "relu low threshold", build_relu_low_threshold},
    {"activation", "relu negative slope", build_relu_negative_slope},
    {"activation", "relu6", build_relu6},
    {"activation", "leaky relu", build_leaky_relu},
    {"activation", "elu", build_elu},
    {"activation", "selu", build_selu},
    {"activation", "sigmoid", build_sigmoid},
    {"activation", "tanh", build_tanh},
    {"activation", "swish", build_swish},
    {"activation", "hard sigmoid", build_hard_sigmoid},
    {"activation", "hard swish", build_hard_swish},
    {"activation", "gelu", build_gelu},
    {"activation", "softplus", build_softplus},
    {"activation", "softsign", build_softsign},
    {"activation", "exp", build_exp},
    {"maxpool2d", "2x2", build_maxpool},
    {"maxpool2d", "overlapping", build_maxpool_overlapping},
    {"maxpool2d", "odd padding", build_maxpool_odd},
    {"avgpool2d", "2x2", build_avgpool},
    {"avgpool2d", "same", build_avgpool_same},
    {"avgpool2d", "padding counted", build_avgpool_padded},
    {"global_avgpool", "vector", build_gap},
    {"global_avgpool", "kept", build_gap_kept},
    {"global_maxpool", "vector", build_gmp},
    {"upsample2d", "nearest", build_upsample_nearest},
    {"upsample2d", "bilinear", build_upsample_bilinear},
    {"zeropad2d", "alone", build_zeropad},
    {"zeropad2d", "before a convolution", build_zeropad_conv},
    {"zeropad2d", "before a maximum", build_zeropad_maxpool},
    {"dropout", "rate 0", build_dropout},
    {"add", "two", build_add},
    {"add", "three", build_add_three},
    {"add", "the same twice", build_add_twice},
    {"add", "spread", build_add_spread},
    {"multiply", "two", build_multiply},
    {"multiply", "three, one spread", build_multiply_three},
    {"concat", "channels", build_concat},
    {"concat", "height", build_concat_height},
    {"concat", "vectors", build_concat_vectors},
};
const size_t op_variant_count = sizeof op_variants / sizeof *op_variants;
