/* Weights alone into networks by name: small files of every container and dialect (golden/names/tiny.py) hold the same
 * numbers, which follow from the layers' names; and what must be refused. */
#include "support/formula.h"
#include "support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "zoo/load.h"
#include "zoo/names.h"
#include "zoo/pretrained.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static graft_context *context;

static int setup(void **state) {
    (void)state;
    context = test_context(1);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    graft_context_free(context);
    return 0;
}

static graft_container *open_file(const char *path) {
    graft_container *file;
    assert_ok(graft_container_open(context, path, &file));
    return file;
}

static const char *golden(const char *name) {
    char path[256];
    snprintf(path, sizeof path, "tests/golden/names/%s", name);
    return test_source(path);
}

/* Opens `file` as `arch` and gives what became of it. */
static graft_graph *open_as(const char *file, const char *arch, bool any_classes, graft_weights_origin *origin,
                            graft_load_report *report) {
    graft_container *container = open_file(golden(file));
    const graft_weights_options options = {.arch = arch, .any_classes = any_classes};
    graft_graph *graph;
    assert_ok(graft_weights_open(context, container, &options, &graph, origin, report));
    graft_container_free(container);
    return graph;
}

static graft_status try_as(const char *path, const char *arch) {
    graft_container *container = open_file(path);
    const graft_weights_options options = {.arch = arch};
    graft_graph *graph = NULL;
    graft_weights_origin origin;
    graft_load_report report;
    graft_status status = graft_weights_open(context, container, &options, &graph, &origin, &report);
    if (status == GRAFT_OK) graft_load_report_clear(&report);
    graft_graph_free(graph);
    graft_container_free(container);
    return status;
}

static void every_container_and_dialect_gives_the_same_weights(void **state) {
    static const struct {
        const char *file, *net, *dialect, *how;
        size_t skipped;
    } cases[] = {
        {"tiny-keras2.h5", "tiny.net", "keras", "by name", 0},
        {"tiny-keras1.h5", "tiny.net", "keras", "by name", 0},
        {"tiny-notop.h5", "tiny.net", "keras", "by name", 0},
        {"tiny-order.h5", "tiny.net", "keras", "by order", 0},
        {"tiny-unnamed.weights.h5", "tiny.net", "keras", "by order", 0},
        {"tiny.npz", "tiny.net", "keras", "by name", 0},
        {"tiny-graft.safetensors", "tiny.net", "graft", "by name", 0},
        {"tiny.pth", "tiny-torch.net", "torch", "by name", 2},
        {"tiny-legacy.pth", "tiny-torch.net", "torch", "by name", 2},
        {"tiny-torch.safetensors", "tiny-torch.net", "torch", "by name", 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        graft_weights_origin origin;
        graft_load_report report;
        graft_graph *graph = open_as(cases[i].file, golden(cases[i].net), false, &origin, &report);
        print_message("%s\n", cases[i].file);
        assert_string_equal(origin.dialect, cases[i].dialect);
        assert_string_equal(origin.how, cases[i].how);
        assert_int_equal(report.skipped, cases[i].skipped);
        assert_int_equal(report.missing, 0);
        const graft_shape *output = &graft_graph_node(graph, graft_graph_output(graph))->output;
        assert_int_equal(output->rank, strstr(cases[i].file, "notop") ? 3 : 1);
        formula_check(graph, 6);
        graft_load_report_clear(&report);
        graft_graph_free(graph);
    }
}

static void another_classifier_is_left_out_or_kept_on_request(void **state) {
    graft_weights_origin origin;
    graft_load_report report;
    (void)state;
    graft_graph *graph = open_as("tiny-five.pth", golden("tiny-torch.net"), false, &origin, &report);
    assert_true(origin.head_left_out);
    assert_int_equal(origin.classes, 5);
    assert_int_equal(graft_graph_find(graph, "fc"), -1);
    assert_non_null(strstr(report.text, "skipped fc.weight: F32 5x6, no layer takes it"));
    graft_load_report_clear(&report);
    graft_graph_free(graph);
    graph = open_as("tiny-five.pth", golden("tiny-torch.net"), true, &origin, &report);
    assert_false(origin.head_left_out);
    assert_int_equal(graft_graph_node(graph, graft_graph_find(graph, "fc"))->output.dim[0], 5);
    formula_check(graph, 6);
    graft_load_report_clear(&report);
    graft_graph_free(graph);
}

static void a_graph_of_other_classes_keeps_its_own_classifier_unset(void **state) {
    const graft_arch_options options = {.classes = 3};
    graft_container *file = open_file(golden("tiny.pth"));
    graft_load_report report;
    graft_graph *graph;
    (void)state;
    assert_ok(graft_arch_build(golden("tiny-torch.net"), &options, &graph));
    assert_ok(graft_weights_load(context, file, golden("tiny-torch.net"), graph, &report));
    assert_int_equal(report.missing, 2);
    assert_non_null(strstr(report.text, "missing fc/kernel: 3x6\n"));
    assert_non_null(strstr(report.text, "skipped 2 num_batches_tracked, which only training reads\n"));
    assert_null(graft_node_param(graft_graph_node(graph, graft_graph_find(graph, "fc")), "kernel")->value);
    assert_non_null(graft_node_param(graft_graph_node(graph, graft_graph_find(graph, "conv1")), "kernel")->value);
    graft_load_report_clear(&report);
    graft_graph_free(graph);
    graft_container_free(file);
}

/* ---- refusals ---- */

static void shapes_that_differ_are_told(void **state) {
    char *folder = test_folder(), *net = graft_path_join(folder, "other.net");
    static const char text[] = "input:16\ndefault:same:nobias\nblock1_conv1=conv:4:5:bias:relu\n";
    FILE *out = fopen(net, "w");
    (void)state;
    fputs(text, out);
    fclose(out);
    assert_fails(GRAFT_E_DATA,
                 "tiny-keras2.h5: block1_conv1/kernel: shape 3x3x3x4, expected 5x5x3x4 (is this the file of another "
                 "network?)",
                 try_as(golden("tiny-keras2.h5"), net));
    graft_release(net);
    test_folder_remove(folder);
}

/* PyTorch's modules know no activation inside a layer, and have dots between their names. */
static void modules_are_found_whatever_the_layer_does_besides(void **state) {
    static const char text[] =
        "input:16\ndefault:half:nobias:epsilon=1e-5\nconv1=conv:4:3 bn1=bn relu\n"
        "layer1/0/add=add( layer1/0/conv1=conv:4:3 layer1/0/bn1=bn | )\n"
        "layer2.0.dw=dwconv:3/2 layer2.0.pw=conv:6:1:bias:relu\ntop ( gap fc=dense:12:softmax )\n";
    char *folder = test_folder(), *net = graft_path_join(folder, "other.net");
    graft_weights_origin origin;
    graft_load_report report;
    (void)state;
    assert_ok(graft_file_write(net, text, sizeof text - 1));
    graft_graph *graph = open_as("tiny.pth", net, false, &origin, &report);
    assert_string_equal(origin.dialect, "torch");
    assert_int_equal(report.missing, 0);
    assert_true(graft_graph_find(graph, "fc/linear") > 0);
    assert_ok(graft_graph_complete(graph));
    graft_load_report_clear(&report);
    graft_graph_free(graph);
    graft_release(net);
    test_folder_remove(folder);
}

static void missing_tensors_are_told(void **state) {
    (void)state;
    assert_fails(GRAFT_E_DATA, "1 of the 13 tensors that", try_as(golden("tiny-part.pth"), golden("tiny-torch.net")));
    assert_fails(GRAFT_E_DATA, "are missing, first layer1.0.bn1.running_mean: 4 (",
                 try_as(golden("tiny-part.pth"), golden("tiny-torch.net")));
    /* By order nothing is taken when a layer is one too few. */
    assert_fails(GRAFT_E_DATA, "none of its 20 tensors has a name of",
                 try_as(golden("tiny-short.h5"), golden("tiny.net")));
}

static void a_foreign_file_is_told(void **state) {
    (void)state;
    assert_fails(GRAFT_E_DATA, "none of its 24 tensors has a name of resnet50.torch: first l",
                 try_as(golden("tiny-order.h5"), "resnet50.torch"));
    assert_fails(GRAFT_E_DATA, "weights alone, of no network of the table", try_as(golden("tiny.pth"), NULL));
    assert_fails(GRAFT_E_USAGE, "there is no architecture 'resnet51'", try_as(golden("tiny.pth"), "resnet51"));
}

/* ---- the table ---- */

static void the_table_knows_its_own_files(void **state) {
    static const char *const archs[] = {"squeezenet1_0.torch", "squeezenet1_1.torch", "mobilenet_v2.torch",
                                        "mobilenet_v3_small.torch", "efficientnet_b0.torch"};
    (void)state;
    for (size_t i = 0; i < sizeof archs / sizeof *archs; i++) {
        char *folder = test_folder(), *path = formula_write_torch(folder, archs[i], NULL);
        graft_container *file = open_file(path);
        const graft_weights_options options = {.arch = NULL};
        graft_graph *graph;
        graft_weights_origin origin;
        graft_load_report report;
        assert_ok(graft_weights_open(context, file, &options, &graph, &origin, &report));
        assert_string_equal(origin.arch, archs[i]);
        assert_int_equal(origin.classes, 1000);
        formula_check(graph, 6);
        graft_load_report_clear(&report);
        graft_graph_free(graph);
        graft_container_free(file);
        graft_release(path);
        test_folder_remove(folder);
    }
}

static void the_file_of_another_network_is_named(void **state) {
    const graft_arch_options no_top = {.no_top = true};
    char *folder = test_folder(), *path = formula_write_torch(folder, "squeezenet1_0.torch", &no_top);
    (void)state;
    assert_fails(GRAFT_E_DATA,
                 "weights.safetensors: features.0.weight: shape 96x3x7x7, expected 64x3x3x3 (is this SqueezeNet 1.0's "
                 "file? try --arch squeezenet1_0.torch)",
                 try_as(path, "squeezenet1_1"));
    assert_ok(try_as(path, "squeezenet1_0"));
    graft_release(path);
    /* All that ResNet18 needs is in ResNet34's file, and yet it is not ResNet18's. */
    path = formula_write_torch(folder, "resnet34.torch", &no_top);
    assert_fails(GRAFT_E_DATA,
                 "tensors have no place in resnet18.torch (is this ResNet34's file? try --arch resnet34.torch)",
                 try_as(path, "resnet18"));
    graft_release(path);
    test_folder_remove(folder);
}

/* ---- the tables of names ---- */

static void assert_rewritten(const char *arch, const char *given, const char *expected) {
    char *own;
    const graft_names_rules rules = graft_names_rules_of(arch);
    assert_ok(graft_names_rewrite(&rules, given, &own));
    if (expected)
        assert_string_equal(own ? own : "(none)", expected);
    else
        assert_null(own);
    graft_release(own);
}

static void families_have_their_exceptions(void **state) {
    (void)state;
    assert_rewritten("densenet121.torch", "features.denseblock3.denselayer14.norm.2",
                     "features.denseblock3.denselayer14.norm2");
    assert_rewritten("densenet121.torch", "features.norm5", NULL);
    assert_rewritten("densenet121.keras", "features.denseblock1.denselayer1.norm.1", NULL);
    assert_rewritten("mobilenet_v2.torch", "blocks.4.2.conv_pwl", "features.13.conv.2");
    assert_rewritten("efficientnet_b7.torch", "blocks.6.3.se.conv_expand", "features.7.3.block.2.fc2");
    assert_rewritten("efficientnet_b7.torch", "blocks.6.99999.se.conv_expand", NULL);
    assert_rewritten("efficientnet_b7.torch", "blocks.6..conv_pw", NULL);
    assert_rewritten("vgg16.torch", "head.fc", "classifier.6");
}

/* The order of a real file's configuration, which Keras wrote. */
static void layers_stand_in_keras_order(void **state) {
    graft_container *file = open_file(test_shared("weights/tfjs-inception_v3/model.json"));
    const graft_json *layers = graft_json_get(graft_json_get(graft_container_config(file), "config"), "layers");
    const graft_arch_options options = {.no_top = true};
    graft_graph *graph;
    graft_names_graph names;
    size_t at = 0, compared = 0;
    (void)state;
    assert_ok(graft_arch_build("inception_v3.keras", &options, &graph));
    assert_ok(graft_names_graph_read(graph, NULL, graft_dialect_at(0), &names));
    /* The file holds the network inside another one, perhaps. */
    const graft_json *first = graft_json_at(layers, 0);
    const graft_json *inner = graft_json_get(graft_json_get(first, "config"), "layers");
    if (inner) layers = inner;
    for (size_t i = 0; i < graft_json_count(layers) && at < names.layer_count; i++) {
        const graft_json *layer = graft_json_at(layers, i);
        const char *class_name = graft_json_text(graft_json_get(layer, "class_name"), "");
        const char *name = graft_json_text(graft_json_get(graft_json_get(layer, "config"), "name"), "");
        char expected[64];
        int number = 0;
        if (strcmp(class_name, "Conv2D") != 0 && strcmp(class_name, "BatchNormalization") != 0) continue;
        const char *own = names.layers[at++].name, *end = strrchr(name, '_');
        assert_int_equal(sscanf(end, "_%d", &number), 1);
        /* The file counts from 1. */
        if (number == 1)
            snprintf(expected, sizeof expected, "%.*s", (int)(end - name), name);
        else
            snprintf(expected, sizeof expected, "%.*s_%d", (int)(end - name), name, number - 1);
        assert_string_equal(own, expected);
        compared++;
    }
    assert_int_equal(compared, 188);
    graft_names_graph_clear(&names);
    graft_graph_free(graph);
    graft_container_free(file);
}

/* ---- shared files ---- */

static void real_files_are_recognised(void **state) {
    static const struct {
        const char *file, *arch;
        double multiplier;
    } files[] = {
        {"weights/readers/mobilenet_2_5_224_tf_no_top.h5", "mobilenet_v1.keras", 0.25},
        {"weights/readers/squeezenet_weights_tf_dim_ordering_tf_kernels_notop.h5", "squeezenet1_1.keras", 1},
    };
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        graft_container *file = open_file(test_shared(files[i].file));
        const graft_weights_options options = {.arch = NULL};
        graft_graph *graph;
        graft_weights_origin origin;
        graft_load_report report;
        assert_ok(graft_weights_open(context, file, &options, &graph, &origin, &report));
        assert_string_equal(origin.arch, files[i].arch);
        assert_float_equal(origin.multiplier, files[i].multiplier, 0);
        assert_int_equal(report.skipped + report.missing, 0);
        graft_load_report_clear(&report);
        graft_graph_free(graph);
        graft_container_free(file);
    }
    /* Networks that the table has not: option A shortcuts; a detector; a voice detector. */
    assert_fails(GRAFT_E_DATA, "weights alone, of no network of the table",
                 try_as(test_shared("weights/readers/resnet20-12fca82f.th"), NULL));
    assert_fails(GRAFT_E_DATA, "weights alone, of no network of the table",
                 try_as(test_shared("weights/readers/version-RFB-320.pth"), NULL));
    assert_fails(GRAFT_E_DATA, "weights alone, of no network of the table",
                 try_as(test_shared("weights/readers/silero_vad_16k.safetensors"), NULL));
}

/* ---- the registry of published weights ---- */

static void published_weights_have_an_architecture(void **state) {
    const graft_pretrained *row;
    bool named;
    (void)state;
    for (size_t i = 0; (row = graft_pretrained_at(i)); i++) {
        const graft_arch *arch = graft_arch_find(row->arch);
        if (!arch) fail_msg("%s: no architecture", row->name);
        assert_string_equal(arch->name, row->arch);
        assert_int_equal(arch->scaling, row->scaling);
        assert_int_equal(arch->size, row->size);
        assert_true(strncmp(row->url, "https://", 8) == 0 || strncmp(row->url, "assets/", 7) == 0);
        assert_int_equal(row->hash_kind == GRAFT_HASH_NONE, row->hash[0] == '\0');
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(graft_pretrained_at(k)->name, row->name);
    }
    row = graft_pretrained_find("resnet50.torch", "downloads/resnet50-11ad3fa6.pth", &named);
    assert_true(named);
    assert_string_equal(row->name, "resnet50.torch.v2");
    row = graft_pretrained_find("resnet50.torch", "my.pth", &named);
    assert_false(named);
    assert_null(graft_pretrained_find("resnet20.keras", "my.h5", &named));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_container_and_dialect_gives_the_same_weights),
        cmocka_unit_test(another_classifier_is_left_out_or_kept_on_request),
        cmocka_unit_test(a_graph_of_other_classes_keeps_its_own_classifier_unset),
        cmocka_unit_test(shapes_that_differ_are_told),
        cmocka_unit_test(modules_are_found_whatever_the_layer_does_besides),
        cmocka_unit_test(missing_tensors_are_told),
        cmocka_unit_test(a_foreign_file_is_told),
        cmocka_unit_test(the_table_knows_its_own_files),
        cmocka_unit_test(the_file_of_another_network_is_named),
        cmocka_unit_test(families_have_their_exceptions),
        cmocka_unit_test(layers_stand_in_keras_order),
        cmocka_unit_test(real_files_are_recognised),
        cmocka_unit_test(published_weights_have_an_architecture),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
