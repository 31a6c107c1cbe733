/* PNG through libpng: Leptonica would let it write its warnings to stderr. */
#include "base/alloc.h"
#include "base/error.h"
#include "data/decode-internal.h"

#include <png.h>
#include <stdio.h>
#include <string.h>

typedef struct png_facts {
    uint32_t width, height;
    int orientation;
} png_facts;

/* W3C PNG specification, section 5: every byte belongs to a chunk, the last one is IEND. */
static graft_status read_chunks(const unsigned char *bytes, size_t length, png_facts *facts) {
    size_t at = 8;
    while (length - at >= 12) {
        size_t size = graft_be32(bytes + at);
        const unsigned char *type = bytes + at + 4, *body = bytes + at + 8;
        if (size > length - at - 12) break;
        if (at == 8) {
            if (memcmp(type, "IHDR", 4) != 0 || size != 13)
                return graft_fail(GRAFT_E_DATA, "PNG: its first chunk is not IHDR; replace or remove the file");
            facts->width = graft_be32(body);
            facts->height = graft_be32(body + 4);
        }
        if (memcmp(type, "eXIf", 4) == 0) facts->orientation = graft_exif_orientation(body, size);
        if (memcmp(type, "IEND", 4) == 0) return GRAFT_OK;
        at += 12 + size;
    }
    return graft_cut_short(GRAFT_IMAGE_PNG, length, "the IEND chunk");
}

typedef struct png_reader {
    png_structp png;
    png_infop info;
    const unsigned char *bytes;
    size_t length, at;
    unsigned char *rgba; /* of a picture with alpha */
    int passes;          /* over the rows: 1, or 7 when they are interlaced */
    char reason[96];
} png_reader;

static void give_bytes(png_structp png, png_bytep out, size_t count) {
    png_reader *reader = png_get_io_ptr(png);
    if (count > reader->length - reader->at) png_error(png, "the file ends");
    memcpy(out, reader->bytes + reader->at, count);
    reader->at += count;
}

static void on_error(png_structp png, png_const_charp text) {
    png_reader *reader = png_get_error_ptr(png);
    snprintf(reader->reason, sizeof reader->reason, "%s", text);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text) {
    (void)png;
    (void)text;
}

/* Everything becomes 8-bit RGB, or RGBA where there is transparency; true: RGBA. */
static bool choose_conversions(png_reader *reader) {
    png_set_expand(reader->png);
    png_set_scale_16(reader->png);
    png_set_gray_to_rgb(reader->png);
    reader->passes = png_set_interlace_handling(reader->png);
    png_read_update_info(reader->png, reader->info);
    return png_get_channels(reader->png, reader->info) == 4;
}

static void read_rows(png_reader *reader, unsigned char *out, size_t stride, size_t height) {
    for (int pass = 0; pass < reader->passes; pass++)
        for (size_t y = 0; y < height; y++)
            png_read_row(reader->png, out + y * stride, NULL);
    png_read_end(reader->png, NULL);
}

/* libpng comes back to the setjmp here with every error; nothing on the way holds memory of its own. */
static graft_status read_picture(png_reader *reader, unsigned char *rgb, size_t width, size_t height) {
    if (setjmp(png_jmpbuf(reader->png)))
        return graft_fail(GRAFT_E_DATA, "PNG: damaged (%s); replace or remove the file", reader->reason);
    png_set_read_fn(reader->png, reader, give_bytes);
    png_read_info(reader->png, reader->info);
    if (!choose_conversions(reader)) {
        read_rows(reader, rgb, width * 3, height);
        return GRAFT_OK;
    }
    reader->rgba = graft_allocate(width * height, 4);
    if (!reader->rgba) return graft_fail_memory("a picture with transparency");
    read_rows(reader, reader->rgba, width * 4, height);
    for (size_t i = 0; i < width * height; i++)
        for (size_t c = 0; c < 3; c++)
            rgb[i * 3 + c] = graft_over_white(reader->rgba[i * 4 + c], reader->rgba[i * 4 + 3]);
    return GRAFT_OK;
}

graft_status graft_decode_png(graft_decoder *decoder, const unsigned char *bytes, size_t length, graft_image *out) {
    png_facts facts = {.orientation = 1};
    GRAFT_TRY(read_chunks(bytes, length, &facts));
    GRAFT_TRY(graft_decode_check_size(GRAFT_IMAGE_PNG, facts.width, facts.height));
    out->width = out->file_width = (int)facts.width;
    out->height = out->file_height = (int)facts.height;
    out->orientation = facts.orientation;
    GRAFT_TRY(graft_pixels_reserve(&decoder->stored, out->width, out->height));
    png_reader reader = {.bytes = bytes, .length = length};
    reader.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &reader, on_error, on_warning);
    if (!reader.png) return graft_fail_memory("a PNG reader");
    reader.info = png_create_info_struct(reader.png);
    graft_status status = reader.info ? read_picture(&reader, decoder->stored.rgb, facts.width, facts.height)
                                      : graft_fail_memory("a PNG reader");
    png_destroy_read_struct(&reader.png, &reader.info, NULL);
    graft_release(reader.rgba);
    return status;
}
