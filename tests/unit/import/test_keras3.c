/* Models saved by Keras 3 as .keras: their layers get the weights that belong to them. */
#include "support/support.h"

#include "import/import.h"

#include <stdio.h>
#include <string.h>

/* `spare`: tensors that no layer takes. */
static graft_graph *import_file(const char *name, size_t spare) {
    char path[256];
    graft_context *context = test_context(1);
    graft_container *container = NULL;
    graft_graph *graph = NULL;
    graft_load_report report;
    snprintf(path, sizeof path, "tests/golden/formats/%s", name);
    assert_ok(graft_container_open(context, test_source(path), &container));
    assert_ok(graft_import_keras(context, container, &graph, &report));
    assert_int_equal(report.skipped, spare);
    assert_int_equal(report.missing, 0);
    assert_int_equal(report.matched, graft_container_count(container) - spare);
    graft_load_report_clear(&report);
    graft_container_free(container);
    graft_context_free(context);
    return graph;
}

/* The parameter that begins with the value `first` at each node named like the layer: Keras' ramps of make_archives.py
 * begin with their own. */
static void assert_first(const graft_graph *graph, const char *node, const char *param, float first) {
    int index = graft_graph_find(graph, node);
    if (index < 0) fail_msg("no node %s", node);
    const graft_param *found = graft_node_param(graft_graph_node(graph, index), param);
    assert_non_null(found);
    if (graft_tensor_f32(found->value)[0] != first) {
        fail_msg("%s/%s begins with %g, expected %g", node, param, (double)graft_tensor_f32(found->value)[0],
                 (double)first);
    }
}

static void check(const char *name) {
    graft_graph *graph = import_file(name, 0);
    assert_first(graph, "stem/linear", "kernel", 0.0f);
    assert_first(graph, "body/linear", "kernel", -3.0f);
    assert_first(graph, "zz_first/linear", "kernel", -1.0f);
    assert_first(graph, "aa_second/linear", "kernel", -2.0f);
    graft_graph_totals totals;
    graft_graph_totals_of(graph, &totals);
    assert_int_equal(totals.parameters, 3 * 3 * 3 * 2 + 2 + 4 * 2 + 2 * 5 + 5 + 5 * 4 + 4 + 4 * 2 + 2);
    graft_graph_free(graph);
}

static void layers_get_their_own_weights(void **state) {
    (void)state;
    check("keras3.keras");
}

/* Before Keras 3 wrote the layers' names into HDF5, their classes and the configuration's order told them apart. */
static void layers_without_names_in_hdf5_too(void **state) {
    (void)state;
    check("keras3-unnamed.keras");
    check("keras3-older.keras");
}

static void layers_of_equal_names_in_two_models_stay_apart(void **state) {
    static const char *const files[] = {"keras3-twins.keras", "keras3-twins-unnamed.keras"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        graft_graph *graph = import_file(files[i], 1); /* Normalization's count */
        assert_first(graph, "conv/linear", "kernel", -1.0f);
        assert_first(graph, "conv/linear", "bias", -5.0f);
        assert_first(graph, "right/conv/linear", "kernel", -2.0f);
        assert_first(graph, "right/conv/linear", "bias", -6.0f);
        assert_first(graph, "norm", "scale", 0.5f);
        assert_first(graph, "norm", "shift", -0.5f);
        graft_graph_free(graph);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layers_get_their_own_weights),
        cmocka_unit_test(layers_without_names_in_hdf5_too),
        cmocka_unit_test(layers_of_equal_names_in_two_models_stay_apart),
    };
    return cmocka_run_group_tests_name("import/keras3", tests, NULL, NULL);
}
