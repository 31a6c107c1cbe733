/* Features that lie in .npy and .npz, and the classes of their rows. */
#include "transfer/crossval-rows.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "data/csv.h"
#include "formats/npy.h"

#include <stdio.h>
#include <string.h>

#define LABELS_MOST ((size_t)1 << 30)

/* Rows of one array, all axes but the first laid side by side; takes nothing over. */
static graft_status take_matrix(graft_context *context, const char *path, const graft_tensor *tensor,
                                graft_crossval_rows *out) {
    const graft_shape *shape = &tensor->shape;
    char text[GRAFT_SHAPE_TEXT];
    int64_t count = graft_shape_count(shape);
    if (shape->rank < 2 || count <= 0)
        return graft_fail(GRAFT_E_DATA, "%s: an array of shape %s, expected rows of features (N, D)", path,
                          graft_shape_text(shape, text));
    graft_tensor *converted = NULL;
    out->count = (size_t)shape->dim[0];
    out->width = (size_t)count / out->count;
    GRAFT_TRY(graft_crossval_room(context, out->count, out->width));
    GRAFT_TRY(graft_tensor_convert(tensor, GRAFT_F32, &converted));
    out->x = graft_allocate_aligned((size_t)count, sizeof(float));
    if (out->x) memcpy(out->x, converted->data, (size_t)count * sizeof(float));
    graft_tensor_free(converted);
    out->features = graft_text_format("%zu columns of %s", out->width, graft_path_name(path));
    return out->x && out->features ? GRAFT_OK : graft_fail_memory(path);
}

/* Whole numbers as names. */
static graft_status take_integers(const char *path, const graft_tensor *tensor, graft_crossval_rows *out) {
    char shape[GRAFT_SHAPE_TEXT];
    enum { DIGITS = 24 };
    bool whole = tensor->dtype != GRAFT_F32 && tensor->dtype != GRAFT_F64 && tensor->dtype != GRAFT_F16 &&
                 tensor->dtype != GRAFT_BF16;
    if (!whole || graft_shape_count(&tensor->shape) != (int64_t)out->count)
        return graft_fail(GRAFT_E_DATA, "%s: labels are %s of shape %s, expected %zu integers, one a row", path,
                          graft_dtype_name(tensor->dtype), graft_shape_text(&tensor->shape, shape), out->count);
    graft_tensor *wide = NULL;
    GRAFT_TRY(graft_tensor_convert(tensor, GRAFT_I64, &wide));
    char *text = graft_allocate(out->count, DIGITS);
    const char **names = graft_allocate(out->count, sizeof(*names));
    graft_status status = text && names ? GRAFT_OK : graft_fail_memory(path);
    const int64_t *value = wide->data;
    for (size_t i = 0; status == GRAFT_OK && i < out->count; i++) {
        snprintf(text + i * DIGITS, DIGITS, "%lld", (long long)value[i]);
        names[i] = text + i * DIGITS;
    }
    if (status == GRAFT_OK) status = graft_crossval_label(out, names);
    graft_release(text);
    graft_release(names);
    graft_tensor_free(wide);
    return status;
}

static size_t column_of(const graft_csv *csv, size_t columns, const char *name) {
    size_t at = 0;
    while (at < columns && strcmp(csv->field[at], name) != 0)
        at++;
    return at;
}

/* `groups` gets NULL in each row where there is no column of that name. */
static graft_status read_names(graft_csv *csv, const char *column, size_t count, const char **names,
                               const char **groups) {
    bool more;
    size_t rows = 0;
    GRAFT_TRY(graft_csv_next(csv, &more));
    const size_t columns = more ? csv->count : 0, at = column_of(csv, columns, column);
    const size_t group = column_of(csv, columns, "group");
    if (at == columns)
        return graft_fail(GRAFT_E_USAGE, "%s: no column %.60s, expected one with the classes (--label COLUMN)",
                          csv->name, column);
    for (;; rows++) {
        GRAFT_TRY(graft_csv_next(csv, &more));
        if (!more) break;
        if (csv->count != columns || csv->field[at][0] == '\0')
            return graft_fail(GRAFT_E_DATA, "%s: line %zu: %zu cells, expected %zu with a class in column %zu",
                              csv->name, csv->line, csv->count, columns, at + 1);
        if (rows >= count) continue;
        names[rows] = csv->field[at];
        groups[rows] = group < columns && group != at && csv->field[group][0] ? csv->field[group] : NULL;
    }
    if (rows == count) return GRAFT_OK;
    return graft_fail(GRAFT_E_DATA, "%s: %zu rows of labels, the features have %zu rows", csv->name, rows, count);
}

static graft_status labels_of_csv(const char *path, const char *column, graft_crossval_rows *out) {
    char *text;
    size_t length;
    graft_csv csv;
    GRAFT_TRY(graft_file_read(path, LABELS_MOST, &text, &length));
    graft_csv_init(&csv, path, text, length);
    const char **names = graft_allocate(out->count, 2 * sizeof(*names));
    graft_status status =
        names ? read_names(&csv, column, out->count, names, names + out->count) : graft_fail_memory(path);
    if (status == GRAFT_OK) status = graft_crossval_label(out, names);
    if (status == GRAFT_OK) status = graft_crossval_group_named(out, names + out->count);
    graft_csv_clear(&csv);
    graft_release(names);
    graft_release(text);
    return status;
}

static graft_status labels_of_npy(const char *path, graft_crossval_rows *out) {
    graft_tensor *tensor;
    GRAFT_TRY(graft_npy_read(path, &tensor));
    graft_status status = take_integers(path, tensor, out);
    graft_tensor_free(tensor);
    return status;
}

/* The member called "features", or the only one beside "labels". */
static int64_t find_features(const graft_container *file, int64_t labels) {
    int64_t found = graft_container_find(file, "features"), count = (int64_t)graft_container_count(file);
    if (found >= 0) return found;
    if (labels < 0) return count == 1 ? 0 : -1;
    return count == 2 ? 1 - labels : -1;
}

static graft_status read_members(graft_context *context, graft_container *file, const char *path, bool labels_wanted,
                                 graft_crossval_rows *out) {
    int64_t labels = graft_container_find(file, "labels"), features = find_features(file, labels);
    graft_tensor *tensor = NULL;
    if (features < 0)
        return graft_fail(GRAFT_E_DATA, "%s: %zu arrays, none called features", path, graft_container_count(file));
    GRAFT_TRY(graft_container_read(file, (size_t)features, &tensor));
    graft_status status = take_matrix(context, path, tensor, out);
    graft_tensor_free(tensor);
    if (status != GRAFT_OK || labels < 0 || !labels_wanted) return status;
    GRAFT_TRY(graft_container_read_raw(file, (size_t)labels, &tensor));
    status = take_integers(path, tensor, out);
    graft_tensor_free(tensor);
    return status;
}

static graft_status read_matrix(graft_context *context, const char *path, bool labels_wanted,
                                graft_crossval_rows *out) {
    graft_status status;
    if (graft_crossval_ends(path, ".npz")) {
        graft_container *file;
        GRAFT_TRY(graft_container_open(context, path, &file));
        status = read_members(context, file, path, labels_wanted, out);
        graft_container_free(file);
        return status;
    }
    graft_tensor *tensor;
    GRAFT_TRY(graft_npy_read(path, &tensor));
    status = take_matrix(context, path, tensor, out);
    graft_tensor_free(tensor);
    return status;
}

graft_status graft_crossval_read_matrix(graft_context *context, const char *path, graft_crossval_rows *out) {
    return read_matrix(context, path, false, out);
}

graft_status graft_crossval_read_features(graft_context *context, const char *path,
                                          const graft_crossval_options *options, graft_crossval_rows *out) {
    const char *column = options->label ? options->label : "label";
    char *beside = graft_text_format("%.*s.csv", (int)(strlen(path) - 4), path);
    if (!beside) return graft_fail_memory(path);
    /* The table beside has the classes' names: better than the numbers inside. */
    const char *labels = options->labels;
    if (!labels && graft_file_kind_of(beside) == GRAFT_FILE_REGULAR) labels = beside;
    graft_status status = read_matrix(context, path, labels == NULL, out);
    if (status == GRAFT_OK && labels)
        status = graft_crossval_ends(labels, ".npy") ? labels_of_npy(labels, out) : labels_of_csv(labels, column, out);
    else if (status == GRAFT_OK && !out->label)
        status = graft_fail(GRAFT_E_USAGE,
                            "%s: the classes of its rows? expected %s beside it, or --labels FILE (.csv or .npy)", path,
                            beside);
    graft_release(beside);
    return status;
}
