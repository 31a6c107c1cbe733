/* Weights alone as backbones and models: the network found out or named, its preprocessing, its classifier. */
#include "support/formula.h"
#include "support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "transfer/model-internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct fixture {
    graft_context *context;
    test_log log;
} fixture;

static int setup(void **state) {
    fixture *f = calloc(1, sizeof(*f));
    graft_context_options options = GRAFT_CONTEXT_OPTIONS_INIT;
    options.threads = 1;
    options.no_cache = true;
    options.log = test_log_add;
    options.user = &f->log;
    assert_ok(graft_context_new(&f->context, &options));
    *state = f;
    return 0;
}

static int teardown(void **state) {
    fixture *f = *state;
    graft_context_free(f->context);
    free(f);
    return 0;
}

#define NET test_source("tests/golden/names/tiny-torch.net")

static void the_published_preprocessing_goes_with_the_architecture(void **state) {
    fixture *f = *state;
    char *folder = test_folder(), *path = formula_write_torch(folder, "squeezenet1_1.torch", NULL);
    graft_backbone *backbone;
    f->log.text[0] = '\0';
    assert_ok(graft_backbone_open(&backbone, f->context, path, NULL));
    assert_string_equal(graft_backbone_name(backbone), "squeezenet1_1.torch");
    assert_int_equal(graft_backbone_preprocess(backbone)->scaling, GRAFT_SCALING_TORCH);
    assert_int_equal(graft_backbone_preprocess(backbone)->width, 224);
    assert_string_equal(graft_backbone_load_report(backbone), "");
    assert_non_null(strstr(f->log.text, "those of squeezenet1_1.torch (torch, by name)"));
    graft_backbone_free(backbone);
    graft_backbone_options options = GRAFT_BACKBONE_OPTIONS_INIT;
    options.image_size = 96;
    options.arch = "squeezenet1_1";
    options.preprocess = GRAFT_SCALING_TF;
    assert_ok(graft_backbone_open(&backbone, f->context, path, &options));
    assert_int_equal(graft_backbone_preprocess(backbone)->scaling, GRAFT_SCALING_TF);
    assert_int_equal(graft_backbone_preprocess(backbone)->width, 96);
    graft_backbone_free(backbone);
    graft_release(path);
    test_folder_remove(folder);
}

static void other_classes_are_asked_how_pictures_were_prepared(void **state) {
    fixture *f = *state;
    const graft_arch_options five = {.classes = 5};
    char *folder = test_folder(), *path = formula_write_torch(folder, "squeezenet1_1.torch", &five);
    graft_backbone_options options = GRAFT_BACKBONE_OPTIONS_INIT;
    graft_backbone *backbone;
    assert_fails(GRAFT_E_USAGE, "but for 5 classes and not the published 1000",
                 graft_backbone_open(&backbone, f->context, path, NULL));
    options.preprocess = GRAFT_SCALING_TORCH;
    f->log.text[0] = '\0';
    assert_ok(graft_backbone_open(&backbone, f->context, path, &options));
    assert_non_null(strstr(f->log.text, "its classifier of 5 classes is left out"));
    graft_backbone_free(backbone);
    graft_release(path);
    test_folder_remove(folder);
}

static void a_text_of_ones_own_names_the_network(void **state) {
    fixture *f = *state;
    const char *path = test_source("tests/golden/names/tiny.pth");
    graft_backbone_options options = GRAFT_BACKBONE_OPTIONS_INIT;
    graft_backbone *backbone;
    options.arch = NET;
    assert_fails(GRAFT_E_USAGE, "says how pictures were prepared: pass --preprocess",
                 graft_backbone_open(&backbone, f->context, path, &options));
    options.preprocess = GRAFT_SCALING_01;
    assert_ok(graft_backbone_open(&backbone, f->context, path, &options));
    assert_int_equal(graft_backbone_preprocess(backbone)->width, 16);
    assert_non_null(strstr(graft_backbone_load_report(backbone), "skipped 2 num_batches_tracked"));
    graft_backbone_free(backbone);
}

static void a_classifier_of_weights_alone_predicts(void **state) {
    fixture *f = *state;
    graft_backbone_options options = GRAFT_BACKBONE_OPTIONS_INIT;
    graft_model *model;
    options.arch = NET;
    options.preprocess = GRAFT_SCALING_01;
    assert_ok(graft_model_open(&model, f->context, test_source("tests/golden/names/tiny-five.pth"), &options, NULL));
    assert_int_equal(graft_model_class_count(model), 5);
    graft_model_free(model);
}

static void a_whole_network_needs_no_arch(void **state) {
    fixture *f = *state;
    graft_backbone_options options = GRAFT_BACKBONE_OPTIONS_INIT;
    graft_backbone *backbone;
    options.arch = "resnet8";
    assert_fails(
        GRAFT_E_USAGE, "the file describes its network itself: leave --arch out",
        graft_backbone_open(&backbone, f->context, test_source("tests/golden/model/version-1.graft"), &options));
}

static void a_published_file_brings_size_and_scaling(void **state) {
    fixture *f = *state;
    graft_backbone *backbone;
    const char *path = test_shared("weights/readers/squeezenet_weights_tf_dim_ordering_tf_kernels_notop.h5");
    assert_ok(graft_backbone_open(&backbone, f->context, path, NULL));
    assert_string_equal(graft_backbone_name(backbone), "squeezenet1_1.keras");
    assert_int_equal(graft_backbone_preprocess(backbone)->scaling, GRAFT_SCALING_CAFFE);
    assert_int_equal(graft_backbone_preprocess(backbone)->width, 227);
    graft_backbone_free(backbone);
}

static graft_status open_backbone(void *argument) {
    fixture *f = argument;
    graft_backbone *backbone = NULL;
    graft_backbone_options options = GRAFT_BACKBONE_OPTIONS_INIT;
    options.preprocess = GRAFT_SCALING_TF;
    options.arch = NET;
    graft_status status =
        graft_backbone_open(&backbone, f->context, test_source("tests/golden/names/tiny-five.pth"), &options);
    graft_backbone_free(backbone);
    return status;
}

static void every_allocation_may_fail(void **state) {
    test_failing_allocations(open_backbone, *state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_preprocessing_goes_with_the_architecture),
        cmocka_unit_test(other_classes_are_asked_how_pictures_were_prepared),
        cmocka_unit_test(a_text_of_ones_own_names_the_network),
        cmocka_unit_test(a_classifier_of_weights_alone_predicts),
        cmocka_unit_test(a_whole_network_needs_no_arch),
        cmocka_unit_test(a_published_file_brings_size_and_scaling),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
