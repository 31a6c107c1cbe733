#include "formats.h"

#include "base/error.h"

/* A copy of the fixture's folder, to be damaged. */
static char *copy_model(void) {
    char *folder = test_folder();
    graft_names names;
    assert_ok(graft_folder_list(golden("tfjs"), &names));
    for (size_t i = 0; i < names.count; i++) {
        char *from = graft_path_join(golden("tfjs"), names.name[i]), *to = graft_path_join(folder, names.name[i]);
        char *bytes = NULL;
        size_t length = 0;
        assert_ok(graft_file_read(from, 0, &bytes, &length));
        assert_ok(graft_file_write(to, bytes, length));
        graft_release(bytes);
        graft_release(from);
        graft_release(to);
    }
    graft_names_free(&names);
    return folder;
}

static void assert_folder_fails(char *folder, const char *part) {
    graft_container *container = NULL;
    assert_fails(GRAFT_E_DATA, part, open_path(folder, &container));
    assert_non_null(strstr(graft_error_text(), folder));
    assert_null(container);
    test_folder_remove(folder);
}

static void write_in(const char *folder, const char *name, const char *text, size_t length) {
    char *path = graft_path_join(folder, name);
    assert_ok(graft_file_write(path, text, length));
    graft_release(path);
}

static void assert_model_fails(const char *model, const char *part) {
    char *folder = test_folder();
    write_in(folder, "model.json", model, strlen(model));
    write_in(folder, "s", "0123456789abcdef", 16);
    assert_folder_fails(folder, part);
}

static void reads_plain_and_quantized_weights(void **state) {
    (void)state;
    assert_holds("tfjs", "tfjs-expected.safetensors");
    assert_holds("tfjs/model.json", "tfjs-expected.safetensors");
    graft_container *container = open_golden("tfjs");
    assert_string_equal(graft_container_format(container), "tfjs");
    assert_string_equal(graft_json_text(graft_json_get(graft_container_config(container), "class_name"), ""),
                        "Sequential");
    const graft_json *metadata = graft_container_metadata(container);
    assert_string_equal(graft_json_text(graft_json_get(metadata, "keras_version"), ""), "2.4.0");
    assert_string_equal(graft_json_text(graft_json_get(metadata, "generatedBy"), ""), "keras v2.4.0");
    graft_container_free(container);
}

static void names_groups_and_types(void **state) {
    (void)state;
    static const struct {
        const char *name, *group;
        int index;
        graft_dtype dtype;
    } rows[] = {{"conv/kernel", "conv", 0, GRAFT_F32},      {"conv/bias", "conv", 1, GRAFT_F32},
                {"bn/gamma", "bn", 0, GRAFT_F32},           {"bn/beta", "bn", 1, GRAFT_F32},
                {"block/a/count", "block/a", 0, GRAFT_I32}, {"flag", "", 0, GRAFT_BOOL}};
    graft_container *container = open_golden("tfjs");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const graft_entry *entry = graft_container_entry(container, i);
        assert_string_equal(entry->name, rows[i].name);
        assert_string_equal(entry->group, rows[i].group);
        assert_int_equal(entry->index, rows[i].index);
        graft_tensor *raw = NULL;
        assert_ok(graft_container_read_raw(container, i, &raw));
        assert_int_equal(entry->dtype, rows[i].dtype);
        assert_int_equal(raw->dtype, rows[i].dtype);
        graft_tensor_free(raw);
    }
    graft_container_free(container);
}

static void behaviour_33_a_missing_shard_is_named(void **state) {
    (void)state;
    char *folder = copy_model(), *shard = graft_path_join(folder, "group1-shard2of3");
    assert_int_equal(unlink(shard), 0);
    graft_release(shard);
    assert_folder_fails(folder, "shard group1-shard2of3 is missing");
}

static void behaviour_33_a_short_shard_is_named(void **state) {
    (void)state;
    char *folder = copy_model(), *shard = graft_path_join(folder, "group1-shard2of3");
    assert_int_equal(truncate(shard, 39), 0);
    graft_release(shard);
    assert_folder_fails(folder, "shard group1-shard2of3 has 39 bytes, expected 40");
    folder = copy_model();
    shard = graft_path_join(folder, "group1-shard1of3");
    assert_int_equal(truncate(shard, 0), 0);
    graft_release(shard);
    assert_folder_fails(folder, "shard group1-shard1of3 has 0 bytes, expected 40");
    folder = copy_model();
    shard = graft_path_join(folder, "group2-shard1of1");
    assert_int_equal(truncate(shard, 13), 0);
    graft_release(shard);
    assert_folder_fails(folder, "shard group2-shard1of1 has 13 bytes, expected 14");
}

static void shards_stay_in_the_folder(void **state) {
    (void)state;
    static const char *const paths[] = {"../s", "/etc/passwd", "a/../../s", "..", "", "a\\\\s"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        char model[256];
        snprintf(model, sizeof model, "{\"weightsManifest\":[{\"paths\":[\"%s\"],\"weights\":[]}]}", paths[i]);
        assert_model_fails(model, "expected a file below the folder");
    }
}

#define WEIGHT(text) "{\"weightsManifest\":[{\"paths\":[\"s\"],\"weights\":[" text "]}]}"

static void refuses_damaged_models(void **state) {
    (void)state;
    assert_model_fails("{\"a\":1}", "weightsManifest");
    assert_model_fails("{\"weightsManifest\":[", "model.json");
    assert_model_fails("{\"weightsManifest\":[],\"format\":\"graph-model\"}", "format graph-model");
    assert_model_fails("{\"weightsManifest\":[{\"weights\":[]}]}", "paths");
    assert_model_fails(WEIGHT("{\"shape\":[4],\"dtype\":\"float32\"}"), "no name");
    assert_model_fails(WEIGHT("{\"name\":\"a\",\"dtype\":\"float32\"}"), "a: shape");
    assert_model_fails(WEIGHT("{\"name\":\"a\",\"shape\":[4]}"), "a: dtype missing");
    assert_model_fails(WEIGHT("{\"name\":\"a\",\"shape\":[4],\"dtype\":\"string\"}"), "a: dtype string");
    assert_model_fails(WEIGHT("{\"name\":\"a\",\"shape\":[-4],\"dtype\":\"float32\"}"), "a: ");
    assert_model_fails(WEIGHT("{\"name\":\"a\",\"shape\":[65536,65536],\"dtype\":\"float32\"}"), "4 GiB");
    assert_model_fails(WEIGHT("{\"name\":\"a\",\"shape\":[3],\"dtype\":\"float32\"}"),
                       "shard s has 16 bytes, expected 12");
    assert_model_fails(WEIGHT("{\"name\":\"a\",\"shape\":[2],\"dtype\":\"float32\"},"
                              "{\"name\":\"a\",\"shape\":[2],\"dtype\":\"float32\"}"),
                       "a: a second tensor");
    assert_model_fails(
        WEIGHT("{\"name\":\"a\",\"shape\":[16],\"dtype\":\"float32\",\"quantization\":{\"dtype\":\"uint8\"}}"),
        "scale");
    assert_model_fails(
        WEIGHT("{\"name\":\"a\",\"shape\":[4],\"dtype\":\"float32\",\"quantization\":{\"dtype\":\"int32\"}}"),
        "quantised");
    char *empty = test_folder();
    assert_folder_fails(empty, "without model.json");
}

/* Of the model.json any cut is an error, and of each shard. */
static void truncated_at_any_byte(void **state) {
    (void)state;
    static const char *const files[] = {"model.json", "group1-shard1of3", "group1-shard3of3", "group2-shard1of1"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char *folder = copy_model(), *path = graft_path_join(folder, files[i]), *bytes = NULL;
        size_t length = 0;
        assert_ok(graft_file_read(path, 0, &bytes, &length));
        while (length-- > 0) {
            assert_int_equal(truncate(path, (off_t)length), 0);
            assert_int_equal(read_all(folder), GRAFT_E_DATA);
            assert_non_null(strstr(graft_error_text(), files[i]));
        }
        graft_release(bytes);
        graft_release(path);
        test_folder_remove(folder);
    }
}

static graft_status read_model(void *argument) {
    (void)argument;
    graft_context *context = NULL;
    graft_container *container = NULL;
    graft_tensor *tensor = NULL;
    graft_context_options options = GRAFT_CONTEXT_OPTIONS_INIT;
    options.threads = 1;
    graft_status status = GRAFT_OK;
    GRAFT_TRY_TO(done, status, graft_context_new(&context, &options));
    GRAFT_TRY_TO(done, status, graft_container_open(context, golden("tfjs"), &container));
    for (size_t i = 0; i < graft_container_count(container); i++) {
        GRAFT_TRY_TO(done, status, graft_container_read(container, i, &tensor));
        graft_tensor_free(tensor);
        tensor = NULL;
    }
done:
    graft_container_free(container);
    graft_context_free(context);
    return status;
}

static void failing_allocations(void **state) {
    (void)state;
    test_failing_allocations(read_model, NULL);
}

static void reads_converted_models(void **state) {
    (void)state;
    graft_container *container = NULL;
    assert_ok(read_all(test_shared("weights/tfjs-inception_v3")));
    assert_ok(read_all(test_shared("weights/tfjs-mobilenet_v2/model.json")));
    assert_ok(open_path(test_shared("weights/tfjs-inception_v3"), &container));
    assert_int_equal(graft_container_count(container), 382);
    assert_non_null(graft_container_config(container));
    graft_container_free(container);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_plain_and_quantized_weights),
        cmocka_unit_test(names_groups_and_types),
        cmocka_unit_test(behaviour_33_a_missing_shard_is_named),
        cmocka_unit_test(behaviour_33_a_short_shard_is_named),
        cmocka_unit_test(shards_stay_in_the_folder),
        cmocka_unit_test(refuses_damaged_models),
        cmocka_unit_test(truncated_at_any_byte),
        cmocka_unit_test(failing_allocations),
        cmocka_unit_test(reads_converted_models),
    };
    return cmocka_run_group_tests_name("formats/tfjs", tests, NULL, NULL);
}
