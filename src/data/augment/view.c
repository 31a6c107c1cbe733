/* Views: from a file's bytes to the pixels a network is trained on. */
#include "base/error.h"
#include "data/augment/chain.h"
#include "data/augment/warp.h"
#include "data/decode-internal.h"
#include "data/prepare-internal.h"

#include <math.h>
#include <string.h>

/* The stream of a chain's step; false: it is not in this view. */
static bool begin_step(const graft_view *view, size_t index, graft_rng *rng) {
    const uint64_t name[3] = {view->content.high, view->content.low, index};
    *rng = graft_rng_make(view->seed, GRAFT_RNG_AUGMENT, view->number, graft_checksum(name, sizeof name));
    return graft_rng_uniform(rng) < view->augment->step[index].p;
}

static graft_geometry compose(const graft_view *view, int width, int height, double pixel_aspect) {
    graft_geometry geometry = graft_geometry_start(width, height, pixel_aspect);
    for (size_t i = 0; i < view->augment->count; i++) {
        const graft_augment_step *step = &view->augment->step[i];
        graft_rng rng;
        if (step->op->place && begin_step(view, i, &rng)) step->op->place(step->attributes, &rng, &geometry);
    }
    return geometry;
}

static graft_status paint(const graft_view *view, graft_picture *picture) {
    for (size_t i = 0; i < view->augment->count; i++) {
        const graft_augment_step *step = &view->augment->step[i];
        graft_rng rng;
        if (step->op->paint && begin_step(view, i, &rng)) GRAFT_TRY(step->op->paint(step->attributes, &rng, picture));
    }
    return GRAFT_OK;
}

static void mirror_rows(unsigned char *pixels, int width, int height) {
    for (int y = 0; y < height; y++) {
        unsigned char *left = pixels + (size_t)y * (size_t)width * 3, *right = left + ((size_t)width - 1) * 3;
        for (; left < right; left += 3, right -= 3)
            for (int c = 0; c < 3; c++) {
                unsigned char swap = left[c];
                left[c] = right[c];
                right[c] = swap;
            }
    }
}

static void mirror_columns(unsigned char *pixels, int width, int height) {
    size_t stride = (size_t)width * 3;
    for (int y = 0; y < height / 2; y++) {
        unsigned char *above = pixels + (size_t)y * stride, *below = pixels + (size_t)(height - 1 - y) * stride;
        for (size_t i = 0; i < stride; i++) {
            unsigned char swap = above[i];
            above[i] = below[i];
            below[i] = swap;
        }
    }
}

/* A map without turning: an interval on either side, perhaps mirrored. */
typedef struct upright_view {
    bool mirror_x, mirror_y;
    double left, top, right, bottom;
} upright_view;

static bool is_upright(const graft_affine *map, double width, double height, upright_view *out) {
    const double *m = map->m;
    if (m[1] != 0 || m[3] != 0) return false;
    *out = (upright_view){.mirror_x = m[0] < 0, .mirror_y = m[4] < 0};
    double x[2] = {m[2], m[0] * width + m[2]}, y[2] = {m[5], m[4] * height + m[5]};
    out->left = x[out->mirror_x];
    out->right = x[!out->mirror_x];
    out->top = y[out->mirror_y];
    out->bottom = y[!out->mirror_y];
    return true;
}

/* The map from the plain small picture to the decoded one. */
static graft_affine placement_map(const graft_image *image, const graft_preprocess *spec) {
    graft_image whole = graft_whole_picture(image);
    graft_placement place = graft_place_picture(&whole, spec);
    double x = (double)image->width / place.width, y = (double)image->height / place.height;
    return (graft_affine){{x, 0, (place.window.left - place.left) * x, 0, y, (place.window.top - place.top) * y}};
}

/* Whether a box of the decoded picture shows the view; what sticks out by rounding is cut off. */
static bool is_box(const upright_view *view, const graft_image *image, float box[4]) {
    const double slack = 1e-6;
    if (!(view->left >= -slack && view->top >= -slack && view->right <= image->width + slack &&
          view->bottom <= image->height + slack))
        return false;
    box[0] = (float)fmax(view->left, 0);
    box[1] = (float)fmax(view->top, 0);
    box[2] = fminf((float)view->right, (float)image->width);
    box[3] = fminf((float)view->bottom, (float)image->height);
    return box[0] < box[2] && box[1] < box[3];
}

static graft_status sample_view(graft_decoder *decoder, const graft_image *image, const graft_preprocess *spec,
                                const graft_geometry *geometry, unsigned char *pixels) {
    upright_view upright;
    graft_affine place = placement_map(image, spec), map = graft_affine_compose(&place, &geometry->map);
    bool turned = !is_upright(&geometry->map, spec->width, spec->height, &upright);
    bool plain = !turned && upright.left == 0 && upright.top == 0 && upright.right == spec->width &&
                 upright.bottom == spec->height;
    float box[4];
    if (plain)
        GRAFT_TRY(graft_fit_picture(decoder, image, spec, pixels));
    else if (!turned && is_upright(&map, spec->width, spec->height, &upright) && is_box(&upright, image, box))
        GRAFT_TRY(graft_image_resize(image, box, spec->filter, spec->width, spec->height, pixels, &decoder->scratch));
    else {
        graft_border border = geometry->border;
        if (spec->fit == GRAFT_FIT_PAD) border.fill = GRAFT_FILL_CONSTANT;
        if (spec->fit == GRAFT_FIT_PAD) graft_mean_colour(spec, border.colour);
        return graft_warp(image, &map, &border, spec->filter, spec->width, spec->height, pixels, &decoder->scratch);
    }
    if (upright.mirror_x) mirror_rows(pixels, spec->width, spec->height);
    if (upright.mirror_y) mirror_columns(pixels, spec->width, spec->height);
    return GRAFT_OK;
}

/* Pixels that a side of the decoded picture shall have at least: twice as dense as the view, as for plain pictures. */
static int least_side(int target, double row_x, double row_y) {
    double step = hypot(row_x, row_y); /* of a pixel of the plain picture */
    return (int)fmin(ceil(2 * target / fmax(step, 1e-3) - 1e-9), 1 << 20);
}

static graft_geometry place_view(const graft_view *view, const graft_image *whole, const graft_preprocess *spec) {
    graft_placement place = graft_place_picture(whole, spec);
    double aspect = (double)whole->width / place.width / ((double)whole->height / place.height);
    return compose(view, spec->width, spec->height, aspect);
}

/* A JPEG's reduction depends on the view, and the view on the sizes in the header. */
static graft_status decode_for_view(graft_decoder *decoder, const unsigned char *bytes, size_t length,
                                    const graft_preprocess *spec, const graft_view *view, graft_image *image,
                                    graft_geometry *geometry) {
    bool jpeg = graft_image_type_of(bytes, length) == GRAFT_IMAGE_JPEG;
    if (jpeg)
        GRAFT_TRY(graft_jpeg_size(decoder, bytes, length, image));
    else
        GRAFT_TRY(graft_decode(decoder, bytes, length, 0, 0, image));
    graft_image whole = graft_whole_picture(image);
    *geometry = place_view(view, &whole, spec);
    if (!jpeg) return GRAFT_OK;
    const double *m = geometry->map.m;
    return graft_decode(decoder, bytes, length, least_side(spec->width, m[0], m[1]),
                        least_side(spec->height, m[3], m[4]), image);
}

graft_status graft_image_show(graft_decoder *decoder, const graft_image *image, const graft_preprocess *spec,
                              const graft_view *view, unsigned char *pixels) {
    GRAFT_TRY(graft_check_target(spec));
    if (!view->augment || view->number == 0) return graft_fit_picture(decoder, image, spec, pixels);
    graft_image whole = graft_whole_picture(image);
    graft_geometry geometry = place_view(view, &whole, spec);
    GRAFT_TRY(sample_view(decoder, image, spec, &geometry, pixels));
    graft_picture picture = {.rgb = pixels, .width = spec->width, .height = spec->height};
    return paint(view, &picture);
}

graft_status graft_image_prepare_view(graft_decoder *decoder, const unsigned char *bytes, size_t length,
                                      const graft_preprocess *spec, const graft_view *view, unsigned char *pixels,
                                      graft_image *size) {
    if (!view->augment || view->number == 0) return graft_image_prepare(decoder, bytes, length, spec, pixels, size);
    graft_image image;
    graft_geometry geometry;
    GRAFT_TRY(graft_check_target(spec));
    GRAFT_TRY(decode_for_view(decoder, bytes, length, spec, view, &image, &geometry));
    graft_status status = sample_view(decoder, &image, spec, &geometry, pixels);
    graft_decoder_let_go(decoder);
    graft_picture picture = {.rgb = pixels, .width = spec->width, .height = spec->height};
    if (status == GRAFT_OK) status = paint(view, &picture);
    if (status == GRAFT_OK && size) {
        *size = image;
        size->rgb = NULL;
    }
    return status;
}
