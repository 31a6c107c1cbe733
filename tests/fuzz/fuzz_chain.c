/* The chain language, as a head behind a picture. */
#include "zoo/chain.h"

#include "base/alloc.h"
#include "nn/op.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const graft_input_attributes input = {.shape = {4, 16, 16}, .rank = 3};
    const graft_chain_options options = {.classes = 3};
    graft_graph *graph = NULL;
    graft_graph_totals totals;
    int last;
    char *text = graft_text_copy_n((const char *)data, size);
    if (text && graft_graph_new("fuzz", &graph) == GRAFT_OK &&
        graft_graph_add(graph, "input", "input", &input, NULL, 0, NULL) == GRAFT_OK &&
        graft_chain_append(graph, text, 0, &options, &last) == GRAFT_OK)
        graft_graph_totals_of(graph, &totals);
    graft_graph_free(graph);
    graft_release(text);
    return 0;
}
