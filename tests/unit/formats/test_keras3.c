#include "formats.h"

static void assert_order(const char *file, const char *const *groups, size_t count) {
    graft_container *container = open_golden(file);
    assert_int_equal(graft_container_count(container), count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(graft_container_entry(container, i)->group, groups[i]);
    graft_container_free(container);
}

static const char *const net[] = {"stem", "stem", "norm",     "norm",     "norm",      "norm",
                                  "body", "body", "zz_first", "zz_first", "aa_second", "aa_second"};

static void the_configuration_gives_names_and_order(void **state) {
    (void)state;
    static const char *const files[] = {"keras3.keras", "keras3-unnamed.keras", "keras3-older.keras"};
    for (size_t i = 0; i < 3; i++) {
        assert_holds(files[i], "keras3-expected.safetensors");
        assert_order(files[i], net, 12);
    }
    graft_container *container = open_golden("keras3.keras");
    const graft_entry *entry = graft_container_entry(container, 3);
    assert_string_equal(entry->name, "norm/1");
    assert_int_equal(entry->index, 1);
    assert_string_equal(graft_container_format(container), "keras");
    assert_string_equal(graft_json_text(graft_json_get(graft_container_config(container), "class_name"), ""),
                        "Sequential");
    assert_string_equal(graft_json_text(graft_json_get(graft_container_metadata(container), "keras_version"), ""),
                        "3.4.1");
    graft_container_free(container);
}

static void weights_alone_are_named_by_their_layers(void **state) {
    (void)state;
    static const char *const numbers[] = {"dense",   "dense_1", "dense_2", "dense_3", "dense_4",  "dense_5",
                                          "dense_6", "dense_7", "dense_8", "dense_9", "dense_10", "dense_11"};
    assert_holds("keras3.weights.h5", "keras3-expected.safetensors");
    graft_container *container = open_golden("keras3.weights.h5");
    assert_string_equal(graft_container_format(container), "keras-h5");
    assert_null(graft_container_config(container));
    graft_container_free(container);
    assert_order("keras3-many.weights.h5", numbers, 12);
}

static void nested_layers_have_longer_names(void **state) {
    (void)state;
    graft_container *container = open_golden("keras3-nested.weights.h5");
    assert_int_equal(graft_container_count(container), 2);
    assert_string_equal(graft_container_entry(container, 0)->name, "two_ways/forward_layer/cell/0");
    assert_string_equal(graft_container_entry(container, 1)->name, "outer/deep/0");
    assert_string_equal(graft_container_entry(container, 1)->group, "deep");
    graft_container_free(container);
}

static void reads_a_file_of_keras(void **state) {
    (void)state;
    static const struct {
        const char *name, *group, *shape;
        int index;
    } rows[] = {{"d_0/0", "d_0", "4x4", 0},
                {"d_1/0", "d_1", "4x4", 0},
                {"d_2/0", "d_2", "4x4", 0},
                {"dense/0", "dense", "4x2", 0},
                {"dense/1", "dense", "2", 1}};
    const char *path = test_shared("weights/nested_container.keras");
    char text[GRAFT_SHAPE_TEXT];
    graft_container *container = NULL;
    assert_ok(read_all(path));
    assert_ok(open_path(path, &container));
    assert_int_equal(graft_container_count(container), 5);
    for (size_t i = 0; i < 5; i++) {
        const graft_entry *entry = graft_container_entry(container, i);
        assert_string_equal(entry->name, rows[i].name);
        assert_string_equal(entry->group, rows[i].group);
        assert_string_equal(graft_shape_text(&entry->shape, text), rows[i].shape);
        assert_int_equal(entry->index, rows[i].index);
    }
    assert_string_equal(graft_json_text(graft_json_get(graft_container_config(container), "class_name"), ""),
                        "NestedDenseModel");
    graft_container_free(container);
}

static void two_models_are_open_at_once(void **state) {
    (void)state;
    graft_container *a = open_golden("keras3.keras"), *b = open_golden("keras3.keras"),
                    *c = open_golden("keras3-tiny.keras");
    graft_container_free(a);
    graft_tensor_free(read_named(b, "stem/0"));
    graft_tensor_free(read_named(c, "a/0"));
    graft_container_free(b);
    graft_container_free(c);
}

static void truncated_at_any_byte(void **state) {
    (void)state;
    assert_truncations_fail(golden("keras3-tiny.keras"));
}

static void refuses_what_is_damaged(void **state) {
    (void)state;
    assert_open_fails("keras3-cut.keras", "model.weights.h5: ");
    assert_open_fails("keras3-no-weights.keras", "no member model.weights.h5");
    assert_open_fails("keras3-bad-config.keras", "keras3-bad-config.keras: config.json");
    assert_open_fails("keras3-cycle.weights.h5", "in each other");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_configuration_gives_names_and_order),
        cmocka_unit_test(weights_alone_are_named_by_their_layers),
        cmocka_unit_test(nested_layers_have_longer_names),
        cmocka_unit_test(reads_a_file_of_keras),
        cmocka_unit_test(two_models_are_open_at_once),
        cmocka_unit_test(truncated_at_any_byte),
        cmocka_unit_test(refuses_what_is_damaged),
    };
    return cmocka_run_group_tests_name("formats/keras3", tests, NULL, NULL);
}
