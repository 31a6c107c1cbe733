/* Shards of decoded pictures: finding and reading. The layout stands in picture-store.h. */
#include "transfer/picture-store-internal.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"

#include <string.h>

static const double abandoned = 86400; /* seconds: nobody writes to a shard for a day */

/* ---- what is stored of a picture ---- */

static int stored_side(int side) {
    return side + (side + 3) / 4;
}

/* Twice the reduced side, so that a JPEG's own reduction is not seen. */
int graft_picture_least(int side) {
    return 2 * stored_side(side);
}

graft_status graft_picture_reduce(int side, const graft_image *decoded, unsigned char **room, size_t *capacity,
                                  graft_resize_scratch *scratch, graft_image *out) {
    const int shorter = decoded->width < decoded->height ? decoded->width : decoded->height, wanted = stored_side(side);
    *out = (graft_image){.width = decoded->width, .height = decoded->height, .rgb = decoded->rgb, .orientation = 1};
    if (shorter > wanted) {
        out->width = (int)(((int64_t)decoded->width * wanted + shorter / 2) / shorter);
        out->height = (int)(((int64_t)decoded->height * wanted + shorter / 2) / shorter);
        size_t bytes = (size_t)out->width * (size_t)out->height * 3;
        if (!graft_reserve(room, capacity, bytes, 1)) return graft_fail_memory("a picture");
        out->rgb = *room;
        GRAFT_TRY(graft_image_resize(decoded, NULL, GRAFT_FILTER_BILINEAR, out->width, out->height, out->rgb, scratch));
    }
    out->file_width = out->width;
    out->file_height = out->height;
    return GRAFT_OK;
}

/* ---- shards ---- */

graft_shard_header graft_shard_header_of(const graft_picture_store *store) {
    graft_shard_header header = {.magic = "graftpix", .version = GRAFT_SHARD_VERSION, .side = (uint32_t)store->side};
    header.checksum = graft_checksum(&header, offsetof(graft_shard_header, checksum));
    return header;
}

size_t graft_stored_bytes(uint32_t width, uint32_t height) {
    return (sizeof(graft_stored_header) + (size_t)width * height * 3 + 7) / 8 * 8;
}

/* Sides are limited before they are multiplied: no picture that is stored has more. */
static bool is_possible(const graft_stored_header *record, size_t left) {
    return record->width > 0 && record->height > 0 && record->width <= GRAFT_STORED_BYTES &&
           record->height <= GRAFT_STORED_BYTES / record->width &&
           graft_stored_bytes(record->width, record->height) <= left;
}

static graft_status index_records(graft_picture_store *store, int shard) {
    const graft_mapping *map = &store->shards[shard];
    for (size_t at = sizeof(graft_shard_header); at + sizeof(graft_stored_header) <= map->length;) {
        graft_stored_header record;
        memcpy(&record, map->data + at, sizeof(record));
        if (!is_possible(&record, map->length - at)) break;
        const graft_cache_place place = {
            .content = {record.content_high, record.content_low}, .fd = shard, .offset = (off_t)at};
        GRAFT_TRY(graft_cache_index_put(&store->index, &place));
        at += graft_stored_bytes(record.width, record.height);
    }
    return GRAFT_OK;
}

graft_status graft_picture_store_add(graft_picture_store *store, const char *path) {
    const graft_shard_header wanted = graft_shard_header_of(store);
    graft_mapping map;
    if (!graft_reserve(&store->shards, &store->capacity, store->count + 1, sizeof(*store->shards)))
        return graft_fail_memory("the stored pictures");
    if (graft_file_map_cached(path, &map) != GRAFT_OK) {
        graft_log(store->context, GRAFT_LOG_WARNING, "%s; going on without it", graft_error_text());
        return GRAFT_OK;
    }
    if (map.length < sizeof(wanted) || memcmp(map.data, &wanted, sizeof(wanted)) != 0) {
        graft_log(store->context, GRAFT_LOG_WARNING, "cache: %s is damaged: going on without it", path);
        graft_file_unmap(&map);
        return GRAFT_OK;
    }
    store->shards[store->count++] = map;
    return index_records(store, (int)store->count - 1);
}

/* "<key>-<number>.pix"; *number is one more than the largest there is. */
static bool is_shard(const char *name, const char *key, unsigned *number) {
    unsigned found;
    int end = 0;
    size_t length = strlen(key);
    if (strncmp(name, key, length) != 0 || sscanf(name + length, "-%8u.pix%n", &found, &end) != 1 || end == 0 ||
        name[length + (size_t)end])
        return false;
    if (found >= *number) *number = found + 1;
    return true;
}

static graft_status open_shards(graft_picture_store *store) {
    graft_names names;
    if (graft_folder_make(store->folder) != GRAFT_OK || graft_folder_list(store->folder, &names) != GRAFT_OK) {
        graft_log(store->context, GRAFT_LOG_WARNING, "cache: %s; going on without it", graft_error_text());
        graft_release(store->folder);
        store->folder = NULL;
        return GRAFT_OK;
    }
    graft_file_sweep(store->folder, "", abandoned);
    graft_status status = GRAFT_OK;
    for (size_t i = 0; i < names.count && status == GRAFT_OK; i++) {
        if (!is_shard(names.name[i], store->key, &store->next)) continue;
        char *path = graft_path_join(store->folder, names.name[i]);
        status = path ? graft_picture_store_add(store, path) : graft_fail_memory("a cache path");
        graft_release(path);
    }
    graft_names_free(&names);
    return status;
}

graft_status graft_picture_store_open(graft_context *context, int side, graft_picture_store **out) {
    const uint64_t parts[2] = {GRAFT_SHARD_VERSION, (uint64_t)side};
    const char *cache = graft_context_cache_dir(context);
    graft_picture_store *store = graft_allocate_zero(1, sizeof(*store));
    *out = NULL;
    if (!store) return graft_fail_memory("the stored pictures");
    store->context = context;
    store->side = side;
    graft_hash_to_text(graft_hash_bytes(parts, sizeof(parts)), store->key);
    graft_status status = GRAFT_OK;
    if (cache) {
        store->folder = graft_path_join(cache, "pixels");
        status = store->folder ? open_shards(store) : graft_fail_memory("a cache path");
    }
    if (status != GRAFT_OK) {
        graft_picture_store_close(store);
        return status;
    }
    *out = store;
    return GRAFT_OK;
}

void graft_picture_store_close(graft_picture_store *store) {
    if (!store) return;
    for (size_t i = 0; i < store->count; i++)
        graft_file_unmap(&store->shards[i]);
    graft_cache_index_clear(&store->index);
    graft_release(store->shards);
    graft_release(store->folder);
    graft_release(store);
}

int graft_picture_store_side(const graft_picture_store *store) {
    return store->side;
}

bool graft_picture_store_find(const graft_picture_store *store, graft_hash content, graft_image *out) {
    const graft_cache_place *place = graft_cache_index_get(&store->index, content, 0);
    graft_stored_header record;
    if (!place) return false;
    const unsigned char *at = store->shards[place->fd].data + place->offset;
    memcpy(&record, at, sizeof(record));
    size_t bytes = graft_stored_bytes(record.width, record.height), rest = sizeof(record.checksum);
    if (graft_checksum(at + rest, bytes - rest) != record.checksum) return false;
    *out = (graft_image){.width = (int)record.width,
                         .height = (int)record.height,
                         .rgb = (unsigned char *)(uintptr_t)(at + sizeof(record)),
                         .orientation = 1,
                         .file_width = (int)record.width,
                         .file_height = (int)record.height};
    return true;
}
