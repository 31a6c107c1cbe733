/* BMP: Windows and OS/2 headers, 1 to 32 bits, bit fields, run-length encoding. Not through Leptonica, which reads
 * 32 bits with red and blue swapped and 16 bits as grey. Source: Microsoft, "Bitmap Storage"; the BMP suite. */
#include "base/error.h"
#include "data/decode-internal.h"

#include <string.h>

enum {
    FILE_HEADER = 14,
    OS2_HEADER = 12,
    INFO_HEADER = 40,
    OS2_V2_HEADER = 64,
    UNCOMPRESSED = 0,
    RLE8 = 1,
    RLE4 = 2,
    BIT_FIELDS = 3,
    ALPHA_BIT_FIELDS = 6,
};

typedef struct bmp_file {
    const unsigned char *bytes;
    size_t length, data; /* data: offset of the pixels */
    size_t header;       /* bytes of the header after the file header */
    unsigned bits, compression;
    uint32_t width, height;
    bool top_down;
    unsigned colours; /* of the palette */
    unsigned char palette[256][3];
    uint32_t mask[4]; /* red, green, blue, alpha */
} bmp_file;

static graft_status refuse(const char *what, unsigned got, const char *expected) {
    return graft_fail(GRAFT_E_DATA, "BMP: %s %u, expected %s; convert it to PNG", what, got, expected);
}

static graft_status read_sizes(bmp_file *bmp) {
    const unsigned char *bytes = bmp->bytes;
    if (bmp->length < FILE_HEADER + OS2_HEADER) return graft_cut_short(GRAFT_IMAGE_BMP, bmp->length, "its header");
    bmp->data = graft_le32(bytes + 10);
    bmp->header = graft_le32(bytes + 14);
    if (bmp->header == OS2_HEADER) {
        bmp->width = graft_le16(bytes + 18);
        bmp->height = graft_le16(bytes + 20);
        bmp->bits = graft_le16(bytes + 24);
    } else {
        static const unsigned known[] = {16, INFO_HEADER, 52, 56, OS2_V2_HEADER, 108, 124};
        size_t i = 0;
        while (i < sizeof known / sizeof *known && known[i] != bmp->header)
            i++;
        if (i == sizeof known / sizeof *known)
            return refuse("a header of bytes", (unsigned)bmp->header, "12, 16, 40, 52, 56, 64, 108 or 124");
        if (bmp->length - FILE_HEADER < bmp->header) return graft_cut_short(GRAFT_IMAGE_BMP, bmp->length, "its header");
        bmp->width = graft_le32(bytes + 18);
        bmp->height = graft_le32(bytes + 22);
        bmp->top_down = bmp->height & 0x80000000u;
        if (bmp->top_down) bmp->height = 0u - bmp->height;
        bmp->bits = graft_le16(bytes + 28);
        if (bmp->header >= INFO_HEADER) bmp->compression = graft_le32(bytes + 30);
    }
    return graft_decode_check_size(GRAFT_IMAGE_BMP, bmp->width, bmp->height);
}

static graft_status check_kind(const bmp_file *bmp) {
    unsigned bits = bmp->bits;
    if (bits != 1 && bits != 2 && bits != 4 && bits != 8 && bits != 16 && bits != 24 && bits != 32)
        return refuse("bits a pixel:", bits, "1, 2, 4, 8, 16, 24 or 32");
    bool fields = bmp->compression == BIT_FIELDS || bmp->compression == ALPHA_BIT_FIELDS;
    bool fits = bmp->compression == UNCOMPRESSED || (bmp->compression == RLE8 && bits == 8) ||
                (bmp->compression == RLE4 && bits == 4) ||
                (fields && (bits == 16 || bits == 32) && bmp->header != OS2_V2_HEADER);
    if (!fits) return refuse("compression method", bmp->compression, "none, run-length or bit fields");
    return GRAFT_OK;
}

/* The bytes of bit masks between a 40-byte header and the palette; longer headers contain them. */
static size_t loose_mask_bytes(const bmp_file *bmp) {
    if (bmp->header != INFO_HEADER) return 0;
    return bmp->compression == BIT_FIELDS ? 12 : bmp->compression == ALPHA_BIT_FIELDS ? 16 : 0;
}

static graft_status read_masks(bmp_file *bmp) {
    static const uint32_t usual[2][4] = {{0x7c00, 0x3e0, 0x1f, 0}, {0xff0000, 0xff00, 0xff, 0}};
    memcpy(bmp->mask, usual[bmp->bits == 32], sizeof bmp->mask);
    if (bmp->compression == UNCOMPRESSED) return GRAFT_OK;
    size_t end = FILE_HEADER + bmp->header + loose_mask_bytes(bmp), at = FILE_HEADER + INFO_HEADER;
    if (end > bmp->length) return graft_cut_short(GRAFT_IMAGE_BMP, bmp->length, "its bit masks");
    for (int c = 0; c < 4; c++, at += 4)
        bmp->mask[c] = at + 4 <= end ? graft_le32(bmp->bytes + at) : 0;
    return GRAFT_OK;
}

static void read_palette(bmp_file *bmp) {
    size_t at = FILE_HEADER + bmp->header, entry = bmp->header == OS2_HEADER ? 3 : 4;
    size_t end = bmp->data < bmp->length ? bmp->data : bmp->length;
    unsigned colours = bmp->header >= INFO_HEADER ? graft_le32(bmp->bytes + 46) : 0;
    if (colours == 0 || colours > 1u << bmp->bits) colours = 1u << bmp->bits;
    for (; bmp->colours < colours && at + entry <= end; bmp->colours++, at += entry)
        for (int c = 0; c < 3; c++)
            bmp->palette[bmp->colours][c] = bmp->bytes[at + 2 - (size_t)c];
}

/* The bits of `value` under the mask, stretched to 0..255. */
static unsigned field(uint32_t value, uint32_t mask) {
    if (mask == 0) return 0;
    unsigned shift = (unsigned)__builtin_ctz(mask);
    uint64_t largest = mask >> shift;
    return (unsigned)(((uint64_t)((value & mask) >> shift) * 255 + largest / 2) / largest);
}

static void convert_fields(const bmp_file *bmp, const unsigned char *row, unsigned char *out) {
    for (size_t x = 0; x < bmp->width; x++, out += 3) {
        uint32_t value = bmp->bits == 16 ? graft_le16(row + 2 * x) : graft_le32(row + 4 * x);
        unsigned alpha = bmp->mask[3] ? field(value, bmp->mask[3]) : 255;
        for (int c = 0; c < 3; c++)
            out[c] = graft_over_white(field(value, bmp->mask[c]), alpha);
    }
}

/* false: an index outside the palette. */
static bool convert_row(const bmp_file *bmp, const unsigned char *row, unsigned char *out) {
    if (bmp->bits == 16 || bmp->bits == 32) {
        convert_fields(bmp, row, out);
    } else if (bmp->bits == 24) {
        for (size_t x = 0; x < bmp->width; x++, row += 3, out += 3)
            for (int c = 0; c < 3; c++)
                out[c] = row[2 - c];
    } else {
        unsigned per_byte = 8 / bmp->bits, mask = (1u << bmp->bits) - 1;
        for (unsigned x = 0; x < bmp->width; x++, out += 3) {
            unsigned index = (unsigned)row[x / per_byte] >> (8 - bmp->bits - x % per_byte * bmp->bits) & mask;
            if (index >= bmp->colours) return false;
            memcpy(out, bmp->palette[index], 3);
        }
    }
    return true;
}

static unsigned char *output_row(const bmp_file *bmp, unsigned char *rgb, uint32_t row) {
    return rgb + (size_t)(bmp->top_down ? row : bmp->height - 1 - row) * bmp->width * 3;
}

static graft_status decode_rows(const bmp_file *bmp, unsigned char *rgb) {
    size_t stride = ((size_t)bmp->width * bmp->bits + 31) / 32 * 4;
    for (uint32_t y = 0; y < bmp->height; y++)
        if (!convert_row(bmp, bmp->bytes + bmp->data + y * stride, output_row(bmp, rgb, y)))
            return graft_fail(GRAFT_E_DATA, "BMP: damaged: a pixel outside its palette; replace or remove the file");
    return GRAFT_OK;
}

/* Where the next pixel of a run-length encoded picture goes. */
typedef struct rle_place {
    uint32_t x, y;
} rle_place;

/* Puts `count` pixels whose indices lie in `from`. `repeat`: from holds one byte, or one pair of 4-bit indices, for all
 * of them. false: the run leaves the row, the picture or the palette. */
static bool put_run(const bmp_file *bmp, unsigned char *rgb, rle_place *place, const unsigned char *from,
                    unsigned count, bool repeat) {
    if (place->y >= bmp->height || place->x > bmp->width || count > bmp->width - place->x) return false;
    unsigned char *out = output_row(bmp, rgb, place->y) + (size_t)place->x * 3;
    for (unsigned i = 0; i < count; i++, out += 3) {
        unsigned index = bmp->bits == 8 ? from[repeat ? 0 : i] : from[repeat ? 0 : i / 2] >> (i % 2 ? 0 : 4) & 15;
        if (index >= bmp->colours) return false;
        memcpy(out, bmp->palette[index], 3);
    }
    place->x += count;
    return true;
}

static graft_status bad_run(void) {
    return graft_fail(GRAFT_E_DATA, "BMP: damaged: a run leaves its row or palette; replace or remove the file");
}

static graft_status decode_runs(const bmp_file *bmp, unsigned char *rgb) {
    for (size_t i = 0; i < (size_t)bmp->width * bmp->height; i++) /* what runs skip has index 0 */
        memcpy(rgb + 3 * i, bmp->palette[0], 3);
    rle_place place = {0};
    const unsigned char *from = bmp->bytes + bmp->data, *end = bmp->bytes + bmp->length;
    while (end - from >= 2) {
        unsigned count = from[0], code = from[1];
        from += 2;
        if (count > 0) {
            if (!put_run(bmp, rgb, &place, from - 1, count, true)) return bad_run();
        } else if (code == 0) {
            place = (rle_place){0, place.y + 1};
        } else if (code == 1) {
            return GRAFT_OK;
        } else if (code == 2) {
            if (end - from < 2) break;
            place.x += from[0];
            place.y += from[1];
            from += 2;
        } else {
            unsigned bytes = bmp->bits == 8 ? code : (code + 1) / 2;
            bytes += bytes & 1; /* padded to 16 bits */
            if (end - from < (ptrdiff_t)bytes) break;
            if (!put_run(bmp, rgb, &place, from, code, false)) return bad_run();
            from += bytes;
        }
    }
    return graft_cut_short(GRAFT_IMAGE_BMP, bmp->length, "the end of its runs");
}

graft_status graft_decode_bmp(graft_decoder *decoder, const unsigned char *bytes, size_t length, graft_image *out) {
    bmp_file bmp = {.bytes = bytes, .length = length};
    GRAFT_TRY(read_sizes(&bmp));
    GRAFT_TRY(check_kind(&bmp));
    if (bmp.bits == 16 || bmp.bits == 32) GRAFT_TRY(read_masks(&bmp));
    if (bmp.bits <= 8) read_palette(&bmp);
    bool runs = bmp.compression == RLE8 || bmp.compression == RLE4;
    uint64_t needed = runs ? 2 : ((uint64_t)bmp.width * bmp.bits + 31) / 32 * 4 * bmp.height;
    if (bmp.data > length || needed > length - bmp.data)
        return graft_cut_short(GRAFT_IMAGE_BMP, length, "its last row");
    out->width = out->file_width = (int)bmp.width;
    out->height = out->file_height = (int)bmp.height;
    GRAFT_TRY(graft_pixels_reserve(&decoder->stored, out->width, out->height));
    return runs ? decode_runs(&bmp, decoder->stored.rgb) : decode_rows(&bmp, decoder->stored.rgb);
}
