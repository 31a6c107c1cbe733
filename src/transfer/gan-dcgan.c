/* DCGAN (Radford et al. 2016), layer for layer as PyTorch's example has it at 64 pixels; other sizes have more or fewer
 * layers. Under spectral normalisation the discriminator has biases in place of batch normalisation (Miyato et al.
 * 2018). */
#include "transfer/gan-internal.h"

#include "base/error.h"
#include "nn/op.h"

#include <stdio.h>

static const graft_batchnorm_attributes norm = {.epsilon = 1e-5, .scale = true, .center = true};

static graft_status add(graft_graph *graph, const char *op, const char *stem, int number, const char *part,
                        const void *attributes, int *at) {
    char name[32];
    snprintf(name, sizeof name, "%s%d%s", stem, number, part);
    return graft_graph_add(graph, op, name, attributes, at, 1, at);
}

/* Layers between 4x4 and the picture. */
static int doublings(const graft_gan_spec *spec) {
    int count = 0;
    for (int64_t side = 4; side < spec->size; side *= 2)
        count++;
    return count;
}

/* ---- generator ---- */

static graft_status enlarge(graft_graph *graph, int number, int64_t filters, bool first, int *at) {
    const int64_t pad = first ? 0 : 1, stride = first ? 1 : 2;
    const graft_conv2d_transpose_attributes conv = {.filters = filters,
                                                    .kernel = {4, 4},
                                                    .strides = {stride, stride},
                                                    .dilations = {1, 1},
                                                    .padding = {pad, pad, pad, pad},
                                                    .groups = 1};
    return add(graph, "conv2d_transpose", "g", number, "", &conv, at);
}

graft_status graft_gan_dcgan_generator(graft_graph *graph, const graft_gan_spec *spec, int input, int *out) {
    const graft_activation_attributes relu = {.kind = GRAFT_ACT_RELU}, tanh = {.kind = GRAFT_ACT_TANH};
    const int layers = doublings(spec);
    *out = input;
    for (int i = 0; i < layers; i++) {
        GRAFT_TRY(enlarge(graph, i + 1, spec->width << (layers - 1 - i), i == 0, out));
        GRAFT_TRY(add(graph, "batchnorm", "g", i + 1, "_bn", &norm, out));
        GRAFT_TRY(add(graph, "activation", "g", i + 1, "_relu", &relu, out));
    }
    GRAFT_TRY(enlarge(graph, layers + 1, spec->channels, false, out));
    return add(graph, "activation", "g", layers + 1, "_tanh", &tanh, out);
}

/* ---- discriminator ---- */

static graft_status reduce(graft_graph *graph, int number, int64_t filters, bool last, bool bias, int *at) {
    const int64_t pad = last ? 0 : 1, stride = last ? 1 : 2;
    const graft_conv2d_attributes conv = {.filters = filters,
                                          .kernel = {4, 4},
                                          .strides = {stride, stride},
                                          .dilations = {1, 1},
                                          .padding = {pad, pad, pad, pad},
                                          .groups = 1,
                                          .bias = bias};
    return add(graph, "conv2d", "d", number, "", &conv, at);
}

graft_status graft_gan_dcgan_discriminator(graft_graph *graph, const graft_gan_spec *spec, int input, int *features,
                                           int *out) {
    const graft_activation_attributes leaky = {.kind = GRAFT_ACT_LEAKY_RELU, .alpha = 0.2};
    const int layers = doublings(spec);
    *out = input;
    for (int i = 0; i < layers; i++) {
        GRAFT_TRY(reduce(graph, i + 1, spec->width << i, false, spec->spectral, out));
        if (i > 0 && !spec->spectral) GRAFT_TRY(add(graph, "batchnorm", "d", i + 1, "_bn", &norm, out));
        GRAFT_TRY(add(graph, "activation", "d", i + 1, "_leaky_relu", &leaky, out));
    }
    *features = *out;
    return reduce(graph, layers + 1, 1, true, spec->spectral, out);
}
