/* A sheet of small pictures of one size, as square as whole rows allow, written as a PNG. */
#ifndef GRAFT_SRC_DATA_CONTACT_SHEET_H
#define GRAFT_SRC_DATA_CONTACT_SHEET_H

#include <graft/base.h>

typedef struct graft_contact_sheet {
    size_t tile_width, tile_height, gap, columns, rows, width, height; /* gap: white pixels around each */
    unsigned char *rgb;                                                /* owned */
} graft_contact_sheet;

/* White, with room for `count` pictures. Release with graft_contact_sheet_clear, also after a failure. Errors:
 * GRAFT_E_MEMORY. */
GRAFT_MUST_CHECK graft_status graft_contact_sheet_init(graft_contact_sheet *sheet, size_t count, size_t tile_width,
                                                       size_t tile_height, size_t gap);
/* The same with rows and columns as given. Errors: GRAFT_E_USAGE too: over 65,535 pixels a side. */
GRAFT_MUST_CHECK graft_status graft_contact_sheet_init_grid(graft_contact_sheet *sheet, size_t columns, size_t rows,
                                                            size_t tile_width, size_t tile_height, size_t gap);
void graft_contact_sheet_clear(graft_contact_sheet *sheet);
/* Puts a picture, RGB rows, into its place; from any thread. */
void graft_contact_sheet_place(graft_contact_sheet *sheet, size_t index, const unsigned char *rgb);
/* As a PNG in memory. Release *png with graft_release. */
GRAFT_MUST_CHECK graft_status graft_contact_sheet_png(const graft_contact_sheet *sheet, unsigned char **png,
                                                      size_t *length);
GRAFT_MUST_CHECK graft_status graft_contact_sheet_write(const graft_contact_sheet *sheet, const char *path);

#endif
