#include "stats/tile.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

graft_tiled graft_tiled_make(const graft_rows *rows, const float *mean, const float *scale) {
    return (graft_tiled){.rows = rows,
                         .count = rows->count,
                         .width = rows->width,
                         .mean = mean,
                         .scale = scale,
                         .file = GRAFT_TILES_NO_FILE};
}

static void standardize(const float *restrict in, const float *restrict mean, const float *restrict scale,
                        size_t columns, float *restrict z) {
    size_t j = 0;
    /* A known trip count lets the compiler vectorize at any optimization level. */
    for (; j + 16 <= columns; j += 16) {
        for (size_t l = 0; l < 16; l++)
            z[j + l] = (in[j + l] - mean[j + l]) * scale[j + l];
    }
    for (; j < columns; j++)
        z[j] = (in[j] - mean[j]) * scale[j];
}

/* One tile from rows in memory. */
static void fill_tile(const graft_tiled *tiled, size_t row, size_t column, float *out) {
    size_t rows = graft_tile_length(tiled->count, row), columns = graft_tile_length(tiled->width, column);
    const float *mean = tiled->mean + column * GRAFT_TILE, *scale = tiled->scale + column * GRAFT_TILE;
    for (size_t i = 0; i < rows; i++) {
        size_t at = (row * GRAFT_TILE + i) * tiled->width + column * GRAFT_TILE;
        float expanded[GRAFT_TILE];
        const float *in = expanded;
        if (tiled->rows->half != NULL)
            graft_f16_to_f32(tiled->rows->half + at, expanded, columns);
        else
            in = tiled->rows->x + at;
        standardize(in, mean, scale, columns, out + i * GRAFT_TILE);
    }
}

enum { TILE_VALUES = GRAFT_TILE * GRAFT_TILE };
static const size_t tile_bytes = (size_t)TILE_VALUES * sizeof(float);

static size_t tile_index(const graft_tiled *tiled, size_t row, size_t column) {
    return row * graft_tile_count(tiled->width) + column;
}

graft_status graft_tile_get(const graft_tiled *tiled, size_t row, size_t column, float *scratch, const float **z) {
    size_t index = tile_index(tiled, row, column);
    *z = scratch;
    if (tiled->stored != NULL)
        *z = tiled->stored + index * TILE_VALUES;
    else if (tiled->file == GRAFT_TILES_NO_FILE)
        fill_tile(tiled, row, column, scratch);
    else if (!graft_file_pread(tiled->file, scratch, tile_bytes, index * tile_bytes))
        return graft_fail(GRAFT_E_DATA, "standardized features: the temporary file cannot be read: %s",
                          strerror(errno));
    return GRAFT_OK;
}

static graft_status store_row_tile(void *argument, int worker, size_t row) {
    (void)worker;
    const graft_tiled *tiled = argument;
    for (size_t c = 0; c < graft_tile_count(tiled->width); c++)
        fill_tile(tiled, row, c, tiled->stored + tile_index(tiled, row, c) * TILE_VALUES);
    return GRAFT_OK;
}

typedef struct spilling {
    const graft_tiled *tiled;
    float *buffers; /* one a worker: a row tile as it is read, then one standardized tile */
    size_t buffer;  /* floats */
} spilling;

static graft_status spill_row_tile(void *argument, int worker, size_t row) {
    const spilling *work = argument;
    const graft_tiled *tiled = work->tiled;
    float *read = work->buffers + (size_t)worker * work->buffer, *tile = read + GRAFT_TILE * tiled->width;
    size_t rows = graft_tile_length(tiled->count, row);
    GRAFT_TRY(graft_rows_get(tiled->rows, row * GRAFT_TILE, rows, read));
    for (size_t c = 0; c < graft_tile_count(tiled->width); c++) {
        size_t columns = graft_tile_length(tiled->width, c), index = tile_index(tiled, row, c);
        float *out = tiled->stored != NULL ? tiled->stored + index * TILE_VALUES : tile;
        for (size_t i = 0; i < rows; i++)
            standardize(read + i * tiled->width + c * GRAFT_TILE, tiled->mean + c * GRAFT_TILE,
                        tiled->scale + c * GRAFT_TILE, columns, out + i * GRAFT_TILE);
        if (tiled->stored == NULL && !graft_file_pwrite(tiled->file, out, tile_bytes, index * tile_bytes))
            return graft_fail(GRAFT_E_DATA, "standardized features: the temporary file cannot be written: %s",
                              strerror(errno));
    }
    return GRAFT_OK;
}

static graft_status spill(graft_context *context, graft_tiled *tiled) {
    spilling work = {.tiled = tiled, .buffer = GRAFT_TILE * tiled->width + TILE_VALUES};
    work.buffers = graft_allocate_aligned((size_t)graft_context_threads(context) * work.buffer, sizeof(float));
    if (work.buffers == NULL) return graft_fail_memory("standardized features");
    memset(work.buffers, 0, (size_t)graft_context_threads(context) * work.buffer * sizeof(float));
    graft_status status = graft_parallel_for(context, graft_tile_count(tiled->count), spill_row_tile, &work);
    graft_release(work.buffers);
    return status;
}

graft_status graft_tiles_store(graft_context *context, graft_tiled *tiled) {
    size_t rows = graft_tile_count(tiled->count), columns = graft_tile_count(tiled->width), tiles;
    bool read = tiled->rows->read != NULL;
    size_t most = (read ? GRAFT_TILES_READ : GRAFT_TILES_STORED) / tile_bytes;
    bool fits = graft_multiply_sizes(rows, columns, &tiles) && (tiles <= most || tiled->rows->doubled);
    if (!fits && !read) return GRAFT_OK;
    if (fits) {
        tiled->stored = graft_allocate_aligned(tiles * TILE_VALUES, sizeof(float));
        if (tiled->stored == NULL) return graft_fail_memory("standardized features");
    } else {
        GRAFT_TRY(graft_file_scratch(context, &tiled->file));
    }
    return read ? spill(context, tiled) : graft_parallel_for(context, rows, store_row_tile, tiled);
}

void graft_tiles_release(graft_tiled *tiled) {
    graft_release(tiled->stored);
    tiled->stored = NULL;
    if (tiled->file != GRAFT_TILES_NO_FILE) close(tiled->file);
    tiled->file = GRAFT_TILES_NO_FILE;
}
