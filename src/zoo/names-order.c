/* The order in which Keras keeps a model's layers. */
#include "zoo/names.h"

#include "base/alloc.h"
#include "base/error.h"

#include <stdlib.h>

typedef struct ranked {
    size_t layer, depth, met;
} ranked;

static int compare(const void *a, const void *b) {
    const ranked *x = a, *y = b;
    if (x->depth != y->depth) return x->depth > y->depth ? -1 : 1;
    return x->met < y->met ? -1 : x->met > y->met;
}

/* Steps to the output, the longest way. Nodes stand in topological order. */
static void measure(const graft_graph *graph, const size_t *layer_of, ranked *layers) {
    for (int n = graft_graph_count(graph) - 1; n >= 0; n--) {
        const graft_node *node = graft_graph_node(graph, n);
        const ranked *own = &layers[layer_of[n]];
        for (int i = 0; i < node->input_count; i++) {
            ranked *before = &layers[layer_of[node->inputs[i]]];
            if (before != own && before->depth <= own->depth) before->depth = own->depth + 1;
        }
    }
}

/* A walk back from the output, first inputs first. A node's number is given once, so the stack holds an edge at most
 * once. */
static graft_status meet(const graft_graph *graph, const size_t *layer_of, ranked *layers) {
    const int count = graft_graph_count(graph);
    size_t edges = 1, met = 1;
    for (int n = 0; n < count; n++)
        edges += (size_t)graft_graph_node(graph, n)->input_count;
    int *stack = graft_allocate(edges, sizeof *stack);
    bool *seen = graft_allocate_zero((size_t)count, sizeof *seen);
    if (!stack || !seen) {
        graft_release(stack);
        graft_release(seen);
        return graft_fail_memory("an order of layers");
    }
    size_t height = 0;
    stack[height++] = graft_graph_output(graph);
    while (height > 0) {
        const int n = stack[--height];
        const graft_node *node = graft_graph_node(graph, n);
        if (seen[n]) continue;
        seen[n] = true;
        if (layers[layer_of[n]].met == 0) layers[layer_of[n]].met = met++;
        for (int i = node->input_count - 1; i >= 0; i--)
            stack[height++] = node->inputs[i];
    }
    graft_release(stack);
    graft_release(seen);
    return GRAFT_OK;
}

graft_status graft_names_order(const graft_graph *graph, const size_t *layer_of, size_t count, size_t *place) {
    ranked *layers = graft_allocate_zero(count, sizeof *layers);
    if (!layers) return graft_fail_memory("an order of layers");
    for (size_t i = 0; i < count; i++)
        layers[i].layer = i;
    measure(graph, layer_of, layers);
    graft_status status = meet(graph, layer_of, layers);
    if (status == GRAFT_OK) {
        qsort(layers, count, sizeof *layers, compare);
        for (size_t i = 0; i < count; i++)
            place[layers[i].layer] = i;
    }
    graft_release(layers);
    return status;
}
