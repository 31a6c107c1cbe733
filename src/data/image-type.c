#include "data/image.h"

#include <string.h>

const char *graft_image_type_name(graft_image_type type) {
    switch (type) {
    case GRAFT_IMAGE_JPEG:
        return "JPEG";
    case GRAFT_IMAGE_PNG:
        return "PNG";
    case GRAFT_IMAGE_BMP:
        return "BMP";
    case GRAFT_IMAGE_GIF:
        return "GIF";
    case GRAFT_IMAGE_PNM:
        return "PNM";
    case GRAFT_IMAGE_TIFF:
        return "TIFF";
    case GRAFT_IMAGE_WEBP:
        return "WebP";
    case GRAFT_IMAGE_UNKNOWN:
        break;
    }
    return "unknown";
}

static bool starts_with(const unsigned char *bytes, size_t length, const char *magic, size_t magic_length) {
    return length >= magic_length && memcmp(bytes, magic, magic_length) == 0;
}

static bool is_pnm(const unsigned char *bytes, size_t length) {
    return length >= 3 && bytes[0] == 'P' && bytes[1] >= '1' && bytes[1] <= '6' &&
           (bytes[2] == ' ' || bytes[2] == '\n' || bytes[2] == '\r' || bytes[2] == '\t' || bytes[2] == '#');
}

graft_image_type graft_image_type_of(const unsigned char *bytes, size_t length) {
    static const struct {
        graft_image_type type;
        size_t length;
        const char *magic;
    } known[] = {
        {GRAFT_IMAGE_JPEG, 3, "\xff\xd8\xff"},
        {GRAFT_IMAGE_PNG, 8, "\x89PNG\r\n\x1a\n"},
        {GRAFT_IMAGE_BMP, 2, "BM"},
        {GRAFT_IMAGE_GIF, 6, "GIF87a"},
        {GRAFT_IMAGE_GIF, 6, "GIF89a"},
        {GRAFT_IMAGE_TIFF, 4, "II*\0"},
        {GRAFT_IMAGE_TIFF, 4, "MM\0*"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (starts_with(bytes, length, known[i].magic, known[i].length)) return known[i].type;
    if (starts_with(bytes, length, "RIFF", 4) && length >= 12 && memcmp(bytes + 8, "WEBP", 4) == 0)
        return GRAFT_IMAGE_WEBP;
    return is_pnm(bytes, length) ? GRAFT_IMAGE_PNM : GRAFT_IMAGE_UNKNOWN;
}
