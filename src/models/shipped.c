/* Networks that come with graft: rows of the registry whose address is a place in the source tree, found in the folders
 * that the context names. */
#include "models/store.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/context.h"
#include "base/error.h"
#include "base/file.h"

#include <stdio.h>
#include <string.h>

bool graft_published_is_shipped(const graft_pretrained *row) {
    return strncmp(row->url, "assets/", 7) == 0;
}

graft_status graft_shipped_find(const graft_context *context, const graft_pretrained *row, char **path) {
    const char *const *folder = graft_context_backbone_dirs(context);
    *path = NULL;
    if (!graft_published_is_shipped(row)) return GRAFT_OK;
    for (; folder && *folder; folder++) {
        char *candidate = graft_path_join(*folder, graft_published_file(row));
        if (!candidate) return graft_fail_memory("a model's name");
        if (graft_file_kind_of(candidate) == GRAFT_FILE_REGULAR) {
            *path = candidate;
            return GRAFT_OK;
        }
        graft_release(candidate);
    }
    return GRAFT_OK;
}

graft_status graft_shipped_resolve(const graft_context *context, const char *name, graft_record *record, char **path) {
    const graft_pretrained *row;
    *path = NULL;
    for (size_t i = 0; !*path && (row = graft_pretrained_at(i)) != NULL; i++) {
        if (!graft_published_is_shipped(row) || !graft_published_is(row, name)) continue;
        GRAFT_TRY(graft_shipped_find(context, row, path));
        /* The file says itself what it is and how its pictures are prepared. */
        *record = (graft_record){0};
        snprintf(record->name, sizeof record->name, "%s", row->name);
    }
    return GRAFT_OK;
}

graft_status graft_shipped_missing(const graft_context *context, const graft_pretrained *row) {
    const char *const *folder = graft_context_backbone_dirs(context), *models = graft_context_models_dir(context);
    graft_buffer places;
    char *text = NULL;
    graft_buffer_init(&places, 0);
    for (; folder && *folder; folder++)
        graft_buffer_format(&places, "%s%s", places.length > 0 ? ", " : "", *folder);
    if (models) graft_buffer_format(&places, "%s%s", places.length > 0 ? " or " : "", models);
    graft_status status = graft_buffer_take(&places, &text, NULL);
    if (status != GRAFT_OK) return status;
    status =
        graft_fail(GRAFT_E_DATA,
                   "%s, the network that comes with graft, is not in %s: give another with --base FILE|NAME (graft "
                   "models pull mobilenet_v2 brings a published one), or have the file and: graft models add %s "
                   "--name %s",
                   row->arch, *text ? text : "any folder (none is named)", graft_published_file(row), row->name);
    graft_release(text);
    return status;
}

graft_status graft_shipped_verify(graft_context *context, const graft_pretrained *row, const char *path,
                                  graft_phase *phase, graft_file_digests *out) {
    GRAFT_TRY(graft_store_digest(context, path, phase, out));
    if (row->hash_kind == GRAFT_HASH_NONE || graft_published_has_digest(row, out)) return GRAFT_OK;
    return graft_fail(
        GRAFT_E_DATA,
        "%s: its SHA-256 is %s, graft %s came with %s: it is damaged, or another version's; install graft "
        "again",
        path, out->sha256, graft_version(), row->hash);
}
