/* Every op and every architecture through every target that graft reads again: the answers stay. What a target cannot
 * say is refused by name, and listed here. */
#include "import/import.h"
#include "support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "export/convert-internal.h"
#include "ops/variants.h"
#include "support/networks.h"
#include "transfer/model-internal.h"
#include "zoo/load.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

typedef struct variant_name {
    const char *target, *op, *label;
} variant_name;
static const variant_name cannot_say[] = {
    {"keras-h5", "lrn", NULL},
    {"keras-h5", "conv2d_transpose", "grouped"},
    {"keras-h5", "batchnorm", "of a transposed convolution"}, /* which is grouped */
    {"keras-h5", "activation", "relu low threshold"},
    {"keras-h5", "maxpool2d", "odd padding"},
    {0},
};
static bool is_among(const variant_name *list, const graft_exporter *row, const op_variant *variant) {
    for (; list->target; list++)
        if (strcmp(list->target, row->name) == 0 && strcmp(list->op, variant->op) == 0 &&
            (!list->label || strcmp(list->label, variant->label) == 0))
            return true;
    return false;
}

static graft_status write_graph(graft_context *context, const graft_exporter *row, const graft_graph *graph,
                                const char *path) {
    const graft_export_source source = {.name = graft_graph_name(graph), .graph = graph};
    const graft_convert_options options = GRAFT_CONVERT_OPTIONS_INIT;
    return row->write(context, &source, &options, path, NULL);
}

static void compare(graft_context *context, const graft_graph *graph, const char *path, const char *what,
                    double tolerance) {
    graft_container *file;
    graft_graph *again;
    graft_load_report report;
    double difference;
    if (graft_container_open(context, path, &file) != GRAFT_OK) fail_msg("%s: %s", what, graft_error_text());
    if (graft_import(context, file, &again, &report) != GRAFT_OK) fail_msg("%s: %s", what, graft_error_text());
    if (report.text[0]) fail_msg("%s: %s", what, report.text);
    if (graft_convert_compare(context, graph, again, NULL, false, &difference) != GRAFT_OK)
        fail_msg("%s: %s", what, graft_error_text());
    if (!(difference <= tolerance)) fail_msg("%s: answers differ by %g", what, difference);
    graft_load_report_clear(&report);
    graft_graph_free(again);
    graft_container_free(file);
}

static void check_variant(graft_context *context, const graft_exporter *row, const op_variant *variant,
                          const char *path) {
    graft_graph *graph;
    char what[200];
    snprintf(what, sizeof what, "%s: %s (%s)", row->name, variant->op, variant->label);
    assert_ok(graft_graph_new(variant->label, &graph));
    variant->build(graph, network_input(graph, 6, 7, 5));
    network_fill(graph, 3);
    graft_status status = write_graph(context, row, graph, path);
    if (is_among(cannot_say, row, variant)) {
        if (status != GRAFT_E_USAGE || !strstr(graft_error_text(), "cannot say it"))
            fail_msg("%s is not refused", what);
    } else {
        if (status != GRAFT_OK) fail_msg("%s: %s", what, graft_error_text());
        compare(context, graph, path, what, 1e-5);
    }
    (void)unlink(path);
    graft_graph_free(graph);
}

static void every_op_reads_back(void **state) {
    graft_context *context = test_context(1);
    char *folder = test_folder(), *path = graft_path_join(folder, "variant");
    (void)state;
    for (size_t r = 0; graft_exporter_at(r); r++)
        for (size_t i = 0; graft_exporter_at(r)->reads_back && i < op_variant_count; i++)
            check_variant(context, graft_exporter_at(r), &op_variants[i], path);
    graft_release(path);
    test_folder_remove(folder);
    graft_context_free(context);
}

/* What a format has no words for is refused; graft's own safetensors have the whole graph. */
static void series_are_refused(void **state) {
    graft_context *context = test_context(1);
    char *folder = test_folder(), *path = graft_path_join(folder, "variant");
    (void)state;
    for (size_t r = 0; graft_exporter_at(r); r++)
        for (size_t i = 0; i < series_variant_count; i++) {
            graft_graph *graph;
            if (strcmp(series_variants[i].op, "gru") != 0 || !graft_exporter_at(r)->reads_back) continue;
            assert_ok(graft_graph_new(series_variants[i].label, &graph));
            series_variants[i].build(graph, network_input(graph, 6, 7, 5));
            network_fill(graph, 3);
            graft_status status = write_graph(context, graft_exporter_at(r), graph, path);
            if (strcmp(graft_exporter_at(r)->name, "safetensors") == 0)
                compare(context, graph, path, series_variants[i].label, 1e-5);
            else if (status != GRAFT_E_USAGE)
                fail_msg("%s: status %d", graft_exporter_at(r)->name, (int)status);
            graft_graph_free(graph);
        }
    graft_release(path);
    test_folder_remove(folder);
    graft_context_free(context);
}

/* The smallest of their families, and yet large. */
static bool is_needed(const char *name) {
    static const char *const names[] = {"resnet50.keras",     "resnet50.torch",     "resnet50_v2.keras",
                                        "inception_v3.keras", "inception_v3.torch", "xception.keras"};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (strcmp(names[i], name) == 0) return true;
    return false;
}

/* Small pictures and few classes; without the classifier where that makes it small enough. NULL: it has a smaller
 * sibling of the same layers. */
static graft_graph *small_network(const char *name, graft_arch_options *options) {
    const int64_t limit = is_needed(name) ? 24000000 : 12000000;
    static const int sizes[] = {64, 75, 107};
    for (size_t i = 0; i < 2 * sizeof(sizes) / sizeof(*sizes); i++) {
        graft_graph_totals totals;
        graft_graph *graph;
        *options = (graft_arch_options){.classes = 10, .height = sizes[i / 2], .no_top = i % 2 == 1};
        if (graft_arch_build(name, options, &graph) != GRAFT_OK) continue;
        graft_graph_totals_of(graph, &totals);
        if (totals.parameters <= limit) return graph;
        graft_graph_free(graph);
    }
    return NULL;
}

static bool is_pytorchs(const char *name) {
    const char *dot = strrchr(name, '.');
    return dot && strcmp(dot, ".torch") == 0;
}

/* Each has a counter in PyTorch, for training alone. */
static size_t batchnorms(const graft_graph *graph) {
    size_t count = 0;
    for (int i = 0; i < graft_graph_count(graph); i++)
        count += strcmp(graft_graph_node(graph, i)->op->name, "batchnorm") == 0;
    return count;
}

/* PyTorch's state_dict is weights alone: they go into the architecture again, where they compute the same to the bit.
 */
static void check_state_dict(graft_context *context, const graft_graph *graph, const char *name,
                             const graft_arch_options *options, const char *path) {
    graft_container *file;
    graft_graph *again;
    graft_load_report report;
    double difference;
    if (write_graph(context, graft_exporter_find("torch"), graph, path) != GRAFT_OK)
        fail_msg("torch: %s: %s", name, graft_error_text());
    assert_ok(graft_container_open(context, path, &file));
    assert_ok(graft_arch_build(name, options, &again));
    if (graft_weights_load(context, file, name, again, &report) != GRAFT_OK)
        fail_msg("torch: %s: %s", name, graft_error_text());
    if (report.missing > 0 || report.skipped != batchnorms(graph)) fail_msg("torch: %s: %s", name, report.text);
    network_expect_same_weights(graph, again);
    assert_ok(graft_convert_compare(context, graph, again, NULL, false, &difference));
    if (difference != 0) fail_msg("torch: %s: answers differ by %g", name, difference);
    graft_load_report_clear(&report);
    graft_graph_free(again);
    graft_container_free(file);
    (void)unlink(path);
}

static void every_architecture_reads_back(void **state) {
    graft_context *context = test_context(1);
    char *folder = test_folder(), *path = graft_path_join(folder, "network");
    size_t checked = 0, state_dicts = 0;
    (void)state;
    for (size_t i = 0; graft_arch_at(i); i += GRAFT_TEST_STRIDE) {
        graft_arch_options options;
        graft_graph *graph = small_network(graft_arch_at(i)->name, &options);
        if (!graph) continue;
        checked++;
        network_fill(graph, 5);
        for (size_t r = 0; graft_exporter_at(r); r++) {
            const graft_exporter *row = graft_exporter_at(r);
            char what[200];
            snprintf(what, sizeof what, "%s: %s", row->name, graft_arch_at(i)->name);
            if (!row->reads_back) continue;
            if (write_graph(context, row, graph, path) != GRAFT_OK) fail_msg("%s: %s", what, graft_error_text());
            compare(context, graph, path, what, 1e-4);
            (void)unlink(path);
        }
        if (is_pytorchs(graft_arch_at(i)->name)) {
            check_state_dict(context, graph, graft_arch_at(i)->name, &options, path);
            state_dicts++;
        }
        graft_graph_free(graph);
    }
    assert_true(state_dicts * GRAFT_TEST_STRIDE >= 12);
    assert_true(checked * GRAFT_TEST_STRIDE >= 28);
    graft_release(path);
    test_folder_remove(folder);
    graft_context_free(context);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_op_reads_back),
        cmocka_unit_test(series_are_refused),
        cmocka_unit_test(every_architecture_reads_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
