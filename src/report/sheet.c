#include "report/sheet.h"

#include "base/error.h"
#include "base/file.h"

static const char *const style[] = {
#include "report/page-css.h"
};
static const char *const library[] = {
#include "report/chart-library.h"
};
static const char *const scripts[] = {
#include "report/charts-js.h"
#include "report/page-js.h"
};

enum { PAGE_BYTES_MAX = 64 * 1024 * 1024 };

static void add_lines(graft_buffer *out, const char *const *line, size_t count) {
    for (size_t i = 0; i < count; i++)
        graft_buffer_text(out, line[i]);
}

void graft_sheet_open(graft_sheet *sheet, const char *title) {
    *sheet = (graft_sheet){0};
    graft_buffer_init(&sheet->out, PAGE_BYTES_MAX);
    graft_buffer_init(&sheet->links, 0);
    graft_buffer *out = &sheet->out;
    graft_buffer_text(out, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
                           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                           /* Nothing is fetched from anywhere, whatever a file is called. */
                           "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
                           "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n<title>");
    graft_html_text(out, title);
    graft_buffer_text(out, " - graft report</title>\n<style>\n");
    add_lines(out, style, sizeof style / sizeof *style);
    graft_buffer_text(out, "</style></head>\n<body><main>\n");
}

void graft_sheet_navigation(graft_sheet *sheet) {
    sheet->links_at = sheet->out.length;
}

void graft_sheet_begin(graft_sheet *sheet, const char *id, const char *link, const char *title) {
    if (link) graft_buffer_format(&sheet->links, "<a href=\"#%s\">%s</a>", id, link);
    graft_buffer_format(&sheet->out, "<section id=\"%s\"><h2>%s</h2>\n", id, title);
}

void graft_sheet_end(graft_sheet *sheet) {
    graft_buffer_text(&sheet->out, "</section>\n");
}

static void add_tail(graft_sheet *sheet) {
    graft_buffer *out = &sheet->out;
    graft_buffer_format(out,
                        "<footer>Written by graft %s. This page is one file and fetches nothing. Charts are drawn by "
                        "Chart.js (MIT licence).</footer>\n</main>\n<script>\n",
                        graft_version());
    add_lines(out, library, sizeof library / sizeof *library);
    graft_buffer_text(out, "</script>\n<script>\n");
    add_lines(out, scripts, sizeof scripts / sizeof *scripts);
    graft_buffer_text(out, "</script></body></html>\n");
}

/* The page with its navigation, which is known only at its end. */
static graft_status assemble(graft_sheet *sheet, graft_buffer *whole) {
    GRAFT_TRY(graft_buffer_status(&sheet->out));
    GRAFT_TRY(graft_buffer_status(&sheet->links));
    graft_buffer_add(whole, sheet->out.data, sheet->links_at);
    if (sheet->links_at > 0 && sheet->links.length > 0) {
        graft_buffer_text(whole, "<nav aria-label=\"Sections\">");
        graft_buffer_add(whole, sheet->links.data, sheet->links.length);
        graft_buffer_text(whole, "</nav>\n");
    }
    graft_buffer_add(whole, sheet->out.data + sheet->links_at, sheet->out.length - sheet->links_at);
    return graft_buffer_status(whole);
}

graft_status graft_sheet_write(graft_sheet *sheet, const char *path) {
    graft_buffer whole;
    graft_buffer_init(&whole, PAGE_BYTES_MAX);
    add_tail(sheet);
    graft_status status = assemble(sheet, &whole);
    if (status == GRAFT_OK) status = graft_file_write(path, whole.data, whole.length);
    graft_buffer_clear(&whole);
    graft_sheet_clear(sheet);
    return status;
}

void graft_sheet_clear(graft_sheet *sheet) {
    graft_buffer_clear(&sheet->out);
    graft_buffer_clear(&sheet->links);
}
