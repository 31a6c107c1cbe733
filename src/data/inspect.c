/* Walks the blocks of GIF and WebP files without decoding: sizes, and whether the file is whole.
 * The libraries below accept some files that end early and fill the rest with what they please. */
#include "base/error.h"
#include "data/decode-internal.h"

/* The offset after a chain of GIF sub-blocks, 0 when it is cut short. */
static size_t skip_sub_blocks(const unsigned char *bytes, size_t length, size_t at) {
    while (at < length && bytes[at] != 0)
        at += (size_t)bytes[at] + 1;
    return at < length ? at + 1 : 0;
}

static size_t colour_table_bytes(unsigned packed) {
    return packed & 0x80 ? (size_t)3 << ((packed & 7) + 1) : 0;
}

/* GIF89a specification, appendix B: the grammar of blocks up to the trailer. */
static graft_status inspect_gif(const unsigned char *bytes, size_t length, graft_file_facts *facts) {
    size_t at = 13 + (length >= 13 ? colour_table_bytes(bytes[10]) : 0);
    int transparent = -1;
    while (at < length) {
        if (bytes[at] == 0x3b) {
            if (facts->first_frame_end) return GRAFT_OK;
            return graft_fail(GRAFT_E_DATA, "GIF: holds no frame; replace or remove the file");
        }
        if (bytes[at] == 0x21 && length - at >= 2) {
            const unsigned char *body = bytes + at + 2;
            if (bytes[at + 1] == 0xf9 && length - at >= 8 && body[0] == 4) transparent = body[1] & 1 ? body[4] : -1;
            at = skip_sub_blocks(bytes, length, at + 2);
        } else if (bytes[at] == 0x2c && length - at >= 11) {
            bool first = facts->first_frame_end == 0;
            if (first) {
                facts->width = graft_le16(bytes + at + 5);
                facts->height = graft_le16(bytes + at + 7);
                facts->transparent = transparent;
            }
            at = skip_sub_blocks(bytes, length, at + 11 + colour_table_bytes(bytes[at + 9]));
            if (first) facts->first_frame_end = at;
        } else if (bytes[at] != 0x21 && bytes[at] != 0x2c) {
            return graft_fail(GRAFT_E_DATA, "GIF: byte %zu starts no block (0x%02x); replace or remove the file", at,
                              (unsigned)bytes[at]);
        } else {
            break;
        }
        if (at == 0) break;
    }
    return graft_cut_short(GRAFT_IMAGE_GIF, length, "the trailer");
}

graft_status graft_cut_short(graft_image_type type, size_t length, const char *missing) {
    return graft_fail(GRAFT_E_DATA, "%s: cut short: it ends after %zu bytes, before %s; replace or remove the file",
                      graft_image_type_name(type), length, missing);
}

graft_status graft_file_inspect(graft_image_type type, const unsigned char *bytes, size_t length,
                                graft_file_facts *facts) {
    *facts = (graft_file_facts){.orientation = 1, .transparent = -1};
    switch (type) {
    case GRAFT_IMAGE_GIF:
        return inspect_gif(bytes, length, facts);
    case GRAFT_IMAGE_TIFF:
        return graft_tiff_inspect(bytes, length, facts);
    case GRAFT_IMAGE_WEBP:
        if (graft_le32(bytes + 4) > length - 8) return graft_cut_short(type, length, "the size in its header");
        return GRAFT_OK;
    default:
        return GRAFT_OK;
    }
}
