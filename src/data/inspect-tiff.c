/* TIFF 6.0, section 2: the first page's directory: its orientation, and whether its strips or tiles lie in the file. */
#include "base/error.h"
#include "data/decode-internal.h"

enum {
    TAG_STRIP_OFFSETS = 273,
    TAG_ORIENTATION = 274,
    TAG_STRIP_COUNTS = 279,
    TAG_TILE_OFFSETS = 324,
    TAG_TILE_COUNTS = 325,
    TYPE_SHORT = 3,
    TYPE_LONG = 4,
    ENTRY_BYTES = 12,
};

typedef struct tiff_file {
    const unsigned char *bytes;
    size_t length;
    bool big_endian;
} tiff_file;

static uint32_t read_16(const tiff_file *tiff, size_t at) {
    return tiff->big_endian ? graft_be16(tiff->bytes + at) : graft_le16(tiff->bytes + at);
}

static uint32_t read_32(const tiff_file *tiff, size_t at) {
    return tiff->big_endian ? graft_be32(tiff->bytes + at) : graft_le32(tiff->bytes + at);
}

/* An entry's values: `count` numbers of `size` bytes from offset `at`; count 0: absent or outside the file. */
typedef struct tiff_values {
    size_t at, count, size;
} tiff_values;

static tiff_values entry_values(const tiff_file *tiff, size_t entry) {
    uint32_t type = read_16(tiff, entry + 2);
    tiff_values values = {.at = entry + 8, .count = read_32(tiff, entry + 4), .size = type == TYPE_SHORT ? 2 : 4};
    if (type != TYPE_SHORT && type != TYPE_LONG) return (tiff_values){0};
    if (values.count * values.size > 4) values.at = read_32(tiff, entry + 8);
    if (values.at > tiff->length || values.count > (tiff->length - values.at) / values.size) return (tiff_values){0};
    return values;
}

static uint32_t value(const tiff_file *tiff, const tiff_values *values, size_t index) {
    size_t at = values->at + index * values->size;
    return values->size == 2 ? read_16(tiff, at) : read_32(tiff, at);
}

static bool parts_lie_inside(const tiff_file *tiff, const tiff_values *offsets, const tiff_values *counts) {
    if (offsets->count == 0 || offsets->count != counts->count) return false;
    for (size_t i = 0; i < offsets->count; i++) {
        uint32_t offset = value(tiff, offsets, i);
        if (offset > tiff->length || value(tiff, counts, i) > tiff->length - offset) return false;
    }
    return true;
}

graft_status graft_tiff_inspect(const unsigned char *bytes, size_t length, graft_file_facts *facts) {
    tiff_file tiff = {bytes, length, bytes[0] == 'M'};
    size_t directory = length < 8 ? length : read_32(&tiff, 4);
    if (length < 8 || directory > length - 2) return graft_cut_short(GRAFT_IMAGE_TIFF, length, "its directory");
    size_t entries = read_16(&tiff, directory);
    if (entries * ENTRY_BYTES > length - directory - 2)
        return graft_cut_short(GRAFT_IMAGE_TIFF, length, "the end of its directory");
    tiff_values offsets = {0}, counts = {0};
    for (size_t i = 0; i < entries; i++) {
        size_t entry = directory + 2 + i * ENTRY_BYTES;
        uint32_t tag = read_16(&tiff, entry);
        tiff_values found = entry_values(&tiff, entry);
        if (tag == TAG_STRIP_OFFSETS || tag == TAG_TILE_OFFSETS) offsets = found;
        if (tag == TAG_STRIP_COUNTS || tag == TAG_TILE_COUNTS) counts = found;
        if (tag != TAG_ORIENTATION || found.count != 1 || found.size != 2) continue;
        uint32_t orientation = value(&tiff, &found, 0);
        facts->orientation = orientation >= 1 && orientation <= 8 ? (int)orientation : 1;
        facts->orientation_at = found.at;
    }
    if (!parts_lie_inside(&tiff, &offsets, &counts))
        return graft_cut_short(GRAFT_IMAGE_TIFF, length, "the end of its strips or tiles");
    return GRAFT_OK;
}
