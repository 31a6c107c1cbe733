#include "transfer/crossval-rows.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/strmap.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { CLASSES_MOST = 100000 };

bool graft_crossval_ends(const char *path, const char *end) {
    size_t length = strlen(path), tail = strlen(end);
    return length > tail && strcasecmp(path + length - tail, end) == 0;
}

void graft_crossval_rows_clear(graft_crossval_rows *rows) {
    graft_release(rows->x);
    graft_release(rows->label);
    graft_release(rows->group);
    for (size_t i = 0; rows->class_name && i < rows->classes; i++)
        graft_release(rows->class_name[i]);
    graft_release(rows->class_name);
    graft_release(rows->features);
    *rows = (graft_crossval_rows){0};
}

graft_status graft_crossval_room(graft_context *context, size_t count, size_t width) {
    size_t values, bytes, limit = (size_t)graft_context_memory_limit(context);
    if (graft_multiply_sizes(count, width, &values) && graft_multiply_sizes(values, 2 * sizeof(float), &bytes) &&
        bytes <= limit)
        return GRAFT_OK;
    return graft_fail(GRAFT_E_USAGE,
                      "%zu rows of %zu features and the folds' copy of them need more than --memory (%.1f MiB): use "
                      "fewer features (--pool avg, --image-size) or raise it",
                      count, width, (double)limit / 1048576);
}

static int by_bytes(const void *left, const void *right) {
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

graft_status graft_crossval_label(graft_crossval_rows *rows, const char *const *names) {
    const char **sorted = graft_allocate(rows->count, sizeof(*sorted));
    size_t classes = 0;
    graft_release(rows->label);
    rows->label = graft_allocate(rows->count, sizeof(*rows->label));
    graft_status status = sorted && rows->label ? GRAFT_OK : graft_fail_memory("the labels");
    if (status == GRAFT_OK) {
        memcpy(sorted, names, rows->count * sizeof(*sorted));
        qsort(sorted, rows->count, sizeof(*sorted), by_bytes);
        for (size_t i = 0; i < rows->count; i++)
            if (i == 0 || strcmp(sorted[i], sorted[classes - 1]) != 0) sorted[classes++] = sorted[i];
        if (classes > CLASSES_MOST)
            status =
                graft_fail(GRAFT_E_DATA, "%zu classes among %zu rows: is that column the class?", classes, rows->count);
    }
    if (status == GRAFT_OK) {
        rows->class_name = graft_allocate_zero(classes, sizeof(*rows->class_name));
        rows->classes = rows->class_name ? classes : 0;
        if (!rows->class_name) status = graft_fail_memory("the classes");
    }
    for (size_t i = 0; i < rows->classes && status == GRAFT_OK; i++)
        if (!(rows->class_name[i] = graft_text_copy(sorted[i]))) status = graft_fail_memory("the classes");
    for (size_t i = 0; i < rows->count && status == GRAFT_OK; i++) {
        const char **found = bsearch(&names[i], sorted, classes, sizeof(*sorted), by_bytes);
        rows->label[i] = (int)(found - sorted);
    }
    graft_release(sorted);
    return status;
}

typedef struct hashed {
    graft_hash hash;
    size_t row;
} hashed;

static int by_hash(const void *left, const void *right) {
    const hashed *a = left, *b = right;
    int order = graft_hash_compare(a->hash, b->hash);
    return order ? order : (a->row > b->row) - (a->row < b->row);
}

static int64_t root_of(int64_t *parent, int64_t row) {
    while (parent[row] != row)
        row = parent[row] = parent[parent[row]];
    return row;
}

/* The smaller row is the root, so that a group is named by its first. */
static void join(int64_t *parent, size_t left, size_t right) {
    const int64_t a = root_of(parent, (int64_t)left), b = root_of(parent, (int64_t)right);
    parent[a > b ? a : b] = a > b ? b : a;
}

static graft_status begin_groups(graft_crossval_rows *rows) {
    if (rows->group) return GRAFT_OK;
    rows->group = graft_allocate(rows->count, sizeof(*rows->group));
    if (!rows->group) return graft_fail_memory("the list of rows");
    for (size_t i = 0; i < rows->count; i++)
        rows->group[i] = (int64_t)i;
    return GRAFT_OK;
}

graft_status graft_crossval_group_named(graft_crossval_rows *rows, const char *const *names) {
    graft_strmap *first;
    GRAFT_TRY(begin_groups(rows));
    GRAFT_TRY(graft_strmap_new(&first));
    graft_status status = GRAFT_OK;
    for (size_t i = 0, at; status == GRAFT_OK && i < rows->count; i++) {
        if (!names[i]) continue;
        if (graft_strmap_get(first, names[i], &at))
            join(rows->group, at, i);
        else
            status = graft_strmap_set(first, names[i], i);
    }
    graft_strmap_free(first);
    return status;
}

graft_status graft_crossval_group_identical(graft_crossval_rows *rows) {
    GRAFT_TRY(begin_groups(rows));
    hashed *all = graft_allocate(rows->count, sizeof(*all));
    if (!all) return graft_fail_memory("the list of rows");
    for (size_t i = 0; i < rows->count; i++)
        all[i] = (hashed){graft_hash_bytes(rows->x + i * rows->width, rows->width * sizeof(float)), i};
    qsort(all, rows->count, sizeof(*all), by_hash);
    for (size_t i = 1; i < rows->count; i++)
        if (graft_hash_equal(all[i].hash, all[i - 1].hash)) join(rows->group, all[i - 1].row, all[i].row);
    for (size_t i = 0; i < rows->count; i++)
        rows->group[i] = root_of(rows->group, (int64_t)i);
    graft_release(all);
    return GRAFT_OK;
}
