/* torchvision's networks, exported to ONNX by PyTorch, against PyTorch's own outputs: narrow ones that are committed
 * (tests/golden/onnx), and the five full ones where torch and torchvision are installed to write them. */
#include "support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "formats/npy.h"
#include "import/import.h"
#include "nn/op.h"
#include "nn/plan.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH = 1024 };

static graft_tensor *read_npy(const char *folder, const char *name, const char *what) {
    char path[PATH];
    graft_tensor *raw;
    snprintf(path, sizeof path, "%s/%s-%s.npy", folder, name, what);
    assert_ok(graft_npy_read(path, &raw));
    assert_int_equal(raw->dtype, GRAFT_F32);
    return raw;
}

/* Largest difference over the largest value. */
static double run(graft_context *context, const graft_graph *graph, const graft_tensor *input,
                  const graft_tensor *wanted) {
    graft_plan_options options = GRAFT_PLAN_OPTIONS_INIT;
    graft_plan *plan;
    graft_plan_state *state;
    double worst = 0, largest = 0;
    options.batch = 1;
    assert_ok(graft_plan_new(context, graph, &options, &plan));
    assert_ok(graft_plan_state_new(plan, &state));
    int64_t batch = input->shape.dim[0], size = graft_shape_count(&input->shape) / batch;
    int64_t width = graft_shape_count(&wanted->shape) / batch;
    assert_int_equal(graft_plan_output_size(plan, 0), width);
    for (int64_t n = 0; n < batch; n++) {
        memcpy(graft_plan_state_input(state, 0), graft_tensor_f32(input) + n * size, (size_t)size * sizeof(float));
        assert_ok(graft_plan_run(state, 1));
        const float *got = graft_plan_state_output(state, 0, 0), *expected = graft_tensor_f32(wanted) + n * width;
        for (int64_t i = 0; i < width; i++) {
            worst = fmax(worst, fabs((double)got[i] - (double)expected[i]));
            largest = fmax(largest, fabs((double)expected[i]));
            if (isnan(got[i])) fail_msg("NaN at %lld", (long long)i);
        }
    }
    graft_plan_state_free(state);
    graft_plan_free(plan);
    assert_true(largest > 0);
    return worst / largest;
}

static void check(const char *folder, const char *name, graft_graph **kept) {
    graft_context *context = test_context(1);
    graft_container *container;
    graft_graph *graph;
    graft_load_report report;
    char path[PATH];
    snprintf(path, sizeof path, "%s/%s.onnx", folder, name);
    assert_ok(graft_container_open(context, path, &container));
    assert_string_equal(graft_container_format(container), "onnx");
    assert_ok(graft_import(context, container, &graph, &report));
    assert_string_equal(report.text, ""); /* every tensor of the file is somebody's */
    assert_int_equal(report.matched, graft_container_count(container));
    graft_tensor *input = read_npy(folder, name, "input"), *wanted = read_npy(folder, name, "output");
    double difference = run(context, graph, input, wanted);
    print_message("# %s: differs by %.2g of the largest value\n", name, difference);
    assert_true(difference <= 1e-3);
    graft_tensor_free(input);
    graft_tensor_free(wanted);
    graft_load_report_clear(&report);
    graft_container_free(container);
    graft_context_free(context);
    if (kept)
        *kept = graph;
    else
        graft_graph_free(graph);
}

static const char *small_folder(void) {
    return test_source("tests/golden/onnx");
}

static void narrow_networks(void **state) {
    (void)state;
    static const char *const names[] = {"vgg", "resnet", "mobilenet_v2", "densenet"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        check(small_folder(), names[i], NULL);
}

static int count_ops(const graft_graph *graph, const char *op) {
    int count = 0;
    for (int i = 0; i < graft_graph_count(graph); i++)
        count += strcmp(graft_graph_node(graph, i)->op->name, op) == 0;
    return count;
}

static int count_kind(const graft_graph *graph, int kind) {
    int count = 0;
    for (int i = 0; i < graft_graph_count(graph); i++) {
        const graft_node *node = graft_graph_node(graph, i);
        if (strcmp(node->op->name, "activation") == 0)
            count += ((const graft_activation_attributes *)node->attributes)->kind == kind;
    }
    return count;
}

static void input_transformed_channel_by_channel(void **state) {
    (void)state;
    graft_graph *graph = NULL;
    check(small_folder(), "inception", &graph);
    const graft_node *first = graft_graph_node(graph, 1);
    assert_string_equal(first->op->name, "scale_shift");
    assert_true(fabs(graft_tensor_f32(graft_node_param(first, "scale")->value)[0] - 0.229 / 0.5) < 1e-6);
    assert_int_equal(count_ops(graph, "scale_shift"), 1);
    graft_graph_free(graph);
}

static void patterns_become_what_they_are(void **state) {
    (void)state;
    static const char *const names[] = {"mixed", "mixed15"};
    for (size_t i = 0; i < 2; i++) {
        graft_graph *graph = NULL;
        check(small_folder(), names[i], &graph);
        assert_int_equal(count_kind(graph, GRAFT_ACT_GELU), 1);
        assert_int_equal(count_kind(graph, GRAFT_ACT_SWISH), 1);
        assert_int_equal(count_kind(graph, GRAFT_ACT_HARD_SWISH), 1);
        assert_int_equal(count_kind(graph, GRAFT_ACT_SIGMOID), 0); /* swish took it */
        graft_graph_free(graph);
    }
}

static void full_networks(void **state) {
    (void)state;
    static const char *const names[] = {"vgg16", "resnet50", "inception_v3", "mobilenet_v2", "densenet121"};
    char command[2 * PATH];
    if (system("/usr/bin/python3 -c 'import torch, torchvision' 2>/dev/null") != 0) {
        print_message(
            "# SKIPPED: no /usr/bin/python3 with torch and torchvision: the full networks are not compared\n");
        skip();
    }
    char *folder = test_folder();
    snprintf(command, sizeof command, "/usr/bin/python3 '%s' full '%s' >/dev/null 2>&1",
             test_source("tests/golden/onnx/write.py"), folder);
    assert_int_equal(system(command), 0);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        check(folder, names[i], NULL);
    test_folder_remove(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(narrow_networks),
        cmocka_unit_test(input_transformed_channel_by_channel),
        cmocka_unit_test(patterns_become_what_they_are),
        cmocka_unit_test(full_networks),
    };
    return cmocka_run_group_tests_name("golden/onnx networks", tests, NULL, NULL);
}
