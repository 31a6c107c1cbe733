/* Files of weights as their makers published them (names/published.py writes them here and now): each is recognised,
 * and every tensor lands where its name says. Skipped, loudly, without a Python that has h5py and PyTorch. */
#include "support/formula.h"
#include "support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "zoo/load.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PYTHON "/usr/bin/python3"

typedef struct published {
    const char *file, *arch;
    double multiplier, gain;
    const char *how;
    const char *asked; /* --arch */
    bool head;
    int classes;
} published;

static const published all[] = {
    {"vgg16-notop", "vgg16.keras", 1, 6, "by name", NULL, false, 0},
    {"vgg19-notop", "vgg19.keras", 1, 6, "by name", NULL, false, 0},
    {"resnet50", "resnet50.keras", 1, 6, "by name", NULL, true, 1000},
    {"resnet50-notop", "resnet50.keras", 1, 6, "by name", NULL, false, 0},
    {"resnet50-by-order", "resnet50.keras", 1, 6, "by order", "resnet50", true, 1000},
    {"resnet50-2015", "resnet50_2015.keras", 1, 6, "by name", NULL, true, 1000},
    {"inception_v3", "inception_v3.keras", 1, 6, "by name", NULL, true, 1000},
    {"inception_v3-notop", "inception_v3.keras", 1, 6, "by name", NULL, false, 0},
    {"xception", "xception.keras", 1, 3, "by name", NULL, true, 1000},
    {"xception-notop", "xception.keras", 1, 3, "by name", NULL, false, 0},
    {"mobilenet_v2", "mobilenet_v2.keras", 0.35, 3, "by name", NULL, true, 1000},
    {"mobilenet_v2-notop", "mobilenet_v2.keras", 0.35, 3, "by name", NULL, false, 0},
    {"mobilenet_v2.npz", "mobilenet_v2.keras", 0.35, 3, "by name", NULL, true, 1000},
    {"mobilenet_v1-keras3", "mobilenet_v1.keras", 0.25, 6, "by name", NULL, true, 1000},
    {"resnet50_v2-keras3-unnamed", "resnet50_v2.keras", 1, 6, "by order", NULL, true, 1000},
    {"densenet121", "densenet121.keras", 1, 6, "by name", NULL, true, 1000},
    {"densenet121-notop", "densenet121.keras", 1, 6, "by name", NULL, false, 0},
    {"efficientnet_b0", "efficientnet_b0.keras", 1, 3, "by name", NULL, true, 1000},
    {"efficientnet_b0-notop", "efficientnet_b0.keras", 1, 3, "by name", NULL, false, 0},
    {"resnet18.pth", "resnet18.torch", 1, 6, "by name", NULL, true, 1000},
    {"resnet18-legacy.pth", "resnet18.torch", 1, 6, "by name", NULL, true, 1000},
    {"resnet18.safetensors", "resnet18.torch", 1, 6, "by name", NULL, true, 1000},
    {"resnet18-five.pth", "resnet18.torch", 1, 6, "by name", NULL, true, 5},
    {"mobilenet_v2.pth", "mobilenet_v2.torch", 1, 3, "by name", NULL, true, 1000},
    {"mobilenet_v2-legacy.pth", "mobilenet_v2.torch", 1, 3, "by name", NULL, true, 1000},
    {"mobilenet_v2-timm.pth", "mobilenet_v2.torch", 1, 3, "by name", NULL, true, 1000},
    {"efficientnet_b0-timm.pth", "efficientnet_b0.torch", 1, 3, "by name", NULL, true, 1000},
    {"densenet121.pth", "densenet121.torch", 1, 6, "by name", NULL, true, 1000},
    {"densenet121-old.pth", "densenet121.torch", 1, 6, "by name", NULL, true, 1000},
    {"squeezenet1_1.pth", "squeezenet1_1.torch", 1, 6, "by name", NULL, true, 1000},
    {"squeezenet1_1-legacy.pth", "squeezenet1_1.torch", 1, 6, "by name", NULL, true, 1000},
    {"alexnet.pth", "alexnet.torch", 1, 6, "by name", NULL, true, 1000},
    {"vgg11-timm.pth", "vgg11.torch", 1, 6, "by name", NULL, true, 1000},
    {"inception_v3.pth", "inception_v3.torch", 1, 6, "by name", NULL, true, 1000},
};

enum { CASES = sizeof all / sizeof *all };

/* Writes one case after the other, while those before are read. */
static struct {
    FILE *program; /* NULL: no Python that could */
    char *folder, *last;
} writer;

static int start_writer(void **state) {
    char command[4096];
    (void)state;
    if (system(PYTHON " -c 'import h5py, torch, torchvision' 2>/dev/null") != 0) return 0;
    writer.folder = test_folder();
    int length = snprintf(command, sizeof command, PYTHON " %s %s", test_source("tests/golden/names/published.py"),
                          writer.folder);
    for (size_t i = 0; i < CASES; i++)
        length += snprintf(command + length, sizeof command - (size_t)length, " %s", all[i].file);
    assert_true((size_t)length < sizeof command);
    writer.program = popen(command, "r");
    return writer.program ? 0 : 1;
}

static int end_writer(void **state) {
    (void)state;
    if (!writer.program) return 0;
    graft_release(writer.last);
    test_folder_remove(writer.folder);
    return pclose(writer.program) == 0 ? 0 : 1;
}

/* Removes the file before, which lets the writer go on. */
static const char *next_file(const char *name) {
    char line[256] = "";
    if (!writer.program) {
        print_message("# SKIPPED: " PYTHON " has no h5py, torch and torchvision to write %s with\n", name);
        skip();
    }
    if (!fgets(line, sizeof line, writer.program)) fail_msg("nobody writes %s", name);
    line[strcspn(line, "\n")] = '\0';
    assert_string_equal(line, name);
    if (writer.last) unlink(writer.last);
    graft_release(writer.last);
    writer.last = graft_path_join(writer.folder, name);
    return writer.last;
}

/* Keras' published normalization, as scale and shift. */
static void check_normalization(const graft_graph *graph) {
    const graft_node *node = graft_graph_node(graph, graft_graph_find(graph, "normalization"));
    const float *scale = graft_tensor_f32(graft_node_param(node, "scale")->value);
    const float *shift = graft_tensor_f32(graft_node_param(node, "shift")->value);
    assert_float_equal(scale[0], 1 / 0.229, 1e-4);
    assert_float_equal(shift[2], -0.406 / 0.225, 1e-4);
}

static void loads(void **state) {
    const published *p = *state;
    graft_context *context = test_context(1);
    graft_container *file;
    graft_graph *graph;
    graft_weights_origin origin;
    graft_load_report report;
    const char *path = next_file(p->file);
    assert_ok(graft_container_open(context, path, &file));
    const graft_weights_options options = {.arch = p->asked, .any_classes = true};
    assert_ok(graft_weights_open(context, file, &options, &graph, &origin, &report));
    assert_string_equal(origin.arch, p->arch);
    assert_string_equal(origin.how, p->how);
    assert_float_equal(origin.multiplier, p->multiplier, 0);
    assert_int_equal(origin.classes, p->classes);
    assert_int_equal(report.missing, 0);
    const graft_shape *output = &graft_graph_node(graph, graft_graph_output(graph))->output;
    assert_int_equal(output->rank, p->head ? 1 : 3);
    if (p->head) assert_int_equal(output->dim[0], p->classes);
    formula_check(graph, p->gain);
    if (strncmp(p->arch, "efficientnet", 12) == 0 && strstr(p->arch, ".keras")) check_normalization(graph);
    graft_load_report_clear(&report);
    graft_graph_free(graph);
    graft_container_free(file);
    graft_context_free(context);
}

int main(void) {
    static published rows[CASES];
    struct CMUnitTest tests[CASES];
    for (size_t i = 0; i < CASES; i++) {
        rows[i] = all[i];
        tests[i] = (struct CMUnitTest){.name = all[i].file, .test_func = loads, .initial_state = &rows[i]};
    }
    return cmocka_run_group_tests(tests, start_writer, end_writer);
}
