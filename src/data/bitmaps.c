/* Samples whose pixels lie in memory: they go the way of picture files, as binary PGM. */
#include "data/dataset-internal.h"

#include "base/alloc.h"
#include "base/error.h"

#include <stdio.h>
#include <string.h>

void graft_bitmaps_free(graft_bitmaps *bitmaps) {
    if (!bitmaps) return;
    graft_release(bitmaps->pixels);
    graft_release(bitmaps);
}

/* Digits that all numbers of samples have, so that their order as text is theirs. */
static int digits_of(size_t count) {
    int digits = 5;
    for (size_t limit = 100000; count > limit; limit *= 10)
        digits++;
    return digits;
}

graft_status graft_dataset_add_bitmaps(graft_dataset *dataset, graft_bitmaps *bitmaps, const char *folder,
                                       const char *prefix, const int *label, int given) {
    if (dataset->bitmaps_count >= sizeof dataset->bitmaps / sizeof *dataset->bitmaps) {
        graft_bitmaps_free(bitmaps);
        return graft_fail(GRAFT_E_INTERNAL, "%s: too many parts", dataset->path);
    }
    dataset->bitmaps[dataset->bitmaps_count++] = bitmaps;
    const int digits = digits_of(bitmaps->count);
    for (size_t i = 0; i < bitmaps->count; i++) {
        const graft_place place = {.label = label ? label[i] : -1, .given = given, .name_offset = strlen(folder)};
        char *path = graft_text_format("%s%s/%0*zu", folder, prefix, digits, i);
        if (!path) return graft_fail_memory(dataset->path);
        GRAFT_TRY(graft_dataset_add(dataset, path, &place, NULL));
        dataset->record[dataset->count - 1].bitmaps = bitmaps;
        dataset->record[dataset->count - 1].bitmap = i;
    }
    return GRAFT_OK;
}

graft_status graft_dataset_read_into(const graft_dataset *dataset, size_t index, size_t limit, char **bytes,
                                     size_t *capacity, size_t *length) {
    const graft_record *record = &dataset->record[index];
    const graft_bitmaps *bitmaps = record->bitmaps;
    char header[40];
    if (!bitmaps) return graft_file_read_into(record->path, limit, bytes, capacity, length);
    const size_t area = (size_t)bitmaps->width * (size_t)bitmaps->height;
    const int head = snprintf(header, sizeof header, "P5\n%d %d\n255\n", bitmaps->width, bitmaps->height);
    if (!graft_reserve(bytes, capacity, area + (size_t)head, 1)) return graft_fail_memory(record->path);
    memcpy(*bytes, header, (size_t)head);
    memcpy(*bytes + head, bitmaps->pixels + record->bitmap * area, area);
    *length = area + (size_t)head;
    return GRAFT_OK;
}

graft_status graft_dataset_read(const graft_dataset *dataset, size_t index, size_t limit, char **out, size_t *length) {
    size_t capacity = 0;
    *out = NULL;
    graft_status status = graft_dataset_read_into(dataset, index, limit, out, &capacity, length);
    if (status == GRAFT_OK) return status;
    graft_release(*out);
    *out = NULL;
    return status;
}

const char *graft_dataset_layout(const graft_dataset *dataset) {
    return dataset->layout;
}
