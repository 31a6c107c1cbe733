#include "data/contact-sheet.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "data/image.h"

#include <string.h>

enum { SIDE_MOST = 65535 };

graft_status graft_contact_sheet_init_grid(graft_contact_sheet *sheet, size_t columns, size_t rows, size_t tile_width,
                                           size_t tile_height, size_t gap) {
    *sheet = (graft_contact_sheet){
        .tile_width = tile_width, .tile_height = tile_height, .gap = gap, .columns = columns, .rows = rows};
    if (columns > SIDE_MOST / (tile_width + gap) - 1 || rows > SIDE_MOST / (tile_height + gap) - 1)
        return graft_fail(GRAFT_E_USAGE, "a sheet of %zux%zu pictures of %zux%zu px is too large: show fewer", columns,
                          rows, tile_width, tile_height);
    sheet->width = columns * (tile_width + gap) + gap;
    sheet->height = rows * (tile_height + gap) + gap;
    const size_t bytes = sheet->width * sheet->height * 3;
    sheet->rgb = graft_allocate(bytes, 1);
    if (!sheet->rgb) return graft_fail_memory("a sheet of pictures");
    memset(sheet->rgb, 255, bytes);
    return GRAFT_OK;
}

graft_status graft_contact_sheet_init(graft_contact_sheet *sheet, size_t count, size_t tile_width, size_t tile_height,
                                      size_t gap) {
    size_t columns = 1;
    while (columns * columns < count)
        columns++;
    return graft_contact_sheet_init_grid(sheet, columns, (count + columns - 1) / columns, tile_width, tile_height, gap);
}

void graft_contact_sheet_clear(graft_contact_sheet *sheet) {
    graft_release(sheet->rgb);
    *sheet = (graft_contact_sheet){0};
}

void graft_contact_sheet_place(graft_contact_sheet *sheet, size_t index, const unsigned char *rgb) {
    const size_t left = sheet->gap + index % sheet->columns * (sheet->tile_width + sheet->gap);
    const size_t top = sheet->gap + index / sheet->columns * (sheet->tile_height + sheet->gap);
    for (size_t y = 0; y < sheet->tile_height; y++)
        memcpy(sheet->rgb + ((top + y) * sheet->width + left) * 3, rgb + y * sheet->tile_width * 3,
               sheet->tile_width * 3);
}

graft_status graft_contact_sheet_png(const graft_contact_sheet *sheet, unsigned char **png, size_t *length) {
    return graft_png_write(sheet->rgb, (int)sheet->width, (int)sheet->height, png, length);
}

graft_status graft_contact_sheet_write(const graft_contact_sheet *sheet, const char *path) {
    unsigned char *png = NULL;
    size_t length = 0;
    GRAFT_TRY(graft_contact_sheet_png(sheet, &png, &length));
    graft_status status = graft_file_write(path, png, length);
    graft_release(png);
    return status;
}
