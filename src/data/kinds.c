/* Classes of data that are read without them: they count for nothing, but a map shows them. */
#include "data/dataset-internal.h"

#include "base/alloc.h"
#include "base/error.h"

#include <string.h>

/* More are no colours of a map: folders of days, or of one thing each. */
enum { KINDS_MOST = 100, NAME_MOST = 256 };

/* The first folder of a name, below that of a part: "red" of "train/red/3.png"; false: it lies in none. */
static bool folder_of(const graft_dataset *dataset, const graft_record *record, char folder[NAME_MOST]) {
    const char *name = record->sample.name;
    const bool parts = dataset->has_part[0] || dataset->has_part[1] || dataset->has_part[2];
    for (int depth = 0; depth < 2; depth++) {
        const size_t length = strcspn(name, "/");
        if (name[length] == '\0' || length >= NAME_MOST) return false;
        memcpy(folder, name, length);
        folder[length] = '\0';
        if (depth > 0 || !parts || graft_split_named(folder) < 0) return true;
        name += length + 1;
    }
    return false;
}

/* Labels the samples of a folder of pictures by it. */
static graft_status by_folders(graft_dataset *dataset) {
    char folder[NAME_MOST];
    for (size_t i = 0; i < dataset->count && dataset->class_count <= KINDS_MOST; i++) {
        graft_record *record = &dataset->record[i];
        if (!folder_of(dataset, record, folder)) continue;
        graft_status status = graft_classes_add(dataset, folder, &record->sample.label);
        if (status == GRAFT_E_DATA) graft_error_clear();
        if (status != GRAFT_OK && status != GRAFT_E_DATA) return status;
    }
    return GRAFT_OK;
}

static void forget(graft_dataset *dataset) {
    for (size_t i = 0; i < dataset->class_count; i++)
        graft_release(dataset->class_name[i]);
    dataset->class_count = 0;
    for (size_t i = 0; i < dataset->count; i++)
        dataset->record[i].sample.label = -1;
}

/* In byte order, as classes are. */
static void sort(const graft_dataset *dataset, char **name, int *rank) {
    for (size_t i = 0; i < dataset->class_count; i++) {
        rank[i] = 0;
        for (size_t k = 0; k < dataset->class_count; k++)
            rank[i] += strcmp(dataset->class_name[k], dataset->class_name[i]) < 0;
        name[rank[i]] = dataset->class_name[i];
    }
}

graft_status graft_kinds_find(graft_dataset *dataset, bool folders) {
    int rank[KINDS_MOST];
    if (folders) GRAFT_TRY(by_folders(dataset));
    if (dataset->class_count < 2 || dataset->class_count > KINDS_MOST) {
        forget(dataset);
        return GRAFT_OK;
    }
    dataset->kind_name = graft_allocate(dataset->class_count, sizeof *dataset->kind_name);
    if (!dataset->kind_name) return graft_fail_memory("the classes");
    sort(dataset, dataset->kind_name, rank);
    dataset->kind_count = dataset->class_count;
    dataset->class_count = 0;
    for (size_t i = 0; i < dataset->count; i++) {
        graft_record *record = &dataset->record[i];
        record->kind = record->sample.label < 0 ? 0 : 1 + rank[record->sample.label];
        record->sample.label = -1;
    }
    return GRAFT_OK;
}

size_t graft_dataset_kind_count(const graft_dataset *dataset) {
    return dataset->class_count > 0 ? dataset->class_count : dataset->kind_count;
}

const char *graft_dataset_kind(const graft_dataset *dataset, size_t index) {
    if (dataset->class_count > 0) return graft_dataset_class(dataset, index);
    return index < dataset->kind_count ? dataset->kind_name[index] : NULL;
}

int graft_dataset_kind_of(const graft_dataset *dataset, size_t sample) {
    const graft_record *record = &dataset->record[sample];
    return dataset->class_count > 0 ? record->sample.label : record->kind - 1;
}
