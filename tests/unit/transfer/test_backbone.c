/* Backbones: preprocessing that is known or asked for, any size that is legal, reports of what was loaded. */
#include "support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "support/tiny.h"
#include "transfer/model-internal.h"
#include "json/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct fixture {
    char *folder, *foreign, *own;
    test_log log;
    graft_context *context;
} fixture;

static int setup(void **state) {
    fixture *f = calloc(1, sizeof(*f));
    graft_context_options options = GRAFT_CONTEXT_OPTIONS_INIT;
    f->folder = test_folder();
    f->foreign = graft_path_join(f->folder, "foreign");
    f->own = graft_path_join(f->folder, "tiny.graft");
    options.threads = 1;
    options.no_cache = true;
    options.log = test_log_add;
    options.user = &f->log;
    assert_ok(graft_context_new(&f->context, &options));
    tiny_tfjs(f->foreign, 32, 4, 1, true);
    tiny_network(f->context, f->own, 32, 4, 1);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    fixture *f = *state;
    graft_context_free(f->context);
    graft_release(f->foreign);
    graft_release(f->own);
    test_folder_remove(f->folder);
    free(f);
    return 0;
}

static graft_backbone *open_as(fixture *f, const char *path, graft_backbone_options options) {
    graft_backbone *backbone;
    f->log.text[0] = '\0';
    assert_ok(graft_backbone_open(&backbone, f->context, path, &options));
    return backbone;
}

static void behaviour_3_unknown_preprocessing_is_asked_for(void **state) {
    fixture *f = *state;
    graft_backbone *backbone;
    assert_fails(GRAFT_E_USAGE, "--preprocess tf|caffe|torch|01|raw",
                 graft_backbone_open(&backbone, f->context, f->foreign, NULL));
    assert_non_null(strstr(graft_error_text(), "not a known one"));
    assert_null(strchr(graft_error_text(), '\n'));
    graft_backbone_options options = GRAFT_BACKBONE_OPTIONS_INIT;
    options.preprocess = GRAFT_SCALING_CAFFE;
    options.fit = GRAFT_FIT_PAD;
    options.filter = 1 + GRAFT_FILTER_LANCZOS;
    backbone = open_as(f, f->foreign, options);
    const graft_preprocess *spec = graft_backbone_preprocess(backbone);
    assert_int_equal(spec->scaling, GRAFT_SCALING_CAFFE);
    assert_true(spec->bgr);
    assert_int_equal(spec->fit, GRAFT_FIT_PAD);
    assert_int_equal(spec->filter, GRAFT_FILTER_LANCZOS);
    assert_int_equal(spec->width, 32);
    assert_string_equal(graft_backbone_name(backbone), "tiny");
    graft_backbone_free(backbone);
}

static void behaviour_3_a_graft_brings_its_preprocessing(void **state) {
    fixture *f = *state;
    graft_backbone *backbone = open_as(f, f->own, (graft_backbone_options)GRAFT_BACKBONE_OPTIONS_INIT);
    assert_int_equal(graft_backbone_preprocess(backbone)->scaling, GRAFT_SCALING_01);
    graft_backbone_free(backbone);
    graft_backbone_options options = GRAFT_BACKBONE_OPTIONS_INIT;
    options.preprocess = GRAFT_SCALING_TF;
    assert_fails(GRAFT_E_USAGE, "stored in the file", graft_backbone_open(&backbone, f->context, f->own, &options));
}

static void behaviour_9_any_legal_size_and_the_smallest_is_named(void **state) {
    fixture *f = *state;
    graft_backbone *backbone;
    graft_backbone_options options = GRAFT_BACKBONE_OPTIONS_INIT;
    options.preprocess = GRAFT_SCALING_TF;
    const int64_t legal[] = {1, 5, 31, 32, 33, 100};
    for (size_t i = 0; i < sizeof(legal) / sizeof(*legal); i++) {
        options.image_size = legal[i];
        backbone = open_as(f, f->foreign, options);
        assert_int_equal(graft_backbone_preprocess(backbone)->width, legal[i]);
        assert_int_equal(graft_backbone_preprocess(backbone)->height, legal[i]);
        bool far = legal[i] < 16 || legal[i] > 64;
        assert_int_equal(strstr(f->log.text, "far from the 32 px") != NULL, far);
        graft_backbone_free(backbone);
    }
    /* A model of graft's own, too. */
    options.preprocess = GRAFT_SCALING_UNKNOWN;
    for (size_t i = 0; i < sizeof(legal) / sizeof(*legal); i++) {
        options.image_size = legal[i];
        backbone = open_as(f, f->own, options);
        assert_int_equal(graft_backbone_preprocess(backbone)->width, legal[i]);
        assert_int_equal(strstr(f->log.text, "far from the 32 px") != NULL, legal[i] < 16 || legal[i] > 64);
        graft_backbone_free(backbone);
    }
    options.preprocess = GRAFT_SCALING_TF;
    options.image_size = 5000;
    assert_fails(GRAFT_E_USAGE, "size 5000", graft_backbone_open(&backbone, f->context, f->foreign, &options));
}

static void behaviour_9_the_real_networks_smallest_size_is_named(void **state) {
    fixture *f = *state;
    graft_backbone *backbone;
    graft_backbone_options options = GRAFT_BACKBONE_OPTIONS_INIT;
    const char *inception = test_shared("weights/tfjs-inception_v3");
    options.preprocess = GRAFT_SCALING_01;
    options.image_size = 32;
    assert_fails(GRAFT_E_DATA, "smallest legal size is",
                 graft_backbone_open(&backbone, f->context, inception, &options));
}

static void behaviour_3_the_registry_answers_only_when_it_is_sure(void **state) {
    fixture *f = *state;
    graft_backbone *backbone = open_as(f, test_shared("weights/mobilenet_v2_imagenet.h5"),
                                       (graft_backbone_options)GRAFT_BACKBONE_OPTIONS_INIT);
    assert_string_equal(graft_backbone_name(backbone), "mobilenet_v2");
    assert_int_equal(graft_backbone_preprocess(backbone)->scaling, GRAFT_SCALING_TF);
    assert_int_equal(graft_backbone_preprocess(backbone)->width, 224);
    assert_string_equal(graft_backbone_load_report(backbone), "");
    graft_backbone_free(backbone);
    assert_fails(GRAFT_E_USAGE, "classifier is not the published one",
                 graft_backbone_open(&backbone, f->context, test_shared("weights/tfjs-mobilenet_v2"), NULL));
    assert_fails(GRAFT_E_USAGE, "not a known one",
                 graft_backbone_open(&backbone, f->context, test_shared("weights/resnet8_cifar10.h5"), NULL));
}

/* Gives a tensor to another layer: conv2 has lost its kernel. */
static void behaviour_10_a_missing_tensor_is_an_error_that_names_it(void **state) {
    fixture *f = *state;
    char *folder = graft_path_join(f->folder, "lacking"), *json = graft_text_format("%s/model.json", folder), *text;
    size_t length;
    graft_backbone *backbone;
    graft_backbone_options options = GRAFT_BACKBONE_OPTIONS_INIT;
    options.preprocess = GRAFT_SCALING_TF;
    tiny_tfjs(folder, 32, 4, 1, true);
    assert_ok(graft_file_read(json, 0, &text, &length));
    char *at = strstr(text, "conv2/kernel");
    assert_non_null(at);
    memcpy(at, "conv9/kernel", 12);
    assert_ok(graft_file_write(json, text, length));
    assert_fails(GRAFT_E_DATA, "conv2", graft_backbone_open(&backbone, f->context, folder, &options));
    graft_release(text);
    graft_release(json);
    graft_release(folder);
}

static void summary_counts_what_the_network_has(void **state) {
    fixture *f = *state;
    char *text;
    graft_json *json;
    const int64_t parameters = 8 * 27 + 8 + 16 * 72 + 16 + 16 * 144 + 16 + 16 * 4 + 4;
    const graft_summary_options as_json = {.struct_size = sizeof as_json, .json = true},
                                of_arch = {.struct_size = sizeof of_arch, .arch = "resnet50"};
    assert_ok(graft_summary(f->context, f->foreign, &as_json, &text));
    assert_ok(graft_json_parse(text, strlen(text), "summary", &json));
    assert_int_equal(graft_json_int(graft_json_get(json, "parameters"), 0), parameters);
    assert_int_equal(graft_json_int(graft_json_get(json, "trainable"), 0), parameters);
    assert_int_equal(graft_json_int(graft_json_get(json, "multiply_adds"), 0),
                     16 * 16 * 8 * 27 + 8 * 8 * 16 * 72 + 8 * 8 * 16 * 144 + 16 * 4);
    assert_int_equal(graft_json_int(graft_json_at(graft_json_get(json, "input"), 1), 0), 32);
    const graft_json *layer = graft_json_at(graft_json_get(json, "layers"), 1);
    assert_string_equal(graft_json_text(graft_json_get(layer, "name"), ""), "conv1");
    assert_int_equal(graft_json_int(graft_json_get(layer, "parameters"), 0), 8 * 27 + 8);
    graft_json_free(json);
    graft_text_free(text);
    assert_ok(graft_summary(f->context, f->own, NULL, &text));
    assert_non_null(strstr(text, "relu3"));
    assert_non_null(strstr(text, "3,780"));
    graft_text_free(text);
    assert_ok(graft_summary(f->context, "none", &of_arch, &text));
    assert_non_null(strstr(text, "parameters     25,636,712 (97.8 MiB), 25,583,592 trainable"));
    graft_text_free(text);
    assert_fails(GRAFT_E_DATA, "none.h5", graft_summary(f->context, "none.h5", NULL, &text));
    assert_fails(GRAFT_E_USAGE, "leave --arch out", graft_summary(f->context, "vgg16", &of_arch, &text));
    assert_fails(GRAFT_E_USAGE, "leave --arch out", graft_summary(f->context, f->foreign, &of_arch, &text));
}

/* Without a path: the network that comes with graft, from the folders that the context names. */
static void no_base_is_the_network_that_comes_with_graft(void **state) {
    fixture *f = *state;
    graft_context_options options = GRAFT_CONTEXT_OPTIONS_INIT;
    graft_backbone_options other = GRAFT_BACKBONE_OPTIONS_INIT;
    const char *const folders[] = {"/nonexistent", f->folder, NULL};
    char *shipped = graft_path_join(f->folder, GRAFT_DEFAULT_BACKBONE ".safetensors"), *bytes;
    size_t length;
    graft_context *context;
    graft_backbone *backbone;
    options.threads = 1;
    options.backbone_dirs = folders;
    assert_ok(graft_context_new(&context, &options));
    assert_fails(GRAFT_E_DATA, "the network that comes with graft, is not in /nonexistent",
                 graft_backbone_open(&backbone, context, NULL, NULL));
    assert_ok(graft_file_read(f->own, 0, &bytes, &length));
    assert_ok(graft_file_write(shipped, bytes, length));
    assert_ok(graft_backbone_open(&backbone, context, NULL, NULL));
    assert_string_equal(graft_backbone_name(backbone), "tiny");
    assert_int_equal(graft_backbone_preprocess(backbone)->scaling, GRAFT_SCALING_01); /* as the file says */
    graft_backbone_free(backbone);
    assert_ok(graft_backbone_open(&backbone, context, GRAFT_DEFAULT_BACKBONE, NULL));
    graft_backbone_free(backbone);
    other.arch = "resnet18.torch";
    assert_fails(GRAFT_E_USAGE, "--base", graft_backbone_open(&backbone, context, NULL, &other));
    graft_release(bytes);
    graft_release(shipped);
    graft_context_free(context);
}

static graft_status open_backbone(void *argument) {
    fixture *f = argument;
    graft_backbone *backbone = NULL;
    graft_backbone_options options = GRAFT_BACKBONE_OPTIONS_INIT;
    options.preprocess = GRAFT_SCALING_TF;
    options.image_size = 64;
    graft_status status = graft_backbone_open(&backbone, f->context, f->foreign, &options);
    graft_backbone_free(backbone);
    return status;
}

static void every_allocation_may_fail(void **state) {
    test_failing_allocations(open_backbone, *state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(behaviour_3_unknown_preprocessing_is_asked_for),
        cmocka_unit_test(behaviour_3_a_graft_brings_its_preprocessing),
        cmocka_unit_test(behaviour_3_the_registry_answers_only_when_it_is_sure),
        cmocka_unit_test(behaviour_9_any_legal_size_and_the_smallest_is_named),
        cmocka_unit_test(behaviour_9_the_real_networks_smallest_size_is_named),
        cmocka_unit_test(behaviour_10_a_missing_tensor_is_an_error_that_names_it),
        cmocka_unit_test(summary_counts_what_the_network_has),
        cmocka_unit_test(no_base_is_the_network_that_comes_with_graft),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
