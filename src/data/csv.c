#include "data/csv.h"

#include "base/alloc.h"
#include "base/error.h"

#include <string.h>

void graft_csv_init(graft_csv *csv, const char *name, char *text, size_t length) {
    *csv = (graft_csv){.name = name, .at = text, .end = text + length, .next = 1};
    if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) csv->at += 3;
}

void graft_csv_clear(graft_csv *csv) {
    graft_release(csv->field);
    *csv = (graft_csv){0};
}

static graft_status fault(const graft_csv *csv, const char *what) {
    return graft_fail(GRAFT_E_DATA, "%s: line %zu, column %zu: %s", csv->name, csv->line, csv->count + 1, what);
}

/* Unquotes the field at csv->at in place and leaves csv->at behind its closing quote. */
static graft_status read_quoted(graft_csv *csv, char **field, char **stop) {
    char *to = ++csv->at;
    *field = to;
    for (;; csv->at++) {
        if (csv->at >= csv->end) return fault(csv, "a quote that is not closed before the file's end");
        if (*csv->at == '"' && csv->at + 1 < csv->end && csv->at[1] == '"')
            csv->at++;
        else if (*csv->at == '"')
            break;
        if (*csv->at == '\n') csv->next++;
        *to++ = *csv->at;
    }
    csv->at++;
    *stop = to;
    if (csv->at < csv->end && !strchr(",\r\n", *csv->at)) return fault(csv, "text behind a closing quote");
    return GRAFT_OK;
}

static graft_status read_plain(graft_csv *csv, char **field, char **stop) {
    *field = csv->at;
    while (csv->at < csv->end && *csv->at != ',' && *csv->at != '\n') {
        if (*csv->at == '"') return fault(csv, "a quote within a field that does not begin with one");
        csv->at++;
    }
    *stop = csv->at;
    if (csv->at > *field && csv->at[-1] == '\r' && (csv->at == csv->end || *csv->at == '\n')) (*stop)--;
    return GRAFT_OK;
}

/* *last: the field ends its record. */
static graft_status read_field(graft_csv *csv, bool *last) {
    char *field, *stop;
    if (csv->count >= GRAFT_CSV_COLUMNS_MOST) return fault(csv, "more columns than any table has");
    if (csv->at < csv->end && *csv->at == '"')
        GRAFT_TRY(read_quoted(csv, &field, &stop));
    else
        GRAFT_TRY(read_plain(csv, &field, &stop));
    if (csv->at < csv->end && *csv->at == '\r') {
        csv->at++;
        if (csv->at < csv->end && *csv->at != '\n') return fault(csv, "a carriage return within a line");
    }
    *last = csv->at >= csv->end || *csv->at == '\n';
    if (csv->at < csv->end) {
        csv->next += *csv->at == '\n';
        csv->at++;
    }
    if (memchr(field, '\0', (size_t)(stop - field))) return fault(csv, "a NUL byte, expected text");
    *stop = '\0';
    if (!graft_reserve(&csv->field, &csv->capacity, csv->count + 1, sizeof *csv->field))
        return graft_fail_memory(csv->name);
    csv->field[csv->count++] = field;
    return GRAFT_OK;
}

static bool only_line_ends(const graft_csv *csv) {
    for (const char *c = csv->at; c < csv->end; c++)
        if (*c != '\n' && *c != '\r') return false;
    return true;
}

graft_status graft_csv_next(graft_csv *csv, bool *more) {
    bool last = false;
    csv->line = csv->next;
    csv->count = 0;
    *more = csv->at < csv->end && !only_line_ends(csv);
    if (!*more) return GRAFT_OK;
    while (!last) {
        GRAFT_TRY(read_field(csv, &last));
    }
    return GRAFT_OK;
}
