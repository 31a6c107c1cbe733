#include "data/idx.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "base/inflate.h"
#include "data/decode-internal.h"

#include <string.h>

enum { UNSIGNED_BYTES = 8, SIDE_MOST = 4096, COUNT_MOST = 1 << 24, HEAD_MOST = 16 };
#define VALUES_MOST ((uint64_t)4 << 30)

typedef struct idx_file {
    const char *name;
    const unsigned char *bytes;
    size_t length;
    bool packed;
} idx_file;

static graft_status check_type(const idx_file *file, const unsigned char *head, size_t got, int dimensions) {
    if (got < 4 || head[0] != 0 || head[1] != 0)
        return graft_fail(GRAFT_E_DATA, "%s: not an IDX file: its first bytes are not 00 00 08 0%d", file->name,
                          dimensions);
    if (head[2] != UNSIGNED_BYTES)
        return graft_fail(GRAFT_E_DATA, "%s: elements of type 0x%02x, expected 0x08 (unsigned bytes)", file->name,
                          (unsigned)head[2]);
    if (head[3] != dimensions)
        return graft_fail(GRAFT_E_DATA, "%s: %u dimensions, expected %d (%s)", file->name, (unsigned)head[3],
                          dimensions, dimensions == 1 ? "labels" : "pictures, rows, columns");
    if (got < 4 + 4 * (size_t)dimensions)
        return graft_fail(GRAFT_E_DATA, "%s: cut short within its header of %d bytes", file->name, 4 + 4 * dimensions);
    return GRAFT_OK;
}

static graft_status check_sizes(const idx_file *file, const unsigned char *head, int dimensions, graft_idx *out,
                                uint64_t *total) {
    const uint64_t count = graft_be32(head + 4);
    const uint64_t rows = dimensions == 3 ? graft_be32(head + 8) : 1;
    const uint64_t columns = dimensions == 3 ? graft_be32(head + 12) : 1;
    if (count == 0 || count > COUNT_MOST)
        return graft_fail(GRAFT_E_DATA, "%s: says it has %llu entries, expected 1 to %d", file->name,
                          (unsigned long long)count, COUNT_MOST);
    if (rows == 0 || rows > SIDE_MOST || columns == 0 || columns > SIDE_MOST)
        return graft_fail(GRAFT_E_DATA, "%s: says its pictures have %llux%llu pixels, expected sides of 1 to %d",
                          file->name, (unsigned long long)columns, (unsigned long long)rows, SIDE_MOST);
    *total = count * rows * columns;
    if (*total > VALUES_MOST)
        return graft_fail(GRAFT_E_DATA, "%s: says it has %llu bytes of pixels, more than the limit of %llu", file->name,
                          (unsigned long long)*total, (unsigned long long)VALUES_MOST);
    *out = (graft_idx){.count = (size_t)count, .height = (int)rows, .width = (int)columns};
    return GRAFT_OK;
}

static graft_status wrong_length(const idx_file *file, size_t head, uint64_t total, bool short_of) {
    return graft_fail(GRAFT_E_DATA, "%s: %s, expected %llu bytes%s by its header; fetch the file again", file->name,
                      short_of ? "cut short or damaged" : "bytes behind its end", (unsigned long long)(total + head),
                      file->packed ? " unpacked" : "");
}

static graft_status take_plain(const idx_file *file, size_t head, uint64_t total, graft_idx *out) {
    if (file->length - head != total) return wrong_length(file, head, total, file->length - head < total);
    out->values = graft_allocate((size_t)total, 1);
    if (!out->values) return graft_fail_memory(file->name);
    memcpy(out->values, file->bytes + head, (size_t)total);
    return GRAFT_OK;
}

static graft_status take_packed(const idx_file *file, size_t head, uint64_t total, graft_idx *out) {
    size_t got;
    bool whole;
    /* What is said must be possible before memory is asked for. */
    if (total / GRAFT_INFLATE_RATIO > file->length) return wrong_length(file, head, total, true);
    out->values = graft_allocate((size_t)total + head, 1);
    if (!out->values) return graft_fail_memory(file->name);
    GRAFT_TRY(
        graft_inflate(GRAFT_DEFLATED_GZIP, file->bytes, file->length, out->values, (size_t)total + head, &got, &whole));
    if (!whole || got != total + head) return wrong_length(file, head, total, got <= total + head);
    memmove(out->values, out->values + head, (size_t)total);
    return GRAFT_OK;
}

graft_status graft_idx_parse(const char *name, const unsigned char *bytes, size_t length, int dimensions,
                             graft_idx *out) {
    const idx_file file = {name, bytes, length, length >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b};
    const size_t head_length = 4 + 4 * (size_t)dimensions;
    unsigned char head[HEAD_MOST] = {0};
    size_t got = length < head_length ? length : head_length;
    uint64_t total;
    bool whole;
    *out = (graft_idx){0};
    if (file.packed) {
        GRAFT_TRY(graft_inflate(GRAFT_DEFLATED_GZIP, bytes, length, head, head_length, &got, &whole));
        if (got < head_length && !whole) return graft_fail(GRAFT_E_DATA, "%s: cut short or damaged (gzip)", name);
    } else if (got > 0) {
        memcpy(head, bytes, got);
    }
    GRAFT_TRY(check_type(&file, head, got, dimensions));
    GRAFT_TRY(check_sizes(&file, head, dimensions, out, &total));
    graft_status status =
        file.packed ? take_packed(&file, head_length, total, out) : take_plain(&file, head_length, total, out);
    if (status == GRAFT_OK) return status;
    graft_release(out->values);
    *out = (graft_idx){0};
    return status;
}

graft_status graft_idx_read(const char *path, int dimensions, graft_idx *out) {
    graft_mapping file;
    *out = (graft_idx){0};
    GRAFT_TRY(graft_file_map(path, &file));
    graft_status status = graft_idx_parse(path, file.data, file.length, dimensions, out);
    graft_file_unmap(&file);
    return status;
}
