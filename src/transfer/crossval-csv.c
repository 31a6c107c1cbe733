/* Rows of numbers out of a CSV with a column of classes. */
#include "transfer/crossval-rows.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "base/file.h"
#include "data/csv.h"
#include "data/file-type.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_MOST = 1 << 24 };
#define FILE_MOST ((size_t)4 << 30)

typedef struct table {
    graft_context *context;
    const char *path;
    graft_csv csv;
    char **header;
    size_t columns, label, rows;
    float *x;
    const char **names;
    size_t x_capacity, names_capacity;
} table;

static graft_status cell_fault(const table *self, size_t column, const char *expected) {
    return graft_fail(GRAFT_E_DATA, "%s: line %zu, column %zu (%.40s): received \"%.40s\", expected %s", self->path,
                      self->csv.line, column + 1, self->header[column], self->csv.field[column], expected);
}

static graft_status read_header(table *self, const char *wanted) {
    bool more;
    size_t found = 0;
    GRAFT_TRY(graft_csv_next(&self->csv, &more));
    if (!more) return graft_fail(GRAFT_E_DATA, "%s: an empty file, expected a line of columns' names", self->path);
    self->columns = self->csv.count;
    self->header = graft_allocate(self->columns, sizeof(*self->header));
    if (!self->header) return graft_fail_memory(self->path);
    memcpy(self->header, self->csv.field, self->columns * sizeof(*self->header));
    if (!wanted)
        return graft_fail(GRAFT_E_USAGE,
                          "%s: which of its %zu columns (%.40s, ...) holds the class? give --label COLUMN", self->path,
                          self->columns, self->header[0]);
    for (size_t i = 0; i < self->columns; i++) {
        if (strcmp(self->header[i], wanted) != 0) continue;
        self->label = i;
        found++;
    }
    if (found != 1)
        return graft_fail(GRAFT_E_USAGE, "%s: %zu of its %zu columns (%.40s, ...) are called %.60s, expected one",
                          self->path, found, self->columns, self->header[0], wanted);
    if (self->columns < 2)
        return graft_fail(GRAFT_E_DATA, "%s: no columns beside %.40s, expected features", self->path, wanted);
    return GRAFT_OK;
}

static graft_status next_row(table *self, bool *more) {
    GRAFT_TRY(graft_csv_next(&self->csv, more));
    if (!*more) return GRAFT_OK;
    if (self->csv.count != self->columns)
        return graft_fail(GRAFT_E_DATA, "%s: line %zu: %zu cells, expected %zu as in the first line", self->path,
                          self->csv.line, self->csv.count, self->columns);
    if (self->rows >= ROWS_MOST) return graft_fail(GRAFT_E_DATA, "%s: more than %d rows", self->path, ROWS_MOST);
    return graft_cancelled(self->context);
}

static bool has_pictures(const table *self) {
    for (size_t i = 0; i < self->columns; i++)
        if (i != self->label && graft_extension_type(self->csv.field[i], NULL)) return true;
    return false;
}

/* Decimal numbers alone: no blanks before, no hexadecimal, no "nan". */
static bool read_number(const char *text, float *out) {
    char *end;
    if (!isdigit((unsigned char)*text) && (*text == '\0' || !strchr("+-.", *text))) return false;
    if (strspn(text, "0123456789+-.eE") != strlen(text)) return false;
    *out = strtof(text, &end);
    return end != text && *end == '\0' && fabsf(*out) <= 1e30F;
}

static graft_status add_row(table *self) {
    const size_t width = self->columns - 1;
    size_t needed;
    GRAFT_TRY(graft_crossval_room(self->context, self->rows + 1, width));
    if (!graft_multiply_sizes(self->rows + 1, width, &needed) ||
        !graft_reserve(&self->x, &self->x_capacity, needed, sizeof(*self->x)) ||
        !graft_reserve(&self->names, &self->names_capacity, self->rows + 1, sizeof(*self->names)))
        return graft_fail_memory(self->path);
    float *to = self->x + self->rows * width;
    for (size_t i = 0; i < self->columns; i++) {
        if (i == self->label) continue;
        if (!read_number(self->csv.field[i], to++)) return cell_fault(self, i, "a finite number within +-1e30");
    }
    self->names[self->rows] = self->csv.field[self->label];
    if (self->names[self->rows][0] == '\0') return cell_fault(self, self->label, "a class");
    self->rows++;
    return GRAFT_OK;
}

static graft_status read_table(table *self, const char *label, bool *pictures) {
    bool more;
    GRAFT_TRY(read_header(self, label));
    GRAFT_TRY(next_row(self, &more));
    if (!more) return graft_fail(GRAFT_E_DATA, "%s: no rows below the columns' names", self->path);
    *pictures = has_pictures(self);
    while (more && !*pictures) {
        GRAFT_TRY(add_row(self));
        GRAFT_TRY(next_row(self, &more));
    }
    return GRAFT_OK;
}

static graft_status hand_over(table *self, graft_crossval_rows *out) {
    out->x = self->x;
    self->x = NULL;
    out->count = self->rows;
    out->width = self->columns - 1;
    out->features = graft_text_format("%zu columns of %s beside %.60s", out->width, graft_path_name(self->path),
                                      self->header[self->label]);
    return out->features ? graft_crossval_label(out, self->names) : graft_fail_memory(self->path);
}

graft_status graft_crossval_read_csv(graft_context *context, const char *path, const graft_crossval_options *options,
                                     graft_crossval_rows *out, bool *pictures) {
    table self = {.context = context, .path = path};
    char *text;
    size_t length;
    *pictures = false;
    GRAFT_TRY(graft_file_read(path, FILE_MOST, &text, &length));
    graft_csv_init(&self.csv, path, text, length);
    graft_status status = read_table(&self, options->label, pictures);
    if (status == GRAFT_OK && !*pictures) status = hand_over(&self, out);
    graft_csv_clear(&self.csv);
    graft_release(self.header);
    graft_release(self.x);
    graft_release(self.names);
    graft_release(text);
    return status;
}
