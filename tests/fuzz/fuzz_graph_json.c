/* A graph as JSON, as a model file carries it: parsed, built, resized, cut, hashed, written again. */
#include "nn/graph.h"

#include "base/alloc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(graft_graph *graph) {
    graft_graph *part;
    graft_json *json;
    graft_hash hash;
    graft_graph_totals totals;
    int middle = graft_graph_count(graph) / 2;
    graft_graph_totals_of(graph, &totals);
    if (graft_graph_hash(graph, &hash) != GRAFT_OK) return;
    if (graft_graph_resize_input(graph, 7, 100) == GRAFT_OK) graft_graph_totals_of(graph, &totals);
    if (graft_graph_prefix(graph, &middle, 1, &part, NULL) == GRAFT_OK) graft_graph_free(part);
    if (graft_graph_to_json(graph, &json) == GRAFT_OK) graft_json_free(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    graft_json *json;
    graft_graph *graph;
    if (graft_json_parse((const char *)data, size, "input", &json) != GRAFT_OK) return 0;
    if (graft_graph_from_json(json, &graph) == GRAFT_OK) {
        use(graph);
        graft_graph_free(graph);
    }
    graft_json_free(json);
    return 0;
}
