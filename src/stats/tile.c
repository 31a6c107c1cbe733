#include "stats/tile.h"

#include "base/error.h"

#include <math.h>

void graft_tile_fill(const graft_tiled *tiled, size_t row, size_t column, float *out) {
    size_t rows = graft_tile_length(tiled->count, row), columns = graft_tile_length(tiled->width, column);
    const float *restrict mean = tiled->mean + column * GRAFT_TILE;
    const float *restrict scale = tiled->scale + column * GRAFT_TILE;
    const float *x = tiled->x + row * GRAFT_TILE * tiled->width + column * GRAFT_TILE;
    for (size_t i = 0; i < rows; i++) {
        const float *restrict in = x + i * tiled->width;
        float *restrict z = out + i * GRAFT_TILE;
        size_t j = 0;
        /* A known trip count lets the compiler vectorize at any optimization level. */
        for (; j + 16 <= columns; j += 16) {
            for (size_t l = 0; l < 16; l++)
                z[j + l] = (in[j + l] - mean[j + l]) * scale[j + l];
        }
        for (; j < columns; j++)
            z[j] = (in[j] - mean[j]) * scale[j];
    }
}

graft_status graft_rows_check_finite(const float *x, size_t count, size_t width) {
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < width; j++) {
            float value = x[i * width + j];
            if (!(fabsf(value) <= 1e30F)) {
                return graft_fail(
                    GRAFT_E_DATA,
                    "features: row %zu, column %zu is %g, expected a finite value within +-1e30 (does the "
                    "preprocessing fit the network?)",
                    i, j, (double)value);
            }
        }
    }
    return GRAFT_OK;
}

graft_status graft_rows_check(const graft_rows *rows) {
    if (rows->count == 0 || rows->width == 0) {
        return graft_fail(GRAFT_E_DATA, "features: %zu rows of %zu values, expected at least one of each", rows->count,
                          rows->width);
    }
    if (rows->classes < 1)
        return graft_fail(GRAFT_E_DATA, "features: %d classes, expected at least one", rows->classes);
    for (size_t i = 0; i < rows->count; i++) {
        if (rows->label[i] < 0 || rows->label[i] >= rows->classes) {
            return graft_fail(GRAFT_E_DATA, "features: row %zu has label %d, expected 0..%d", i, rows->label[i],
                              rows->classes - 1);
        }
    }
    return graft_rows_check_finite(rows->x, rows->count, rows->width);
}
