#include "data/likeness.h"

#include <stdlib.h>

enum { side = GRAFT_LIKENESS_SIDE, cells = side * side };

/* The first and the last + 1 pixel of a cell; at least one pixel, also in pictures smaller than the grid. */
static void cell_range(int cell, int length, int *from, int *to) {
    *from = (int)((int64_t)cell * length / side);
    *to = (int)((int64_t)(cell + 1) * length / side);
    if (*to <= *from) *to = *from + 1;
}

static void sum_cell_row(const unsigned char *pixel, int count, uint64_t sum[3], unsigned *colour) {
    uint64_t red = 0, green = 0, blue = 0;
    unsigned differ = 0;
    for (int x = 0; x < count; x++, pixel += 3) {
        red += pixel[0];
        green += pixel[1];
        blue += pixel[2];
        differ |= (unsigned)(pixel[0] ^ pixel[1]) | (unsigned)(pixel[1] ^ pixel[2]);
    }
    sum[0] += red;
    sum[1] += green;
    sum[2] += blue;
    *colour |= differ;
}

void graft_likeness_of(const graft_image *image, graft_likeness *out, bool *grey) {
    unsigned colour = 0;
    for (int cell = 0; cell < cells; cell++) {
        int x0, x1, y0, y1;
        uint64_t sum[3] = {0};
        cell_range(cell % side, image->width, &x0, &x1);
        cell_range(cell / side, image->height, &y0, &y1);
        for (int y = y0; y < y1; y++)
            sum_cell_row(image->rgb + ((size_t)y * (size_t)image->width + (size_t)x0) * 3, x1 - x0, sum, &colour);
        uint64_t pixels = (uint64_t)(x1 - x0) * (uint64_t)(y1 - y0);
        for (int channel = 0; channel < 3; channel++)
            out->rgb[cell * 3 + channel] = (unsigned char)((sum[channel] + pixels / 2) / pixels);
    }
    *grey = colour == 0;
}

unsigned graft_likeness_deviation(const graft_likeness *likeness) {
    unsigned total = 0;
    for (int channel = 0; channel < 3; channel++) {
        int sum = 0;
        for (int cell = 0; cell < cells; cell++)
            sum += likeness->rgb[cell * 3 + channel];
        int mean = (sum + cells / 2) / cells;
        for (int cell = 0; cell < cells; cell++)
            total += (unsigned)abs(likeness->rgb[cell * 3 + channel] - mean);
    }
    return total;
}

bool graft_likeness_near(const graft_likeness *a, unsigned deviation_a, const graft_likeness *b, unsigned deviation_b) {
    unsigned difference = 0;
    for (int i = 0; i < GRAFT_LIKENESS_BYTES; i++)
        difference += (unsigned)abs(a->rgb[i] - b->rgb[i]);
    unsigned contrast = deviation_a < deviation_b ? deviation_a : deviation_b;
    return difference <= GRAFT_LIKENESS_MEAN * GRAFT_LIKENESS_BYTES &&
           difference * 100 < contrast * GRAFT_LIKENESS_CONTRAST;
}
