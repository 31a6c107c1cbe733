#include "zoo/initialise.h"

#include "base/error.h"
#include "base/hash.h"
#include "base/rng.h"
#include "nn/op.h"

#include <math.h>
#include <string.h>

/* How many numbers flow into one output of a kernel, and out of one input. */
typedef struct fans {
    double in, out;
} fans;

static fans fans_of(const graft_node *node, const graft_shape *kernel) {
    const double all = (double)graft_shape_count(kernel), filters = (double)kernel->dim[0];
    if (kernel->rank != 4) return (fans){all / filters, filters};
    const graft_conv2d_attributes *convolution = node->attributes;
    const graft_conv2d_transpose_attributes *transposed = node->attributes;
    const int64_t groups = strcmp(node->op->name, "conv2d_transpose") == 0 ? transposed->groups : convolution->groups;
    const double area = (double)(kernel->dim[2] * kernel->dim[3]);
    return (fans){all / filters, filters * area / (double)groups};
}

static const double dcgan_deviation = 0.02;

/* A law of chance with mean 0. */
typedef struct law {
    bool normal;
    double size; /* standard deviation, or half the width */
} law;

static law kernel_law(graft_initialiser rule, bool dense, fans f) {
    const law glorot = {false, sqrt(6 / (f.in + f.out))}, lecun = {false, 1 / sqrt(f.in)};
    switch (rule) {
    case GRAFT_INIT_GLOROT:
        return glorot;
    case GRAFT_INIT_HE:
        return dense ? glorot : (law){true, sqrt(2 / f.in)};
    case GRAFT_INIT_HE_OUT:
        return dense ? lecun : (law){true, sqrt(2 / f.out)};
    case GRAFT_INIT_LECUN:
        return lecun;
    case GRAFT_INIT_SCALING:
        return dense ? (law){false, 1 / sqrt(f.out)} : (law){true, sqrt(2 / f.out)};
    case GRAFT_INIT_DCGAN:
        return (law){true, dcgan_deviation};
    }
    return glorot;
}

/* PyTorch's recurrent layers: every weight and bias within +-1 / sqrt(units). */
static law recurrent_law(const graft_param *recurrent) {
    return (law){false, 1 / sqrt((double)recurrent->shape.dim[1])};
}

/* PyTorch draws the biases of a layer by its kernel's inputs. */
static law bias_law(graft_initialiser rule, bool dense, fans f) {
    const bool drawn = rule == GRAFT_INIT_LECUN || (rule == GRAFT_INIT_HE_OUT && dense);
    return (law){false, drawn ? 1 / sqrt(f.in) : 0};
}

static void draw(law l, graft_rng *rng, float *out, int64_t count) {
    for (int64_t i = 0; i < count; i++)
        out[i] = (float)(l.size * (l.normal ? graft_rng_normal(rng) : 2 * graft_rng_uniform(rng) - 1));
}

static void fill(const graft_node *node, int place, graft_initialiser rule, uint64_t seed, float *out) {
    const graft_param *param = &node->params[place], *kernel = graft_node_param(node, "kernel");
    const int64_t count = graft_shape_count(&param->shape);
    if (kernel) {
        const bool dense = kernel->shape.rank == 2;
        const fans f = rule == GRAFT_INIT_DCGAN ? (fans){1, 1} : fans_of(node, &kernel->shape);
        graft_rng rng =
            graft_rng_make(seed, GRAFT_RNG_INIT, (uint32_t)place, graft_checksum(node->name, strlen(node->name)));
        const graft_param *recurrent = graft_node_param(node, "recurrent");
        if (recurrent)
            draw(recurrent_law(recurrent), &rng, out, count);
        else
            draw(param == kernel ? kernel_law(rule, dense, f) : bias_law(rule, dense, f), &rng, out, count);
        return;
    }
    if (strcmp(param->name, "table") == 0) { /* PyTorch's embedding */
        graft_rng rng = graft_rng_make(seed, GRAFT_RNG_INIT, 0, graft_checksum(node->name, strlen(node->name)));
        draw((law){true, 1}, &rng, out, count);
        return;
    }
    const bool one =
        strcmp(param->name, "gamma") == 0 || strcmp(param->name, "variance") == 0 || strcmp(param->name, "scale") == 0;
    for (int64_t i = 0; i < count; i++)
        out[i] = one ? 1.0F : 0.0F;
    if (rule != GRAFT_INIT_DCGAN || strcmp(param->name, "gamma") != 0) return;
    graft_rng rng =
        graft_rng_make(seed, GRAFT_RNG_INIT, (uint32_t)place, graft_checksum(node->name, strlen(node->name)));
    for (int64_t i = 0; i < count; i++)
        out[i] += (float)(dcgan_deviation * graft_rng_normal(&rng));
}

graft_status graft_graph_initialise(graft_graph *graph, graft_initialiser rule, uint64_t seed) {
    for (int n = 0; n < graft_graph_count(graph); n++) {
        graft_node *node = graft_graph_node(graph, n);
        for (int i = 0; i < node->param_count; i++) {
            graft_tensor *value;
            if (node->params[i].value) continue;
            GRAFT_TRY(graft_tensor_new(GRAFT_F32, &node->params[i].shape, &value));
            fill(node, i, rule, seed, graft_tensor_f32(value));
            GRAFT_TRY(graft_node_set_param(node, node->params[i].name, value));
        }
    }
    return GRAFT_OK;
}

/* Scales of pixels: nothing but such layers before it. */
static bool rescales_pixels(const graft_graph *graph, int node) {
    for (;;) {
        const graft_node *at = graft_graph_node(graph, node);
        if (strcmp(at->op->name, "input") == 0) return true;
        if (strcmp(at->op->name, "scale_shift") != 0) return false;
        node = at->inputs[0];
    }
}

graft_status graft_graph_redraw(graft_graph *graph, graft_initialiser rule, uint64_t seed) {
    for (int n = 0; n < graft_graph_count(graph); n++) {
        graft_node *node = graft_graph_node(graph, n);
        if (rescales_pixels(graph, n)) continue;
        for (int i = 0; i < node->param_count; i++) {
            graft_tensor_free(node->params[i].value);
            node->params[i].value = NULL;
        }
    }
    graft_graph_set_quantization(graph, NULL); /* it was of other values */
    return graft_graph_initialise(graph, rule, seed);
}
