#include "report/overlay.h"

#include <graft/report.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "data/image.h"

#include <math.h>

enum { ANCHORS = 5, SIDE_LEAST = 448 };

/* Luminance rises evenly from the first to the last. */
static const float anchor[ANCHORS][3] = {{35, 10, 90}, {120, 28, 109}, {188, 55, 84}, {243, 140, 30}, {252, 255, 164}};
static const float cover = 0.72F; /* of the picture at the peak */

/* The map at a share of the height and width, between the four nearest cells. */
static float value_at(const float *map, size_t rows, size_t columns, double y, double x) {
    const double top = fmin(fmax(y * (double)rows - 0.5, 0), (double)rows - 1);
    const double left = fmin(fmax(x * (double)columns - 0.5, 0), (double)columns - 1);
    const size_t r = (size_t)top, c = (size_t)left, below = r + 1 < rows ? r + 1 : r,
                 right = c + 1 < columns ? c + 1 : c;
    const float dy = (float)(top - (double)r), dx = (float)(left - (double)c);
    const float upper = map[r * columns + c] * (1 - dx) + map[r * columns + right] * dx;
    const float lower = map[below * columns + c] * (1 - dx) + map[below * columns + right] * dx;
    return upper * (1 - dy) + lower * dy;
}

static void blend(unsigned char *pixel, float value) {
    value = fminf(fmaxf(value, 0), 1);
    const float place = value * (ANCHORS - 1);
    const int low = place < ANCHORS - 2 ? (int)place : ANCHORS - 2;
    const float between = place - (float)low, opacity = cover * sqrtf(value);
    for (int i = 0; i < 3; i++) {
        const float colour = anchor[low][i] * (1 - between) + anchor[low + 1][i] * between;
        pixel[i] = (unsigned char)lrintf((float)pixel[i] * (1 - opacity) + colour * opacity);
    }
}

void graft_overlay_paint(unsigned char *pixels, int width, int height, const float *map, size_t rows, size_t columns) {
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            blend(pixels + ((size_t)y * (size_t)width + (size_t)x) * 3,
                  value_at(map, rows, columns, (y + 0.5) / height, (x + 0.5) / width));
}

graft_status graft_overlay_make(const graft_preprocess *spec, double factor, const char *bytes, size_t length,
                                const float *map, size_t rows, size_t columns, unsigned char **pixels, int *width,
                                int *height) {
    graft_preprocess large = *spec;
    graft_decoder *decoder = NULL;
    large.width = *width = (int)fmax(1, lrint(factor * spec->width));
    large.height = *height = (int)fmax(1, lrint(factor * spec->height));
    *pixels = graft_allocate((size_t)large.width * (size_t)large.height, 3);
    if (!*pixels) return graft_fail_memory("a picture with its map");
    graft_status status = graft_decoder_new(&decoder);
    if (status == GRAFT_OK)
        status = graft_image_prepare(decoder, (const unsigned char *)bytes, length, &large, *pixels, NULL);
    if (status == GRAFT_OK && map) graft_overlay_paint(*pixels, large.width, large.height, map, rows, columns);
    graft_decoder_free(decoder);
    if (status == GRAFT_OK) return GRAFT_OK;
    graft_release(*pixels);
    *pixels = NULL;
    return status;
}

static graft_status write_png(const unsigned char *pixels, int width, int height, const char *path) {
    unsigned char *png = NULL;
    size_t length = 0;
    GRAFT_TRY(graft_png_write(pixels, width, height, &png, &length));
    graft_status status = graft_file_write(path, png, length);
    graft_release(png);
    return status;
}

graft_status graft_explanation_write(const graft_explanation *explanation, const graft_model *model, const char *path) {
    const graft_preprocess *spec = graft_model_preprocess(model);
    const int longer = spec->width > spec->height ? spec->width : spec->height;
    char *bytes = NULL;
    unsigned char *pixels = NULL;
    size_t length = 0;
    int width = 0, height = 0;
    GRAFT_TRY(graft_file_read(explanation->path, 0, &bytes, &length));
    graft_status status =
        graft_overlay_make(spec, fmax(1, (double)SIDE_LEAST / longer), bytes, length, explanation->map,
                           explanation->rows, explanation->columns, &pixels, &width, &height);
    if (status != GRAFT_OK) status = graft_fail_in(status, "%s", explanation->path);
    if (status == GRAFT_OK) status = write_png(pixels, width, height, path);
    graft_release(pixels);
    graft_release(bytes);
    return status;
}
