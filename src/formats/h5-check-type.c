/* Datatype and dataspace messages, and texts in global heaps. */
#include "base/error.h"
#include "formats/h5-check.h"

#include <string.h>

enum {
    TYPE_INTEGER = 0,
    TYPE_FLOAT = 1,
    TYPE_TEXT = 3,
    TYPE_BITS = 4,
    TYPE_REFERENCE = 7,
    TYPE_ENUM = 8,
    TYPE_VARIABLE = 9
};

#define HEAD 8            /* of a type: class and version, bits, size */
#define MAX_RANK 32       /* HDF5's own */
#define REFERENCE 16      /* to a text in a global heap */
#define HEAP_MINIMUM 4096 /* bytes of a global heap */

static bool parse_plain(const unsigned char *bytes, size_t length, h5_type *out) {
    if (length < HEAD) return false;
    out->class = bytes[0] & 15;
    out->size = graft_h5_u32(bytes + 4);
    size_t properties = out->class == TYPE_INTEGER || out->class == TYPE_BITS ? 4 : out->class == TYPE_FLOAT ? 12 : 0;
    out->used = HEAD + properties;
    unsigned version = bytes[0] >> 4;
    return version >= 1 && version <= 3 && out->size > 0 && out->size <= (1u << 26) && length >= out->used;
}

/* Names, each with its NUL, padded to 8 bytes before version 3; then the values. */
static bool parse_enum(const unsigned char *bytes, size_t length, h5_type *out) {
    h5_type base = {0};
    size_t members = graft_h5_u16(bytes + 1), at = HEAD;
    if (!parse_plain(bytes + at, length - at, &base) || base.class != TYPE_INTEGER || base.size != out->size ||
        base.size > 8)
        return false;
    at += base.used;
    for (size_t i = 0; i < members; i++) {
        const unsigned char *end = at < length ? memchr(bytes + at, '\0', length - at) : NULL;
        if (!end) return false;
        size_t name = (size_t)(end - (bytes + at)) + 1;
        at += bytes[0] >> 4 < 3 ? (name + 7) / 8 * 8 : name;
    }
    out->used = at + members * base.size;
    return members > 0 && at <= length && members * base.size <= length - at;
}

bool graft_h5_parse_type(const unsigned char *bytes, size_t length, h5_type *out) {
    *out = (h5_type){0};
    if (!parse_plain(bytes, length, out)) return false;
    switch (out->class) {
    case TYPE_INTEGER:
    case TYPE_BITS:
    case TYPE_FLOAT:
        return out->size <= 32;
    case TYPE_TEXT:
        return true;
    case TYPE_REFERENCE:
        return out->size == 8 || out->size == 12;
    case TYPE_ENUM:
        return parse_enum(bytes, length, out);
    case TYPE_VARIABLE: {
        h5_type base = {0};
        out->text = (bytes[1] & 15) == 1;
        if (!out->text || out->size != REFERENCE || !parse_plain(bytes + HEAD, length - HEAD, &base)) return false;
        out->used += base.used;
        return base.size == 1 && (base.class == TYPE_TEXT || base.class == TYPE_INTEGER);
    }
    default:
        return false;
    }
}

bool graft_h5_parse_space(const unsigned char *bytes, size_t length, h5_space *out) {
    *out = (h5_space){0};
    if (length < 4) return false;
    unsigned version = bytes[0], flags = bytes[2];
    size_t head = version == 1 ? 8 : 4;
    out->rank = bytes[1];
    if (version < 1 || version > 2 || out->rank > MAX_RANK || flags > 1) return false;
    if (length < head + out->rank * (flags ? 16u : 8u)) return false;
    out->count = version == 2 && bytes[3] == 2 ? 0 : 1; /* a null dataspace */
    for (unsigned i = 0; i < out->rank; i++) {
        uint64_t size = graft_h5_u64(bytes + head + (size_t)i * 8);
        if (size > 0 && out->count > UINT64_MAX / size) {
            out->count = UINT64_MAX;
            return true;
        }
        out->count *= size;
    }
    return true;
}

/* HDF5 copies the heap's object whole into room for `length`: both must agree. */
graft_status graft_h5_check_text(h5_walk *walk, const unsigned char *reference) {
    uint32_t length = graft_h5_u32(reference), wanted = graft_h5_u32(reference + 12);
    uint64_t address = graft_h5_u64(reference + 4);
    if (length == 0 && (address == 0 || address == H5_UNDEFINED)) return GRAFT_OK;
    const unsigned char *heap = graft_h5_bytes(walk, address, HEAP_MINIMUM);
    if (!heap || memcmp(heap, "GCOL", 4) != 0 || heap[4] != 1) return graft_h5_damaged(walk, address, "no global heap");
    uint64_t size = graft_h5_u64(heap + 8), at = 16;
    if (size < HEAP_MINIMUM || !graft_h5_bytes(walk, address, size))
        return graft_h5_damaged(walk, address, "a global heap beyond the file's end");
    bool found = false;
    while (size - at >= 16) {
        unsigned index = graft_h5_u16(heap + at);
        uint64_t bytes = graft_h5_u64(heap + at + 8), left = size - at;
        GRAFT_TRY(graft_h5_step(walk, address));
        if (bytes > left || (index == 0 ? bytes < 16 : (bytes + 7) / 8 * 8 > left - 16)) {
            return graft_h5_damaged(walk, address + at, "a global heap's object");
        }
        if (index == wanted && index > 0) {
            if (found || bytes != length) return graft_h5_damaged(walk, address + at, "a text's length");
            found = true;
        }
        at += index == 0 ? bytes : 16 + (bytes + 7) / 8 * 8;
    }
    return found ? GRAFT_OK : graft_h5_damaged(walk, address, "a text that is not in its global heap");
}
