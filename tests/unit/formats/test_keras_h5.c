#include "formats.h"

#include <pthread.h>

static void reads_fixed_texts_of_weights_only(void **state) {
    (void)state;
    assert_holds("keras-weights.h5", "keras-expected.safetensors");
    graft_container *container = open_golden("keras-weights.h5");
    assert_string_equal(graft_container_format(container), "keras-h5");
    assert_null(graft_container_config(container));
    assert_string_equal(graft_json_text(graft_json_get(graft_container_metadata(container), "keras_version"), ""),
                        "2.4.0");
    assert_string_equal(graft_json_text(graft_json_get(graft_container_metadata(container), "backend"), ""),
                        "tensorflow");
    graft_container_free(container);
}

static void reads_variable_texts_of_a_whole_model(void **state) {
    (void)state;
    assert_holds("keras-model.h5", "keras-expected.safetensors");
    graft_container *container = open_golden("keras-model.h5");
    const graft_json *config = graft_container_config(container);
    assert_string_equal(graft_json_text(graft_json_get(config, "class_name"), ""), "Sequential");
    graft_container_free(container);
}

static void reads_attributes_split_into_parts(void **state) {
    (void)state;
    assert_holds("keras-split.h5", "keras-expected.safetensors");
}

static void reads_the_latest_file_format(void **state) {
    (void)state;
    assert_holds("keras-latest.h5", "keras-latest-expected.safetensors");
    assert_open_fails("latest-gzip.h5", "packed chunks in the layout of libver");
}

static void reads_the_file_format_of_hdf5_1_8(void **state) {
    (void)state;
    assert_holds("keras-v18.h5", "keras-expected.safetensors");
}

static void reads_groups_of_several_nodes(void **state) {
    (void)state;
    graft_container *container = open_golden("keras-many.h5");
    assert_int_equal(graft_container_count(container), 2);
    graft_container_free(container);
}

static void names_groups_and_places(void **state) {
    (void)state;
    static const struct {
        const char *name, *group;
        int index;
    } rows[] = {{"dense/kernel", "dense", 0},
                {"dense/bias", "dense", 1},
                {"conv1/kernel", "conv1", 0},
                {"fire/squeeze/kernel", "fire/squeeze", 0},
                {"lstm/lstm_cell/recurrent_kernel", "lstm", 1},
                {"inner/a/kernel", "inner", 0},
                {"inner/b/kernel", "inner", 1},
                {"inner/c/bias", "inner", 2},
                {"top_level_model_weights/temperature", "top_level_model_weights", 0}};
    graft_container *container = open_golden("keras-weights.h5");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t index = graft_container_find(container, rows[i].name);
        if (index < 0) fail_msg("no %s", rows[i].name);
        const graft_entry *entry = graft_container_entry(container, (size_t)index);
        assert_string_equal(entry->name, rows[i].name);
        assert_string_equal(entry->group, rows[i].group);
        assert_int_equal(entry->index, rows[i].index);
    }
    assert_int_equal(graft_container_find(container, "dense/kernel:0"), -1);
    graft_container_free(container);
}

static void keeps_the_stored_types(void **state) {
    (void)state;
    static const struct {
        const char *name;
        graft_dtype dtype;
    } rows[] = {{"types/half", GRAFT_F16}, {"types/big", GRAFT_F32},  {"types/double", GRAFT_F64},
                {"types/byte", GRAFT_I8},  {"types/long", GRAFT_I64}, {"types/scalar", GRAFT_F32}};
    graft_container *container = open_golden("keras-weights.h5");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        graft_tensor *raw = NULL;
        size_t index = (size_t)graft_container_find(container, rows[i].name);
        assert_int_equal(graft_container_entry(container, index)->dtype, rows[i].dtype);
        assert_ok(graft_container_read_raw(container, index, &raw));
        assert_int_equal(raw->dtype, rows[i].dtype);
        graft_tensor_free(raw);
    }
    graft_container_free(container);
}

static void follows_soft_links_inside_the_file(void **state) {
    (void)state;
    graft_container *container = open_golden("soft-link.h5");
    graft_tensor *kernel = read_named(container, "dense/kernel");
    assert_int_equal(kernel->shape.rank, 1); /* the bias' shape */
    graft_tensor_free(kernel);
    graft_container_free(container);
}

static void refuses_what_lies_in_other_files(void **state) {
    (void)state;
    assert_open_fails("external-link.h5", "external link");
    assert_open_fails("external-storage.h5", "another file");
    assert_open_fails("virtual.h5", "another file");
}

static void refuses_cycles(void **state) {
    (void)state;
    assert_open_fails("soft-cycle.h5", "/dense/dense/kernel:0");
    assert_open_fails("group-cycle.h5", "/dense/dense/kernel:0");
}

static void refuses_what_is_no_tensor_of_numbers(void **state) {
    (void)state;
    assert_open_fails("text-tensor.h5", "its type is no IEEE float");
    assert_open_fails("odd-float.h5", "its type is no IEEE float");
    assert_open_fails("compound-tensor.h5", "not of numbers");
}

static void refuses_sizes_the_file_cannot_hold(void **state) {
    (void)state;
    assert_open_fails("unwritten.h5", "0 bytes stored");
    assert_open_fails("huge.h5", "4 GiB");
    assert_open_fails("huge-packed.h5", "bytes stored");
    assert_open_fails("packed-wrong-size.h5", "does not unpack to its size");
}

static void refuses_texts_of_another_length_than_stored(void **state) {
    (void)state;
    assert_open_fails("long-text.h5", "a text's length");
}

static void refuses_filters_that_would_load_plugins(void **state) {
    (void)state;
    assert_open_fails("lzf.h5", "filter 32000");
}

static void refuses_files_that_are_not_keras(void **state) {
    (void)state;
    assert_open_fails("no-layers.h5", "no attribute layer_names");
    assert_open_fails("number-names.h5", "no texts");
    assert_open_fails("bad-config.h5", "bad-config.h5: model_config");
    assert_open_fails("twice.h5", "dense/kernel: a second tensor of this name");
}

static void truncated_at_any_byte(void **state) {
    (void)state;
    assert_truncations_fail(golden("keras-tiny.h5"));
    assert_truncations_fail(golden("keras-packed.h5"));
    assert_truncations_fail(golden("keras-latest-tiny.h5"));
}

/* Without waiting for the disk, unlike graft_file_write. */
static void overwrite(const char *path, const char *bytes, size_t length) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

/* Damage anywhere gives an error or other values, but no crash, hang or leak. */
static void survives_damage(void **state) {
    (void)state;
    char *folder = test_folder(), *path = graft_path_join(folder, "damaged.h5"), *bytes = NULL;
    size_t length = 0, opened = 0;
    assert_ok(graft_file_read(golden("keras-tiny.h5"), 0, &bytes, &length));
    for (size_t at = 0; at < length; at += 13) {
        char kept = bytes[at];
        bytes[at] = (char)(kept ^ (1 << at % 8));
        overwrite(path, bytes, length);
        opened += read_all(path) == GRAFT_OK;
        bytes[at] = kept;
    }
    assert_true(opened > 0); /* much of a file is unused */
    graft_release(bytes);
    graft_release(path);
    test_folder_remove(folder);
}

static graft_status read_model(void *argument) {
    (void)argument;
    graft_context *context = NULL;
    graft_container *container = NULL;
    graft_context_options options = GRAFT_CONTEXT_OPTIONS_INIT;
    options.threads = 1;
    graft_status status = graft_context_new(&context, &options);
    if (status == GRAFT_OK) status = graft_container_open(context, golden("keras-model.h5"), &container);
    graft_tensor *tensor = NULL;
    if (status == GRAFT_OK) status = graft_container_read(container, 0, &tensor);
    graft_tensor_free(tensor);
    graft_container_free(container);
    graft_context_free(context);
    return status;
}

static void failing_allocations(void **state) {
    (void)state;
    test_failing_allocations(read_model, NULL);
}

static void *read_again_and_again(void *argument) {
    graft_status *status = argument;
    for (int i = 0; i < 20 && *status == GRAFT_OK; i++)
        *status = read_model(NULL);
    return NULL;
}

static void several_threads_read_at_once(void **state) {
    (void)state;
    pthread_t thread[4];
    graft_status status[4] = {GRAFT_OK};
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, read_again_and_again, &status[i]), 0);
    for (int i = 0; i < 4; i++) {
        pthread_join(thread[i], NULL);
        assert_int_equal(status[i], GRAFT_OK);
    }
}

/* Counts, a name and the sum of its values, by h5py 3.7.0. */
static void behaviour_30_reads_files_of_keras_2_0_to_2_8(void **state) {
    (void)state;
    static const struct {
        const char *path, *version;
        size_t count;
        bool config;
        const char *name;
        double sum;
    } rows[] = {
        {"weights/mobilenet_v1_0.25_224_imagenet.h5", "2.8.0", 137, true, "conv_dw_1/depthwise_kernel",
         -25.067561171017587},
        {"weights/mobilenet_v1_0.25_96_vww.h5", "2.4.0", 164, true, "conv2d/bias", -0.1758837173692882},
        {"weights/mobilenet_v2_imagenet.h5", "2.2.4-tf", 262, true, "Conv1/kernel", -16.50889778137207},
        {"weights/resnet8_cifar10.h5", "2.4.0", 48, true, "conv2d/kernel", -0.9227949751075357},
        {"weights/readers/mobilenet_2_5_224_tf_no_top.h5", "2.0.4", 135, false, "conv1_bn/gamma", 14.884487271308899},
        {"weights/readers/squeezenet_weights_tf_dim_ordering_tf_kernels_notop.h5", "2.0.2", 50, false,
         "fire2/squeeze1x1/kernel", 32.73699160356773},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        graft_container *container = NULL;
        assert_ok(open_path(test_shared(rows[i].path), &container));
        assert_int_equal(graft_container_count(container), rows[i].count);
        assert_int_equal(graft_container_config(container) != NULL, rows[i].config);
        const graft_json *version = graft_json_get(graft_container_metadata(container), "keras_version");
        assert_string_equal(graft_json_text(version, ""), rows[i].version);
        graft_tensor *tensor = read_named(container, rows[i].name);
        double sum = 0;
        for (size_t k = 0; k < tensor->bytes / sizeof(float); k++)
            sum += graft_tensor_f32(tensor)[k];
        assert_true(sum - rows[i].sum < 1e-9 && rows[i].sum - sum < 1e-9);
        graft_tensor_free(tensor);
        graft_container_free(container);
        assert_ok(read_all(test_shared(rows[i].path)));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_fixed_texts_of_weights_only),
        cmocka_unit_test(reads_variable_texts_of_a_whole_model),
        cmocka_unit_test(reads_attributes_split_into_parts),
        cmocka_unit_test(reads_the_latest_file_format),
        cmocka_unit_test(reads_the_file_format_of_hdf5_1_8),
        cmocka_unit_test(reads_groups_of_several_nodes),
        cmocka_unit_test(names_groups_and_places),
        cmocka_unit_test(keeps_the_stored_types),
        cmocka_unit_test(follows_soft_links_inside_the_file),
        cmocka_unit_test(refuses_what_lies_in_other_files),
        cmocka_unit_test(refuses_cycles),
        cmocka_unit_test(refuses_what_is_no_tensor_of_numbers),
        cmocka_unit_test(refuses_sizes_the_file_cannot_hold),
        cmocka_unit_test(refuses_texts_of_another_length_than_stored),
        cmocka_unit_test(refuses_filters_that_would_load_plugins),
        cmocka_unit_test(refuses_files_that_are_not_keras),
        cmocka_unit_test(truncated_at_any_byte),
        cmocka_unit_test(survives_damage),
        cmocka_unit_test(failing_allocations),
        cmocka_unit_test(several_threads_read_at_once),
        cmocka_unit_test(behaviour_30_reads_files_of_keras_2_0_to_2_8),
    };
    return cmocka_run_group_tests_name("formats/keras_h5", tests, NULL, NULL);
}
