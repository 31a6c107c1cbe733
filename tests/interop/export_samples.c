/* export_samples FOLDER: writes what other programs are asked to run: NAME.h5 (Keras) and NAME.safetensors (PyTorch)
 * with NAME.input and NAME.output, the floats of one picture and of what graft makes of it, C,H,W. Every op's variants
 * as "op-...", architectures under their names.
 * export_samples FOLDER read: reads PyTorch's networks back from what PyTorch saved of them, NAME.pth and
 * NAME.legacy.pth, and expects NAME.output to the bit. */
#include "support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "export/export.h"
#include "ops/variants.h"
#include "support/networks.h"
#include "zoo/load.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static graft_context *context;
static const char *folder;

static void write_file(const char *name, const char *end, const void *bytes, size_t length) {
    char path[1024];
    snprintf(path, sizeof path, "%s/%s.%s", folder, name, end);
    if (graft_file_write(path, bytes, length) != GRAFT_OK) exit(1);
}

static void write_target(const char *target, const char *name, const char *end, const graft_graph *graph) {
    const graft_export_source source = {.name = name, .graph = graph};
    const graft_convert_options options = GRAFT_CONVERT_OPTIONS_INIT;
    char path[1024];
    snprintf(path, sizeof path, "%s/%s.%s", folder, name, end);
    graft_status status = graft_exporter_find(target)->write(context, &source, &options, path, NULL);
    if (status == GRAFT_OK || status == GRAFT_E_USAGE) return; /* what Keras has no layer for */
    fprintf(stderr, "%s: %s\n", path, graft_error_text());
    exit(1);
}

/* What the network makes of the picture, to be freed; the picture goes into NAME.input unless `name` is NULL. */
static float *run(const char *name, const graft_graph *graph, size_t *bytes) {
    const size_t count = network_count(graph, graft_graph_input(graph));
    float *input = malloc(count * sizeof *input);
    if (!input) exit(1);
    test_fill(input, count, 11);
    if (name) write_file(name, "input", input, count * sizeof *input);
    float *output = network_run(context, graph, input);
    *bytes = network_count(graph, graft_graph_output(graph)) * sizeof *output;
    free(input);
    return output;
}

static void write_run(const char *name, const graft_graph *graph) {
    size_t bytes;
    float *output = run(name, graph, &bytes);
    write_file(name, "output", output, bytes);
    free(output);
}

static void write_variant(const op_variant *variant) {
    char name[200];
    graft_graph *graph;
    snprintf(name, sizeof name, "op-%s-%s", variant->op, variant->label);
    for (char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c)) *c = '-';
    if (graft_graph_new(name, &graph) != GRAFT_OK) exit(1);
    variant->build(graph, network_input(graph, 6, 7, 5));
    network_fill(graph, 3);
    write_target("keras-h5", name, "h5", graph);
    write_run(name, graph);
    graft_graph_free(graph);
}

static void write_network(const char *name, int size, const char *target) {
    const graft_arch_options options = {.classes = 10, .height = size};
    graft_graph *graph;
    if (graft_arch_build(name, &options, &graph) != GRAFT_OK) exit(1);
    network_fill(graph, 5);
    write_target(target, name, strcmp(target, "torch") == 0 ? "safetensors" : "h5", graph);
    write_run(name, graph);
    graft_graph_free(graph);
}

typedef struct network {
    const char *name;
    int size;
} network;
static const network pytorchs[] = {
    {"resnet18.torch", 64}, {"mobilenet_v2.torch", 64}, {"squeezenet1_1.torch", 64}, {"alexnet.torch", 224}};

static void read_network(const network *sample, const char *end) {
    const graft_arch_options options = {.classes = 10, .height = sample->size};
    graft_graph *graph;
    graft_container *file;
    graft_load_report report;
    char path[1024], *expected;
    size_t bytes, length;
    snprintf(path, sizeof path, "%s/%s.%s", folder, sample->name, end);
    if (graft_arch_build(sample->name, &options, &graph) != GRAFT_OK ||
        graft_container_open(context, path, &file) != GRAFT_OK ||
        graft_weights_load(context, file, sample->name, graph, &report) != GRAFT_OK) {
        fprintf(stderr, "%s: %s\n", path, graft_error_text());
        exit(1);
    }
    float *got = run(NULL, graph, &bytes);
    snprintf(path, sizeof path, "%s/%s.output", folder, sample->name);
    if (graft_file_read(path, 0, &expected, &length) != GRAFT_OK) exit(1);
    const bool same = report.missing == 0 && length == bytes && memcmp(got, expected, bytes) == 0;
    printf("%s.%s: %s\n", sample->name, end, same ? "the same to the bit" : "differs");
    if (!same) exit(1);
    graft_release(expected);
    free(got);
    graft_load_report_clear(&report);
    graft_container_free(file);
    graft_graph_free(graph);
}

static void write_all(void) {
    static const char *const keras[] = {"mobilenet_v3_small.keras", "efficientnet_b0.keras", "densenet121.torch",
                                        "resnet18.torch"};
    for (size_t i = 0; i < op_variant_count; i++)
        write_variant(&op_variants[i]);
    for (size_t i = 0; i < sizeof(keras) / sizeof(*keras); i++)
        write_network(keras[i], 64, "keras-h5");
    for (size_t i = 0; i < sizeof(pytorchs) / sizeof(*pytorchs); i++)
        write_network(pytorchs[i].name, pytorchs[i].size, "torch");
}

int main(int argc, char **argv) {
    if (argc < 2 || argc > 3 || (argc == 3 && strcmp(argv[2], "read") != 0)) return 2;
    folder = argv[1];
    context = test_context(1);
    if (argc == 2) {
        write_all();
    } else {
        for (size_t i = 0; i < sizeof(pytorchs) / sizeof(*pytorchs); i++) {
            read_network(&pytorchs[i], "pth");
            read_network(&pytorchs[i], "legacy.pth");
        }
    }
    graft_context_free(context);
    return 0;
}
