/* Model files: whole or refused, never half believed. */
#include "support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/hash.h"
#include "support/tiny-fixture.h"
#include "transfer/model-internal.h"
#include "transfer/model-seal.h"
#include <graft/train.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct fixture {
    tiny_fixture tiny;
    char *model;
    char *bytes; /* of the model file */
    size_t length;
} fixture;

static char *train_model(fixture *f, const char *head, const char *name) {
    graft_train_options options = GRAFT_TRAIN_OPTIONS_INIT;
    options.head = head;
    return tiny_train_model(&f->tiny, &options, name);
}

static int setup(void **state) {
    fixture *f = *state = tiny_fixture_new(sizeof(*f), 12);
    tiny_fixture_open(&f->tiny, 1);
    f->model = train_model(f, NULL, "model.graft");
    assert_ok(graft_file_read(f->model, 0, &f->bytes, &f->length));
    return 0;
}

static int teardown(void **state) {
    fixture *f = *state;
    graft_release(f->model);
    graft_release(f->bytes);
    tiny_fixture_free(&f->tiny);
    return 0;
}

static char *scratch(const fixture *f) {
    return graft_path_join(f->tiny.folder, "scratch.graft");
}

static graft_status open_bytes(const fixture *f, const char *bytes, size_t length) {
    graft_model *model = NULL;
    char *path = scratch(f);
    assert_ok(graft_file_write(path, bytes, length));
    graft_status status = graft_model_open(&model, f->tiny.context, path, NULL, NULL);
    if (status != GRAFT_OK) {
        assert_null(model);
        assert_null(strchr(graft_error_text(), '\n'));
        if (!strstr(graft_error_text(), "scratch.graft")) fail_msg("no path in: %s", graft_error_text());
    }
    graft_model_free(model);
    graft_release(path);
    return status;
}

static void behaviour_5_the_class_list_is_stored_in_order(void **state) {
    fixture *f = *state;
    graft_model *model;
    assert_ok(graft_model_open(&model, f->tiny.context, f->model, NULL, NULL));
    assert_int_equal(graft_model_class_count(model), 3);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(graft_model_class(model, i), tiny_classes[i]);
    assert_null(graft_model_class(model, 3));
    graft_model_free(model);
}

static void behaviour_3_preprocessing_is_part_of_the_model(void **state) {
    fixture *f = *state;
    graft_model *model;
    graft_preprocess expected;
    graft_preprocess_init(&expected, GRAFT_SCALING_01);
    assert_ok(graft_model_open(&model, f->tiny.context, f->model, NULL, NULL));
    const graft_preprocess *spec = graft_model_preprocess(model);
    assert_int_equal(spec->width, 16);
    assert_int_equal(spec->height, 16);
    assert_int_equal(spec->scaling, GRAFT_SCALING_01);
    assert_memory_equal(spec->mean, expected.mean, sizeof(expected.mean));
    assert_memory_equal(spec->scale, expected.scale, sizeof(expected.scale));
    graft_model_free(model);
    graft_backbone_options options = GRAFT_BACKBONE_OPTIONS_INIT;
    options.preprocess = GRAFT_SCALING_CAFFE;
    assert_fails(GRAFT_E_USAGE, "stored in the file",
                 graft_model_open(&model, f->tiny.context, f->model, &options, NULL));
    assert_fails(GRAFT_E_USAGE, "--classes", graft_model_open(&model, f->tiny.context, f->model, NULL, "c.txt"));
}

/* Changes the file as only someone who seals it again can, so that nothing but the self-test can notice. */
static void resealed(fixture *f, const char *from, const char *to, const char *part) {
    char *path = scratch(f), *at = memmem(f->bytes, f->length, from, strlen(from));
    char *copy = graft_allocate(f->length, 1);
    graft_model *model;
    assert_non_null(at);
    assert_int_equal(strlen(from), strlen(to));
    memcpy(copy, f->bytes, f->length);
    memcpy(copy + (at - f->bytes), to, strlen(to));
    assert_ok(graft_file_write(path, copy, f->length));
    assert_ok(graft_seal_write(path));
    assert_fails(GRAFT_E_DATA, part, graft_model_open(&model, f->tiny.context, path, NULL, NULL));
    assert_null(strchr(graft_error_text(), '\n'));
    graft_release(copy);
    graft_release(path);
}

static void behaviour_3_loading_repeats_the_self_test(void **state) {
    fixture *f = *state;
    resealed(f, "\\\"bgr\\\":false,\\\"mean\\\":[0.0,", "\\\"bgr\\\":false,\\\"mean\\\":[9.0,",
             "self-test picture gets");
    resealed(f, "\\\"bgr\\\":false", "\\\"bgr\\\":true ", "self-test picture gets");
    resealed(f, "\\\"fit\\\":\\\"squash\\\"", "\\\"fit\\\":\\\"crop\\\"  ", "self-test picture gets");
}

static void behaviour_30_a_future_version_is_refused_by_number(void **state) {
    fixture *f = *state;
    resealed(f, "\"format_version\":\"1\"", "\"format_version\":\"2\"", "format version 2");
    resealed(f, "\"format_version\":\"1\"", "\"format_version\":\"x\"", "format version 'x'");
}

static void metadata_that_disagrees_is_refused(void **state) {
    fixture *f = *state;
    resealed(f, "\\\"head\\\":\\\"logistic\\\"", "\\\"head\\\":\\\"logistix\\\"", "unknown head");
    resealed(f, "\\\"class_count\\\":3", "\\\"class_count\\\":4", "class names");
    resealed(f, "\\\"class_count\\\":3", "\\\"class_count\\\":1", "expected 2 to");
    resealed(f, "\\\"pool\\\":\\\"avg\\\"", "\\\"pool\\\":\\\"avx\\\"", "pool");
    resealed(f, "\\\"width\\\":16", "\\\"width\\\":17", "the file says 17");
    resealed(f, "@head/bias", "@head/bios", "@head/bias is missing");
}

static void behaviour_33_a_file_cut_at_any_byte_is_refused_in_one_line(void **state) {
    fixture *f = *state;
    size_t step = f->length / 400 + 1;
    for (size_t length = 0; length < f->length; length += length < 300 ? 1 : step)
        assert_int_equal(open_bytes(f, f->bytes, length), GRAFT_E_DATA);
    assert_int_equal(open_bytes(f, f->bytes, f->length), GRAFT_OK);
}

static void behaviour_33_a_flipped_bit_is_refused_in_one_line(void **state) {
    fixture *f = *state;
    size_t step = f->length / 500 + 1;
    for (size_t at = 0; at < f->length; at += at < 200 ? 1 : step) {
        f->bytes[at] ^= (char)(1 << (at % 8));
        assert_int_equal(open_bytes(f, f->bytes, f->length), GRAFT_E_DATA);
        f->bytes[at] ^= (char)(1 << (at % 8));
    }
}

static void saving_again_gives_the_same_bytes(void **state) {
    fixture *f = *state;
    graft_model *model;
    char *path = scratch(f);
    assert_ok(graft_model_open(&model, f->tiny.context, f->model, NULL, NULL));
    assert_ok(graft_model_save(model, path));
    graft_model_free(model);
    assert_true(test_files_equal(path, f->model));
    graft_release(path);
}

static void training_again_gives_the_same_bytes(void **state) {
    fixture *f = *state;
    char *path = train_model(f, NULL, "again.graft");
    assert_true(test_files_equal(path, f->model));
    graft_release(path);
}

static void every_head_survives_its_file(void **state) {
    fixture *f = *state;
    const char *const heads[] = {"knn", "majority"};
    for (size_t i = 0; i < 2; i++) {
        graft_model *model;
        char *path = train_model(f, heads[i], "head.graft"); /* opening verifies the stored answer */
        assert_ok(graft_model_open(&model, f->tiny.context, path, NULL, NULL));
        assert_string_equal(model->head->name, heads[i]);
        graft_model_free(model);
        graft_release(path);
    }
}

static graft_status save_to(void *model, const char *path) {
    return graft_model_save(model, path);
}

static void a_full_disk_leaves_the_old_model_whole(void **state) {
    fixture *f = *state;
    graft_model *model;
    assert_ok(graft_model_open(&model, f->tiny.context, f->model, NULL, NULL));
    test_full_disk("model.graft", f->length / 2, NULL, save_to, model);
    graft_model_free(model);
}

static void a_folder_that_is_missing_is_named(void **state) {
    fixture *f = *state;
    graft_model *model;
    char *path = graft_text_format("%s/none/model.graft", f->tiny.folder);
    assert_ok(graft_model_open(&model, f->tiny.context, f->model, NULL, NULL));
    assert_fails(GRAFT_E_DATA, "none", graft_model_save(model, path));
    graft_model_free(model);
    assert_fails(GRAFT_E_DATA, "none", graft_model_open(&model, f->tiny.context, path, NULL, NULL));
    graft_release(path);
}

static graft_status open_and_save(void *argument) {
    fixture *f = argument;
    graft_model *model = NULL;
    char *path = graft_text_format("%s/scratch.graft", f->tiny.folder);
    if (!path) return GRAFT_E_MEMORY;
    graft_status status = graft_model_open(&model, f->tiny.context, f->model, NULL, NULL);
    if (status == GRAFT_OK) status = graft_model_save(model, path);
    graft_model_free(model);
    graft_release(path);
    return status;
}

static void every_allocation_may_fail(void **state) {
    test_failing_allocations(open_and_save, *state);
}

/* Written by the first version of the format. */
static void behaviour_30_a_file_of_version_1_still_loads(void **state) {
    fixture *f = *state;
    graft_model *model;
    const char *path = test_source("tests/golden/model/version-1.graft");
    assert_ok(graft_model_open(&model, f->tiny.context, path, NULL, NULL));
    assert_int_equal(graft_model_class_count(model), 3);
    assert_string_equal(graft_model_class(model, 2), "cherry");
    graft_model_free(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(behaviour_5_the_class_list_is_stored_in_order),
        cmocka_unit_test(behaviour_3_preprocessing_is_part_of_the_model),
        cmocka_unit_test(behaviour_3_loading_repeats_the_self_test),
        cmocka_unit_test(behaviour_30_a_future_version_is_refused_by_number),
        cmocka_unit_test(behaviour_30_a_file_of_version_1_still_loads),
        cmocka_unit_test(metadata_that_disagrees_is_refused),
        cmocka_unit_test(behaviour_33_a_file_cut_at_any_byte_is_refused_in_one_line),
        cmocka_unit_test(behaviour_33_a_flipped_bit_is_refused_in_one_line),
        cmocka_unit_test(saving_again_gives_the_same_bytes),
        cmocka_unit_test(training_again_gives_the_same_bytes),
        cmocka_unit_test(every_head_survives_its_file),
        cmocka_unit_test(a_full_disk_leaves_the_old_model_whole),
        cmocka_unit_test(a_folder_that_is_missing_is_named),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
