#include "nn/graph-internal.h"

static graft_json *node_json(const graft_graph *graph, const graft_node *node) {
    graft_json *json = graft_json_new_object();
    graft_json_set_text(json, "name", node->name);
    graft_json_set_text(json, "op", node->op->name);
    graft_json_set(json, "attributes", graft_attributes_to_json(node->op, node->attributes));
    graft_json *inputs = graft_json_new_array();
    for (int i = 0; i < node->input_count; i++)
        graft_json_add(inputs, graft_json_new_text(graph->nodes[node->inputs[i]]->name));
    graft_json_set(json, "inputs", inputs);
    return json;
}

graft_status graft_graph_to_json(const graft_graph *graph, graft_json **out) {
    graft_json *json = graft_json_new_object(), *nodes = graft_json_new_array();
    if (!json || !nodes) {
        graft_json_free(json);
        graft_json_free(nodes);
        return graft_fail_memory("a graph as JSON");
    }
    for (int i = 0; i < graph->count; i++)
        graft_json_add(nodes, node_json(graph, graph->nodes[i]));
    graft_json_set_text(json, "name", graph->name);
    if (graph->count > 0) graft_json_set_text(json, "output", graph->nodes[graft_graph_output(graph)]->name);
    graft_json_set(json, "nodes", nodes);
    *out = json;
    return GRAFT_OK;
}

static graft_status read_inputs(const graft_graph *graph, const char *name, const graft_json *json, int *out) {
    for (size_t i = 0; i < graft_json_count(json); i++) {
        const char *input = graft_json_text(graft_json_at(json, i), NULL);
        out[i] = input ? graft_graph_find(graph, input) : -1;
        if (out[i] < 0)
            return graft_fail(GRAFT_E_DATA, "layer '%.200s': input '%.200s', expected the name of a layer before it",
                              name, input ? input : "(no text)");
    }
    return GRAFT_OK;
}

static graft_status read_node(graft_graph *graph, const graft_json *json) {
    const char *name = graft_json_text(graft_json_get(json, "name"), NULL);
    const char *op = graft_json_text(graft_json_get(json, "op"), NULL);
    const graft_json *inputs = graft_json_get(json, "inputs");
    if (!name || !op || (inputs && graft_json_type_of(inputs) != GRAFT_JSON_ARRAY))
        return graft_fail(GRAFT_E_DATA, "node %d: expected \"name\", \"op\" and a list of \"inputs\"", graph->count);
    size_t count = graft_json_count(inputs);
    if (count > GRAFT_MAX_NODES)
        return graft_fail(GRAFT_E_DATA, "layer '%.200s': %zu inputs, expected at most %d", name, count,
                          GRAFT_MAX_NODES);
    int *places = graft_allocate(count, sizeof(*places));
    if (!places) return graft_fail_memory("a layer's inputs");
    graft_status status = read_inputs(graph, name, inputs, places);
    if (status == GRAFT_OK)
        status = graft_graph_add_json(graph, op, name, graft_json_get(json, "attributes"), places, (int)count, NULL);
    graft_release(places);
    return status;
}

static graft_status read_output(graft_graph *graph, const graft_json *json) {
    const char *output = graft_json_text(json, NULL);
    int index = output ? graft_graph_find(graph, output) : -1;
    if (graph->input < 0 || index < 0)
        return graft_fail(GRAFT_E_DATA, "graph: %s, expected an input and the name of a layer as \"output\"",
                          graph->input < 0 ? "no layer of operation input" : "output is not a layer");
    return graft_graph_set_output(graph, index);
}

graft_status graft_graph_from_json(const graft_json *json, graft_graph **out) {
    const char *name = graft_json_text(graft_json_get(json, "name"), "");
    const graft_json *nodes = graft_json_get(json, "nodes");
    if (graft_json_type_of(nodes) != GRAFT_JSON_ARRAY)
        return graft_fail(GRAFT_E_DATA,
                          "graph: no list of \"nodes\", expected an object with \"name\", \"nodes\", \"output\"");
    graft_graph *graph;
    GRAFT_TRY(graft_graph_new(name, &graph));
    graft_status status = GRAFT_OK;
    for (size_t i = 0; i < graft_json_count(nodes) && status == GRAFT_OK; i++)
        status = read_node(graph, graft_json_at(nodes, i));
    if (status == GRAFT_OK) status = read_output(graph, graft_json_get(json, "output"));
    if (status == GRAFT_OK)
        *out = graph;
    else
        graft_graph_free(graph);
    return status;
}
