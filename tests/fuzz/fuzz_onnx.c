/* An ONNX file into a container, and into a graph with its weights. */
#include "fuzz-container.h"
#include "import/import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void import_file(const char *path) {
    graft_context *context = NULL;
    graft_container *container = NULL;
    graft_graph *graph = NULL;
    graft_load_report report = {0};
    if (graft_context_new(&context, NULL) != GRAFT_OK) return;
    if (graft_container_open(context, path, &container) == GRAFT_OK &&
        graft_import_onnx(context, container, &graph, &report) == GRAFT_OK) {
        graft_load_report_clear(&report);
        graft_graph_free(graph);
    }
    graft_container_free(container);
    graft_context_free(context);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char path[32];
    if (size < 3 || data[0] != 0x08 || !fuzz_file(data, size, path)) return 0;
    fuzz_container(path);
    import_file(path);
    unlink(path);
    return 0;
}
