/* Pictures of one size in rows, with white gaps: contact sheets. */
#ifndef GRAFT_SRC_DATA_PICTURE_GRID_H
#define GRAFT_SRC_DATA_PICTURE_GRID_H

#include <graft/base.h>

typedef struct graft_picture_grid {
    size_t columns, rows;
    size_t cell_width, cell_height; /* pixels */
    size_t width, height;           /* of the sheet */
    unsigned char *rgb;             /* owned */
} graft_picture_grid;

/* All white. Errors: GRAFT_E_MEMORY; GRAFT_E_USAGE: a sheet of over 65,535 pixels a side, or of over 2^28. */
GRAFT_MUST_CHECK graft_status graft_picture_grid_init(graft_picture_grid *grid, size_t columns, size_t rows,
                                                      size_t cell_width, size_t cell_height);
void graft_picture_grid_clear(graft_picture_grid *grid);
/* The fewest columns with which `count` pictures make a sheet that is no higher than wide. */
size_t graft_picture_grid_columns(size_t count);
/* Copies a picture (H,W,3) into a cell, row by row from 0; several threads may put different cells. */
void graft_picture_grid_put(graft_picture_grid *grid, size_t cell, const unsigned char *rgb);
/* As a PNG in memory: release *png with graft_release. */
GRAFT_MUST_CHECK graft_status graft_picture_grid_png(const graft_picture_grid *grid, unsigned char **png,
                                                     size_t *length);
GRAFT_MUST_CHECK graft_status graft_picture_grid_write(const graft_picture_grid *grid, const char *path);

#endif
