/* JPEG through libjpeg-turbo's TurboJPEG interface. */
#include "base/alloc.h"
#include "base/error.h"
#include "data/decode-internal.h"

#include <string.h>
#include <turbojpeg.h>

/* What the segments before the first scan say. */
typedef struct jpeg_facts {
    int orientation;
    bool adobe; /* an Adobe segment: CMYK is stored inverted */
} jpeg_facts;

enum { MARKER_SOS = 0xda, MARKER_EOI = 0xd9, MARKER_APP1 = 0xe1, MARKER_APP14 = 0xee };

static jpeg_facts read_segments(const unsigned char *bytes, size_t length) {
    jpeg_facts facts = {.orientation = 1};
    bool exif_seen = false;
    size_t at = 2;
    while (at + 4 <= length && bytes[at] == 0xff) {
        unsigned marker = bytes[at + 1];
        if (marker == 0xff) { /* fill byte */
            at++;
            continue;
        }
        if (marker == MARKER_SOS || marker == MARKER_EOI) break;
        if (marker == 0x01 || (marker >= 0xd0 && marker <= 0xd7)) { /* markers without a length */
            at += 2;
            continue;
        }
        size_t size = (size_t)bytes[at + 2] << 8 | bytes[at + 3];
        if (size < 2 || size > length - at - 2) break;
        const unsigned char *body = bytes + at + 4;
        if (marker == MARKER_APP1 && !exif_seen && size >= 8 && memcmp(body, "Exif\0\0", 6) == 0) {
            facts.orientation = graft_exif_orientation(body + 6, size - 8);
            exif_seen = true;
        }
        if (marker == MARKER_APP14 && size >= 7 && memcmp(body, "Adobe", 5) == 0) facts.adobe = true;
        at += 2 + size;
    }
    return facts;
}

/* The largest of 1/8, 1/4, 1/2 reductions that keeps both sides at least as asked, else 1. */
static int choose_reduction(int width, int height, int min_width, int min_height) {
    if (min_width <= 0 || min_height <= 0) return 1;
    for (int reduction = 8; reduction > 1; reduction /= 2)
        if ((width + reduction - 1) / reduction >= min_width && (height + reduction - 1) / reduction >= min_height)
            return reduction;
    return 1;
}

static graft_status jpeg_failure(graft_decoder *decoder) {
    graft_status status = graft_fail(GRAFT_E_DATA, "JPEG: damaged or cut short (%s); replace or remove the file",
                                     tjGetErrorStr2(decoder->jpeg));
    tjDestroy(decoder->jpeg); /* half a header stays in it */
    decoder->jpeg = NULL;
    return status;
}

static graft_status decode_rgb(graft_decoder *decoder, const unsigned char *bytes, size_t length,
                               const graft_image *image) {
    GRAFT_TRY(graft_pixels_reserve(&decoder->stored, image->width, image->height));
    if (tjDecompress2(decoder->jpeg, bytes, length, decoder->stored.rgb, image->width, 0, image->height, TJPF_RGB,
                      TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS) != 0)
        return jpeg_failure(decoder);
    return GRAFT_OK;
}

static unsigned char scale_255(unsigned value, unsigned by) {
    return (unsigned char)((value * by + 127) / 255);
}

static graft_status decode_cmyk(graft_decoder *decoder, const unsigned char *bytes, size_t length,
                                const graft_image *image, bool inverted) {
    size_t count = (size_t)image->width * (size_t)image->height;
    unsigned char *cmyk = graft_allocate(count, 4);
    if (!cmyk) return graft_fail_memory("a CMYK picture");
    graft_status status = graft_pixels_reserve(&decoder->stored, image->width, image->height);
    if (status == GRAFT_OK && tjDecompress2(decoder->jpeg, bytes, length, cmyk, image->width, 0, image->height,
                                            TJPF_CMYK, TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS) != 0)
        status = jpeg_failure(decoder);
    unsigned flip = inverted ? 0 : 255;
    for (size_t i = 0; status == GRAFT_OK && i < count; i++)
        for (size_t c = 0; c < 3; c++)
            decoder->stored.rgb[i * 3 + c] = scale_255(cmyk[i * 4 + c] ^ flip, cmyk[i * 4 + 3] ^ flip);
    graft_release(cmyk);
    return status;
}

/* A header that fails leaves the handle in the middle of a marker, where the next picture's would go on. */
static graft_status header_failure(graft_decoder *decoder) {
    graft_status status = jpeg_failure(decoder);
    tjhandle fresh = tjInitDecompress();
    if (!fresh) return graft_fail_memory("a JPEG decoder");
    tjDestroy(decoder->jpeg);
    decoder->jpeg = fresh;
    return status;
}

static graft_status read_header(graft_decoder *decoder, const unsigned char *bytes, size_t length, int *width,
                                int *height, int *colours) {
    if (!decoder->jpeg) decoder->jpeg = tjInitDecompress();
    if (!decoder->jpeg) return graft_fail_memory("a JPEG decoder");
    int subsampling = 0;
    *width = *height = 0; /* tables without a picture are a header too */
    if (tjDecompressHeader3(decoder->jpeg, bytes, length, width, height, &subsampling, colours) != 0)
        return header_failure(decoder);
    return graft_decode_check_size(GRAFT_IMAGE_JPEG, (uint64_t)*width, (uint64_t)*height);
}

graft_status graft_jpeg_size(graft_decoder *decoder, const unsigned char *bytes, size_t length, graft_image *out) {
    int colours = 0;
    GRAFT_TRY(read_header(decoder, bytes, length, &out->file_width, &out->file_height, &colours));
    out->orientation = read_segments(bytes, length).orientation;
    return GRAFT_OK;
}

graft_status graft_decode_jpeg(graft_decoder *decoder, const unsigned char *bytes, size_t length, int min_width,
                               int min_height, graft_image *out) {
    int width = 0, height = 0, colours = 0;
    GRAFT_TRY(read_header(decoder, bytes, length, &width, &height, &colours));
    jpeg_facts facts = read_segments(bytes, length);
    bool swapped = facts.orientation >= 5;
    int reduction = choose_reduction(width, height, swapped ? min_height : min_width, swapped ? min_width : min_height);
    out->file_width = width;
    out->file_height = height;
    out->width = (width + reduction - 1) / reduction;
    out->height = (height + reduction - 1) / reduction;
    out->orientation = facts.orientation;
    if (colours == TJCS_CMYK || colours == TJCS_YCCK) return decode_cmyk(decoder, bytes, length, out, facts.adobe);
    return decode_rgb(decoder, bytes, length, out);
}
