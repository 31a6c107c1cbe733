#include "base/alloc.h"
#include "base/error.h"
#include "data/decode-internal.h"

#include <turbojpeg.h>

enum {
    SIDE_LIMIT = 65535,    /* JPEG's own; bounds the resampler's tables */
    KEPT_BYTES = 64 << 20, /* buffers above this do not wait for the next picture */
};

graft_status graft_decoder_new(graft_decoder **out) {
    *out = NULL;
    graft_leptonica_silence();
    graft_decoder *decoder = graft_allocate_zero(1, sizeof *decoder);
    if (!decoder) return graft_fail_memory("an image decoder");
    *out = decoder;
    return GRAFT_OK;
}

void graft_decoder_free(graft_decoder *decoder) {
    if (!decoder) return;
    if (decoder->jpeg) tjDestroy(decoder->jpeg);
    graft_release(decoder->stored.rgb);
    graft_release(decoder->upright.rgb);
    graft_resize_scratch_free(&decoder->scratch);
    graft_release(decoder);
}

static void let_go_if_giant(graft_pixels *pixels) {
    if (pixels->capacity <= KEPT_BYTES) return;
    graft_release(pixels->rgb);
    *pixels = (graft_pixels){0};
}

void graft_decoder_let_go(graft_decoder *decoder) {
    let_go_if_giant(&decoder->stored);
    let_go_if_giant(&decoder->upright);
    if (decoder->scratch.capacity > KEPT_BYTES) graft_resize_scratch_free(&decoder->scratch);
}

graft_status graft_pixels_reserve(graft_pixels *pixels, int width, int height) {
    size_t needed = (size_t)width * (size_t)height * 3;
    if (needed <= pixels->capacity) return GRAFT_OK;
    graft_release(pixels->rgb);
    *pixels = (graft_pixels){.rgb = graft_allocate(needed, 1)};
    if (!pixels->rgb) return graft_fail_memory("a decoded picture");
    pixels->capacity = needed;
    return GRAFT_OK;
}

graft_status graft_decode_check_size(graft_image_type type, uint64_t width, uint64_t height) {
    const char *name = graft_image_type_name(type);
    if (width == 0 || height == 0) return graft_fail(GRAFT_E_DATA, "%s: says it has no pixels; remove the file", name);
    if (width > SIDE_LIMIT || height > SIDE_LIMIT || width * height > GRAFT_PIXEL_LIMIT)
        return graft_fail(GRAFT_E_DATA,
                          "%s: %llux%llu pixels, expected at most %llu and sides of at most %d; scale the picture down",
                          name, (unsigned long long)width, (unsigned long long)height,
                          (unsigned long long)GRAFT_PIXEL_LIMIT, SIDE_LIMIT);
    return GRAFT_OK;
}

static graft_status turn_upright(graft_decoder *decoder, graft_image *out) {
    out->rgb = decoder->stored.rgb;
    if (out->orientation == 1) return GRAFT_OK;
    GRAFT_TRY(graft_pixels_reserve(&decoder->upright, out->width, out->height));
    graft_orient(decoder->stored.rgb, out->width, out->height, out->orientation, decoder->upright.rgb);
    out->rgb = decoder->upright.rgb;
    if (out->orientation >= 5) {
        int width = out->width;
        out->width = out->height;
        out->height = width;
    }
    return GRAFT_OK;
}

graft_status graft_decode(graft_decoder *decoder, const unsigned char *bytes, size_t length, int min_width,
                          int min_height, graft_image *out) {
    *out = (graft_image){.orientation = 1, .type = graft_image_type_of(bytes, length)};
    graft_decoder_let_go(decoder);
    if (length == 0) return graft_fail(GRAFT_E_DATA, "an empty file, expected a picture");
    if (out->type == GRAFT_IMAGE_UNKNOWN)
        return graft_fail(GRAFT_E_DATA, "not a picture graft knows (JPEG, PNG, BMP, GIF, PNM, TIFF, WebP): "
                                        "its first bytes fit none; convert or remove the file");
    if (out->type == GRAFT_IMAGE_JPEG)
        GRAFT_TRY(graft_decode_jpeg(decoder, bytes, length, min_width, min_height, out));
    else if (out->type == GRAFT_IMAGE_BMP)
        GRAFT_TRY(graft_decode_bmp(decoder, bytes, length, out));
    else if (out->type == GRAFT_IMAGE_PNG)
        GRAFT_TRY(graft_decode_png(decoder, bytes, length, out));
    else if (out->type == GRAFT_IMAGE_PNM)
        GRAFT_TRY(graft_decode_pnm(decoder, bytes, length, out));
    else
        GRAFT_TRY(graft_decode_leptonica(decoder, bytes, length, out));
    return turn_upright(decoder, out);
}
