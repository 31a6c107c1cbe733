/* The main job on real photographs and real ImageNet weights, kept short: 20 pictures a class train, 8 validate. */
#include "support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include <graft/train.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct fixture {
    char *folder, *pictures, *model;
    graft_context *context;
    graft_backbone *backbone;
    graft_dataset *data;
    graft_run *run;
} fixture;

static void prepare(fixture *f) {
    char *train = graft_path_join(f->pictures, "train"), *validation = graft_path_join(f->pictures, "validation");
    test_link_pictures(test_shared("data/clothing/train"), train, 0, 20);
    test_link_pictures(test_shared("data/clothing/validation"), validation, 0, 8);
    graft_release(train);
    graft_release(validation);
    assert_ok(graft_backbone_open(&f->backbone, f->context, test_shared("weights/mobilenet_v2_imagenet.h5"), NULL));
    assert_ok(graft_dataset_open(&f->data, f->context, f->pictures, NULL));
    assert_ok(graft_train(&f->run, f->context, f->data, f->backbone, NULL));
    assert_ok(graft_model_save(graft_run_model(f->run), f->model));
}

static int setup(void **state) {
    fixture *f = calloc(1, sizeof(*f));
    graft_context_options options = GRAFT_CONTEXT_OPTIONS_INIT;
    f->folder = test_folder();
    f->pictures = graft_path_join(f->folder, "pictures");
    f->model = graft_path_join(f->folder, "clothes.graft");
    char *cache = graft_path_join(f->folder, "cache");
    options.cache_dir = cache;
    assert_ok(graft_context_new(&f->context, &options));
    graft_release(cache);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    fixture *f = *state;
    graft_run_free(f->run);
    graft_dataset_free(f->data);
    graft_backbone_free(f->backbone);
    graft_context_free(f->context);
    graft_release(f->pictures);
    graft_release(f->model);
    test_folder_remove(f->folder);
    free(f);
    return 0;
}

static void two_hundred_photographs_train_a_classifier(void **state) {
    fixture *f = *state;
    prepare(f);
    const graft_evaluation *validation = graft_run_evaluation(f->run, GRAFT_SPLIT_VALIDATION);
    assert_int_equal(validation->n, 80);
    assert_int_equal(validation->classes, 10);
    assert_true(validation->accuracy > 0.7); /* by chance 0.1 */
    assert_true(validation->accuracy > validation->majority_baseline + 0.5);
    assert_true(validation->top5 > 0.9);
    assert_int_equal(graft_run_timing_of(f->run)->features_computed, 280);
    assert_string_equal(graft_run_decision(f->run, 0)->choice, "tf");
}

/* The network that comes with graft, on pictures that it has not seen; its card has the figures of all of them. */
static void graft_s_tells_clothes_apart(void **state) {
    fixture *f = *state;
    graft_backbone *backbone;
    graft_dataset *data;
    graft_run *run;
    if (!f->run) prepare(f);
    assert_ok(graft_backbone_open(&backbone, f->context, test_source("assets/backbones/graft-s.safetensors"), NULL));
    assert_ok(graft_dataset_open(&data, f->context, f->pictures, NULL));
    assert_ok(graft_train(&run, f->context, data, backbone, NULL));
    const double accuracy = graft_run_evaluation(run, GRAFT_SPLIT_VALIDATION)->accuracy;
    assert_true(accuracy > 0.42); /* by chance 0.1, by the network before its second pass 0.41 */
    graft_run_free(run);
    graft_dataset_free(data);
    graft_backbone_free(backbone);
}

/* The training run saw the pictures through a plan with four outputs, the model through one with a single output. */
static void behaviour_29_the_saved_model_agrees_with_the_run(void **state) {
    fixture *f = *state;
    graft_context_options options = GRAFT_CONTEXT_OPTIONS_INIT;
    graft_context *bare;
    graft_model *model;
    graft_dataset *data;
    graft_predictions *predictions;
    if (!f->run) prepare(f);
    char *validation = graft_path_join(f->pictures, "validation");
    options.no_cache = true;
    assert_ok(graft_context_new(&bare, &options));
    assert_ok(graft_model_open(&model, bare, f->model, NULL, NULL));
    assert_ok(graft_dataset_open(&data, bare, validation, NULL));
    assert_ok(graft_model_predict(&predictions, model, data));
    const graft_predictions *run = graft_run_predictions(f->run, GRAFT_SPLIT_VALIDATION);
    assert_int_equal(graft_predictions_count(predictions), graft_predictions_count(run));
    for (size_t i = 0; i < graft_predictions_count(run); i++)
        assert_memory_equal(graft_predictions_row(predictions, i), graft_predictions_row(run, i), 10 * sizeof(float));
    graft_predictions_free(predictions);
    graft_dataset_free(data);
    graft_model_free(model);
    graft_context_free(bare);
    graft_release(validation);
}

static void a_second_run_computes_no_features(void **state) {
    fixture *f = *state;
    graft_dataset *data;
    graft_run *run;
    if (!f->run) prepare(f);
    assert_ok(graft_dataset_open(&data, f->context, f->pictures, NULL));
    assert_ok(graft_train(&run, f->context, data, f->backbone, NULL));
    assert_int_equal(graft_run_timing_of(run)->features_computed, 0);
    graft_run_free(run);
    graft_dataset_free(data);
}

/* ImageNet's own classifier as it is: among its 1000 classes are several of shoes. */
static void the_published_classifier_works_as_it_is(void **state) {
    fixture *f = *state;
    graft_model *model;
    graft_dataset *data;
    graft_predictions *predictions;
    graft_data_options options = GRAFT_DATA_OPTIONS_INIT;
    if (!f->run) prepare(f);
    char *shoes = graft_path_join(f->pictures, "validation/shoes");
    options.unlabelled = true;
    assert_ok(graft_model_open(&model, f->context, test_shared("weights/mobilenet_v2_imagenet.h5"), NULL,
                               test_shared("weights/imagenet_labels.txt")));
    assert_int_equal(graft_model_class_count(model), 1000);
    assert_ok(graft_dataset_open(&data, f->context, shoes, &options));
    assert_ok(graft_model_predict(&predictions, model, data));
    size_t footwear = 0;
    for (size_t i = 0; i < graft_predictions_count(predictions); i++) {
        static const char *const names[] = {"running shoe", "Loafer", "clog", "sandal", "cowboy boot"};
        const float *row = graft_predictions_row(predictions, i);
        size_t best = 0;
        for (size_t j = 1; j < 1000; j++)
            if (row[j] > row[best]) best = j;
        for (size_t j = 0; j < sizeof(names) / sizeof(*names); j++)
            footwear += strcasestr(graft_predictions_class(predictions, best), names[j]) != NULL;
    }
    assert_true(footwear * 2 >= graft_predictions_count(predictions));
    graft_predictions_free(predictions);
    graft_dataset_free(data);
    graft_model_free(model);
    graft_release(shoes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_hundred_photographs_train_a_classifier),
        cmocka_unit_test(graft_s_tells_clothes_apart),
        cmocka_unit_test(behaviour_29_the_saved_model_agrees_with_the_run),
        cmocka_unit_test(a_second_run_computes_no_features),
        cmocka_unit_test(the_published_classifier_works_as_it_is),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
