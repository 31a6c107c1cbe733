/* The golden pictures of tests/golden/pictures. */
#ifndef GRAFT_TESTS_DATA_GOLDEN_PICTURES_H
#define GRAFT_TESTS_DATA_GOLDEN_PICTURES_H

#include "support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "data/image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct test_file {
    unsigned char *bytes;
    size_t length;
} test_file;

static inline test_file read_path(const char *path) {
    test_file file;
    char *bytes;
    assert_ok(graft_file_read(path, 0, &bytes, &file.length));
    file.bytes = (unsigned char *)bytes;
    return file;
}

static inline test_file read_golden(const char *name, const char *suffix) {
    char path[256];
    snprintf(path, sizeof path, "tests/golden/pictures/%s%s", name, suffix);
    return read_path(test_source(path));
}

static inline int int_at(const unsigned char *bytes) {
    int32_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

static inline graft_decoder *new_decoder(void) {
    graft_decoder *decoder;
    assert_ok(graft_decoder_new(&decoder));
    return decoder;
}

#endif
