#include "formats.h"
#include "formats/npy.h"

/* The ramp of make.py: i / 2, in row-major order. */
static void assert_ramp(const graft_tensor *tensor, const graft_shape *shape) {
    graft_tensor *floats = NULL;
    assert_true(graft_shape_equal(&tensor->shape, shape));
    assert_ok(graft_tensor_convert(tensor, GRAFT_F32, &floats));
    for (size_t i = 0; i < floats->bytes / sizeof(float); i++) {
        float expected = (float)i * 0.5f;
        if (tensor->dtype == GRAFT_BOOL) expected = expected != 0;
        if (tensor->dtype != GRAFT_F32 && tensor->dtype != GRAFT_F16 && tensor->dtype != GRAFT_F64 &&
            tensor->dtype != GRAFT_BOOL)
            expected = (float)(i / 2);
        assert_true(graft_tensor_f32(floats)[i] == expected);
    }
    graft_tensor_free(floats);
}

/* Reads each of NumPy's files and writes it again: the same bytes. */
static void equals_numpy_byte_for_byte(void **state) {
    (void)state;
    static const struct {
        const char *name;
        graft_dtype dtype;
        graft_shape shape;
    } rows[] = {
        {"npy-f4.npy", GRAFT_F32, {2, {2, 3}}},  {"npy-f2.npy", GRAFT_F16, {2, {2, 3}}},
        {"npy-f8.npy", GRAFT_F64, {2, {2, 3}}},  {"npy-u1.npy", GRAFT_U8, {2, {2, 3}}},
        {"npy-i1.npy", GRAFT_I8, {2, {2, 3}}},   {"npy-u2.npy", GRAFT_U16, {2, {2, 3}}},
        {"npy-i2.npy", GRAFT_I16, {2, {2, 3}}},  {"npy-u4.npy", GRAFT_U32, {2, {2, 3}}},
        {"npy-i4.npy", GRAFT_I32, {2, {2, 3}}},  {"npy-u8.npy", GRAFT_U64, {2, {2, 3}}},
        {"npy-i8.npy", GRAFT_I64, {2, {2, 3}}},  {"npy-b1.npy", GRAFT_BOOL, {2, {2, 3}}},
        {"npy-vector.npy", GRAFT_F32, {1, {5}}}, {"npy-empty.npy", GRAFT_F32, {2, {0, 3}}},
    };
    char *folder = test_folder(), *path = graft_path_join(folder, "x.npy");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        graft_tensor *tensor = NULL;
        assert_ok(graft_npy_read(golden(rows[i].name), &tensor));
        assert_int_equal(tensor->dtype, rows[i].dtype);
        assert_ramp(tensor, &rows[i].shape);
        assert_ok(graft_npy_write(path, tensor));
        assert_true(test_files_equal(path, golden(rows[i].name)));
        graft_tensor_free(tensor);
    }
    graft_release(path);
    test_folder_remove(folder);
}

static void reads_other_orders_and_versions(void **state) {
    (void)state;
    graft_tensor *tensor = NULL;
    assert_ok(graft_npy_read(golden("npy-big.npy"), &tensor));
    assert_ramp(tensor, SHAPE(2, 3));
    graft_tensor_free(tensor);
    assert_ok(graft_npy_read(golden("npy-fortran.npy"), &tensor));
    assert_ramp(tensor, SHAPE(2, 3, 4));
    graft_tensor_free(tensor);
    assert_ok(graft_npy_read(golden("npy-v2.npy"), &tensor));
    assert_ramp(tensor, SHAPE(2, 3));
    graft_tensor_free(tensor);
    assert_ok(graft_npy_read(golden("npy-scalar.npy"), &tensor));
    assert_int_equal(tensor->shape.rank, 0);
    assert_true(graft_tensor_f32(tensor)[0] == 1.5f);
    graft_tensor_free(tensor);
}

static void behaviour_31_pickles_are_refused(void **state) {
    (void)state;
    graft_tensor *tensor = NULL;
    assert_fails(GRAFT_E_DATA, "Python objects", graft_npy_read(golden("npy-pickle.npy"), &tensor));
    assert_null(tensor);
    assert_fails(GRAFT_E_DATA, "npy-record.npy", graft_npy_read(golden("npy-record.npy"), &tensor));
}

static void truncated_at_any_byte(void **state) {
    (void)state;
    char *folder = test_folder(), *path = graft_path_join(folder, "x.npy"), *bytes = NULL;
    size_t length = 0;
    assert_ok(graft_file_read(golden("npy-fortran.npy"), 0, &bytes, &length));
    assert_ok(graft_file_write(path, bytes, length));
    while (length-- > 0) {
        graft_tensor *tensor = NULL;
        assert_int_equal(truncate(path, (off_t)length), 0);
        assert_fails(GRAFT_E_DATA, path, graft_npy_read(path, &tensor));
        assert_null(tensor);
    }
    graft_release(bytes);
    graft_release(path);
    test_folder_remove(folder);
}

static void assert_header_refused(const char *text) {
    char *folder = test_folder(), *path = graft_path_join(folder, "x.npy");
    char bytes[512] = "\x93NUMPY\x01";
    size_t length = strlen(text);
    graft_tensor *tensor = NULL;
    bytes[8] = (char)length;
    memcpy(bytes + 10, text, length);
    assert_ok(graft_file_write(path, bytes, 10 + length + 4));
    assert_fails(GRAFT_E_DATA, path, graft_npy_read(path, &tensor));
    graft_release(path);
    test_folder_remove(folder);
}

static void refuses_damaged_headers(void **state) {
    (void)state;
    assert_header_refused("{'descr': '<f4', 'fortran_order': False}");
    assert_header_refused("{'descr': '<f4', 'fortran_order': 0, 'shape': (1,), }");
    assert_header_refused("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }");
    assert_header_refused("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }");
    assert_header_refused("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), } x");
    assert_header_refused("{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1), }");
    assert_header_refused("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999,99999999999), }");
    assert_header_refused("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,), }");
    assert_header_refused("{'descr': '<f3', 'fortran_order': False, 'shape': (1,), }");
    assert_header_refused("__import__('os').system('true')");
    assert_header_refused("");
}

static void has_no_bfloat16(void **state) {
    (void)state;
    char *folder = test_folder(), *path = graft_path_join(folder, "x.npy");
    graft_tensor *tensor = NULL;
    assert_ok(graft_tensor_new(GRAFT_BF16, SHAPE(2), &tensor));
    assert_fails(GRAFT_E_USAGE, "BF16", graft_npy_write(path, tensor));
    assert_int_equal(graft_file_kind_of(path), GRAFT_FILE_MISSING);
    graft_tensor_free(tensor);
    graft_release(path);
    test_folder_remove(folder);
}

static graft_status write_rows(const char *path, size_t count) {
    graft_npy_writer *writer = NULL;
    graft_status status = graft_npy_writer_open(path, SHAPE(3), &writer);
    for (size_t i = 0; status == GRAFT_OK && i < count; i++) {
        float row[3] = {(float)(3 * i) * 0.5f, (float)(3 * i + 1) * 0.5f, (float)(3 * i + 2) * 0.5f};
        status = graft_npy_writer_row(writer, row);
    }
    if (status == GRAFT_OK) return graft_npy_writer_commit(&writer);
    graft_npy_writer_abort(writer);
    return status;
}

static void rows_written_one_by_one_equal_numpys_file(void **state) {
    (void)state;
    char *folder = test_folder(), *path = graft_path_join(folder, "x.npy");
    assert_ok(write_rows(path, 2));
    assert_true(test_files_equal(path, golden("npy-f4.npy")));
    assert_ok(write_rows(path, 0));
    assert_true(test_files_equal(path, golden("npy-empty.npy")));
    graft_npy_writer *writer = NULL;
    assert_ok(graft_npy_writer_open(path, SHAPE(3), &writer));
    graft_npy_writer_abort(writer);
    assert_true(test_files_equal(path, golden("npy-empty.npy")));
    graft_release(path);
    test_folder_remove(folder);
}

/* Members are stored, so NumPy's own bytes stand in the archive; the same call gives the same bytes. */
static void npz_holds_numpys_bytes(void **state) {
    (void)state;
    char *folder = test_folder(), *path = graft_path_join(folder, "x.npz"), *again = graft_path_join(folder, "y.npz");
    char *archive = NULL, *member = NULL;
    size_t archive_length = 0, member_length = 0;
    graft_tensor *floats = NULL, *empty = NULL;
    assert_ok(graft_npy_read(golden("npy-f4.npy"), &floats));
    assert_ok(graft_npy_read(golden("npy-empty.npy"), &empty));
    graft_named_tensor named[] = {{"features", floats}, {"none", empty}};
    assert_ok(graft_npz_write(path, named, 2));
    assert_ok(graft_npz_write(again, named, 2));
    assert_ok(graft_npz_write(again, named, 2)); /* over an old file */
    assert_true(test_files_equal(path, again));
    assert_ok(graft_file_read(path, 0, &archive, &archive_length));
    assert_ok(graft_file_read(golden("npy-f4.npy"), 0, &member, &member_length));
    assert_memory_equal(archive, "PK\3\4", 4);
    assert_non_null(memmem(archive, archive_length, member, member_length));
    assert_non_null(memmem(archive, archive_length, "features.npy", 12));
    graft_release(archive);
    graft_release(member);
    named[1].name = "features";
    assert_fails(GRAFT_E_USAGE, "features", graft_npz_write(path, named, 2));
    assert_true(test_files_equal(path, again));
    graft_tensor_free(floats);
    graft_tensor_free(empty);
    graft_release(path);
    graft_release(again);
    test_folder_remove(folder);
}

static graft_status write_big_npy(void *tensor, const char *path) {
    return graft_npy_write(path, tensor);
}

static graft_status write_big_npz(void *tensor, const char *path) {
    return graft_npz_write(path, &(graft_named_tensor){"big", tensor}, 1);
}

static graft_status write_many_rows(void *argument, const char *path) {
    (void)argument;
    return write_rows(path, 10000);
}

static void a_full_disk_leaves_the_old_file(void **state) {
    (void)state;
    graft_tensor *big = NULL;
    assert_ok(graft_tensor_new(GRAFT_F32, SHAPE(1 << 16), &big));
    test_full_disk("x", 1000, NULL, write_big_npy, big);
    test_full_disk("x", 1000, NULL, write_big_npz, big);
    test_full_disk("x", 1000, NULL, write_many_rows, NULL);
    graft_tensor_free(big);
}

static void writers_name_the_place_they_cannot_write(void **state) {
    (void)state;
    graft_tensor *tensor = NULL;
    assert_ok(graft_npy_read(golden("npy-f4.npy"), &tensor));
    assert_fails(GRAFT_E_DATA, "/nowhere/x.npy", graft_npy_write("/nowhere/x.npy", tensor));
    assert_fails(GRAFT_E_DATA, "/nowhere/x.npz",
                 graft_npz_write("/nowhere/x.npz", &(graft_named_tensor){"a", tensor}, 1));
    graft_tensor_free(tensor);
}

static graft_status round_trip(void *argument) {
    const char *path = argument;
    graft_tensor *tensor = NULL;
    graft_status status = write_rows(path, 2);
    if (status == GRAFT_OK) status = graft_npy_read(path, &tensor);
    if (status == GRAFT_OK) status = graft_npz_write(path, &(graft_named_tensor){"a", tensor}, 1);
    graft_tensor_free(tensor);
    tensor = NULL;
    if (status == GRAFT_OK) status = graft_npy_read(golden("npy-fortran.npy"), &tensor);
    graft_tensor_free(tensor);
    return status;
}

static void failing_allocations(void **state) {
    (void)state;
    char *folder = test_folder(), *path = graft_path_join(folder, "x.npy");
    test_failing_allocations(round_trip, path);
    graft_release(path);
    test_folder_remove(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_numpy_byte_for_byte),
        cmocka_unit_test(reads_other_orders_and_versions),
        cmocka_unit_test(behaviour_31_pickles_are_refused),
        cmocka_unit_test(truncated_at_any_byte),
        cmocka_unit_test(refuses_damaged_headers),
        cmocka_unit_test(has_no_bfloat16),
        cmocka_unit_test(rows_written_one_by_one_equal_numpys_file),
        cmocka_unit_test(npz_holds_numpys_bytes),
        cmocka_unit_test(a_full_disk_leaves_the_old_file),
        cmocka_unit_test(writers_name_the_place_they_cannot_write),
        cmocka_unit_test(failing_allocations),
    };
    return cmocka_run_group_tests_name("formats/npy", tests, NULL, NULL);
}
