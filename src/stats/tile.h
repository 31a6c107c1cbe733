/* Standardized pieces of the rows: the rows are never copied as a whole. */
#ifndef GRAFT_SRC_STATS_TILE_H
#define GRAFT_SRC_STATS_TILE_H

#include "stats/logistic.h"

/* 256 x 256 floats stay in a core's second-level cache together with what they are multiplied by. */
enum { GRAFT_TILE = 256 };

/* Rows with the mean and scale that standardize them. */
typedef struct graft_tiled {
    const float *x;
    size_t count, width;
    const float *mean, *scale;
    float *stored; /* every tile, row tile by row tile; NULL: filled anew at each use */
} graft_tiled;

static inline size_t graft_tile_count(size_t length) {
    return (length + GRAFT_TILE - 1) / GRAFT_TILE;
}

static inline size_t graft_tile_length(size_t length, size_t tile) {
    size_t rest = length - tile * GRAFT_TILE;
    return rest < GRAFT_TILE ? rest : GRAFT_TILE;
}

/* Standardizes once for all when the tiles fit in GRAFT_TILES_STORED bytes: iterative methods spend a third of their
 * time on it otherwise. The limit is low: beyond it memory would hold the data twice. Release with graft_tiles_release,
 * also after a failure. */
#define GRAFT_TILES_STORED ((size_t)6 << 20)
GRAFT_MUST_CHECK graft_status graft_tiles_store(graft_context *context, graft_tiled *tiled);
void graft_tiles_release(graft_tiled *tiled);

/* z of row tile `row` and column tile `column`, rows GRAFT_TILE apart: stored, or filled into scratch (a tile's size).
 */
const float *graft_tile_get(const graft_tiled *tiled, size_t row, size_t column, float *scratch);

/* GRAFT_E_DATA naming the first row and column that is not finite or beyond +-1e30, where standardizing would
 * overflow. */
GRAFT_MUST_CHECK graft_status graft_rows_check_finite(const float *x, size_t count, size_t width);

/* Sizes, labels and values of rows. Errors: GRAFT_E_DATA. */
GRAFT_MUST_CHECK graft_status graft_rows_check(const graft_rows *rows);

#endif
