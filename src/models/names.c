/* Names of the registry, and what a file says of itself. */
#include "models/store.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strmap.h"
#include "import/import.h"
#include "zoo/load.h"

#include <stdio.h>
#include <string.h>

bool graft_published_is(const graft_pretrained *row, const char *name) {
    const size_t length = strlen(name);
    return strcmp(row->name, name) == 0 || strcmp(row->arch, name) == 0 ||
           (length > 0 && strncmp(row->arch, name, length) == 0 && row->arch[length] == '.');
}

const graft_pretrained *graft_published_find(const char *name) {
    const graft_pretrained *row;
    for (size_t i = 0; (row = graft_pretrained_at(i)) != NULL; i++)
        if (graft_published_is(row, name)) return row;
    return NULL;
}

bool graft_published_has_digest(const graft_pretrained *row, const graft_file_digests *digests) {
    if (row->hash_kind == GRAFT_HASH_NONE || !row->hash[0]) return false;
    const char *own = row->hash_kind == GRAFT_HASH_MD5 ? digests->md5 : digests->sha256;
    return strncmp(own, row->hash, strlen(row->hash)) == 0;
}

const graft_pretrained *graft_published_by_digest(const graft_file_digests *digests) {
    const graft_pretrained *row;
    for (size_t i = 0; (row = graft_pretrained_at(i)) != NULL; i++)
        if (graft_published_has_digest(row, digests)) return row;
    return NULL;
}

const char *graft_published_file(const graft_pretrained *row) {
    return graft_path_name(row->url);
}

graft_status graft_published_unknown(const char *name) {
    enum { MOST = 256 };
    const char *names[MOST];
    size_t count = 0;
    const graft_pretrained *row;
    while (count < MOST && (row = graft_pretrained_at(count)) != NULL)
        names[count++] = row->name;
    const char *nearest = graft_text_nearest(name, names, count);
    return graft_fail(GRAFT_E_USAGE, "there is no model '%s'%s%s%s (graft models list shows them)", name,
                      nearest ? ", did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
}

const char *graft_store_ending(const char *path) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    const char *end = strrchr(graft_path_name(path), '.');
    if (!end || !end[1] || strlen(end) > 13 || strspn(end + 1, letters) != strlen(end + 1)) return "";
    return strcmp(end, ".json") == 0 || strcmp(end, ".part") == 0 ? "" : end;
}

static bool is_whole(const graft_container *file) {
    const char *format = graft_json_text(graft_json_get(graft_container_metadata(file), "format"), "");
    return graft_import_is_whole(file) || strcmp(format, "graft-model") == 0;
}

/* Weights alone go into their network, or do not. */
static graft_status try_weights(graft_context *context, graft_container *file, const char *arch,
                                graft_weights_origin *origin) {
    const graft_weights_options options = {.arch = arch};
    graft_load_report report = {0};
    graft_graph *graph = NULL;
    graft_status status = graft_weights_open(context, file, &options, &graph, origin, &report);
    graft_load_report_clear(&report);
    graft_graph_free(graph);
    return status;
}

/* Weights that the registry does not know. */
static graft_status own_weights(graft_context *context, graft_container *file, const char *arch, graft_record *record) {
    graft_weights_origin origin = {0};
    const char *path = graft_container_path(file);
    graft_status status = try_weights(context, file, arch, &origin);
    if (status == GRAFT_E_USAGE && !arch) return graft_fail_in(status, "weights alone (say whose with --arch)");
    GRAFT_TRY(status);
    if (strlen(origin.arch) >= sizeof record->arch)
        return graft_fail(GRAFT_E_USAGE, "%s: the name of its network is too long", path);
    snprintf(record->arch, sizeof record->arch, "%s", origin.arch);
    if (record->scaling != GRAFT_SCALING_UNKNOWN) return GRAFT_OK;
    const bool other = origin.row && origin.classes > 0 && origin.classes != origin.row->classes;
    if (!origin.row || other)
        return graft_fail(GRAFT_E_USAGE,
                          "%s: weights of %s that the registry does not know: pass --preprocess "
                          "tf|caffe|torch|01|raw (what they were trained with)",
                          path, origin.arch);
    record->scaling = origin.row->scaling;
    record->filter = 1 + (int)origin.row->filter;
    return GRAFT_OK;
}

static graft_status inspect(graft_context *context, graft_container *file, const graft_pretrained *row,
                            const char *arch, bool load, graft_record *record) {
    const char *path = graft_container_path(file);
    const bool whole = is_whole(file);
    snprintf(record->format, sizeof record->format, "%s", graft_container_format(file));
    if (graft_container_count(file) == 0) return graft_fail(GRAFT_E_DATA, "%s: has no tensors", path);
    if (strcmp(record->format, "tfjs") == 0)
        return graft_fail(GRAFT_E_DATA, "%s: is one of several files: graft convert makes one of them, then add that",
                          path);
    if (whole && arch)
        return graft_fail(GRAFT_E_USAGE, "%s: the file describes its network itself: leave --arch out", path);
    if (row) {
        if (record->scaling == GRAFT_SCALING_UNKNOWN) record->scaling = row->scaling;
        record->filter = 1 + (int)row->filter;
    }
    if (whole) return GRAFT_OK;
    if (!row) return own_weights(context, file, arch, record);
    graft_weights_origin origin;
    snprintf(record->arch, sizeof record->arch, "%s", row->arch);
    return load ? try_weights(context, file, row->arch, &origin) : GRAFT_OK;
}

graft_status graft_store_inspect(graft_context *context, const char *path, const graft_pretrained *row,
                                 const char *arch, graft_scaling scaling, bool load, graft_record *record) {
    graft_container *file = NULL;
    record->scaling = scaling;
    GRAFT_TRY(graft_container_open(context, path, &file));
    graft_status status = inspect(context, file, row, arch, load, record);
    graft_container_free(file);
    return status;
}
