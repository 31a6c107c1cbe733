#include "zoo/registry.h"

#include "base/alloc.h"
#include "nn/op.h"

#include <string.h>

enum { MARKS = 4, IMAGENET_CLASSES = 1000 };

/* A layer that the network has: its kernel's shape, or its output's where it has no kernel. 0: any. */
typedef struct mark {
    const char *layer;
    int64_t shape[4];
} mark;

typedef struct row {
    graft_known_network network;
    const char *last; /* the last layer before the head */
    int64_t channels; /* of it; 0: any */
    int convolutions; /* that it depends on */
    int head_layers;  /* layers with weights in the published head */
    bool rescales;    /* scaling of pixels is a part of the network */
    mark marks[MARKS];
} row;

static const row rows[] = {
#define GRAFT_NETWORK(id, title_, scaling_, size_, filter_, licence_, source_, last_, channels_, convolutions_, head_, \
                      rescales_, ...)                                                                                  \
    {.network = {.name = #id,                                                                                          \
                 .title = title_,                                                                                      \
                 .scaling = GRAFT_SCALING_##scaling_,                                                                  \
                 .size = size_,                                                                                        \
                 .filter = GRAFT_FILTER_##filter_,                                                                     \
                 .licence = licence_,                                                                                  \
                 .source = source_},                                                                                   \
     .last = last_,                                                                                                    \
     .channels = channels_,                                                                                            \
     .convolutions = convolutions_,                                                                                    \
     .head_layers = head_,                                                                                             \
     .rescales = rescales_,                                                                                            \
     .marks = {__VA_ARGS__}},
#include "zoo/networks.def"
#undef GRAFT_NETWORK
};

enum { ROW_COUNT = sizeof(rows) / sizeof(rows[0]) };

const graft_known_network *graft_zoo_known(size_t index) {
    return index < ROW_COUNT ? &rows[index].network : NULL;
}

static bool has_mark(const graft_graph *graph, const mark *m) {
    const graft_node *node = graft_graph_node(graph, graft_graph_find(graph, m->layer));
    if (!node) return false;
    const graft_param *kernel = graft_node_param(node, "kernel");
    const graft_shape *shape = kernel ? &kernel->shape : &node->output;
    for (int i = 0; i < shape->rank && i < 4; i++)
        if (m->shape[i] && m->shape[i] != shape->dim[i]) return false;
    return true;
}

/* What lies before a layer and what behind it. */
typedef struct census {
    int convolutions, rescalings; /* before */
    int head_layers;              /* behind: convolutions and dense layers */
} census;

static bool is_op(const graft_node *node, const char *op) {
    return strcmp(node->op->name, op) == 0;
}

static bool take_census(const graft_graph *graph, int last, census *out) {
    int count = graft_graph_count(graph);
    bool *before = graft_allocate_zero((size_t)count, sizeof(*before));
    *out = (census){0};
    if (!before) return false;
    before[last] = true;
    for (int i = count - 1; i >= 0; i--) {
        const graft_node *node = graft_graph_node(graph, i);
        bool convolution = is_op(node, "conv2d");
        if (before[i]) {
            out->convolutions += convolution;
            out->rescalings += is_op(node, "scale_shift");
            for (int k = 0; k < node->input_count; k++)
                before[node->inputs[k]] = true;
        } else {
            out->head_layers += convolution || is_op(node, "dense");
        }
    }
    graft_release(before);
    return true;
}

static bool matches(const graft_graph *graph, const row *r, census *found) {
    int last = graft_graph_find(graph, r->last);
    if (last < 0) return false;
    const graft_shape *output = &graft_graph_node(graph, last)->output;
    if (r->channels && output->dim[0] != r->channels) return false;
    for (int i = 0; i < MARKS && r->marks[i].layer; i++)
        if (!has_mark(graph, &r->marks[i])) return false;
    return take_census(graph, last, found) && found->convolutions == r->convolutions;
}

/* The published weights' head or none; a pixel scaling of the network's own only where the published one has it. */
static bool is_published(const graft_graph *graph, const row *r, const census *found) {
    const graft_shape *output = &graft_graph_node(graph, graft_graph_output(graph))->output;
    if ((found->rescalings > 0) != r->rescales) return false;
    if (found->head_layers == 0) return true;
    return found->head_layers == r->head_layers && graft_shape_count(output) == IMAGENET_CLASSES;
}

const graft_known_network *graft_zoo_recognise(const graft_graph *graph, bool *imagenet_top) {
    *imagenet_top = false;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        census found;
        if (!matches(graph, &rows[i], &found)) continue;
        *imagenet_top = is_published(graph, &rows[i], &found);
        return &rows[i].network;
    }
    return NULL;
}
