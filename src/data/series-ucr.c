/* UCR's archive as text: a series a line, its label first; blanks, tabs or commas between. Series that are shorter than
 * the longest end in NaN (UCR archive, 2018). */
#include "data/series.h"

#include "base/alloc.h"
#include "base/error.h"

#include <string.h>

static graft_status read_line(const char *name, size_t line, char *text, graft_series_set *set, graft_series_row *row) {
    static const char between[] = " \t,";
    char *at = text + strspn(text, between), *label = at;
    row->count = 0;
    at += strcspn(at, between);
    for (bool more = *at != '\0'; more;) {
        *at++ = '\0';
        at += strspn(at, between);
        if (!*at) break;
        char *field = at;
        at += strcspn(at, between);
        more = *at != '\0';
        *at = '\0';
        GRAFT_TRY(graft_series_row_add(row, name, line, field));
    }
    return graft_series_add(set, name, line, row->values, 1, graft_series_row_trimmed(row), label);
}

static graft_status read(const char *name, char *text, size_t length, graft_series_set *set) {
    graft_series_row row = {0};
    graft_status status = GRAFT_OK;
    size_t line = 0;
    (void)length;
    for (char *at; status == GRAFT_OK && (at = graft_series_line(&text, &line));)
        if (at[strspn(at, " \t,")]) status = read_line(name, line, at, set, &row);
    graft_release(row.values);
    return status;
}

const graft_series_format graft_series_format_ucr = {
    .name = "ucr",
    .help = "UCR archive text or TSV: a series a line, its label first",
    .extensions = ".tsv|.txt|",
    .read = read,
};
