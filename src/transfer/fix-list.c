#include "transfer/fix-list.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"

#include <string.h>

#define FIXES_MOST ((size_t)256 << 20)

const char *const graft_fix_columns[GRAFT_FIX_COLUMNS] = {"action",    "path",  "problem", "of",
                                                          "suggested", "score", "class",   "content"};

static bool is_header(const graft_csv *csv) {
    if (csv->count != GRAFT_FIX_CLASS && csv->count != GRAFT_FIX_COLUMNS) return false;
    for (size_t i = 0; i < csv->count; i++)
        if (strcmp(csv->field[i], graft_fix_columns[i]) != 0) return false;
    return true;
}

graft_status graft_fix_list_open(graft_fix_list *list, const char *path) {
    size_t length;
    bool more;
    *list = (graft_fix_list){.path = path};
    GRAFT_TRY(graft_file_read(path, FIXES_MOST, &list->text, &length));
    graft_csv_init(&list->csv, path, list->text, length);
    GRAFT_TRY(graft_csv_next(&list->csv, &more));
    if (!more || !is_header(&list->csv))
        return graft_fail(GRAFT_E_DATA,
                          "%s: no fix list: expected the columns action,path,problem,of,suggested,score,class,content",
                          path);
    list->columns = list->csv.count;
    return GRAFT_OK;
}

void graft_fix_list_close(graft_fix_list *list) {
    if (list->text) graft_csv_clear(&list->csv);
    graft_release(list->text);
    *list = (graft_fix_list){0};
}

graft_status graft_fix_list_next(graft_fix_list *list, bool *more) {
    GRAFT_TRY(graft_csv_next(&list->csv, more));
    if (*more && list->csv.count != list->columns)
        return graft_fail(GRAFT_E_DATA, "%s: line %zu: %zu cells, expected %zu", list->path, list->csv.line,
                          list->csv.count, list->columns);
    return GRAFT_OK;
}

const char *graft_fix_class(const graft_dataset *data, size_t sample) {
    const int label = graft_dataset_sample(data, sample)->label;
    return label < 0 ? "" : graft_dataset_class(data, (size_t)label);
}

void graft_fix_content(const graft_dataset *data, size_t sample, char out[GRAFT_HASH_TEXT]) {
    const uint64_t *content = graft_dataset_sample(data, sample)->content;
    graft_hash_to_text((graft_hash){content[0], content[1]}, out);
}
