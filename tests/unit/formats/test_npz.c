#include "formats.h"

static void reads_what_numpy_writes(void **state) {
    (void)state;
    assert_holds("arrays.npz", "arrays-expected.safetensors");
    assert_holds("arrays-deflated.npz", "arrays-expected.safetensors");
    graft_container *container = open_golden("arrays.npz");
    assert_string_equal(graft_container_format(container), "npz");
    assert_string_equal(graft_container_entry(container, 0)->name, "weight");
    assert_int_equal(graft_container_entry(container, 3)->dtype, GRAFT_I64);
    assert_int_equal(graft_container_entry(container, 3)->index, 3);
    graft_container_free(container);
}

static void truncated_at_any_byte(void **state) {
    (void)state;
    assert_truncations_fail(golden("npz-tiny.npz"));
}

static void refuses_what_is_no_array_of_numbers(void **state) {
    (void)state;
    assert_open_fails("npz-object.npz", "Python objects and records are not read");
    assert_open_fails("npz-short.npz", "a.npy: 4 bytes of data, expected 8");
    assert_open_fails("npz-other.npz", "readme.txt: not a .npy member");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_numpy_writes),
        cmocka_unit_test(truncated_at_any_byte),
        cmocka_unit_test(refuses_what_is_no_array_of_numbers),
    };
    return cmocka_run_group_tests_name("formats/npz", tests, NULL, NULL);
}
