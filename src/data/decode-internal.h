/* What the decoders of the single formats share. Each leaves its pixels in the decoder's `stored` buffer, as the
 * file stores them; graft_decode turns them upright. */
#ifndef GRAFT_SRC_DATA_DECODE_INTERNAL_H
#define GRAFT_SRC_DATA_DECODE_INTERNAL_H

#include "data/image.h"

typedef struct graft_pixels {
    unsigned char *rgb;
    size_t capacity; /* bytes */
} graft_pixels;

struct graft_decoder {
    void *jpeg;          /* tjhandle; NULL after a failure, which would spoil it for the next picture */
    graft_pixels stored; /* as in the file */
    graft_pixels upright;
    graft_resize_scratch scratch;
};

/* Releases the buffers of a giant: a worker shall not keep them. */
void graft_decoder_let_go(graft_decoder *decoder);

/* Makes room for width * height RGB pixels; the old contents are lost. */
GRAFT_MUST_CHECK graft_status graft_pixels_reserve(graft_pixels *pixels, int width, int height);

/* Refuses empty pictures and bombs, before anything is decoded. */
GRAFT_MUST_CHECK graft_status graft_decode_check_size(graft_image_type type, uint64_t width, uint64_t height);

/* Fill width, height (of the stored pixels), file_width, file_height and orientation. */
GRAFT_MUST_CHECK graft_status graft_decode_jpeg(graft_decoder *decoder, const unsigned char *bytes, size_t length,
                                                int min_width, int min_height, graft_image *out);
/* Fills file_width, file_height and orientation from the header alone. */
GRAFT_MUST_CHECK graft_status graft_jpeg_size(graft_decoder *decoder, const unsigned char *bytes, size_t length,
                                              graft_image *out);
/* Keeps Leptonica from writing to stderr; process-wide, and the same whenever it is called. */
void graft_leptonica_silence(void);
GRAFT_MUST_CHECK graft_status graft_decode_leptonica(graft_decoder *decoder, const unsigned char *bytes, size_t length,
                                                     graft_image *out);

GRAFT_MUST_CHECK graft_status graft_decode_png(graft_decoder *decoder, const unsigned char *bytes, size_t length,
                                               graft_image *out);
GRAFT_MUST_CHECK graft_status graft_decode_bmp(graft_decoder *decoder, const unsigned char *bytes, size_t length,
                                               graft_image *out);
GRAFT_MUST_CHECK graft_status graft_decode_pnm(graft_decoder *decoder, const unsigned char *bytes, size_t length,
                                               graft_image *out);

/* What the walk over a file's blocks tells about it before it is decoded. */
typedef struct graft_file_facts {
    uint64_t width, height; /* 0: the walk does not tell */
    int orientation;        /* EXIF 1..8 */
    size_t orientation_at;  /* TIFF: the offset of the tag's value; 0: none */
    size_t first_frame_end; /* GIF: the offset after the first frame's data */
    int transparent;        /* GIF: the first frame's transparent index; -1: none */
} graft_file_facts;

/* Walks the blocks of a file that is decoded by Leptonica: GRAFT_E_DATA when it ends early or is of a kind that
 * would be decoded wrongly. */
GRAFT_MUST_CHECK graft_status graft_file_inspect(graft_image_type type, const unsigned char *bytes, size_t length,
                                                 graft_file_facts *facts);
GRAFT_MUST_CHECK graft_status graft_tiff_inspect(const unsigned char *bytes, size_t length, graft_file_facts *facts);

/* GRAFT_E_DATA: the file ends before `missing`. */
GRAFT_MUST_CHECK graft_status graft_cut_short(graft_image_type type, size_t length, const char *missing);

/* The orientation, 1..8, in a TIFF structure (what follows "Exif\0\0" in a JPEG); 1 when it names none. */
int graft_exif_orientation(const unsigned char *tiff, size_t length);

/* Turns `in` (width * height, RGB) upright into `out`, whose sides are swapped for orientations 5 to 8. */
void graft_orient(const unsigned char *in, int width, int height, int orientation, unsigned char *out);

/* ITU-R 601 luma in 16 fraction bits, rounded. */
static inline unsigned graft_luma(const unsigned char *rgb) {
    return (rgb[0] * 19595u + rgb[1] * 38470u + rgb[2] * 7471u + 0x8000u) >> 16;
}

static inline unsigned char graft_over_white(unsigned value, unsigned alpha) {
    return (unsigned char)((value * alpha + 255 * (255 - alpha) + 127) / 255);
}

static inline uint32_t graft_le16(const unsigned char *p) {
    return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static inline uint32_t graft_le32(const unsigned char *p) {
    return graft_le16(p) | graft_le16(p + 2) << 16;
}

static inline uint32_t graft_be16(const unsigned char *p) {
    return (uint32_t)p[0] << 8 | (uint32_t)p[1];
}

static inline uint32_t graft_be32(const unsigned char *p) {
    return graft_be16(p) << 16 | graft_be16(p + 2);
}

#endif
