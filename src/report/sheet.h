/* An HTML page of graft's: one file that asks nothing of any other, works without a script, on a phone and on paper.
 * A section enters itself into the navigation:
 *
 *   graft_sheet sheet;
 *   graft_sheet_open(&sheet, "rank of clothing");
 *   ... a <header> of the page's own, into sheet.out ...
 *   graft_sheet_navigation(&sheet);
 *   graft_sheet_begin(&sheet, "ranking", "Ranking", "Which network transfers best");
 *   graft_chart_add(&sheet.out, &chart);
 *   graft_sheet_end(&sheet);
 *   GRAFT_TRY(graft_sheet_write(&sheet, path));
 */
#ifndef GRAFT_SRC_REPORT_SHEET_H
#define GRAFT_SRC_REPORT_SHEET_H

#include "report/chart.h"
#include "report/html.h"

typedef struct graft_sheet {
    graft_buffer out, links;
    size_t links_at; /* where in `out` the navigation goes; 0: nowhere */
} graft_sheet;

/* `title` may come from outside. */
void graft_sheet_open(graft_sheet *sheet, const char *title);
/* The navigation is here. */
void graft_sheet_navigation(graft_sheet *sheet);
/* "<section id=ID><h2>TITLE</h2>", and LINK in the navigation (NULL: no entry); texts of ours. */
void graft_sheet_begin(graft_sheet *sheet, const char *id, const char *link, const char *title);
void graft_sheet_end(graft_sheet *sheet);
/* Ends the page, writes the file and clears the sheet, also after a failure. */
GRAFT_MUST_CHECK graft_status graft_sheet_write(graft_sheet *sheet, const char *path);
void graft_sheet_clear(graft_sheet *sheet);

#endif
