#include "formats/tfjs-shards.h"
#include "base/alloc.h"
#include "base/error.h"

#include <string.h>

#define MAX_SHARDS 4096 /* of a group; each holds a mapping */

/* A model must not be able to name files outside of its folder. */
static bool stays_inside(const char *path) {
    if (path[0] == '\0' || path[0] == '/' || strchr(path, '\\')) return false;
    for (const char *part = path; part; part = strchr(part, '/')) {
        if (*part == '/') part++;
        if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || part[2] == '\0')) return false;
    }
    return true;
}

static graft_status map_shard(const char *model, const char *name, graft_mapping *out) {
    if (!name || !stays_inside(name)) {
        return graft_fail(GRAFT_E_DATA, "%s: shard path %s: expected a file below the folder of model.json", model,
                          name ? name : "(no text)");
    }
    char *folder = graft_text_copy_n(model, (size_t)(graft_path_name(model) - model));
    char *path = folder ? graft_path_join(folder[0] ? folder : ".", name) : NULL;
    graft_status status = GRAFT_OK;
    if (!path) {
        status = graft_fail_memory("a shard's path");
    } else if (graft_file_kind_of(path) == GRAFT_FILE_MISSING) {
        status = graft_fail(GRAFT_E_DATA,
                            "%s: shard %s is missing, expected it at %s (copy or download all files of the model)",
                            model, name, path);
    } else {
        status = graft_file_map(path, out);
    }
    graft_release(path);
    graft_release(folder);
    return status;
}

/* All shards of a group but the last have one size, so the first one that breaks this is the one to blame. */
static graft_status fail_size(const char *model, const graft_json *paths, uint64_t needed, uint64_t found,
                              const graft_tfjs_shards *shards) {
    uint64_t usual = 0;
    for (size_t i = 0; i < shards->count; i++) {
        if (shards->shard[i].length > usual) usual = shards->shard[i].length;
    }
    size_t last = shards->count - 1, blamed = 0;
    while (blamed < last && shards->shard[blamed].length == usual)
        blamed++;
    uint64_t before = blamed == last ? found - shards->shard[last].length : 0;
    uint64_t expected = blamed < last ? usual : needed > before ? needed - before : 0;
    return graft_fail(GRAFT_E_DATA,
                      "%s: shard %s has %zu bytes, expected %llu: the group's shards hold %llu bytes, its weights need "
                      "%llu (download it again)",
                      model, graft_json_text(graft_json_at(paths, blamed), ""), shards->shard[blamed].length,
                      (unsigned long long)expected, (unsigned long long)found, (unsigned long long)needed);
}

graft_status graft_tfjs_shards_open(const char *model, const graft_json *paths, uint64_t bytes,
                                    graft_tfjs_shards *out) {
    size_t count = graft_json_count(paths);
    if (graft_json_type_of(paths) != GRAFT_JSON_ARRAY || count == 0 || count > MAX_SHARDS) {
        return graft_fail(GRAFT_E_DATA, "%s: a weight group's paths are no list of 1 to %d shards", model, MAX_SHARDS);
    }
    out->shard = graft_allocate_zero(count, sizeof *out->shard);
    if (!out->shard) return graft_fail_memory("the list of shards");
    uint64_t found = 0;
    for (size_t i = 0; i < count; i++) {
        GRAFT_TRY(map_shard(model, graft_json_text(graft_json_at(paths, i), NULL), &out->shard[i]));
        out->count = i + 1;
        found += out->shard[i].length;
    }
    return found == bytes ? GRAFT_OK : fail_size(model, paths, bytes, found, out);
}

void graft_tfjs_shards_copy(const graft_tfjs_shards *shards, uint64_t offset, void *out, size_t length) {
    unsigned char *to = out;
    for (size_t i = 0; i < shards->count && length > 0; i++) {
        const graft_mapping *shard = &shards->shard[i];
        if (offset >= shard->length) {
            offset -= shard->length;
            continue;
        }
        size_t part = shard->length - (size_t)offset;
        if (part > length) part = length;
        memcpy(to, shard->data + offset, part);
        to += part;
        length -= part;
        offset = 0;
    }
}

void graft_tfjs_shards_close(graft_tfjs_shards *shards) {
    for (size_t i = 0; i < shards->count; i++)
        graft_file_unmap(&shards->shard[i]);
    graft_release(shards->shard);
}
