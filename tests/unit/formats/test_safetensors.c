#include "formats.h"
#include "formats/safetensors.h"

#include "base/error.h"

/* Writes a file of a header text and `data` zero bytes. */
static char *make_file(const char *folder, const char *header, size_t data) {
    char *path = graft_path_join(folder, "made.safetensors");
    unsigned char bytes[4096] = {0};
    uint64_t length = strlen(header);
    memcpy(bytes, &length, sizeof length);
    memcpy(bytes + 8, header, length);
    assert_ok(graft_file_write(path, bytes, 8 + length + data));
    return path;
}

static void assert_refused(const char *header, size_t data, const char *part) {
    char *folder = test_folder(), *path = make_file(folder, header, data);
    graft_container *container = NULL;
    assert_fails(GRAFT_E_DATA, part, open_path(path, &container));
    assert_non_null(strstr(graft_error_text(), path));
    graft_release(path);
    test_folder_remove(folder);
}

static void reads_all_types(void **state) {
    (void)state;
    graft_container *container = open_golden("all-types.safetensors");
    assert_string_equal(graft_container_format(container), "safetensors");
    assert_int_equal(graft_container_count(container), 14);
    for (size_t i = 0; i < 11; i++) { /* the ramp of make.py: k / 2, cut for integers */
        const graft_entry *entry = graft_container_entry(container, i);
        assert_string_equal(entry->group, "");
        assert_int_equal(entry->index, i);
        graft_tensor *tensor = read_named(container, entry->name);
        assert_int_equal(tensor->bytes, 6 * sizeof(float));
        for (int k = 0; k < 6; k++) {
            assert_true(graft_tensor_f32(tensor)[k] == (entry->name[0] == 'f' ? (float)k * 0.5f : (float)(k / 2)));
        }
        graft_tensor_free(tensor);
    }
    graft_tensor *scalar = read_named(container, "scalar"), *empty = read_named(container, "empty"),
                 *flags = read_named(container, "bool");
    assert_int_equal(scalar->shape.rank, 0);
    assert_true(graft_tensor_f32(scalar)[0] == 2.5f);
    assert_int_equal(empty->bytes, 0);
    assert_true(graft_tensor_f32(flags)[0] == 1.0f && graft_tensor_f32(flags)[1] == 0.0f);
    graft_tensor_free(scalar);
    graft_tensor_free(empty);
    graft_tensor_free(flags);
    assert_string_equal(graft_json_text(graft_json_get(graft_container_metadata(container), "note"), ""), "grüße");
    graft_container_free(container);
}

static void reads_a_file_of_pytorch(void **state) {
    (void)state;
    const char *path = test_shared("weights/readers/silero_vad_16k.safetensors");
    graft_container *container = NULL;
    assert_ok(read_all(path));
    assert_ok(open_path(path, &container));
    assert_int_equal(graft_container_count(container), 15);
    graft_container_free(container);
}

static void truncated_at_any_byte(void **state) {
    (void)state;
    assert_truncations_fail(golden("all-types.safetensors"));
}

static void refuses_headers_that_do_not_describe_the_data(void **state) {
    (void)state;
    assert_refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
                   "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[2,6]}}",
                   6, "overlap");
    assert_refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
                   "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,12]}}",
                   12, "a hole");
    assert_refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 8, "tensors fill 4");
    assert_refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 4, "do not lie in");
    assert_refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,0]}}", 8, "do not lie in");
    assert_refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4, "needs 8");
    assert_refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}", 4, "whole number");
    assert_refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]}}", 0, "4 GiB");
    assert_refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,1],\"data_offsets\":[0,4]}}", 4, "at most 8");
    assert_refused("{\"a\":{\"dtype\":\"F7\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "dtype F7");
    assert_refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "data_offsets");
    assert_refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]},"
                   "\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}",
                   0, "made.safetensors");
    assert_refused("{\"__metadata__\":{\"a\":1}}", 0, "__metadata__: a is no text");
    assert_refused("{\"__metadata__\":[]}", 0, "__metadata__");
    assert_refused("{\"a\":", 0, "made.safetensors");
}

static void refuses_a_header_of_absurd_length(void **state) {
    (void)state;
    char *folder = test_folder(), *path = graft_path_join(folder, "long");
    uint64_t bytes[4] = {((uint64_t)100 << 20) + 1, '{'};
    graft_container *container = NULL;
    assert_ok(graft_file_write(path, bytes, sizeof bytes));
    assert_fails(GRAFT_E_DATA, "expected at most 100 MiB", open_path(path, &container));
    graft_release(path);
    test_folder_remove(folder);
}

/* ---- writing ---- */

typedef struct written {
    graft_tensor *tensor[3];
    graft_named_tensor named[3];
    graft_json *metadata;
} written;

static written make_sample(void) {
    static const char *const names[] = {"z.bytes", "b.floats", "a.floats"};
    written out = {.metadata = graft_json_new_object()};
    graft_json_set_text(out.metadata, "format", "graft");
    for (int i = 0; i < 3; i++) {
        assert_ok(graft_tensor_new(i == 0 ? GRAFT_U8 : GRAFT_F32, SHAPE(3, i + 1), &out.tensor[i]));
        memset(out.tensor[i]->data, i + 1, out.tensor[i]->bytes);
        out.named[i] = (graft_named_tensor){names[i], out.tensor[i]};
    }
    return out;
}

static void free_sample(written *sample) {
    for (int i = 0; i < 3; i++)
        graft_tensor_free(sample->tensor[i]);
    graft_json_free(sample->metadata);
}

static void writes_what_it_reads(void **state) {
    (void)state;
    char *folder = test_folder(), *path = graft_path_join(folder, "x.safetensors"), *bytes = NULL;
    size_t length = 0;
    uint64_t header = 0;
    written sample = make_sample();
    assert_ok(graft_safetensors_write(path, sample.named, 3, sample.metadata));
    assert_ok(graft_file_read(path, 0, &bytes, &length));
    memcpy(&header, bytes, sizeof header);
    assert_int_equal(header % 8, 0);
    assert_int_equal(length, 8 + header + 3 + 3 * 2 * 4 + 3 * 3 * 4);
    graft_release(bytes);
    graft_container *container = NULL;
    assert_ok(open_path(path, &container));
    /* larger elements first, then by name */
    assert_string_equal(graft_container_entry(container, 0)->name, "a.floats");
    assert_string_equal(graft_container_entry(container, 1)->name, "b.floats");
    assert_string_equal(graft_container_entry(container, 2)->name, "z.bytes");
    for (size_t i = 0; i < 3; i++) {
        graft_tensor *raw = NULL;
        const graft_tensor *put = sample.tensor[2 - i];
        assert_ok(graft_container_read_raw(container, i, &raw));
        assert_int_equal(raw->dtype, put->dtype);
        assert_true(graft_shape_equal(&raw->shape, &put->shape));
        assert_memory_equal(raw->data, put->data, put->bytes);
        graft_tensor_free(raw);
    }
    assert_string_equal(graft_json_text(graft_json_get(graft_container_metadata(container), "format"), ""), "graft");
    graft_container_free(container);
    free_sample(&sample);
    graft_release(path);
    test_folder_remove(folder);
}

static void refuses_names_and_metadata_that_cannot_be_written(void **state) {
    (void)state;
    char *folder = test_folder(), *path = graft_path_join(folder, "x.safetensors");
    written sample = make_sample();
    sample.named[1].name = "z.bytes";
    assert_fails(GRAFT_E_USAGE, "z.bytes", graft_safetensors_write(path, sample.named, 3, NULL));
    sample.named[1].name = "__metadata__";
    assert_fails(GRAFT_E_USAGE, "__metadata__", graft_safetensors_write(path, sample.named, 3, NULL));
    graft_json_set_int(sample.metadata, "number", 1);
    assert_fails(GRAFT_E_USAGE, "number", graft_safetensors_write(path, sample.named, 1, sample.metadata));
    assert_int_equal(graft_file_kind_of(path), GRAFT_FILE_MISSING);
    free_sample(&sample);
    graft_release(path);
    test_folder_remove(folder);
}

static graft_status write_big(void *big, const char *path) {
    return graft_safetensors_write(path, &(graft_named_tensor){"big", big}, 1, NULL);
}

static void a_full_disk_leaves_the_old_file(void **state) {
    (void)state;
    graft_tensor *big = NULL;
    assert_ok(graft_tensor_new(GRAFT_F32, SHAPE(1 << 16), &big));
    test_full_disk("x.safetensors", 1000, NULL, write_big, big);
    graft_tensor_free(big);
}

static graft_status round_trip(void *argument) {
    const char *path = argument;
    float value = 1;
    graft_tensor *tensor = NULL, *read = NULL;
    graft_context *context = NULL;
    graft_container *container = NULL;
    graft_json *metadata = NULL;
    graft_context_options options = GRAFT_CONTEXT_OPTIONS_INIT;
    options.threads = 1;
    graft_status status = GRAFT_OK;
    GRAFT_TRY_TO(done, status, graft_json_parse("{\"a\":\"b\"}", 9, "metadata", &metadata));
    GRAFT_TRY_TO(done, status, graft_tensor_borrow(GRAFT_F32, SHAPE(1), &value, &tensor));
    GRAFT_TRY_TO(done, status, graft_safetensors_write(path, &(graft_named_tensor){"x", tensor}, 1, metadata));
    GRAFT_TRY_TO(done, status, graft_context_new(&context, &options));
    GRAFT_TRY_TO(done, status, graft_container_open(context, path, &container));
    status = graft_container_read(container, 0, &read);
done:
    graft_tensor_free(tensor);
    graft_tensor_free(read);
    graft_container_free(container);
    graft_context_free(context);
    graft_json_free(metadata);
    return status;
}

static void failing_allocations(void **state) {
    (void)state;
    char *folder = test_folder(), *path = graft_path_join(folder, "x.safetensors");
    test_failing_allocations(round_trip, path);
    graft_release(path);
    test_folder_remove(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_all_types),
        cmocka_unit_test(reads_a_file_of_pytorch),
        cmocka_unit_test(truncated_at_any_byte),
        cmocka_unit_test(refuses_headers_that_do_not_describe_the_data),
        cmocka_unit_test(refuses_a_header_of_absurd_length),
        cmocka_unit_test(writes_what_it_reads),
        cmocka_unit_test(refuses_names_and_metadata_that_cannot_be_written),
        cmocka_unit_test(a_full_disk_leaves_the_old_file),
        cmocka_unit_test(failing_allocations),
    };
    return cmocka_run_group_tests_name("formats/safetensors", tests, NULL, NULL);
}
