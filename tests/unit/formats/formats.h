/* What the tests of this folder share: fixtures of tests/golden/formats and comparison with their expected tensors. */
#ifndef GRAFT_TESTS_UNIT_FORMATS_H
#define GRAFT_TESTS_UNIT_FORMATS_H

#include "support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "formats/container.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SHAPE(...) ((graft_shape[]){GRAFT_SHAPE(__VA_ARGS__)}) /* a shape's address */

static inline const char *golden(const char *name) {
    char relative[256];
    snprintf(relative, sizeof relative, "tests/golden/formats/%s", name);
    return test_source(relative);
}

static inline graft_status open_path(const char *path, graft_container **out) {
    graft_context *context = test_context(1);
    graft_status status = graft_container_open(context, path, out);
    graft_context_free(context);
    return status;
}

static inline graft_container *open_golden(const char *name) {
    graft_container *container = NULL;
    assert_ok(open_path(golden(name), &container));
    return container;
}

static inline void assert_open_fails(const char *name, const char *part) {
    graft_container *container = NULL;
    assert_fails(GRAFT_E_DATA, part, open_path(golden(name), &container));
    assert_null(container);
    assert_non_null(strstr(graft_error_text(), name)); /* behaviour 33: the file, and one line */
    assert_null(strchr(graft_error_text(), '\n'));
}

/* Opens and reads all; the first failure. */
static inline graft_status read_all(const char *path) {
    graft_container *container = NULL;
    graft_status status = open_path(path, &container);
    for (size_t i = 0; status == GRAFT_OK && i < graft_container_count(container); i++) {
        graft_tensor *tensor = NULL;
        status = graft_container_read(container, i, &tensor);
        graft_tensor_free(tensor);
    }
    graft_container_free(container);
    return status;
}

static inline graft_tensor *read_named(graft_container *container, const char *name) {
    graft_tensor *tensor = NULL;
    int64_t index = graft_container_find(container, name);
    if (index < 0) fail_msg("no tensor %s", name);
    assert_ok(graft_container_read(container, (size_t)index, &tensor));
    assert_int_equal(tensor->dtype, GRAFT_F32);
    return tensor;
}

/* Every tensor of `expected`, which h5py or NumPy wrote, must be in `name`, bit for bit, and nothing else. */
static inline void assert_holds(const char *name, const char *expected_name) {
    graft_container *got = open_golden(name), *expected = open_golden(expected_name);
    assert_int_equal(graft_container_count(got), graft_container_count(expected));
    for (size_t i = 0; i < graft_container_count(expected); i++) {
        const char *tensor = graft_container_entry(expected, i)->name;
        graft_tensor *a = read_named(got, tensor), *b = read_named(expected, tensor);
        if (!graft_shape_equal(&a->shape, &b->shape)) fail_msg("%s: shape", tensor);
        if (a->bytes > 0 && memcmp(a->data, b->data, a->bytes) != 0) fail_msg("%s: values", tensor);
        graft_tensor_free(a);
        graft_tensor_free(b);
    }
    graft_container_free(got);
    graft_container_free(expected);
}

/* Copies a fixture and cuts it at every byte: opening and reading must fail with a text that names the file. */
static inline void assert_truncations_fail(const char *source) {
    char *folder = test_folder(), *bytes = NULL, *path = graft_path_join(folder, "cut");
    size_t length = 0;
    assert_ok(graft_file_read(source, 0, &bytes, &length));
    assert_ok(graft_file_write(path, bytes, length));
    for (size_t cut = length; cut-- > 0;) {
        assert_int_equal(truncate(path, (off_t)cut), 0);
        graft_status status = read_all(path);
        if (status != GRAFT_E_DATA) fail_msg("cut at %zu of %zu: status %d", cut, length, status);
        assert_non_null(strstr(graft_error_text(), path));
    }
    graft_release(bytes);
    graft_release(path);
    test_folder_remove(folder);
}

#endif
