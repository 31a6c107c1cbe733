/* Pictures: any common file becomes 8-bit RGB in the orientation its taker saw. Type by magic bytes: JPEG
 * through libjpeg-turbo, PNG through libpng, GIF, TIFF and WebP through Leptonica, BMP and PNM by graft itself. One
 * documented conversion: grey to three equal channels, alpha (and a GIF's transparent colour) over white, 16 bits to
 * 8 by scaling (rounded x * 255 / 65535), CMYK and YCCK to RGB as (255 - ink) * (255 - black) / 255 (stored inverted
 * when Adobe's marker is there), palettes expanded, EXIF orientation 1-8 applied (JPEG, PNG, TIFF). Colour profiles
 * and gamma are not applied. */
#ifndef GRAFT_SRC_DATA_IMAGE_H
#define GRAFT_SRC_DATA_IMAGE_H

#include <graft/base.h>
#include <graft/preprocess.h>

typedef enum graft_image_type {
    GRAFT_IMAGE_UNKNOWN,
    GRAFT_IMAGE_JPEG,
    GRAFT_IMAGE_PNG,
    GRAFT_IMAGE_BMP,
    GRAFT_IMAGE_GIF, /* the first frame */
    GRAFT_IMAGE_PNM,
    GRAFT_IMAGE_TIFF, /* the first page */
    GRAFT_IMAGE_WEBP,
} graft_image_type;
const char *graft_image_type_name(graft_image_type type); /* "JPEG"; "unknown" */
graft_image_type graft_image_type_of(const unsigned char *bytes, size_t length);

typedef struct graft_image {
    int width, height;  /* after orientation */
    unsigned char *rgb; /* height * width * 3, rows top to bottom, no padding */
    int orientation;    /* EXIF 1..8 as the file said; 1 when it said nothing */
    graft_image_type type;
    int file_width, file_height; /* as stored, before scaling and orientation */
} graft_image;

/* A decoder keeps its handles and buffers from picture to picture; one thread at a time. */
typedef struct graft_decoder graft_decoder;
GRAFT_MUST_CHECK graft_status graft_decoder_new(graft_decoder **out);
void graft_decoder_free(graft_decoder *decoder);

/* Pixels a picture may have before it is refused: a bomb, not a photograph. Told from the header, before anything is
 * decoded; a side may have 65,535. A decoder keeps at most 64 MiB of pixels for its next picture. */
#define GRAFT_PIXEL_LIMIT ((uint64_t)178956970) /* Pillow's limit for an error */

/* Decodes `bytes`. When min_width and min_height are not 0, a JPEG may be decoded at 1/2, 1/4 or 1/8 as long
 * as both sides stay at least that large (2 * target asks for decoding at half size only when the target is at
 * most half). *out borrows from the decoder until its next call. A file that is cut short or damaged is an
 * error even where pixels could be guessed: a cut at any byte of a JPEG, PNG, GIF, BMP, WebP or binary PNM; of a TIFF
 * when it hits the directory, a strip or a tile; of a plain (text) PNM unless it is inside the last number. What
 * follows the end of a picture is ignored. Errors: GRAFT_E_DATA, GRAFT_E_MEMORY, text without the path. */
GRAFT_MUST_CHECK graft_status graft_decode(graft_decoder *decoder, const unsigned char *bytes, size_t length,
                                           int min_width, int min_height, graft_image *out);

/* Resamples `in` (3 interleaved channels) to width x height, equal to Pillow's Image.resize byte for byte. `scratch`
 * belongs to the caller and is grown; start from {0}. */
typedef struct graft_resize_scratch {
    void *memory;
    size_t capacity;
} graft_resize_scratch;
void graft_resize_scratch_free(graft_resize_scratch *scratch);
/* box: the source rectangle in pixels (x0, y0, x1, y1), may be fractional; NULL: all of it. */
GRAFT_MUST_CHECK graft_status graft_image_resize(const graft_image *in, const float *box, graft_filter filter,
                                                 int width, int height, unsigned char *out,
                                                 graft_resize_scratch *scratch);

/* decode -> fit -> resize. Squash: resized to width x height. Crop: as torchvision's Resize and CenterCrop: the side
 * that is shorter relative to the target fits, the other is rounded down, the cut begins at half the difference,
 * rounded to even. Pad: the longer side fits, the other is rounded to nearest and centred, an odd pixel of padding
 * going below or to the right; it has the spec's mean colour. A JPEG is decoded at a reduced size when that is still
 * at least twice the target. `pixels` gets spec->height * spec->width * 3 bytes, RGB. The one way from a file to a
 * network, used by every verb. `size`, when not NULL, gets the decoded picture's sizes, type, orientation (rgb NULL).
 */
GRAFT_MUST_CHECK graft_status graft_image_prepare(graft_decoder *decoder, const unsigned char *bytes, size_t length,
                                                  const graft_preprocess *spec, unsigned char *pixels,
                                                  graft_image *size);

/* pixels (H,W,3 RGB bytes) -> input (C,H,W floats) by mean, scale and channel order; 1 channel: ITU-R 601 luma. */
void graft_image_normalize(const graft_preprocess *spec, const unsigned char *pixels, float *input);

/* 64-bit difference hash of the 9x8 grey thumbnail: near pictures differ in few bits. `rgb` is w*h*3. */
uint64_t graft_image_dhash(const graft_image *image);

/* An RGB picture as a JPEG in memory (thumbnails of reports). Release *out with graft_release. */
GRAFT_MUST_CHECK graft_status graft_jpeg_write(const unsigned char *rgb, int width, int height, int quality,
                                               unsigned char **out, size_t *length);
/* The same as a PNG. */
GRAFT_MUST_CHECK graft_status graft_png_write(const unsigned char *rgb, int width, int height, unsigned char **out,
                                              size_t *length);
#endif
