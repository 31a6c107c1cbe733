/* graft_convert: what goes in comes out, and what cannot leaves nothing behind. */
#include "support/support.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "export/convert-internal.h"
#include "support/tiny.h"
#include "transfer/cuts.h"
#include <graft/train.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const classes[] = {"apple", "berry", "cherry"};

typedef struct fixture {
    char *folder, *network, *model, *foreign, *knn;
    graft_context *context;
} fixture;

static char *train_model(fixture *f, const char *head, const char *name) {
    graft_backbone *backbone;
    graft_dataset *data;
    graft_run *run;
    graft_train_options options = GRAFT_TRAIN_OPTIONS_INIT;
    char *pictures = graft_path_join(f->folder, "pictures"), *path = graft_path_join(f->folder, name);
    options.head = head;
    assert_ok(graft_backbone_open(&backbone, f->context, f->network, NULL));
    assert_ok(graft_dataset_open(&data, f->context, pictures, NULL));
    assert_ok(graft_train(&run, f->context, data, backbone, &options));
    assert_ok(graft_model_save(graft_run_model(run), path));
    graft_run_free(run);
    graft_dataset_free(data);
    graft_backbone_free(backbone);
    graft_release(pictures);
    return path;
}

static int setup(void **state) {
    fixture *f = calloc(1, sizeof(*f));
    f->folder = test_folder();
    f->context = test_context(1);
    f->network = graft_path_join(f->folder, "tiny.graft");
    f->foreign = graft_path_join(f->folder, "foreign");
    tiny_network(f->context, f->network, 16, 5, 1);
    tiny_tfjs(f->foreign, 16, 3, 2, true);
    char *pictures = graft_path_join(f->folder, "pictures");
    tiny_pictures(pictures, classes, 3, 0, 12);
    graft_release(pictures);
    f->model = train_model(f, NULL, "model.graft");
    f->knn = train_model(f, "knn", "knn.graft");
    *state = f;
    return 0;
}

static int teardown(void **state) {
    fixture *f = *state;
    graft_context_free(f->context);
    graft_release(f->network);
    graft_release(f->model);
    graft_release(f->foreign);
    graft_release(f->knn);
    test_folder_remove(f->folder);
    free(f);
    return 0;
}

static char *out_path(const fixture *f, const char *name) {
    return graft_path_join(f->folder, name);
}

static void a_model_goes_around_through_other_formats(void **state) {
    fixture *f = *state;
    const char *const names[] = {"a.h5", "b.safetensors", "c.graft"};
    char *from = graft_text_copy(f->model);
    for (size_t i = 0; i < 3; i++) {
        char *to = out_path(f, names[i]);
        graft_convert_report report;
        graft_model *model;
        assert_ok(graft_convert(f->context, from, to, NULL, &report));
        assert_true(report.checked);
        assert_true(report.difference < 1e-5);
        assert_true(report.bytes > 1000);
        /* Classes and preprocessing travel. */
        assert_ok(graft_model_open(&model, f->context, to, NULL, NULL));
        assert_int_equal(graft_model_class_count(model), 3);
        assert_string_equal(graft_model_class(model, 2), "cherry");
        assert_int_equal(graft_model_preprocess(model)->scaling, GRAFT_SCALING_01);
        graft_model_free(model);
        graft_release(from);
        from = to;
    }
    graft_release(from);
}

static void a_foreign_network_needs_no_preprocessing(void **state) {
    fixture *f = *state;
    char *to = out_path(f, "foreign.h5"), *graft = out_path(f, "foreign.graft");
    graft_convert_options options = GRAFT_CONVERT_OPTIONS_INIT;
    graft_backbone *backbone;
    graft_convert_report report;
    assert_ok(graft_convert(f->context, f->foreign, to, NULL, &report));
    assert_string_equal(report.from, "tfjs");
    assert_string_equal(report.to, "keras-h5");
    assert_fails(GRAFT_E_USAGE, "--preprocess", graft_backbone_open(&backbone, f->context, to, NULL));
    assert_fails(GRAFT_E_USAGE, "--preprocess", graft_convert(f->context, f->foreign, graft, NULL, NULL));
    options.preprocess = GRAFT_SCALING_TF;
    assert_ok(graft_convert(f->context, f->foreign, graft, &options, &report));
    assert_string_equal(report.to, "graft");
    assert_ok(graft_convert(f->context, f->foreign, to, &options, &report));
    assert_ok(graft_backbone_open(&backbone, f->context, to, NULL));
    assert_int_equal(graft_backbone_preprocess(backbone)->scaling, GRAFT_SCALING_TF);
    graft_backbone_free(backbone);
    graft_release(to);
    graft_release(graft);
}

static void a_layer_cuts_the_network(void **state) {
    fixture *f = *state;
    char *to = out_path(f, "cut.h5");
    graft_convert_options options = GRAFT_CONVERT_OPTIONS_INIT;
    graft_convert_network network;
    options.layer = "relu2";
    assert_ok(graft_convert(f->context, f->model, to, &options, NULL));
    options.layer = NULL;
    assert_ok(graft_convert_network_open(f->context, to, &options, &network));
    assert_null(network.model);
    assert_int_equal(graft_graph_node(network.graph, graft_graph_output(network.graph))->output.dim[0], 16);
    graft_convert_network_clear(&network);
    options.layer = "relu22";
    assert_fails(GRAFT_E_USAGE, "did you mean relu", graft_convert(f->context, f->model, to, &options, NULL));
    graft_release(to);
}

static void the_input_is_never_overwritten(void **state) {
    fixture *f = *state;
    graft_convert_options options = GRAFT_CONVERT_OPTIONS_INIT;
    options.to = "safetensors";
    assert_fails(GRAFT_E_USAGE, "input too", graft_convert(f->context, f->model, f->model, &options, NULL));
    char *link = out_path(f, "link.safetensors");
    assert_int_equal(symlink(f->model, link), 0);
    assert_fails(GRAFT_E_USAGE, "input too", graft_convert(f->context, f->model, link, &options, NULL));
    graft_release(link);
}

static void what_cannot_be_done_says_why(void **state) {
    fixture *f = *state;
    char *to = out_path(f, "x.h5"), *odd = out_path(f, "x.odd");
    graft_convert_options options = GRAFT_CONVERT_OPTIONS_INIT;
    assert_fails(GRAFT_E_USAGE, "head is knn", graft_convert(f->context, f->knn, to, NULL, NULL));
    assert_fails(GRAFT_E_USAGE, "pass --to", graft_convert(f->context, f->model, odd, NULL, NULL));
    assert_fails(GRAFT_E_DATA, "cannot be opened", graft_convert(f->context, "missing.h5", to, NULL, NULL));
    options.to = "keras-h55";
    assert_fails(GRAFT_E_USAGE, "did you mean keras-h5", graft_convert(f->context, f->model, odd, &options, NULL));
    options.to = NULL;
    options.precision = 7;
    assert_fails(GRAFT_E_USAGE, "out of range", graft_convert(f->context, f->model, to, &options, NULL));
    assert_int_equal(graft_file_kind_of(to), GRAFT_FILE_MISSING);
    graft_release(to);
    graft_release(odd);
}

static graft_status convert_to(void *argument, const char *path) {
    const fixture *f = argument;
    return graft_convert(f->context, f->model, path, NULL, NULL);
}

static void a_full_disk_leaves_the_old_file(void **state) {
    test_full_disk("full.h5", 4096, "cannot be written", convert_to, *state);
    test_full_disk("full.safetensors", 4096, "cannot be written", convert_to, *state);
}

static void the_same_network_gives_the_same_bytes(void **state) {
    fixture *f = *state;
    char *one = out_path(f, "one.h5"), *other = out_path(f, "other.h5");
    assert_ok(graft_convert(f->context, f->model, one, NULL, NULL));
    assert_ok(graft_convert(f->context, f->model, other, NULL, NULL));
    assert_true(test_files_equal(one, other));
    graft_release(one);
    graft_release(other);
}

/* A file that says something else than the network is noticed. */
static void another_network_is_noticed(void **state) {
    fixture *f = *state;
    graft_graph *one = tiny_graph(16, 3, 1), *other = tiny_graph(16, 3, 2), *wider = tiny_graph(16, 4, 1);
    double difference;
    assert_ok(graft_convert_compare(f->context, one, one, NULL, false, &difference));
    assert_float_equal(difference, 0, 0);
    assert_ok(graft_convert_compare(f->context, one, other, NULL, false, &difference));
    assert_true(difference > 1e-3);
    assert_fails(GRAFT_E_DATA, "expected 3", graft_convert_compare(f->context, one, wider, NULL, false, &difference));
    graft_graph_free(one);
    graft_graph_free(other);
    graft_graph_free(wider);
}

typedef struct writing {
    const graft_exporter *row;
    graft_export_source source;
    graft_context *context;
    const char *path;
} writing;

static graft_status write_once(void *argument) {
    const writing *w = argument;
    const graft_convert_options options = GRAFT_CONVERT_OPTIONS_INIT;
    return w->row->write(w->context, &w->source, &options, w->path, NULL);
}

static void out_of_memory_is_told(void **state) {
    fixture *f = *state;
    char *path = out_path(f, "memory");
    graft_graph *graph = tiny_graph(16, 3, 1);
    for (size_t i = 0; graft_exporter_at(i); i++) {
        writing w = {graft_exporter_at(i), {.name = "tiny", .graph = graph}, f->context, path};
        if (w.row->reads_back) test_failing_allocations(write_once, &w);
    }
    graft_graph_free(graph);
    graft_release(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_model_goes_around_through_other_formats),
        cmocka_unit_test(a_foreign_network_needs_no_preprocessing),
        cmocka_unit_test(a_layer_cuts_the_network),
        cmocka_unit_test(the_input_is_never_overwritten),
        cmocka_unit_test(what_cannot_be_done_says_why),
        cmocka_unit_test(a_full_disk_leaves_the_old_file),
        cmocka_unit_test(the_same_network_gives_the_same_bytes),
        cmocka_unit_test(another_network_is_noticed),
        cmocka_unit_test(out_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
