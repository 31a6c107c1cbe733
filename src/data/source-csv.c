/* A table with a column of classes, which unlabelled data may lack: beside it the pixels of grey pictures, or the paths
 * of picture files. */
#include "data/dataset-internal.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/context.h"
#include "base/error.h"
#include "data/csv.h"
#include "data/file-type.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { LISTED = 8, ROWS_MOST = 1 << 24, SIDE_MOST = 1024 };
#define FILE_MOST ((size_t)4 << 30)

typedef struct table {
    graft_dataset *dataset;
    const char *path;
    graft_csv csv;
    char **header; /* copies of the pointers into the text */
    size_t columns;
    size_t label; /* `columns`: there is none */
    size_t paths; /* the column of paths; `columns`: there is none */
    size_t split; /* beside paths, the column that is called "split"; `columns`: there is none */
    int side;     /* of pictures in pixels */
    unsigned char *pixels;
    size_t pixels_capacity;
    int *labels;
    size_t labels_capacity, rows;
} table;

static void table_clear(table *self) {
    graft_csv_clear(&self->csv);
    graft_release(self->header);
    graft_release(self->pixels);
    graft_release(self->labels);
}

static bool accepts(const graft_dataset *dataset, const graft_survey *survey) {
    (void)survey;
    const char *dot = strrchr(graft_path_name(dataset->path), '.');
    return dot && strcasecmp(dot, ".csv") == 0 && graft_file_kind_of(dataset->path) == GRAFT_FILE_REGULAR;
}

static graft_status cell_fault(const table *self, size_t column, const char *expected) {
    const char *cell = self->csv.field[column];
    return graft_fail(GRAFT_E_DATA, "%s: line %zu, column %zu (%.40s): received \"%.40s\", expected %s", self->path,
                      self->csv.line, column + 1, self->header[column], cell, expected);
}

static graft_status list_columns(const table *self, const char *problem) {
    graft_buffer text;
    graft_buffer_init(&text, 0);
    for (size_t i = 0; i < self->columns && i < LISTED; i++)
        graft_buffer_format(&text, "%s%.40s", i ? ", " : "", self->header[i]);
    if (self->columns > LISTED) graft_buffer_format(&text, " and %zu more", self->columns - LISTED);
    graft_status status = graft_buffer_status(&text);
    if (status == GRAFT_OK)
        status = graft_fail(GRAFT_E_USAGE, "%s: %s; its columns: %s", self->path, problem, text.data);
    graft_buffer_clear(&text);
    return status;
}

static graft_status read_header(table *self) {
    const char *wanted = self->dataset->options.label;
    bool more;
    size_t found = 0;
    GRAFT_TRY(graft_csv_next(&self->csv, &more));
    if (!more) return graft_fail(GRAFT_E_DATA, "%s: an empty file, expected a line of columns' names", self->path);
    self->columns = self->csv.count;
    self->header = graft_allocate(self->columns, sizeof *self->header);
    if (!self->header) return graft_fail_memory(self->path);
    memcpy(self->header, self->csv.field, self->columns * sizeof *self->header);
    self->label = self->columns;
    if (!wanted && self->dataset->options.unlabelled) return GRAFT_OK;
    if (!wanted) return list_columns(self, "which column holds the class? give --label COLUMN");
    for (size_t i = 0; i < self->columns; i++) {
        if (strcmp(self->header[i], wanted) != 0) continue;
        self->label = i;
        found++;
    }
    if (found == 1) return GRAFT_OK;
    char problem[128];
    if (found > 1)
        snprintf(problem, sizeof problem, "%zu columns are called %.60s, expected one", found, wanted);
    else
        snprintf(problem, sizeof problem, "no column %.60s", wanted);
    return list_columns(self, problem);
}

/* The next row; a ragged one is refused. */
static graft_status next_row(table *self, bool *more) {
    GRAFT_TRY(graft_csv_next(&self->csv, more));
    if (!*more) return GRAFT_OK;
    if (self->csv.count != self->columns)
        return graft_fail(GRAFT_E_DATA, "%s: line %zu, column %zu: %s: %zu cells, expected %zu as in the first line",
                          self->path, self->csv.line,
                          (self->csv.count < self->columns ? self->csv.count : self->columns) + 1,
                          self->csv.count < self->columns ? "the row ends here" : "more cells than columns",
                          self->csv.count, self->columns);
    if (self->rows >= ROWS_MOST) return graft_fail(GRAFT_E_DATA, "%s: more than %d rows", self->path, ROWS_MOST);
    return GRAFT_OK;
}

/* A grey value as such tables write it: 0 to 255, perhaps "12.0". */
static bool read_pixel(const char *text, unsigned char *out) {
    unsigned value = 0;
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 3) return false;
    for (size_t i = 0; i < digits; i++)
        value = value * 10 + (unsigned)(text[i] - '0');
    const char *rest = text + digits;
    if (*rest == '.') rest += 1 + strspn(rest + 1, "0");
    *out = (unsigned char)value;
    return *rest == '\0' && value <= 255;
}

/* Decides by the first row what the columns beside the label are. */
static graft_status find_roles(table *self) {
    size_t numbers = 0, pictures = 0;
    unsigned char pixel;
    self->paths = self->columns;
    for (size_t i = 0; i < self->columns; i++) {
        if (i == self->label) continue;
        numbers += read_pixel(self->csv.field[i], &pixel);
        if (!graft_extension_type(self->csv.field[i], NULL)) continue;
        if (pictures++ == 0) self->paths = i;
    }
    self->split = self->columns;
    for (size_t i = 0; pictures > 0 && i < self->columns; i++)
        if (i != self->label && i != self->paths && strcmp(self->header[i], "split") == 0) self->split = i;
    if (pictures > 0) return GRAFT_OK;
    const bool labelled = self->label < self->columns;
    const size_t others = self->columns - labelled;
    while (self->side < SIDE_MOST && (size_t)self->side * (size_t)self->side < others)
        self->side++;
    if (others > 1 && numbers == others && (size_t)self->side * (size_t)self->side == others) return GRAFT_OK;
    return graft_fail(GRAFT_E_DATA,
                      "%s: line %zu: %zu columns%s%.40s, %zu of them grey values of 0 to 255, none the path of a "
                      "picture; expected all pixels of a square picture (such as 784 of 28x28) or a column of paths "
                      "(graft crossval reads tables of other numbers)",
                      self->path, self->csv.line, others, labelled ? " beside " : "",
                      labelled ? self->header[self->label] : "", numbers);
}

static graft_status add_label(table *self, int *label) {
    const bool labelled = self->label < self->columns, counts = !self->dataset->options.unlabelled;
    *label = -1;
    if (!labelled) return GRAFT_OK;
    graft_status status = graft_classes_add(self->dataset, self->csv.field[self->label], label);
    if (status != GRAFT_E_DATA || counts) return status;
    graft_error_clear(); /* what is no class is none where classes do not count */
    return GRAFT_OK;
}

static graft_status add_pixels(table *self) {
    const size_t area = (size_t)self->side * (size_t)self->side;
    size_t column = 0;
    if (!graft_reserve(&self->labels, &self->labels_capacity, self->rows + 1, sizeof *self->labels) ||
        !graft_reserve(&self->pixels, &self->pixels_capacity, (self->rows + 1) * area, 1))
        return graft_fail_memory(self->path);
    unsigned char *to = self->pixels + self->rows * area;
    GRAFT_TRY(add_label(self, &self->labels[self->rows]));
    for (; column < self->columns; column++)
        if (column != self->label && !read_pixel(self->csv.field[column], to++))
            return cell_fault(self, column, "a grey value of 0 to 255");
    return GRAFT_OK;
}

static size_t folder_length(const table *self) {
    return (size_t)(graft_path_name(self->path) - self->path);
}

/* "train", "validation" (or "val") or "test"; an empty cell leaves it to the draw. */
static graft_status read_split(const table *self, graft_place *place) {
    static const struct {
        const char *name;
        graft_split split;
    } names[] = {{"train", GRAFT_SPLIT_TRAIN},
                 {"validation", GRAFT_SPLIT_VALIDATION},
                 {"val", GRAFT_SPLIT_VALIDATION},
                 {"test", GRAFT_SPLIT_TEST}};
    const char *cell = self->split < self->columns ? self->csv.field[self->split] : "";
    if (*cell == '\0') return GRAFT_OK;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcasecmp(cell, names[i].name) != 0) continue;
        place->given = (int)names[i].split;
        self->dataset->has_part[names[i].split] = true;
        return GRAFT_OK;
    }
    return cell_fault(self, self->split, "train, validation or test, or nothing");
}

static graft_status add_path(table *self) {
    const char *given = self->csv.field[self->paths];
    const size_t length = given[0] == '/' ? 0 : folder_length(self);
    graft_place place = {.given = GRAFT_SPLIT_OPEN, .name_offset = length};
    GRAFT_TRY(read_split(self, &place));
    GRAFT_TRY(add_label(self, &place.label));
    char *path = graft_text_format("%.*s%s", (int)length, self->path, given);
    return path ? graft_dataset_add(self->dataset, path, &place, NULL) : graft_fail_memory(self->path);
}

static graft_status add_row(table *self) {
    const bool paths = self->paths < self->columns;
    for (size_t i = 0; i < self->columns; i++)
        if (self->csv.field[i][0] == '\0' && (i == self->label || !paths || i == self->paths))
            return cell_fault(self, i, "a value");
    GRAFT_TRY(graft_cancelled(self->dataset->context));
    GRAFT_TRY(paths ? add_path(self) : add_pixels(self));
    self->rows++;
    return GRAFT_OK;
}

static graft_status read_rows(table *self) {
    bool more;
    GRAFT_TRY(next_row(self, &more));
    if (!more) return graft_fail(GRAFT_E_DATA, "%s: no rows below the columns' names", self->path);
    GRAFT_TRY(find_roles(self));
    while (more) {
        GRAFT_TRY(add_row(self));
        GRAFT_TRY(next_row(self, &more));
    }
    return GRAFT_OK;
}

static graft_status hand_over(table *self) {
    const char *name = graft_path_name(self->path);
    graft_dataset *dataset = self->dataset;
    const bool labelled = self->label < self->columns;
    const char *class = labelled ? self->header[self->label] : "none";
    if (self->paths < self->columns) {
        dataset->layout =
            graft_text_format("%s: class from column %.80s, paths from column %.80s,%s %zu others ignored", name, class,
                              self->header[self->paths], self->split < self->columns ? " parts from column split," : "",
                              self->columns - 1 - labelled - (self->split < self->columns));
        return dataset->layout ? GRAFT_OK : graft_fail_memory(self->path);
    }
    dataset->layout = graft_text_format("%s: class from column %.80s, the other %zu as grey pictures of %dx%d", name,
                                        class, self->columns - labelled, self->side, self->side);
    graft_bitmaps *bitmaps = dataset->layout ? graft_allocate(1, sizeof *bitmaps) : NULL;
    if (!bitmaps) return graft_fail_memory(self->path);
    *bitmaps = (graft_bitmaps){self->pixels, self->side, self->side, self->rows, "CSV"};
    self->pixels = NULL;
    char *folder = graft_text_copy_n(self->path, folder_length(self));
    if (!folder) {
        graft_bitmaps_free(bitmaps);
        return graft_fail_memory(self->path);
    }
    graft_status status = graft_dataset_add_bitmaps(dataset, bitmaps, folder, name, self->labels, GRAFT_SPLIT_OPEN);
    graft_release(folder);
    return status;
}

static graft_status collect(graft_dataset *dataset, const graft_survey *survey) {
    (void)survey;
    table self = {.dataset = dataset, .path = dataset->path};
    char *text;
    size_t length;
    GRAFT_TRY(graft_file_read(dataset->path, FILE_MOST, &text, &length));
    graft_csv_init(&self.csv, dataset->path, text, length);
    graft_status status = read_header(&self);
    if (status == GRAFT_OK) status = read_rows(&self);
    if (status == GRAFT_OK) status = hand_over(&self);
    table_clear(&self);
    graft_release(text);
    return status;
}

const graft_source graft_source_csv = {accepts, collect};
