#include "models/list.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PROBLEM = 640 };

typedef struct item {
    graft_stored_model model; /* borrows from what follows, or from the registry */
    graft_record record;
    char problem[PROBLEM];
    char *path;
} item;

struct graft_model_list {
    item **items;
    size_t count, capacity;
};

const char *graft_stored_state_text(graft_stored_state state) {
    static const char *const names[] = {"absent", "partial", "present", "broken", "shipped"};
    return (size_t)state < sizeof names / sizeof *names ? names[state] : "unknown";
}

graft_status graft_model_list_new(graft_model_list **out) {
    *out = graft_allocate_zero(1, sizeof **out);
    return *out ? GRAFT_OK : graft_fail_memory("a list of models");
}

static item *add_item(graft_model_list *list) {
    item *one = graft_allocate_zero(1, sizeof *one);
    if (!one || !graft_reserve(&list->items, &list->capacity, list->count + 1, sizeof *list->items)) {
        graft_release(one);
        return NULL;
    }
    list->items[list->count++] = one;
    return one;
}

graft_status graft_model_list_add(graft_model_list *list, const char *folder, const graft_record *record,
                                  const char *problem) {
    item *one = add_item(list);
    if (!one) return graft_fail_memory("a list of models");
    const graft_record *own = &one->record;
    one->record = *record;
    one->path = record->file[0] ? graft_store_path(folder, record->file, "") : graft_text_copy("");
    if (!one->path) return graft_fail_memory("a list of models");
    snprintf(one->problem, sizeof one->problem, "%s", problem ? problem : "");
    one->model = (graft_stored_model){.name = own->name,
                                      .state = problem ? GRAFT_STORED_BROKEN : GRAFT_STORED_PRESENT,
                                      .published = own->published[0] != '\0',
                                      .bytes = own->bytes,
                                      .arch = own->arch,
                                      .format = own->format,
                                      .preprocess = graft_record_scaling_name(own->scaling),
                                      .licence = own->licence,
                                      .url = own->url,
                                      .path = one->path,
                                      .sha256 = own->sha256,
                                      .verified = own->verified,
                                      .problem = one->problem};
    return GRAFT_OK;
}

static bool is_listed(const graft_model_list *list, const char *name) {
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i]->model.name, name) == 0) return true;
    return false;
}

/* A row of the registry of which no whole file is here. */
static graft_status add_row(graft_model_list *list, const char *folder, const graft_pretrained *row) {
    char file[GRAFT_RECORD_NAME + 32];
    struct stat info;
    item *one = add_item(list);
    if (!one) return graft_fail_memory("a list of models");
    snprintf(file, sizeof file, "%s%s", row->name, graft_store_ending(row->url));
    char *part = graft_store_path(folder, file, ".part");
    if (!part) return graft_fail_memory("a list of models");
    const bool begun = stat(part, &info) == 0 && info.st_size > 0;
    graft_release(part);
    one->model = (graft_stored_model){.name = row->name,
                                      .state = begun ? GRAFT_STORED_PARTIAL : GRAFT_STORED_ABSENT,
                                      .bytes = begun ? (uint64_t)info.st_size : 0,
                                      .arch = row->arch,
                                      .format = row->format,
                                      .preprocess = graft_record_scaling_name(row->scaling),
                                      .licence = row->licence,
                                      .url = row->url,
                                      .path = "",
                                      .sha256 = "",
                                      .verified = "",
                                      .problem = ""};
    return GRAFT_OK;
}

graft_status graft_model_list_add_shipped(graft_model_list *list, const graft_pretrained *row, const char *path,
                                          const char *sha256, const char *problem) {
    struct stat info = {0};
    item *one = add_item(list);
    if (!one || !(one->path = graft_text_copy(path))) return graft_fail_memory("a list of models");
    snprintf(one->problem, sizeof one->problem, "%s", problem ? problem : "");
    snprintf(one->record.sha256, sizeof one->record.sha256, "%s", sha256);
    if (*sha256) graft_record_now(one->record.verified);
    one->model = (graft_stored_model){.name = row->name,
                                      .state = problem ? GRAFT_STORED_BROKEN : GRAFT_STORED_SHIPPED,
                                      .published = !problem && row->hash_kind != GRAFT_HASH_NONE,
                                      .bytes = stat(path, &info) == 0 ? (uint64_t)info.st_size : 0,
                                      .arch = row->arch,
                                      .format = row->format,
                                      .preprocess = graft_record_scaling_name(row->scaling),
                                      .licence = row->licence,
                                      .url = row->url,
                                      .path = one->path,
                                      .sha256 = one->record.sha256,
                                      .verified = one->record.verified,
                                      .problem = one->problem};
    return GRAFT_OK;
}

static graft_status add_published(graft_model_list *list, const graft_context *context, const char *folder,
                                  const graft_pretrained *row) {
    char *path = NULL;
    GRAFT_TRY(graft_shipped_find(context, row, &path));
    graft_status status = path ? graft_model_list_add_shipped(list, row, path, "", NULL) : add_row(list, folder, row);
    graft_release(path);
    return status;
}

static int by_name(const void *a, const void *b) {
    const item *const *x = a, *const *y = b;
    return strcmp((*x)->model.name, (*y)->model.name);
}

static graft_status add_stored(graft_model_list *list, const char *folder, const char *file) {
    const size_t length = strlen(file);
    char name[GRAFT_RECORD_NAME];
    graft_record record = {0};
    bool found = false;
    if (length <= 5 || strcmp(file + length - 5, ".json") != 0 || length - 5 >= sizeof name) return GRAFT_OK;
    memcpy(name, file, length - 5);
    name[length - 5] = '\0';
    graft_status status = graft_store_find(folder, name, &record, &found);
    if (status == GRAFT_OK && !found) return GRAFT_OK; /* not ours */
    if (status == GRAFT_E_DATA) {
        record = (graft_record){0};
        snprintf(record.name, sizeof record.name, "%s", name);
    } else if (status == GRAFT_OK) {
        status = graft_store_check(folder, &record);
    }
    if (status != GRAFT_OK && status != GRAFT_E_DATA) return status;
    return graft_model_list_add(list, folder, &record, status == GRAFT_OK ? NULL : graft_error_text());
}

static graft_status fill(graft_model_list *list, const graft_context *context, const char *folder) {
    graft_names names = {0};
    graft_status status = GRAFT_OK;
    const graft_pretrained *row;
    if (graft_file_kind_of(folder) != GRAFT_FILE_MISSING) GRAFT_TRY(graft_folder_list(folder, &names));
    for (size_t i = 0; i < names.count && status == GRAFT_OK; i++)
        status = add_stored(list, folder, names.name[i]);
    graft_names_free(&names);
    for (size_t i = 0; status == GRAFT_OK && (row = graft_pretrained_at(i)) != NULL; i++)
        if (!is_listed(list, row->name)) status = add_published(list, context, folder, row);
    if (status == GRAFT_OK && list->count > 0) qsort(list->items, list->count, sizeof *list->items, by_name);
    return status;
}

graft_status graft_models_list(graft_model_list **out, graft_context *context) {
    const char *folder;
    *out = NULL;
    GRAFT_TRY(graft_store_folder(context, &folder));
    GRAFT_TRY(graft_model_list_new(out));
    graft_status status = fill(*out, context, folder);
    if (status == GRAFT_OK) return status;
    graft_model_list_free(*out);
    *out = NULL;
    return status;
}

size_t graft_model_list_count(const graft_model_list *list) {
    return list->count;
}

const graft_stored_model *graft_model_list_at(const graft_model_list *list, size_t index) {
    return index < list->count ? &list->items[index]->model : NULL;
}

void graft_model_list_free(graft_model_list *list) {
    if (!list) return;
    for (size_t i = 0; i < list->count; i++) {
        graft_release(list->items[i]->path);
        graft_release(list->items[i]);
    }
    graft_release(list->items);
    graft_release(list);
}
