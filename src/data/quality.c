#include "data/quality.h"

#include "base/alloc.h"
#include "base/error.h"

#include <math.h>

enum { LONGEST = 512 };

/* A row of grey values, each the mean of `step` x `step` pixels. */
static void grey_row(const graft_image *image, int step, int y, int width, int32_t *out) {
    for (int x = 0; x < width; x++) {
        int64_t sum = 0;
        for (int dy = 0; dy < step; dy++) {
            const unsigned char *pixel =
                image->rgb +
                (((size_t)y * (size_t)step + (size_t)dy) * (size_t)image->width + (size_t)x * (size_t)step) * 3;
            for (int dx = 0; dx < step; dx++, pixel += 3)
                sum += 299 * pixel[0] + 587 * pixel[1] + 114 * pixel[2];
        }
        out[x] = (int32_t)(sum / ((int64_t)step * step)); /* thousandths */
    }
}

static void add_laplacian(const int32_t *above, const int32_t *row, const int32_t *below, int width, double *sum,
                          double *squares) {
    for (int x = 1; x + 1 < width; x++) {
        double value = 1e-3 * (double)((int64_t)above[x] + below[x] + row[x - 1] + row[x + 1] - 4 * (int64_t)row[x]);
        *sum += value;
        *squares += value * value;
    }
}

graft_status graft_quality_of(const graft_image *image, graft_quality *out) {
    const int longer = image->width > image->height ? image->width : image->height;
    const int shorter = image->width < image->height ? image->width : image->height;
    int step = (longer + LONGEST - 1) / LONGEST;
    if (step > shorter) step = shorter;
    const int width = image->width / step, height = image->height / step;
    int32_t *rows = graft_allocate((size_t)width, 3 * sizeof(*rows));
    double total = 0, sum = 0, squares = 0;
    if (!rows) return graft_fail_memory("a picture's sharpness");
    for (int y = 0; y < height; y++) {
        int32_t *row = rows + (size_t)(y % 3) * (size_t)width;
        grey_row(image, step, y, width, row);
        for (int x = 0; x < width; x++)
            total += row[x];
        if (y >= 2)
            add_laplacian(rows + (size_t)((y - 2) % 3) * (size_t)width, rows + (size_t)((y - 1) % 3) * (size_t)width,
                          row, width, &sum, &squares);
    }
    graft_release(rows);
    const double inner = width > 2 && height > 2 ? (double)(width - 2) * (height - 2) : 0;
    out->brightness = (float)(1e-3 * total / ((double)width * height));
    out->sharpness = inner > 0 ? (float)fmax(0, squares / inner - (sum / inner) * (sum / inner)) : 0;
    return GRAFT_OK;
}
