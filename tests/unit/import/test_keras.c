/* Small Keras models against what NumPy computes (tests/golden/keras_layers), and configurations that must be refused.
 */
#include "support/support.h"

#include "support/reference.h"

#include "base/alloc.h"
#include "base/file.h"
#include "import/keras.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static graft_json *read_json(const char *path) {
    char *text;
    size_t length;
    graft_json *json;
    assert_ok(graft_file_read(path, 0, &text, &length));
    assert_ok(graft_json_parse(text, length, path, &json));
    graft_release(text);
    return json;
}

static graft_status import(const char *path, graft_graph **graph, graft_load_report *report) {
    graft_context *context = test_context(1);
    graft_container *container;
    graft_status status = graft_container_open(context, path, &container);
    if (status == GRAFT_OK) {
        status = graft_import_keras(context, container, graph, report);
        graft_container_free(container);
    }
    graft_context_free(context);
    return status;
}

static void check_values(const graft_graph *graph, const graft_json *golden) {
    const graft_json *shape = graft_json_get(golden, "input_shape"), *pixels = graft_json_get(golden, "input");
    const graft_json *wanted = graft_json_get(golden, "output");
    size_t count = graft_json_count(pixels), channels = (size_t)graft_json_int(graft_json_at(shape, 2), 0);
    float *input = graft_allocate(count, sizeof(float));
    assert_non_null(input);
    for (size_t i = 0; i < count; i++)
        input[i % channels * (count / channels) + i / channels] = (float)graft_json_real(graft_json_at(pixels, i), NAN);
    double **values = reference_run(graph, input);
    int output = graft_graph_output(graph);
    assert_int_equal(graft_shape_count(&graft_graph_node(graph, output)->output), graft_json_count(wanted));
    for (size_t i = 0; i < graft_json_count(wanted); i++) {
        double expected = graft_json_real(graft_json_at(wanted, i), NAN);
        if (!(fabs(values[output][i] - expected) <= 2e-6 * (1 + fabs(expected))))
            fail_msg("output %zu is %.9g, expected %.9g", i, values[output][i], expected);
    }
    reference_free(graph, values);
    graft_release(input);
}

static void check_golden(const char *name, const char *file) {
    char path[256];
    graft_graph *graph;
    graft_load_report report;
    snprintf(path, sizeof(path), "tests/golden/keras_layers/%s/golden.json", name);
    graft_json *golden = read_json(test_source(path));
    snprintf(path, sizeof(path), "tests/golden/keras_layers/%s/%s", name, file);
    assert_ok(import(test_source(path), &graph, &report));
    assert_string_equal(report.text, "");
    const graft_json *nodes = graft_json_get(golden, "nodes");
    for (size_t i = 0; i < graft_json_count(nodes); i++)
        if (graft_graph_find(graph, graft_json_text(graft_json_at(nodes, i), "")) < 0)
            fail_msg("no node '%s'", graft_json_text(graft_json_at(nodes, i), ""));
    graft_graph_totals totals;
    graft_graph_totals_of(graph, &totals);
    assert_int_equal(totals.parameters, graft_json_int(graft_json_get(golden, "parameters"), -1));
    check_values(graph, golden);
    graft_load_report_clear(&report);
    graft_graph_free(graph);
    graft_json_free(golden);
}

static void sequential_model_of_keras_2(void **state) {
    (void)state;
    check_golden("sequential", "model.json");
}

static void functional_model_of_keras_3(void **state) {
    (void)state;
    check_golden("functional3", "model.json");
}

static void behaviour_28_nested_models_are_flattened(void **state) {
    (void)state;
    check_golden("nested", "model.h5");
}

/* ---- configurations without weights ---- */

static graft_status build(const char *text, graft_keras *keras) {
    graft_json *json;
    *keras = (graft_keras){0};
    graft_status status = graft_json_parse(text, strlen(text), "configuration", &json);
    if (status != GRAFT_OK) return status;
    status = graft_keras_build(keras, json);
    graft_json_free(json);
    return status;
}

#define LAYER(class_name, config) "{\"class_name\":\"" class_name "\",\"config\":{\"name\":\"x\"" config "}}"
#define SEQUENTIAL(layers) "{\"class_name\":\"Sequential\",\"config\":{\"name\":\"s\",\"layers\":[" layers "]}}"
#define INPUT "{\"class_name\":\"InputLayer\",\"config\":{\"name\":\"in\",\"batch_input_shape\":[null,8,8,4]}},"
#define CONV(more) LAYER("Conv2D", ",\"filters\":2,\"kernel_size\":3,\"strides\":1,\"padding\":\"valid\"" more)
#define FUNCTIONAL(layers, outputs)                                                                                   \
    "{\"class_name\":\"Model\",\"config\":{\"name\":\"m\",\"input_layers\":[[\"in\",0,0]],\"output_layers\":" outputs \
    ",\"layers\":[{\"name\":\"in\",\"class_name\":\"InputLayer\",\"config\":{\"batch_input_shape\":[null,8,8,4]},"    \
    "\"inbound_nodes\":[]}" layers "]}}"
#define NODE(name, inbound) \
    ",{\"name\":\"" name "\",\"class_name\":\"Flatten\",\"config\":{},\"inbound_nodes\":" inbound "}"

static void behaviour_30_keys_that_change_results_are_refused_by_name(void **state) {
    (void)state;
    const struct {
        const char *text, *part;
    } rows[] = {
        {SEQUENTIAL(INPUT LAYER("LSTM", ",\"units\":3")), "layer 'x' (LSTM): this Keras layer cannot be imported"},
        {SEQUENTIAL(INPUT CONV(",\"data_format\":\"channels_first\"")),
         "layer 'x' (Conv2D): data_format is \"channels_first\", expected \"channels_last\""},
        {SEQUENTIAL(INPUT LAYER("BatchNormalization", ",\"renorm\":true")), "renorm is true, expected false"},
        {SEQUENTIAL(INPUT LAYER("BatchNormalization", ",\"axis\":[1]")), "axis is [1], expected the last one"},
        {SEQUENTIAL(INPUT LAYER("BatchNormalization", ",\"axis\":[1,2]")), "axis is [1,2], expected an integer"},
        {SEQUENTIAL(INPUT LAYER("Conv2D", ",\"filters\":2,\"kernel_size\":3,\"strides\":2,\"padding\":\"valid\","
                                          "\"dilation_rate\":[2,2]")),
         "dilation_rate is [2,2], expected 1"},
        {SEQUENTIAL(INPUT LAYER("Conv2D", ",\"filters\":2,\"kernel_size\":3,\"strides\":1,\"padding\":\"causal\"")),
         "padding is \"causal\""},
        {SEQUENTIAL(INPUT CONV(",\"activation\":\"mish\"")), "activation is \"mish\", expected relu"},
        {SEQUENTIAL(INPUT CONV(",\"activation\":{\"class_name\":\"Custom\",\"config\":{\"a\":1}}")), "activation is {"},
        {SEQUENTIAL(INPUT CONV(",\"lora_rank\":4")), "lora_rank is 4, expected null"},
        {SEQUENTIAL(INPUT LAYER("Conv2D", ",\"kernel_size\":[3]")), "strides is absent, expected one or two integers"},
        {SEQUENTIAL(INPUT LAYER("Conv2D", ",\"kernel_size\":[3,3,3]")), "kernel_size is [3,3,3]"},
        {SEQUENTIAL(INPUT LAYER("ReLU", ",\"max_value\":0")), "max_value is 0, expected a number above 0"},
        {SEQUENTIAL(INPUT LAYER("Softmax", ",\"axis\":0")), "axis is 0, expected one of the input's"},
        {SEQUENTIAL(INPUT LAYER("Reshape", ",\"target_shape\":[2,128]")), "target_shape is [2,128]"},
        {SEQUENTIAL(INPUT LAYER("ZeroPadding2D", ",\"padding\":[[1,1],[1,-1]]")), "attribute padding is -1"},
        {SEQUENTIAL(INPUT LAYER("Rescaling", ",\"scale\":[1,2]")),
         "scale is [1,2], expected a number, or one a channel"},
        {SEQUENTIAL(INPUT LAYER("Normalization", ",\"invert\":true")), "invert is true, expected false"},
        {SEQUENTIAL(LAYER("Flatten", "")), "comes first and has no \"batch_input_shape\""},
        {SEQUENTIAL(LAYER("InputLayer", ",\"batch_input_shape\":[null,8,8,null]")), "expected sizes above 0"},
        {SEQUENTIAL(LAYER("InputLayer", ",\"batch_input_shape\":[null,8,8]")),
         "expected [null, height, width, channels]"},
        {"{\"class_name\":\"Trainer\",\"config\":{\"name\":\"t\"}}",
         "of class Trainer, expected Functional, Model or Sequential"},
        {FUNCTIONAL("", "[]"), "without \"output_layers\""},
        {FUNCTIONAL(NODE("a", "[[[\"b\",0,0,{}]]]"), "[[\"a\",0,0]]"), "layer 'a': layer 'b' is read but not among"},
        {FUNCTIONAL(NODE("a", "[[[\"b\",0,0,{}]]]") NODE("b", "[[[\"a\",0,0,{}]]]"), "[[\"a\",0,0]]"),
         "layer 'b' reads 'a', which reads it in turn"},
        {FUNCTIONAL(NODE("a", "[[[\"in\",0,3,{}]]]"), "[[\"a\",0,0]]"), "output 3 of layer 'in' is read, it has 1"},
        {FUNCTIONAL(NODE("a", "[[[\"in\",0,0,{}]],[[\"in\",0,0,{}]]]"), "[[\"a\",2,0]]"),
         "call 2 of layer 'a' is read, it has 2"},
        {FUNCTIONAL(NODE("a", "[[[\"in\",0,0,{}]]]") NODE("a", "[]"), "[[\"a\",0,0]]"), "layer 'a' occurs twice"},
        {FUNCTIONAL(NODE("a", "[[[\"in\",0,0,{}]]]"), "[[\"a\",0,0],[\"in\",0,0]]"),
         "the model has 2 outputs, expected one"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        graft_keras keras;
        assert_fails(GRAFT_E_DATA, rows[i].part, build(rows[i].text, &keras));
        graft_keras_clear(&keras);
    }
    graft_keras keras = {0};
    assert_fails(GRAFT_E_DATA, "weights without a network", graft_keras_build(&keras, NULL));
}

static void behaviour_30_keys_that_do_not_change_results_are_ignored(void **state) {
    (void)state;
    graft_keras keras;
    assert_ok(build(SEQUENTIAL(INPUT CONV(",\"kernel_regularizer\":{\"class_name\":\"L2\"},\"invented\":[1,2],"
                                          "\"data_format\":\"channels_last\",\"lora_rank\":null,\"activation\":null")),
                    &keras));
    assert_int_equal(graft_graph_count(keras.graph), 2);
    graft_keras_clear(&keras);
}

static void input_size_left_open_can_be_chosen(void **state) {
    (void)state;
    graft_keras keras;
    assert_ok(build(SEQUENTIAL("{\"class_name\":\"InputLayer\",\"config\":{\"name\":\"in\",\"batch_input_shape\":"
                               "[null,null,null,3]}}," CONV("")),
                    &keras));
    assert_int_equal(graft_graph_node(keras.graph, 0)->output.dim[1], 224);
    assert_ok(graft_graph_resize_input(keras.graph, 100, 50));
    graft_keras_clear(&keras);
}

/* Models within models within models: refused before the stack is spent. */
static void nesting_is_bounded(void **state) {
    (void)state;
    char *text = graft_text_copy("{\"class_name\":\"Flatten\",\"config\":{\"name\":\"f\"}}");
    for (int i = 0; i < 20; i++) {
        char *outer =
            graft_text_format("{\"class_name\":\"Sequential\",\"config\":{\"name\":\"s%d\",\"layers\":[%s]}}", i, text);
        graft_release(text);
        text = outer;
    }
    graft_keras keras;
    assert_fails(GRAFT_E_DATA, "nested more than 16 deep", build(text, &keras));
    graft_keras_clear(&keras);
    graft_release(text);
}

/* Six models, each calling the one inside it twice. */
static void models_called_again_get_names_of_their_own(void **state) {
    (void)state;
    char *text;
    size_t length;
    graft_keras keras;
    assert_ok(graft_file_read(test_source("tests/fuzz/corpus/keras_config/doubled.json"), 0, &text, &length));
    assert_ok(build(text, &keras));
    assert_int_equal(graft_graph_count(keras.graph), 1 + 128);
    assert_true(graft_graph_find(keras.graph, "i0") >= 0);
    assert_true(graft_graph_find(keras.graph, "i6/i5:1/i4/i3:1/i2/i1/i0:1") >= 0);
    graft_keras_clear(&keras);
    graft_release(text);
}

/* ---- weights ---- */

typedef struct edit {
    const char *find, *replace;
} edit;

/* The sequential golden with its model.json edited. */
static graft_status import_edited(edit change, graft_graph **graph, graft_load_report *report) {
    char *folder = test_folder(), *text, *bytes;
    size_t length, byte_count;
    assert_ok(graft_file_read(test_source("tests/golden/keras_layers/sequential/model.json"), 0, &text, &length));
    assert_ok(graft_file_read(test_source("tests/golden/keras_layers/sequential/weights.bin"), 0, &bytes, &byte_count));
    char *at = strstr(text, change.find);
    assert_non_null(at);
    char *edited = graft_text_format("%.*s%s%s", (int)(at - text), text, change.replace, at + strlen(change.find));
    char *model = graft_path_join(folder, "model.json"), *shard = graft_path_join(folder, "weights.bin");
    assert_ok(graft_file_write(model, edited, strlen(edited)));
    assert_ok(graft_file_write(shard, bytes, byte_count));
    graft_status status = import(folder, graph, report);
    test_folder_remove(folder);
    graft_release(text);
    graft_release(bytes);
    graft_release(edited);
    graft_release(model);
    graft_release(shard);
    return status;
}

static void behaviour_10_missing_weights_are_an_error_with_a_report(void **state) {
    (void)state;
    graft_graph *graph;
    graft_load_report report;
    assert_fails(GRAFT_E_DATA, "1 parameters have no values: d/linear/bias",
                 import_edited((edit){"\"d/bias\"", "\"e/offset\""}, &graph, &report));
    assert_int_equal(report.matched, 9);
    assert_int_equal(report.missing, 1);
    assert_int_equal(report.skipped, 1);
    assert_string_equal(report.text,
                        "missing d/bias: 4 for layer d/linear\nskipped e/offset: F32 4, no layer takes it\n");
    graft_load_report_clear(&report);
}

static void behaviour_10_shapes_must_agree(void **state) {
    (void)state;
    graft_graph *graph;
    graft_load_report report;
    assert_fails(GRAFT_E_DATA, "d/kernel: shape 10x4, expected 10x5 (is this the file of another network?)",
                 import_edited((edit){"\"units\": 4", "\"units\": 5"}, &graph, &report));
    graft_load_report_clear(&report);
}

static void other_weight_names_load_by_order(void **state) {
    (void)state;
    graft_graph *graph;
    graft_load_report report;
    assert_ok(import_edited((edit){"\"c/bias\"", "\"c/b\""}, &graph, &report));
    assert_int_equal(report.matched, 10);
    assert_string_equal(report.text, "");
    graft_load_report_clear(&report);
    graft_graph_free(graph);
}

typedef struct opened {
    graft_context *context;
    graft_container *container;
} opened;

static graft_status import_opened(void *argument) {
    opened *o = argument;
    graft_graph *graph = NULL;
    graft_load_report report;
    graft_status status = graft_import_keras(o->context, o->container, &graph, &report);
    graft_load_report_clear(&report);
    graft_graph_free(graph);
    return status;
}

static void check_failing_allocations(const char *path) {
    opened o = {.context = test_context(1)};
    assert_ok(graft_container_open(o.context, test_source(path), &o.container));
    test_failing_allocations(import_opened, &o);
    graft_container_free(o.container);
    graft_context_free(o.context);
}

static void allocations_may_fail(void **state) {
    (void)state;
    check_failing_allocations("tests/golden/keras_layers/sequential/model.json");
    check_failing_allocations("tests/golden/keras_layers/functional3/model.json");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sequential_model_of_keras_2),
        cmocka_unit_test(functional_model_of_keras_3),
        cmocka_unit_test(behaviour_28_nested_models_are_flattened),
        cmocka_unit_test(behaviour_30_keys_that_change_results_are_refused_by_name),
        cmocka_unit_test(behaviour_30_keys_that_do_not_change_results_are_ignored),
        cmocka_unit_test(input_size_left_open_can_be_chosen),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(models_called_again_get_names_of_their_own),
        cmocka_unit_test(behaviour_10_missing_weights_are_an_error_with_a_report),
        cmocka_unit_test(behaviour_10_shapes_must_agree),
        cmocka_unit_test(other_weight_names_load_by_order),
        cmocka_unit_test(allocations_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
