#include "data/file-type.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

typedef struct extension {
    const char *text;
    graft_image_type type;
} extension;

static const extension extensions[] = {
    {"jpg", GRAFT_IMAGE_JPEG},     {"jpeg", GRAFT_IMAGE_JPEG},    {"jpe", GRAFT_IMAGE_JPEG},
    {"jfif", GRAFT_IMAGE_JPEG},    {"png", GRAFT_IMAGE_PNG},      {"bmp", GRAFT_IMAGE_BMP},
    {"dib", GRAFT_IMAGE_BMP},      {"gif", GRAFT_IMAGE_GIF},      {"pnm", GRAFT_IMAGE_PNM},
    {"pbm", GRAFT_IMAGE_PNM},      {"pgm", GRAFT_IMAGE_PNM},      {"ppm", GRAFT_IMAGE_PNM},
    {"tif", GRAFT_IMAGE_TIFF},     {"tiff", GRAFT_IMAGE_TIFF},    {"webp", GRAFT_IMAGE_WEBP},
    {"heic", GRAFT_IMAGE_UNKNOWN}, {"heif", GRAFT_IMAGE_UNKNOWN}, {"avif", GRAFT_IMAGE_UNKNOWN},
    {"jp2", GRAFT_IMAGE_UNKNOWN},  {"jxl", GRAFT_IMAGE_UNKNOWN},
};

bool graft_extension_type(const char *name, graft_image_type *type) {
    const char *dot = strrchr(name, '.');
    if (!dot) return false;
    for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++) {
        if (strcasecmp(dot + 1, extensions[i].text) != 0) continue;
        if (type) *type = extensions[i].type;
        return true;
    }
    return false;
}

typedef struct signature {
    size_t offset;
    const char *bytes;
    size_t length;
    const char *type;
} signature;

static const signature signatures[] = {
    {0, "%PDF", 4, "PDF"},
    {0, "PK\3\4", 4, "ZIP"},
    {4, "ftyphei", 7, "HEIC"},
    {4, "ftypmif1", 8, "HEIC"},
    {4, "ftypavif", 8, "AVIF"},
    {4, "jP  ", 4, "JPEG 2000"},
    {0, "\xff\x0a", 2, "JPEG XL"},
    {4, "JXL ", 4, "JPEG XL"},
    {4, "ftyp", 4, "MP4"},
    {0, "<!DOCTYPE html", 14, "HTML"},
    {0, "<!doctype html", 14, "HTML"},
    {0, "<html", 5, "HTML"},
    {0, "<svg", 4, "SVG"},
    {0, "<?xml", 5, "XML"},
};

static const char *signature_of(const unsigned char *bytes, size_t length) {
    for (size_t i = 0; i < sizeof signatures / sizeof *signatures; i++) {
        const signature *s = &signatures[i];
        if (length >= s->offset + s->length && memcmp(bytes + s->offset, s->bytes, s->length) == 0) return s->type;
    }
    return NULL;
}

/* Bytes >= 0x80 count as text: UTF-8 and the code pages before it. */
static bool is_text(const unsigned char *bytes, size_t length) {
    size_t seen = length < 512 ? length : 512;
    for (size_t i = 0; i < seen; i++)
        if ((bytes[i] < 0x20 && !strchr("\t\n\r\f", bytes[i])) || bytes[i] == 0 || bytes[i] == 0x7f) return false;
    return true;
}

const char *graft_describe_bytes(const unsigned char *bytes, size_t length, char *reason, size_t size) {
    if (length == 0) {
        snprintf(reason, size, "an empty file (0 bytes)");
        return "empty";
    }
    const char *type = signature_of(bytes, length);
    if (!type && is_text(bytes, length)) type = "text";
    if (type) {
        snprintf(reason, size, "%s, expected a picture (JPEG, PNG, BMP, GIF, PNM, TIFF or WebP)",
                 strcmp(type, "text") == 0 ? "a text file" : type);
        return type;
    }
    char first[3 * 4 + 1] = "";
    for (size_t i = 0; i < 4 && i < length; i++)
        snprintf(first + 3 * i, 4, " %02x", bytes[i]);
    snprintf(reason, size, "not a picture of a known type (first bytes%s)", first);
    return "unknown";
}
