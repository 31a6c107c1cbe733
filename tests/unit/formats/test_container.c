#include "formats.h"

static void assert_path_fails(const char *path, const char *part) {
    graft_container *container = NULL;
    assert_fails(GRAFT_E_DATA, part, open_path(path, &container));
    assert_null(container);
}

static void every_format_has_a_row(void **state) {
    (void)state;
    size_t count = 0;
    for (const graft_format *format; (format = graft_format_at(count)) != NULL; count++) {
        assert_non_null(format->name);
        assert_non_null(format->help);
        assert_false(format->probe((const unsigned char *)"", 0));
        format->close(NULL);
    }
    assert_int_equal(count, 7);
}

static void opens_by_content_not_by_name(void **state) {
    (void)state;
    static const struct {
        const char *file, *format;
    } rows[] = {{"keras-tiny.h5", "keras-h5"},
                {"all-types.safetensors", "safetensors"},
                {"tfjs", "tfjs"},
                {"keras3-tiny.keras", "keras"},
                {"npz-tiny.npz", "npz"},
                {"../onnx/vgg.onnx", "onnx"},
                {"pth-tiny-zip.pth", "pytorch"},
                {"pth-tiny-legacy.pth", "pytorch"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        graft_container *container = open_golden(rows[i].file);
        assert_string_equal(graft_container_format(container), rows[i].format);
        graft_container_free(container);
    }
    char *folder = test_folder(), *path = graft_path_join(folder, "weights.safetensors"), *bytes = NULL;
    size_t length = 0;
    graft_container *container = NULL;
    assert_ok(graft_file_read(golden("keras-tiny.h5"), 0, &bytes, &length));
    assert_ok(graft_file_write(path, bytes, length));
    assert_ok(open_path(path, &container));
    assert_string_equal(graft_container_format(container), "keras-h5");
    assert_string_equal(graft_container_path(container), path);
    graft_container_free(container);
    graft_release(bytes);
    graft_release(path);
    test_folder_remove(folder);
}

static void refuses_what_is_no_model(void **state) {
    (void)state;
    char *folder = test_folder(), *path = graft_path_join(folder, "x.h5");
    assert_path_fails(path, "cannot be opened");
    assert_ok(graft_file_write(path, "", 0));
    assert_path_fails(path, "empty file");
    assert_ok(graft_file_write(path, "GIF89a", 6));
    assert_path_fails(path, "47 49 46 38");
    assert_path_fails("/dev/null", "not a regular file");
    graft_release(path);
    test_folder_remove(folder);
}

static void an_index_past_the_end_is_refused(void **state) {
    (void)state;
    graft_container *container = open_golden("keras-tiny.h5");
    graft_tensor *tensor = NULL;
    assert_null(graft_container_entry(container, 2));
    assert_int_equal(graft_container_find(container, "nobody"), -1);
    assert_fails(GRAFT_E_USAGE, "keras-tiny.h5", graft_container_read(container, 2, &tensor));
    graft_container_free(container);
}

/* Each tensor keeps name, type and shape, so that what does not fit can be told: loading partly and silently starts
 * with a reader that drops them. */
static void behaviour_10_every_tensor_is_listed_with_name_and_shape(void **state) {
    (void)state;
    graft_container *container = open_golden("keras-weights.h5");
    char text[GRAFT_SHAPE_TEXT];
    const graft_entry *entry =
        graft_container_entry(container, (size_t)graft_container_find(container, "dense/kernel"));
    assert_string_equal(graft_shape_text(&entry->shape, text), "4x3");
    assert_int_equal(entry->dtype, GRAFT_F32);
    assert_int_equal(graft_container_count(container), 19);
    graft_container_free(container);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_format_has_a_row),
        cmocka_unit_test(opens_by_content_not_by_name),
        cmocka_unit_test(refuses_what_is_no_model),
        cmocka_unit_test(an_index_past_the_end_is_refused),
        cmocka_unit_test(behaviour_10_every_tensor_is_listed_with_name_and_shape),
    };
    return cmocka_run_group_tests_name("formats/container", tests, NULL, NULL);
}
