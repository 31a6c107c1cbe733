#include "stats/tile.h"

#include "base/alloc.h"
#include "base/error.h"

#include <math.h>

static void fill_tile(const graft_tiled *tiled, size_t row, size_t column, float *out) {
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

static float *stored_tile(const graft_tiled *tiled, size_t row, size_t column) {
    size_t index = row * graft_tile_count(tiled->width) + column;
    return tiled->stored + index * GRAFT_TILE * GRAFT_TILE;
}

const float *graft_tile_get(const graft_tiled *tiled, size_t row, size_t column, float *scratch) {
    if (tiled->stored != NULL) return stored_tile(tiled, row, column);
    fill_tile(tiled, row, column, scratch);
    return scratch;
}

static graft_status store_row_tile(void *argument, int worker, size_t row) {
    (void)worker;
    const graft_tiled *tiled = argument;
    for (size_t c = 0; c < graft_tile_count(tiled->width); c++)
        fill_tile(tiled, row, c, stored_tile(tiled, row, c));
    return GRAFT_OK;
}

graft_status graft_tiles_store(graft_context *context, graft_tiled *tiled) {
    size_t rows = graft_tile_count(tiled->count), columns = graft_tile_count(tiled->width), tiles;
    size_t most = GRAFT_TILES_STORED / (GRAFT_TILE * GRAFT_TILE * sizeof(float));
    if (!graft_multiply_sizes(rows, columns, &tiles) || tiles > most) return GRAFT_OK;
    tiled->stored = graft_allocate_aligned(tiles * GRAFT_TILE * GRAFT_TILE, sizeof(float));
    if (tiled->stored == NULL) return graft_fail_memory("standardized features");
    return graft_parallel_for(context, rows, store_row_tile, tiled);
}

void graft_tiles_release(graft_tiled *tiled) {
    graft_release(tiled->stored);
    tiled->stored = NULL;
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
