/* Packs an input into a zip archive with good checksums: otherwise a fuzzer would not get past them. */
#ifndef GRAFT_TESTS_FUZZ_ARCHIVE_H
#define GRAFT_TESTS_FUZZ_ARCHIVE_H

#include "base/buffer.h"
#include "fuzz-container.h"

#include <string.h>

enum { FUZZ_MEMBERS = 4 };

typedef struct fuzz_member {
    const char *name;
    const uint8_t *data;
    size_t length;
} fuzz_member;

static inline uint32_t fuzz_crc(const uint8_t *data, size_t length) {
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < length; i++) {
        crc ^= data[i];
        for (int k = 0; k < 8; k++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}

static inline void fuzz_put(graft_buffer *out, uint32_t value, size_t bytes) {
    uint8_t text[4] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16), (uint8_t)(value >> 24)};
    graft_buffer_add(out, text, bytes);
}

/* What the two headers of a stored member share: from the version on to the length of the extra field. */
static inline void fuzz_put_header(graft_buffer *out, const fuzz_member *member) {
    fuzz_put(out, 20, 2);
    fuzz_put(out, 0, 4); /* flags, stored */
    fuzz_put(out, 0, 4); /* time */
    fuzz_put(out, fuzz_crc(member->data, member->length), 4);
    fuzz_put(out, (uint32_t)member->length, 4);
    fuzz_put(out, (uint32_t)member->length, 4);
    fuzz_put(out, (uint32_t)strlen(member->name), 2);
    fuzz_put(out, 0, 2);
}

/* Opens and reads an archive of at most FUZZ_MEMBERS members. */
static inline void fuzz_archive(const fuzz_member *members, size_t count) {
    char path[32];
    uint32_t offset[FUZZ_MEMBERS];
    graft_buffer out;
    graft_buffer_init(&out, 0);
    for (size_t i = 0; i < count; i++) {
        offset[i] = (uint32_t)out.length;
        graft_buffer_text(&out, "PK\3\4");
        fuzz_put_header(&out, &members[i]);
        graft_buffer_text(&out, members[i].name);
        graft_buffer_add(&out, members[i].data, members[i].length);
    }
    uint32_t table = (uint32_t)out.length;
    for (size_t i = 0; i < count; i++) {
        graft_buffer_text(&out, "PK\1\2");
        fuzz_put(&out, 20, 2);
        fuzz_put_header(&out, &members[i]);
        fuzz_put(&out, 0, 4); /* comment, disk */
        fuzz_put(&out, 0, 2);
        fuzz_put(&out, 0, 4);
        fuzz_put(&out, offset[i], 4);
        graft_buffer_text(&out, members[i].name);
    }
    uint32_t length = (uint32_t)out.length - table;
    graft_buffer_text(&out, "PK\5\6");
    fuzz_put(&out, 0, 4);
    fuzz_put(&out, (uint32_t)count, 2);
    fuzz_put(&out, (uint32_t)count, 2);
    fuzz_put(&out, length, 4);
    fuzz_put(&out, table, 4);
    fuzz_put(&out, 0, 2);
    if (graft_buffer_status(&out) == GRAFT_OK && fuzz_file((const uint8_t *)out.data, out.length, path)) {
        fuzz_container(path);
        unlink(path);
    }
    graft_buffer_clear(&out);
}

/* Is the input an archive by itself? Then it is opened and read as it is. */
static inline bool fuzz_whole_archive(const uint8_t *data, size_t size) {
    char path[32];
    if (size < 2 || memcmp(data, "PK", 2) != 0) return false;
    if (fuzz_file(data, size, path)) {
        fuzz_container(path);
        unlink(path);
    }
    return true;
}

#endif
