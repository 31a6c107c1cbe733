#include "data/decode-internal.h"

enum { COLUMNS = 9, ROWS = 8 };

/* The mean luma of one of the 9 x 8 cells, in 1/256; a picture smaller than that repeats its pixels. */
static uint64_t cell_mean(const graft_image *image, int column, int row) {
    int left = (int)((int64_t)image->width * column / COLUMNS),
        right = (int)((int64_t)image->width * (column + 1) / COLUMNS);
    int top = (int)((int64_t)image->height * row / ROWS), bottom = (int)((int64_t)image->height * (row + 1) / ROWS);
    if (right == left) right++;
    if (bottom == top) bottom++;
    uint64_t sum = 0;
    for (int y = top; y < bottom; y++) {
        const unsigned char *pixel = image->rgb + ((size_t)y * (size_t)image->width + (size_t)left) * 3;
        for (int x = left; x < right; x++, pixel += 3)
            sum += graft_luma(pixel);
    }
    return sum * 256 / ((uint64_t)(right - left) * (uint64_t)(bottom - top));
}

uint64_t graft_image_dhash(const graft_image *image) {
    uint64_t hash = 0;
    for (int row = 0; row < ROWS; row++) {
        uint64_t left = cell_mean(image, 0, row);
        for (int column = 1; column < COLUMNS; column++) {
            uint64_t right = cell_mean(image, column, row);
            hash = hash << 1 | (left < right);
            left = right;
        }
    }
    return hash;
}
