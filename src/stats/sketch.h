/* The strongest directions of wide features' correlation matrix R, without the matrix. */
#ifndef GRAFT_SRC_STATS_SKETCH_H
#define GRAFT_SRC_STATS_SKETCH_H

#include "stats/tile.h"

/* Directions sought. */
enum { GRAFT_SKETCH_RANK = 64 };

/* `basis` (width x GRAFT_SKETCH_RANK, caller's) gets directions of unit length in its columns and `strength`
 * (GRAFT_SKETCH_RANK) what R does along them, ascending; a direction that the rows do not have is 0 in both. The same
 * bytes for any thread count. Two passes over the rows. Errors: GRAFT_E_MEMORY; GRAFT_E_DATA as graft_tile_get. */
GRAFT_MUST_CHECK graft_status graft_sketch(graft_context *context, const graft_tiled *tiled, float *basis,
                                           double *strength);

#endif
