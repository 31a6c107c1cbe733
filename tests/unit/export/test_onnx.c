/* The target "onnx" by what its files hold; what they compute is tested in ops/test_onnx.c. */
#include "support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "export/export.h"
#include "formats/container.h"
#include "nn/op.h"
#include "support/networks.h"

#include <stdio.h>
#include <string.h>

static const char *const said[] = {
#define GRAFT_TO_ONNX(op, function) #op,
#include "export/onnx-layers.def"
#undef GRAFT_TO_ONNX
};

/* Those of series and of draws are refused by name: tests/ops/test_exporters.c. */
static const char *const refused[] = {"input", "gru", "lstm", "slice", "embedding", "gaussian_sample"};

static void every_operation_has_a_row(void **state) {
    (void)state;
    for (size_t i = 0; graft_op_at(i); i++) {
        const char *name = graft_op_at(i)->name;
        bool found = false;
        for (size_t k = 0; k < sizeof refused / sizeof *refused; k++)
            found |= strcmp(name, refused[k]) == 0;
        for (size_t k = 0; k < sizeof said / sizeof *said; k++)
            found |= strcmp(name, said[k]) == 0;
        if (!found) fail_msg("no row for %s", name);
    }
    assert_ptr_equal(graft_exporter_find("onnx"), &graft_exporter_onnx);
    assert_ptr_equal(graft_exporter_for("a/b.onnx"), &graft_exporter_onnx);
}

/* input -> conv (padded or not) -> drop -> flat -> dense -> softmax */
static graft_graph *network(bool padded, const char *const names[5]) {
    graft_graph *graph;
    assert_ok(graft_graph_new("small", &graph));
    const graft_conv2d_attributes conv = {
        .filters = 2, .kernel = {3, 3}, .strides = {1, 1}, .dilations = {1, 1}, .same = padded, .groups = 1};
    const graft_dropout_attributes dropout = {.rate = 0.5};
    const graft_flatten_attributes flatten = {.order = 1};
    const graft_dense_attributes dense = {.units = 3, .bias = true};
    const graft_softmax_attributes softmax = {.axis = 0};
    int at = network_input(graph, 3, 5, 4);
    at = network_add(graph, "conv2d", names[0], &conv, (const int[]){at, -1});
    at = network_add(graph, "dropout", names[1], &dropout, (const int[]){at, -1});
    at = network_add(graph, "flatten", names[2], &flatten, (const int[]){at, -1});
    at = network_add(graph, "dense", names[3], &dense, (const int[]){at, -1});
    network_add(graph, "softmax", names[4], &softmax, (const int[]){at, -1});
    network_fill(graph, 3);
    return graph;
}

static const char *const plain_names[5] = {"conv", "drop", "flat", "dense", "probabilities"};

typedef struct written {
    graft_context *context;
    char *folder, *path;
    graft_graph *graph;
    graft_container *file;
    const graft_json *config;
} written;

static written open_written(graft_graph *graph, const graft_preprocess *spec, const char *const *classes,
                            size_t class_count) {
    written self = {.context = test_context(1), .folder = test_folder(), .graph = graph};
    const graft_export_source source = {"small", graph, spec, classes, class_count};
    self.path = graft_path_join(self.folder, "small.onnx");
    assert_ok(graft_exporter_onnx.write(self.context, &source, NULL, self.path, NULL));
    assert_ok(graft_container_open(self.context, self.path, &self.file));
    self.config = graft_container_config(self.file);
    return self;
}

static void close_written(written *self) {
    graft_container_free(self->file);
    test_folder_remove(self->folder);
    graft_release(self->path);
    graft_graph_free(self->graph);
    graft_context_free(self->context);
}

/* "Conv Flatten ...": the operators in their order. */
static void operators(const written *self, char *out, size_t size) {
    const graft_json *nodes = graft_json_get(self->config, "nodes");
    out[0] = '\0';
    for (size_t i = 0; i < graft_json_count(nodes); i++)
        snprintf(out + strlen(out), size - strlen(out), "%s%s", i ? " " : "",
                 graft_json_text(graft_json_get(graft_json_at(nodes, i), "op"), "?"));
}

static const char *text_in(const graft_json *json, const char *list, const char *key) {
    return graft_json_text(graft_json_get(graft_json_at(graft_json_get(json, list), 0), key), "");
}

static void a_file_says_what_it_takes_and_gives(void **state) {
    (void)state;
    static const char *const classes[] = {"a \"quoted\" one", "b\n", "\xC3\xA9"};
    graft_preprocess spec;
    char text[512];
    graft_preprocess_init(&spec, GRAFT_SCALING_CAFFE);
    spec.width = 4;
    spec.height = 5;
    written self = open_written(network(false, plain_names), &spec, classes, 3);
    assert_string_equal(graft_container_format(self.file), "onnx");
    assert_int_equal(graft_json_int(graft_json_get(self.config, "opset"), 0), 13);
    assert_int_equal(graft_json_int(graft_json_get(self.config, "ir_version"), 0), 7);
    snprintf(text, sizeof text, "graft %s", graft_version());
    assert_string_equal(graft_json_text(graft_json_get(self.config, "producer"), ""), text);
    assert_string_equal(text_in(self.config, "inputs", "name"), "input");
    assert_string_equal(text_in(self.config, "outputs", "name"), "probabilities");
    const graft_json *shape = graft_json_get(graft_json_at(graft_json_get(self.config, "inputs"), 0), "shape");
    assert_int_equal(graft_json_count(shape), 4);
    assert_int_equal(graft_json_int(graft_json_at(shape, 0), 0), -1);
    assert_int_equal(graft_json_int(graft_json_at(shape, 3), 0), 4);
    operators(&self, text, sizeof text);
    assert_string_equal(text, "Conv Transpose Flatten Gemm Softmax Identity");
    const graft_json *metadata = graft_container_metadata(self.file);
    assert_string_equal(graft_json_text(graft_json_get(metadata, "graft_version"), ""), graft_version());
    const char *list = graft_json_text(graft_json_get(metadata, "graft_classes"), "");
    graft_json *parsed;
    assert_ok(graft_json_parse(list, strlen(list), "classes", &parsed));
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(graft_json_text(graft_json_at(parsed, i), ""), classes[i]);
    graft_json_free(parsed);
    const char *resize = graft_json_text(graft_json_get(metadata, "graft_preprocess"), "");
    assert_ok(graft_json_parse(resize, strlen(resize), "preprocess", &parsed));
    assert_int_equal(graft_json_int(graft_json_get(parsed, "width"), 0), 4);
    assert_string_equal(graft_json_text(graft_json_get(parsed, "fit"), ""), "squash");
    assert_string_equal(graft_json_text(graft_json_get(parsed, "filter"), ""), "bilinear");
    assert_string_equal(graft_json_text(graft_json_get(parsed, "inside"), ""), "caffe");
    assert_string_equal(graft_json_text(graft_json_get(parsed, "scaling"), ""), "raw");
    graft_json_free(parsed);
    close_written(&self);
}

static void preprocessing_hides_in_the_convolution(void **state) {
    (void)state;
    static const struct {
        graft_scaling scaling;
        bool padded;
        const char *operators;
    } cases[] = {
        {GRAFT_SCALING_TF, false, "Conv Transpose Flatten Gemm Softmax Identity"},
        {GRAFT_SCALING_TF, true, "Sub Conv Transpose Flatten Gemm Softmax Identity"},
        {GRAFT_SCALING_CAFFE, true, "Sub Conv Transpose Flatten Gemm Softmax Identity"},
        {GRAFT_SCALING_01, true, "Conv Transpose Flatten Gemm Softmax Identity"},
        {GRAFT_SCALING_RAW, true, "Conv Transpose Flatten Gemm Softmax Identity"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        graft_preprocess spec;
        char text[256];
        graft_preprocess_init(&spec, cases[i].scaling);
        written self = open_written(network(cases[i].padded, plain_names), &spec, NULL, 0);
        operators(&self, text, sizeof text);
        assert_string_equal(text, cases[i].operators);
        close_written(&self);
    }
    written self = open_written(network(true, plain_names), NULL, NULL, 0);
    assert_null(graft_json_get(graft_container_metadata(self.file), "graft_preprocess"));
    close_written(&self);
}

/* Names that the emitted values would have otherwise. The reader refuses a tensor that is made twice. */
static void names_do_not_meet(void **state) {
    (void)state;
    static const char *const names[5] = {"a", "a/Conv", "a/kernel", "a/Conv/kernel", "preprocess/Sub"};
    graft_preprocess spec;
    graft_preprocess_init(&spec, GRAFT_SCALING_TF);
    written self = open_written(network(true, names), &spec, NULL, 0);
    assert_string_equal(text_in(self.config, "outputs", "name"), "preprocess/Sub");
    assert_true(graft_container_find(self.file, "a/kernel_2") >= 0);
    close_written(&self);
}

static void what_cannot_be_written_is_said(void **state) {
    (void)state;
    graft_context *context = test_context(1);
    char *folder = test_folder(), *path = graft_path_join(folder, "x.onnx"),
         *far = graft_path_join(folder, "no/x.onnx");
    graft_graph *graph = network(true, plain_names), *bare;
    graft_export_source source = {.name = "x", .graph = graph};
    assert_fails(GRAFT_E_DATA, "no/x.onnx", graft_exporter_onnx.write(context, &source, NULL, far, NULL));
    graft_preprocess grey;
    graft_preprocess_init(&grey, GRAFT_SCALING_TF);
    grey.channels = 1;
    source.preprocess = &grey;
    assert_fails(GRAFT_E_USAGE, "pictures of 1 channels",
                 graft_exporter_onnx.write(context, &source, NULL, path, NULL));
    assert_ok(graft_graph_new("bare", &bare));
    network_input(bare, 3, 5, 4);
    source = (graft_export_source){.name = "x", .graph = bare};
    assert_fails(GRAFT_E_USAGE, "no layer", graft_exporter_onnx.write(context, &source, NULL, path, NULL));
    assert_int_equal(graft_file_kind_of(path), GRAFT_FILE_MISSING);
    graft_graph_free(bare);
    graft_graph_free(graph);
    test_folder_remove(folder);
    graft_release(path);
    graft_release(far);
    graft_context_free(context);
}

static graft_status write_to(void *graph, const char *path) {
    const graft_export_source source = {.name = "x", .graph = graph};
    graft_context *context = test_context(1);
    graft_status status = graft_exporter_onnx.write(context, &source, NULL, path, NULL);
    graft_context_free(context);
    return status;
}

static void a_full_disk_leaves_the_old_file(void **state) {
    (void)state;
    graft_graph *graph = network(true, plain_names);
    test_full_disk("x.onnx", 600, NULL, write_to, graph);
    graft_graph_free(graph);
}

typedef struct attempt {
    graft_context *context;
    graft_graph *graph;
    const char *path;
} attempt;

static graft_status write_once(void *argument) {
    const attempt *self = argument;
    static const char *const classes[] = {"a", "b", "c"};
    graft_preprocess spec;
    graft_preprocess_init(&spec, GRAFT_SCALING_TF);
    const graft_export_source source = {"x", self->graph, &spec, classes, 3};
    return graft_exporter_onnx.write(self->context, &source, NULL, self->path, NULL);
}

static void memory_may_fail(void **state) {
    (void)state;
    char *folder = test_folder(), *path = graft_path_join(folder, "x.onnx");
    attempt self = {test_context(1), network(true, plain_names), path};
    test_failing_allocations(write_once, &self);
    graft_graph_free(self.graph);
    graft_context_free(self.context);
    test_folder_remove(folder);
    graft_release(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operation_has_a_row),
        cmocka_unit_test(a_file_says_what_it_takes_and_gives),
        cmocka_unit_test(preprocessing_hides_in_the_convolution),
        cmocka_unit_test(names_do_not_meet),
        cmocka_unit_test(what_cannot_be_written_is_said),
        cmocka_unit_test(a_full_disk_leaves_the_old_file),
        cmocka_unit_test(memory_may_fail),
    };
    return cmocka_run_group_tests_name("export/onnx", tests, NULL, NULL);
}
