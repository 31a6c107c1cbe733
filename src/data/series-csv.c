/* Long tables: a step a line, with the columns "id" (which series), "time" (the order of its steps), "label" (of the
 * series; may be missing) and one column a channel. Times give the order alone. */
#include "data/series.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/strmap.h"
#include "data/csv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NONE = -1, COLUMNS_MOST = GRAFT_SERIES_CHANNELS_MOST + 3 };

typedef struct step {
    size_t series, line, place; /* place: of its numbers in `row` */
    double time;
} step;

typedef struct table {
    const char *name;
    graft_csv csv;
    int id, time, label;
    size_t columns, channels;
    graft_strmap *places; /* id -> series */
    size_t series;
    char **labels; /* of each series; into the text */
    size_t label_capacity;
    step *steps;
    size_t count, capacity;
    graft_series_row row; /* the numbers, line after line */
} table;

static void clear(table *self) {
    graft_csv_clear(&self->csv);
    graft_strmap_free(self->places);
    graft_release(self->labels);
    graft_release(self->steps);
    graft_release(self->row.values);
}

static graft_status read_header(table *self) {
    bool more;
    self->id = self->time = self->label = NONE;
    GRAFT_TRY(graft_csv_next(&self->csv, &more));
    if (!more) return graft_fail(GRAFT_E_DATA, "%s: an empty file, expected a line of column names", self->name);
    for (size_t i = 0; i < self->csv.count; i++) {
        const char *column = self->csv.field[i];
        if (strcmp(column, "id") == 0 && self->id == NONE) self->id = (int)i;
        if (strcmp(column, "time") == 0 && self->time == NONE) self->time = (int)i;
        if (strcmp(column, "label") == 0 && self->label == NONE) self->label = (int)i;
    }
    self->columns = self->csv.count;
    if (self->id == NONE || self->time == NONE || self->columns > COLUMNS_MOST)
        return graft_fail(
            GRAFT_E_DATA,
            "%s: line 1: %zu columns, expected \"id\", \"time\", one a channel (at most %d), and \"label\" "
            "where there are labels",
            self->name, self->columns, (int)GRAFT_SERIES_CHANNELS_MOST);
    self->channels = self->columns - 2 - (self->label != NONE);
    if (self->channels == 0)
        return graft_fail(GRAFT_E_DATA, "%s: line 1: no column of numbers beside id, time and label", self->name);
    return GRAFT_OK;
}

static graft_status series_of(table *self, size_t *out) {
    const char *id = self->csv.field[self->id];
    char *label = self->label == NONE ? NULL : self->csv.field[self->label];
    if (!graft_strmap_get(self->places, id, out)) {
        if (!graft_reserve(&self->labels, &self->label_capacity, self->series + 1, sizeof *self->labels))
            return graft_fail_memory("series");
        self->labels[self->series] = label;
        *out = self->series++;
        return graft_strmap_set(self->places, id, *out);
    }
    if (label && strcmp(label, self->labels[*out]) != 0)
        return graft_fail(GRAFT_E_DATA,
                          "%s: line %zu: label \"%.40s\" of series \"%.40s\", expected \"%.40s\" as before", self->name,
                          self->csv.line, label, id, self->labels[*out]);
    return GRAFT_OK;
}

static graft_status read_step(table *self) {
    char *end;
    if (self->csv.count != self->columns)
        return graft_fail(GRAFT_E_DATA, "%s: line %zu: %zu fields, expected %zu as the header has", self->name,
                          self->csv.line, self->csv.count, self->columns);
    const char *time = self->csv.field[self->time];
    step s = {.line = self->csv.line, .place = self->row.count, .time = strtod(time, &end)};
    if (end == time || *end != '\0' || !isfinite(s.time))
        return graft_fail(GRAFT_E_DATA, "%s: line %zu: time \"%.40s\", expected a number", self->name, self->csv.line,
                          time);
    GRAFT_TRY(series_of(self, &s.series));
    for (int i = 0; i < (int)self->columns; i++)
        if (i != self->id && i != self->time && i != self->label)
            GRAFT_TRY(graft_series_row_add(&self->row, self->name, self->csv.line, self->csv.field[i]));
    if (!graft_reserve(&self->steps, &self->capacity, self->count + 1, sizeof *self->steps))
        return graft_fail_memory("series");
    self->steps[self->count++] = s;
    return GRAFT_OK;
}

static int by_series_and_time(const void *a, const void *b) {
    const step *x = a, *y = b;
    if (x->series != y->series) return x->series < y->series ? -1 : 1;
    if (x->time != y->time) return x->time < y->time ? -1 : 1;
    return x->line < y->line ? -1 : x->line > y->line;
}

static graft_status add_series(const table *self, const step *steps, size_t length, graft_series_set *set) {
    float *values = graft_allocate(self->channels * length, sizeof *values);
    graft_status status = values ? GRAFT_OK : graft_fail_memory("series");
    for (size_t t = 0; t < length && status == GRAFT_OK; t++) {
        if (t > 0 && steps[t].time == steps[t - 1].time)
            status = graft_fail(GRAFT_E_DATA, "%s: line %zu: time %g again, expected one step a time and series",
                                self->name, steps[t].line, steps[t].time);
        for (size_t c = 0; c < self->channels; c++)
            values[c * length + t] = self->row.values[steps[t].place + c];
    }
    if (status == GRAFT_OK)
        status = graft_series_add(set, self->name, steps[0].line, values, self->channels, length,
                                  self->labels[steps[0].series]);
    graft_release(values);
    return status;
}

static graft_status read_table(table *self, graft_series_set *set) {
    bool more = true;
    GRAFT_TRY(graft_strmap_new(&self->places));
    GRAFT_TRY(read_header(self));
    while (true) {
        GRAFT_TRY(graft_csv_next(&self->csv, &more));
        if (!more) break;
        GRAFT_TRY(read_step(self));
    }
    if (self->count > 0) qsort(self->steps, self->count, sizeof *self->steps, by_series_and_time);
    for (size_t begin = 0, end; begin < self->count; begin = end) {
        for (end = begin; end < self->count && self->steps[end].series == self->steps[begin].series;)
            end++;
        GRAFT_TRY(add_series(self, self->steps + begin, end - begin, set));
    }
    return GRAFT_OK;
}

static graft_status read(const char *name, char *text, size_t length, graft_series_set *set) {
    table self = {.name = name};
    graft_csv_init(&self.csv, name, text, length);
    graft_status status = read_table(&self, set);
    clear(&self);
    return status;
}

const graft_series_format graft_series_format_csv = {
    .name = "csv",
    .help = "a long table: columns id, time, label and one a channel",
    .extensions = ".csv",
    .read = read,
};
