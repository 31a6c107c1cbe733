/* Standardized pieces of the rows: the rows are never copied as a whole. */
#ifndef GRAFT_SRC_STATS_TILE_H
#define GRAFT_SRC_STATS_TILE_H

#include "stats/logistic.h"

/* 256 x 256 floats stay in a core's second-level cache together with what they are multiplied by. */
enum { GRAFT_TILE = 256 };

/* Rows with the mean and scale that standardize them. Tiles are filled from the rows at each use, or once: then they
 * lie in memory, or, where the rows themselves need not, in an unnamed file. */
typedef struct graft_tiled {
    const graft_rows *rows; /* with x or half, unless stored */
    size_t count, width;
    const float *mean, *scale;
    float *stored; /* every tile, row tile by row tile; NULL: not in memory */
    int file;      /* every tile in the same order; GRAFT_TILES_NO_FILE: none */
} graft_tiled;
enum { GRAFT_TILES_NO_FILE = -1 };

graft_tiled graft_tiled_make(const graft_rows *rows, const float *mean, const float *scale);

static inline size_t graft_tile_count(size_t length) {
    return (length + GRAFT_TILE - 1) / GRAFT_TILE;
}

static inline size_t graft_tile_length(size_t length, size_t tile) {
    size_t rest = length - tile * GRAFT_TILE;
    return rest < GRAFT_TILE ? rest : GRAFT_TILE;
}

/* Standardizes once for all: iterative methods spend a third of their time on it otherwise. Rows in memory are kept as
 * tiles up to GRAFT_TILES_STORED bytes and filled anew at each use beyond, where memory would hold the data twice
 * (unless rows.doubled allows it); rows
 * that are read are kept up to GRAFT_TILES_READ bytes and go to a file beyond, so that memory does not grow with them.
 * Release with graft_tiles_release, also after a failure. */
#define GRAFT_TILES_STORED ((size_t)6 << 20)
#define GRAFT_TILES_READ ((size_t)4 << 20)
GRAFT_MUST_CHECK graft_status graft_tiles_store(graft_context *context, graft_tiled *tiled);
void graft_tiles_release(graft_tiled *tiled);

/* z of row tile `row` and column tile `column`, rows GRAFT_TILE apart: stored, or brought into scratch (a tile's size).
 * Errors: GRAFT_E_DATA: the file can no longer be read. */
GRAFT_MUST_CHECK graft_status graft_tile_get(const graft_tiled *tiled, size_t row, size_t column, float *scratch,
                                             const float **z);

/* GRAFT_E_DATA naming the first row and column that is not finite or beyond +-1e30, where standardizing would
 * overflow. */
GRAFT_MUST_CHECK graft_status graft_rows_check_finite(const float *x, size_t count, size_t width);

/* Sizes and labels of rows. Errors: GRAFT_E_DATA. */
GRAFT_MUST_CHECK graft_status graft_rows_check(const graft_rows *rows);

/* graft_moments of all rows; values are checked on the way. Errors: GRAFT_E_DATA, GRAFT_E_MEMORY. */
GRAFT_MUST_CHECK graft_status graft_rows_moments(const graft_rows *rows, float *mean, float *scale);

#endif
