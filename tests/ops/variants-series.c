/* Variants of the ops over series and of autoencoders, which the exporters refuse. */
#include "support/support.h"

#include "ops/variants.h"
#include "support/networks.h"

#include <string.h>

#define ONE(from) ((const int[]){from, -1})

/* The picture as a series of `channels` channels. */
static int series(graft_graph *graph, const char *name, int from, int64_t channels) {
    const graft_shape *shape = &graft_graph_node(graph, from)->output;
    const graft_reshape_attributes a = {.shape = {channels, 1, graft_shape_count(shape) / channels}, .rank = 3};
    return network_add(graph, "reshape", name, &a, ONE(from));
}

static int slice(graft_graph *graph, const char *name, int from, int64_t axis, int64_t begin, int64_t length) {
    const graft_slice_attributes a = {.axis = axis, .begin = begin, .length = length};
    return network_add(graph, "slice", name, &a, ONE(from));
}

/* A short series of three channels and its mask, from one of many. */
static int with_mask(graft_graph *graph, int from, int *mask) {
    const int all = slice(graph, "short", series(graph, "series", from, 10), 2, 2, 9);
    *mask = slice(graph, "mask", all, 0, 9, 1);
    return slice(graph, "values", all, 0, 2, 3);
}

static void recurrent(graft_graph *graph, const char *op, int from, graft_recurrent_attributes a) {
    int inputs[4] = {0, -1, -1, -1}, mask, count = 1;
    inputs[0] = with_mask(graph, from, &mask);
    if (a.masked) inputs[count++] = mask;
    if (a.initial) {
        const graft_dense_attributes dense = {.units = a.units, .bias = true};
        const graft_flatten_attributes flat = {.order = 0};
        const int vector = network_add(graph, "flatten", "flat", &flat, ONE(mask));
        inputs[count] = network_add(graph, "dense", "start", &dense, ONE(vector));
    }
    network_add(graph, op, "op", &a, inputs);
}

#define RECURRENT(name, op, ...)                                                \
    static void build_##name(graft_graph *graph, int from) {                    \
        recurrent(graph, #op, from, (graft_recurrent_attributes){__VA_ARGS__}); \
    }
RECURRENT(gru, gru, .units = 5)
RECURRENT(gru_sequence, gru, .units = 4, .sequence = true)
RECURRENT(gru_backwards, gru, .units = 3, .sequence = true, .backwards = true)
RECURRENT(gru_masked, gru, .units = 6, .masked = true)
RECURRENT(gru_all, gru, .units = 18, .masked = true, .initial = true, .backwards = true, .sequence = true)
RECURRENT(gru_last_all, gru, .units = 2, .masked = true, .initial = true)
RECURRENT(lstm, lstm, .units = 5)
RECURRENT(lstm_sequence, lstm, .units = 4, .sequence = true)
RECURRENT(lstm_backwards, lstm, .units = 3, .backwards = true)
RECURRENT(lstm_masked, lstm, .units = 17, .masked = true, .sequence = true)
RECURRENT(lstm_all, lstm, .units = 6, .masked = true, .initial = true, .backwards = true, .sequence = true)

/* Both directions, two layers, dropout between them. */
static void build_stacked(graft_graph *graph, int from) {
    const graft_recurrent_attributes there = {.units = 4, .sequence = true},
                                     back = {.units = 4, .sequence = true, .backwards = true}, last = {.units = 3};
    const graft_concat_attributes join = {.axis = 0};
    const graft_dropout_attributes dropout = {.rate = 0};
    int mask;
    const int at = with_mask(graph, from, &mask);
    const int a = network_add(graph, "gru", "there", &there, ONE(at)),
              b = network_add(graph, "gru", "back", &back, ONE(at));
    const int both = network_add(graph, "concat", "both", &join, (const int[]){a, b, -1});
    network_add(graph, "lstm", "op", &last, ONE(network_add(graph, "dropout", "dropout", &dropout, ONE(both))));
}

static void build_gru_one_step(graft_graph *graph, int from) {
    const graft_recurrent_attributes a = {.units = 4};
    const int at = series(graph, "series", from, graft_shape_count(&graft_graph_node(graph, from)->output));
    network_add(graph, "gru", "op", &a, ONE(at));
}

static void build_slice_channels(graft_graph *graph, int from) {
    slice(graph, "op", from, 0, 1, 3);
}

static void build_slice_height(graft_graph *graph, int from) {
    slice(graph, "op", from, 1, 2, 5);
}

static void build_slice_width(graft_graph *graph, int from) {
    slice(graph, "op", from, 2, 0, 2);
}

static void build_embedding(graft_graph *graph, int from) {
    const graft_embedding_attributes a = {.rows = 4, .units = 3};
    network_add(graph, "embedding", "op", &a, ONE(series(graph, "series", from, 1)));
}

/* Convolutions over time are those over pictures of height 1. */
static void build_causal(graft_graph *graph, int from) {
    const graft_conv2d_attributes a = {.filters = 7,
                                       .kernel = {1, 3},
                                       .strides = {1, 1},
                                       .dilations = {1, 4},
                                       .padding = {0, 0, 8, 0},
                                       .groups = 1,
                                       .bias = true};
    network_add(graph, "conv2d", "op", &a, ONE(series(graph, "series", from, 2)));
}

static void build_layernorm_steps(graft_graph *graph, int from) {
    const graft_layernorm_attributes a = {.epsilon = 0.001, .scale = true, .center = true};
    network_add(graph, "layernorm", "op", &a, ONE(series(graph, "series", from, 7)));
}

/* Means and log-variances from one map; noise is tested where its place is known. */
static void build_gaussian_sample(graft_graph *graph, int from) {
    const graft_gaussian_sample_attributes a = {.deviation = 0};
    const int mean = slice(graph, "mean", from, 0, 0, 3), log_variance = slice(graph, "log_variance", from, 0, 3, 3);
    network_add(graph, "gaussian_sample", "op", &a, (const int[]){mean, log_variance, -1});
}

const op_variant series_variants[] = {
    {"gru", "last state", build_gru},
    {"gru", "sequence", build_gru_sequence},
    {"gru", "backwards", build_gru_backwards},
    {"gru", "masked", build_gru_masked},
    {"gru", "masked, begun, backwards", build_gru_all},
    {"gru", "masked, begun, last state", build_gru_last_all},
    {"gru", "one step", build_gru_one_step},
    {"lstm", "last state", build_lstm},
    {"lstm", "sequence", build_lstm_sequence},
    {"lstm", "backwards", build_lstm_backwards},
    {"lstm", "masked", build_lstm_masked},
    {"lstm", "masked, begun, backwards", build_lstm_all},
    {"lstm", "behind both directions", build_stacked},
    {"slice", "channels", build_slice_channels},
    {"slice", "height", build_slice_height},
    {"slice", "width", build_slice_width},
    {"embedding", "table", build_embedding},
    {"gaussian_sample", "without noise", build_gaussian_sample},
    {"conv2d", "dilated, causal, over a series", build_causal},
    {"layernorm", "over the steps of a series", build_layernorm_steps},
};
const size_t series_variant_count = sizeof series_variants / sizeof *series_variants;
