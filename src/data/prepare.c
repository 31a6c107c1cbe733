/* From a file's bytes to the pixels a network sees. */
#include "base/error.h"
#include "data/decode-internal.h"
#include "data/resize-internal.h"

#include <math.h>
#include <string.h>

/* How the picture meets the target: it is resized to width x height; `window` of that goes to left, top. */
typedef struct placement {
    int width, height;
    graft_resize_window window;
    int left, top; /* of the window in the target */
} placement;

static int larger(int a, int b) {
    return a > b ? a : b;
}

/* Half of an even or odd difference as Python's round(d / 2): torchvision's CenterCrop cuts there. */
static int half_to_even(int difference) {
    int half = difference / 2;
    return half + (difference & half & 1);
}

/* torchvision's Resize: the shorter side (relative to the target) fits, the other is rounded down; then CenterCrop. */
static placement place_crop(const graft_image *image, const graft_preprocess *spec) {
    int64_t w = image->width, h = image->height;
    placement place = {.width = spec->width, .height = spec->height};
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
static placement place_pad(const graft_image *image, const graft_preprocess *spec) {
    int64_t w = image->width, h = image->height;
    placement place = {.width = spec->width, .height = spec->height};
    if (w * spec->height >= h * spec->width)
        place.height = larger(1, (int)((2 * h * spec->width + w) / (2 * w)));
    else
        place.width = larger(1, (int)((2 * w * spec->height + h) / (2 * h)));
    place.window = (graft_resize_window){.columns = place.width, .rows = place.height};
    place.left = (spec->width - place.width) / 2;
    place.top = (spec->height - place.height) / 2;
    return place;
}

static placement place_picture(const graft_image *image, const graft_preprocess *spec) {
    if (spec->fit == GRAFT_FIT_CROP) return place_crop(image, spec);
    if (spec->fit == GRAFT_FIT_PAD) return place_pad(image, spec);
    return (placement){
        .width = spec->width, .height = spec->height, .window = {.columns = spec->width, .rows = spec->height}};
}

static void fill_with_mean(const graft_preprocess *spec, unsigned char *pixels) {
    unsigned char colour[3];
    for (int c = 0; c < 3; c++) {
        float mean = spec->mean[spec->channels == 1 ? 0 : spec->bgr ? 2 - c : c];
        colour[c] = mean <= 0 ? 0 : mean >= 255 ? 255 : (unsigned char)lroundf(mean);
    }
    size_t count = (size_t)spec->width * (size_t)spec->height;
    for (size_t i = 0; i < count; i++)
        memcpy(pixels + 3 * i, colour, 3);
}

enum { TARGET_LIMIT = 16384 }; /* keeps a stretched side inside an int */

graft_status graft_image_prepare(graft_decoder *decoder, const unsigned char *bytes, size_t length,
                                 const graft_preprocess *spec, unsigned char *pixels, graft_image *size) {
    if (spec->width < 1 || spec->height < 1 || spec->width > TARGET_LIMIT || spec->height > TARGET_LIMIT)
        return graft_fail(GRAFT_E_USAGE, "a network input of %dx%d pixels, expected sides of 1 to %d", spec->width,
                          spec->height, TARGET_LIMIT);
    graft_image image;
    GRAFT_TRY(graft_decode(decoder, bytes, length, 2 * spec->width, 2 * spec->height, &image));
    /* Placed by the sizes in the file: the same for a JPEG decoded at a reduced size. */
    bool swapped = image.orientation >= 5;
    graft_image whole = {.width = swapped ? image.file_height : image.file_width,
                         .height = swapped ? image.file_width : image.file_height};
    placement place = place_picture(&whole, spec);
    if (spec->fit == GRAFT_FIT_PAD) fill_with_mean(spec, pixels);
    size_t stride = (size_t)spec->width * 3;
    unsigned char *first = pixels + (size_t)place.top * stride + (size_t)place.left * 3;
    graft_status status = graft_resize_part(&image, NULL, spec->filter, place.width, place.height, &place.window, first,
                                            stride, &decoder->scratch, NULL);
    graft_decoder_let_go(decoder);
    if (status == GRAFT_OK && size) {
        *size = image;
        size->rgb = NULL;
    }
    return status;
}
