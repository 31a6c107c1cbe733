#include "data/decode-internal.h"

#include <string.h>

/* EXIF 2.3, table of tag 0x0112: orientation -> where the stored picture's corner and its steps along an upright row
 * and column lie. Bit 0: starts at the last column, bit 1: at the last row, bit 2: rows and columns swapped. */
static const unsigned char steps_of[9] = {0, 0, 1, 3, 2, 4, 6, 7, 5};

void graft_orient(const unsigned char *in, int width, int height, int orientation, unsigned char *out) {
    unsigned steps = steps_of[orientation];
    ptrdiff_t step_x = 3, step_y = (ptrdiff_t)width * 3;
    if (steps & 1) {
        in += (ptrdiff_t)(width - 1) * 3;
        step_x = -step_x;
    }
    if (steps & 2) {
        in += (ptrdiff_t)(height - 1) * width * 3;
        step_y = -step_y;
    }
    bool swapped = steps & 4;
    ptrdiff_t along_row = swapped ? step_y : step_x, along_column = swapped ? step_x : step_y;
    int columns = swapped ? height : width, rows = swapped ? width : height;
    for (int y = 0; y < rows; y++) {
        const unsigned char *from = in + y * along_column;
        for (int x = 0; x < columns; x++, out += 3, from += along_row)
            memcpy(out, from, 3);
    }
}
