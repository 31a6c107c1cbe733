#include "train/regularizer.h"

#include "base/alloc.h"
#include "base/error.h"
#include "nn/op.h"

#include <string.h>

#define GRAFT_REGULARIZER_ROW(name) extern const graft_regularizer graft_regularizer_##name;
#include "train/regularizers.def"
#undef GRAFT_REGULARIZER_ROW

static const graft_regularizer *const registry[] = {
#define GRAFT_REGULARIZER_ROW(name) &graft_regularizer_##name,
#include "train/regularizers.def"
#undef GRAFT_REGULARIZER_ROW
    NULL,
};

const graft_regularizer *graft_regularizer_at(size_t index) {
    return index < sizeof registry / sizeof registry[0] ? registry[index] : NULL;
}

const graft_regularizer *graft_regularizer_find(const char *name) {
    for (size_t i = 0; registry[i]; i++)
        if (strcmp(registry[i]->name, name) == 0) return registry[i];
    return NULL;
}

static bool is_op(const graft_node *node, const char *name) {
    return strcmp(node->op->name, name) == 0;
}

/* -1: the network does not end in a dense layer. */
static int find_features(const graft_graph *graph) {
    int at = graft_graph_output(graph);
    while (is_op(graft_graph_node(graph, at), "softmax") || is_op(graft_graph_node(graph, at), "activation"))
        at = graft_graph_node(graph, at)->inputs[0];
    if (!is_op(graft_graph_node(graph, at), "dense")) return -1;
    at = graft_graph_node(graph, at)->inputs[0];
    while (is_op(graft_graph_node(graph, at), "dropout"))
        at = graft_graph_node(graph, at)->inputs[0];
    return at;
}

static bool is_map(const graft_node *node) {
    return node->output.rank == 3 && node->output.dim[1] * node->output.dim[2] > 1;
}

/* A stage ends where the next thing that everything passes through is of another one, or no map. */
static graft_status find_stages(const graft_graph *graph, int *node, int *count) {
    int nodes = graft_graph_count(graph), last = -1;
    bool *passes = graft_allocate_zero((size_t)nodes, sizeof(*passes));
    graft_status status = passes ? graft_graph_articulations(graph, passes) : graft_fail_memory("the stages");
    for (int i = 0; status == GRAFT_OK && i < nodes; i++) {
        if (!passes[i]) continue;
        const graft_node *here = graft_graph_node(graph, i);
        bool ends = last >= 0 && last != graft_graph_input(graph) && is_map(graft_graph_node(graph, last)) &&
                    (!is_map(here) || here->stage != graft_graph_node(graph, last)->stage);
        if (ends && *count == GRAFT_TAPS) memmove(node, node + 1, (size_t)-- * count * sizeof(*node));
        if (ends) node[(*count)++] = last;
        last = i;
    }
    graft_release(passes);
    return status;
}

graft_status graft_regularizer_taps(const graft_graph *graph, graft_tap_place place, int *node, int *count) {
    *count = 0;
    if (place == GRAFT_TAP_STAGES) return find_stages(graph, node, count);
    int features = place == GRAFT_TAP_FEATURES ? find_features(graph) : -1;
    if (features >= 0) node[(*count)++] = features;
    return GRAFT_OK;
}
