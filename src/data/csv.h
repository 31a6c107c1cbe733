/* Comma-separated values (RFC 4180): fields may be quoted and hold commas, doubled quotes and ends of lines; lines end
 * with LF or CRLF; a byte order mark and empty lines at the end do not count. */
#ifndef GRAFT_SRC_DATA_CSV_H
#define GRAFT_SRC_DATA_CSV_H

#include <graft/base.h>

enum { GRAFT_CSV_COLUMNS_MOST = 1 << 20 };

typedef struct graft_csv {
    const char *name; /* begins errors */
    char *at, *end;
    size_t line;  /* of the record that was read last, from 1 */
    size_t next;  /* line that the next one begins on */
    char **field; /* of that record, NUL-terminated, in the text */
    size_t count, capacity;
} graft_csv;

/* Reads from `text` (NUL-terminated, `length` bytes), which it cuts up in place and which must outlive it. */
void graft_csv_init(graft_csv *csv, const char *name, char *text, size_t length);
void graft_csv_clear(graft_csv *csv);
/* The next record; *more is false at the end. Errors: GRAFT_E_DATA, with line and column (the field's number). */
GRAFT_MUST_CHECK graft_status graft_csv_next(graft_csv *csv, bool *more);

#endif
