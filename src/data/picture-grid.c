#include "data/picture-grid.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "data/image.h"

#include <string.h>

enum { GAP = 4, SIDE_MOST = 65535, PIXELS_MOST = 1 << 28 };

graft_status graft_picture_grid_init(graft_picture_grid *grid, size_t columns, size_t rows, size_t cell_width,
                                     size_t cell_height) {
    *grid =
        (graft_picture_grid){.columns = columns, .rows = rows, .cell_width = cell_width, .cell_height = cell_height};
    if (columns <= SIDE_MOST && rows <= SIDE_MOST && cell_width <= SIDE_MOST && cell_height <= SIDE_MOST) {
        grid->width = columns * (cell_width + GAP) + GAP;
        grid->height = rows * (cell_height + GAP) + GAP;
    }
    if (grid->width == 0 || grid->width > SIDE_MOST || grid->height > SIDE_MOST ||
        grid->width * grid->height > PIXELS_MOST)
        return graft_fail(GRAFT_E_USAGE, "a sheet of %zux%zu pictures of %zux%zu px is too large: show fewer", columns,
                          rows, cell_width, cell_height);
    grid->rgb = graft_allocate(grid->width * grid->height, 3);
    if (!grid->rgb) return graft_fail_memory("a sheet of pictures");
    memset(grid->rgb, 255, grid->width * grid->height * 3);
    return GRAFT_OK;
}

void graft_picture_grid_clear(graft_picture_grid *grid) {
    graft_release(grid->rgb);
    *grid = (graft_picture_grid){0};
}

size_t graft_picture_grid_columns(size_t count) {
    size_t columns = 1;
    while (columns * columns < count)
        columns++;
    return columns;
}

void graft_picture_grid_put(graft_picture_grid *grid, size_t cell, const unsigned char *rgb) {
    const size_t left = GAP + cell % grid->columns * (grid->cell_width + GAP);
    const size_t top = GAP + cell / grid->columns * (grid->cell_height + GAP), row = grid->cell_width * 3;
    for (size_t y = 0; y < grid->cell_height; y++)
        memcpy(grid->rgb + ((top + y) * grid->width + left) * 3, rgb + y * row, row);
}

graft_status graft_picture_grid_png(const graft_picture_grid *grid, unsigned char **png, size_t *length) {
    return graft_png_write(grid->rgb, (int)grid->width, (int)grid->height, png, length);
}

graft_status graft_picture_grid_write(const graft_picture_grid *grid, const char *path) {
    unsigned char *png = NULL;
    size_t length = 0;
    GRAFT_TRY(graft_picture_grid_png(grid, &png, &length));
    graft_status status = graft_file_write(path, png, length);
    graft_release(png);
    return status;
}
