/* Taking a graph apart where everything passes through one node, and putting it together again. */
#include "nn/graph-internal.h"

#include <string.h>

/* The last needed node that reads node i, by the output's needs; -1: not needed. */
static void find_last_readers(const graft_graph *graph, int output, int *last) {
    for (int i = 0; i < graph->count; i++)
        last[i] = -1;
    last[output] = output;
    for (int i = output; i >= 0; i--)
        for (int k = 0; last[i] >= 0 && k < graph->nodes[i]->input_count; k++) {
            int from = graph->nodes[i]->inputs[k];
            if (last[from] < i) last[from] = i;
        }
}

/* In topological order a path that avoids node i has an edge that leaps over it, and any such edge lies on a path. */
graft_status graft_graph_articulations(const graft_graph *graph, bool *marks) {
    int output = graft_graph_output(graph), furthest = -1;
    int *last = graft_allocate((size_t)graph->count, sizeof(*last));
    if (!last) return graft_fail_memory("the readers of a graph's layers");
    find_last_readers(graph, output, last);
    for (int i = 0; i < graph->count; i++) {
        marks[i] = last[i] >= 0 && furthest <= i;
        if (last[i] > furthest) furthest = last[i];
    }
    graft_release(last);
    return GRAFT_OK;
}

/* ---- suffix ---- */

static graft_status add_input(graft_graph *graph, const graft_node *like, int *index) {
    graft_input_attributes attributes = {.rank = like->output.rank};
    for (int i = 0; i < like->output.rank && i < 4; i++)
        attributes.shape[i] = like->output.dim[i];
    return graft_graph_add(graph, "input", like->name, &attributes, NULL, 0, index);
}

/* wanted: -1 for what is not to be copied, anything else for what is; boundary and before do not count. */
static graft_status copy_after(const graft_graph *graph, int boundary, int output, int *places, graft_graph *part) {
    for (int i = boundary + 1; i <= output; i++) {
        const graft_node *node = graph->nodes[i];
        if (places[i] < 0) continue;
        for (int k = 0; k < node->input_count; k++)
            if (node->inputs[k] < boundary)
                return graft_fail(GRAFT_E_USAGE, "the network cannot be cut after '%s': '%s' reads '%s' before it",
                                  graph->nodes[boundary]->name, node->name, graph->nodes[node->inputs[k]]->name);
        GRAFT_TRY(graft_graph_copy_node(graph, i, places, part));
    }
    return graft_graph_set_output(part, places[output]);
}

graft_status graft_graph_suffix(const graft_graph *graph, int boundary, int output, graft_graph **out, int *map) {
    if (boundary < 0 || output < boundary || output >= graph->count)
        return graft_fail(GRAFT_E_USAGE, "the part from node %d to node %d of %d", boundary, output, graph->count);
    graft_graph *part = NULL;
    int *places = graft_allocate((size_t)graph->count, sizeof(*places));
    if (!places) return graft_fail_memory("a part of a graph");
    find_last_readers(graph, output, places);
    for (int i = 0; i < boundary; i++)
        places[i] = -1;
    graft_status status = graft_graph_new(graph->name, &part);
    if (status == GRAFT_OK) status = add_input(part, graph->nodes[boundary], &places[boundary]);
    if (status == GRAFT_OK) status = copy_after(graph, boundary, output, places, part);
    if (status == GRAFT_OK && map) memcpy(map, places, (size_t)graph->count * sizeof(*map));
    graft_release(places);
    if (status == GRAFT_OK)
        *out = part;
    else
        graft_graph_free(part);
    return status;
}

/* ---- concat ---- */

static graft_status check_joint(const graft_node *end, const graft_node *begin) {
    if (graft_shape_equal(&end->output, &begin->output)) return GRAFT_OK;
    char given[GRAFT_SHAPE_TEXT], wanted[GRAFT_SHAPE_TEXT];
    return graft_fail(GRAFT_E_DATA, "'%s' gives %s, what is to follow takes %s", end->name,
                      graft_shape_text(&end->output, given), graft_shape_text(&begin->output, wanted));
}

static graft_status copy_all(const graft_graph *from, int *places, graft_graph *to) {
    for (int i = 0; i < from->count; i++)
        if (places[i] < 0) GRAFT_TRY(graft_graph_copy_node(from, i, places, to));
    return GRAFT_OK;
}

graft_status graft_graph_concat(const graft_graph *front, const graft_graph *back, graft_graph **out) {
    int end = graft_graph_output(front), begin = graft_graph_input(back);
    if (end < 0 || begin < 0) return graft_fail(GRAFT_E_USAGE, "two graphs to join, one of them empty");
    GRAFT_TRY(check_joint(front->nodes[end], back->nodes[begin]));
    size_t count = (size_t)(front->count > back->count ? front->count : back->count);
    graft_graph *whole = NULL;
    int *places = graft_allocate(count, sizeof(*places));
    if (!places) return graft_fail_memory("a joined graph");
    memset(places, -1, count * sizeof(*places));
    graft_status status = graft_graph_new(front->name, &whole);
    if (status == GRAFT_OK) status = copy_all(front, places, whole);
    int joint = places[end];
    memset(places, -1, count * sizeof(*places));
    places[begin] = joint;
    if (status == GRAFT_OK) status = copy_all(back, places, whole);
    if (status == GRAFT_OK) status = graft_graph_set_output(whole, places[graft_graph_output(back)]);
    graft_release(places);
    if (status == GRAFT_OK)
        *out = whole;
    else
        graft_graph_free(whole);
    return status;
}
