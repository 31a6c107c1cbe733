/* From a file's bytes to the pixels a network sees. */
#include "base/error.h"
#include "data/decode-internal.h"
#include "data/prepare-internal.h"

#include <math.h>
#include <string.h>

static int larger(int a, int b) {
    return a > b ? a : b;
}

/* Half of an even or odd difference as Python's round(d / 2): torchvision's CenterCrop cuts there. */
static int half_to_even(int difference) {
    int half = difference / 2;
    return half + (difference & half & 1);
}

/* torchvision's Resize: the shorter side (relative to the target) fits, the other is rounded down; then CenterCrop. */
static graft_placement place_crop(const graft_image *image, const graft_preprocess *spec) {
    int64_t w = image->width, h = image->height;
    graft_placement place = {.width = spec->width, .height = spec->height};
    if (w * spec->height <= h * spec->width)
        place.height = (int)(h * spec->width / w);
    else
        place.width = (int)(w * spec->height / h);
    place.window = (graft_resize_window){.left = half_to_even(place.width - spec->width),
                                         .top = half_to_even(place.height - spec->height),
                                         .columns = spec->width,
                                         .rows = spec->height};
    return place;
}

/* The longer side fits, the other is rounded to the nearest and centred, the odd pixel going below or to the right. */
static graft_placement place_pad(const graft_image *image, const graft_preprocess *spec) {
    int64_t w = image->width, h = image->height;
    graft_placement place = {.width = spec->width, .height = spec->height};
    if (w * spec->height >= h * spec->width)
        place.height = larger(1, (int)((2 * h * spec->width + w) / (2 * w)));
    else
        place.width = larger(1, (int)((2 * w * spec->height + h) / (2 * h)));
    place.window = (graft_resize_window){.columns = place.width, .rows = place.height};
    place.left = (spec->width - place.width) / 2;
    place.top = (spec->height - place.height) / 2;
    return place;
}

graft_placement graft_place_picture(const graft_image *image, const graft_preprocess *spec) {
    if (spec->fit == GRAFT_FIT_CROP) return place_crop(image, spec);
    if (spec->fit == GRAFT_FIT_PAD) return place_pad(image, spec);
    return (graft_placement){
        .width = spec->width, .height = spec->height, .window = {.columns = spec->width, .rows = spec->height}};
}

void graft_mean_colour(const graft_preprocess *spec, unsigned char colour[3]) {
    for (int c = 0; c < 3; c++) {
        float mean = spec->mean[spec->channels == 1 ? 0 : spec->bgr ? 2 - c : c];
        colour[c] = mean <= 0 ? 0 : mean >= 255 ? 255 : (unsigned char)lroundf(mean);
    }
}

static void fill_with_mean(const graft_preprocess *spec, unsigned char *pixels) {
    unsigned char colour[3];
    graft_mean_colour(spec, colour);
    size_t count = (size_t)spec->width * (size_t)spec->height;
    for (size_t i = 0; i < count; i++)
        memcpy(pixels + 3 * i, colour, 3);
}

enum { TARGET_LIMIT = 16384 }; /* keeps a stretched side inside an int */

graft_status graft_check_target(const graft_preprocess *spec) {
    if (spec->width < 1 || spec->height < 1 || spec->width > TARGET_LIMIT || spec->height > TARGET_LIMIT)
        return graft_fail(GRAFT_E_USAGE, "a network input of %dx%d pixels, expected sides of 1 to %d", spec->width,
                          spec->height, TARGET_LIMIT);
    return GRAFT_OK;
}

graft_image graft_whole_picture(const graft_image *image) {
    bool swapped = image->orientation >= 5;
    return (graft_image){.width = swapped ? image->file_height : image->file_width,
                         .height = swapped ? image->file_width : image->file_height};
}

graft_status graft_fit_picture(graft_decoder *decoder, const graft_image *image, const graft_preprocess *spec,
                               unsigned char *pixels) {
    graft_image whole = graft_whole_picture(image);
    graft_placement place = graft_place_picture(&whole, spec);
    if (spec->fit == GRAFT_FIT_PAD) fill_with_mean(spec, pixels);
    size_t stride = (size_t)spec->width * 3;
    unsigned char *first = pixels + (size_t)place.top * stride + (size_t)place.left * 3;
    return graft_resize_part(image, NULL, spec->filter, place.width, place.height, &place.window, first, stride,
                             &decoder->scratch, NULL);
}

graft_status graft_image_prepare(graft_decoder *decoder, const unsigned char *bytes, size_t length,
                                 const graft_preprocess *spec, unsigned char *pixels, graft_image *size) {
    graft_image image;
    GRAFT_TRY(graft_check_target(spec));
    GRAFT_TRY(graft_decode(decoder, bytes, length, 2 * spec->width, 2 * spec->height, &image));
    graft_status status = graft_fit_picture(decoder, &image, spec, pixels);
    graft_decoder_let_go(decoder);
    if (status == GRAFT_OK && size) {
        *size = image;
        size->rgb = NULL;
    }
    return status;
}
