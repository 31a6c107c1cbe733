#include "base/alloc.h"
#include "base/error.h"
#include "data/image.h"

#include <png.h>
#include <stdio.h>
#include <string.h>

typedef struct png_writer {
    unsigned char *bytes;
    size_t length, capacity;
    char reason[96];
} png_writer;

static void take_bytes(png_structp png, png_bytep bytes, size_t count) {
    png_writer *writer = png_get_io_ptr(png);
    if (!graft_reserve(&writer->bytes, &writer->capacity, writer->length + count, 1)) png_error(png, "no memory");
    memcpy(writer->bytes + writer->length, bytes, count);
    writer->length += count;
}

static void nothing_to_flush(png_structp png) {
    (void)png;
}

static void on_error(png_structp png, png_const_charp text) {
    png_writer *writer = png_get_error_ptr(png);
    snprintf(writer->reason, sizeof writer->reason, "%s", text);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text) {
    (void)png;
    (void)text;
}

/* libpng comes back to the setjmp here with every error. */
static graft_status write_picture(png_structp png, png_infop info, png_writer *writer, const unsigned char *rgb,
                                  size_t width, size_t height) {
    if (setjmp(png_jmpbuf(png))) return graft_fail(GRAFT_E_MEMORY, "writing a PNG: %s", writer->reason);
    png_set_write_fn(png, writer, take_bytes, nothing_to_flush);
    png_set_IHDR(png, info, (png_uint_32)width, (png_uint_32)height, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    for (size_t y = 0; y < height; y++)
        png_write_row(png, rgb + y * width * 3);
    png_write_end(png, NULL);
    return GRAFT_OK;
}

graft_status graft_png_write(const unsigned char *rgb, int width, int height, unsigned char **out, size_t *length) {
    *out = NULL;
    *length = 0;
    if (width < 1 || height < 1 || width > 1000000 || height > 1000000)
        return graft_fail(GRAFT_E_USAGE, "a PNG of %dx%d pixels, expected sides of 1 to 1000000", width, height);
    png_writer writer = {0};
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &writer, on_error, on_warning);
    if (!png) return graft_fail_memory("a PNG writer");
    png_infop info = png_create_info_struct(png);
    graft_status status = info ? write_picture(png, info, &writer, rgb, (size_t)width, (size_t)height)
                               : graft_fail_memory("a PNG writer");
    png_destroy_write_struct(&png, &info);
    if (status == GRAFT_OK) {
        *out = writer.bytes;
        *length = writer.length;
    } else {
        graft_release(writer.bytes);
    }
    return status;
}
