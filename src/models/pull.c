/* Published weights from the network into the folder. */
#include "models/store.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "base/file.h"
#include "fetch/fetch.h"

#include <stdio.h>
#include <string.h>

typedef struct pull {
    graft_context *context;
    const graft_pretrained *row;
    graft_record record;
} pull;

/* Right bytes need no further proof than that a reader knows them; others must fit their network. */
static graft_status check(void *user, const char *path) {
    pull *self = user;
    const bool load = self->row->hash_kind == GRAFT_HASH_NONE;
    return graft_store_inspect(self->context, path, self->row, NULL, GRAFT_SCALING_UNKNOWN, load, &self->record);
}

static char *address(const graft_pretrained *row, const char *from) {
    if (!from || !*from) return graft_text_copy(row->url);
    return from[strlen(from) - 1] == '/' ? graft_text_format("%s%s", from, graft_published_file(row))
                                         : graft_text_copy(from);
}

static graft_status fetch(pull *self, const char *folder, const char *url, const graft_pull_options *options) {
    const graft_pretrained *row = self->row;
    graft_record *record = &self->record;
    graft_fetch_result got;
    const graft_fetch_options how = {.connect_seconds = options->connect_seconds,
                                     .stall_seconds = options->stall_seconds,
                                     .limit = options->limit_bytes,
                                     .kind = row->hash_kind == GRAFT_HASH_MD5 ? GRAFT_DIGEST_MD5 : GRAFT_DIGEST_SHA256,
                                     .digest = row->hash_kind == GRAFT_HASH_NONE ? NULL : row->hash,
                                     .check = check,
                                     .user = self};
    if (strlen(url) >= sizeof record->url) return graft_fail(GRAFT_E_USAGE, "--from: the address is too long");
    GRAFT_TRY(graft_folder_make(folder));
    char *path = graft_store_path(folder, record->file, "");
    if (!path) return graft_fail_memory("a model's name");
    graft_status status = graft_fetch(self->context, url, path, &how, &got);
    graft_release(path);
    GRAFT_TRY(status);
    if (got.resumed > 0)
        graft_log(self->context, GRAFT_LOG_INFO, "%s: went on after the %llu bytes that were there", url,
                  (unsigned long long)got.resumed);
    if (row->hash_kind == GRAFT_HASH_NONE)
        graft_log(self->context, GRAFT_LOG_WARNING,
                  "%s: the registry has no hash of this file: %llu bytes, SHA-256 %s, taken on trust", row->name,
                  (unsigned long long)got.bytes, got.sha256);
    record->bytes = got.bytes;
    snprintf(record->sha256, sizeof record->sha256, "%s", got.sha256);
    snprintf(record->url, sizeof record->url, "%s", url);
    snprintf(record->licence, sizeof record->licence, "%s", row->licence);
    if (row->hash_kind != GRAFT_HASH_NONE) snprintf(record->published, sizeof record->published, "%s", row->name);
    graft_record_now(record->date);
    snprintf(record->verified, sizeof record->verified, "%s", record->date);
    return graft_store_keep(folder, record);
}

/* Nothing is brought: it came with graft, or it was put into the folder, or it is missing. */
static graft_status give_shipped(char **path, graft_context *context, const graft_pretrained *row) {
    graft_record record;
    bool known;
    GRAFT_TRY(graft_store_resolve(context, row->name, &record, path, &known));
    graft_log(context, GRAFT_LOG_INFO, "%s: comes with graft, there is nothing to bring", row->name);
    return GRAFT_OK;
}

graft_status graft_store_pull(char **path, graft_context *context, const graft_pretrained *row,
                              const graft_pull_options *options) {
    const char *folder;
    bool here = false;
    *path = NULL;
    if (!options->from && graft_published_is_shipped(row)) return give_shipped(path, context, row);
    GRAFT_TRY(graft_store_folder(context, &folder));
    pull *self = graft_allocate_zero(1, sizeof *self);
    char *url = address(row, options->from);
    graft_status status = self && url ? GRAFT_OK : graft_fail_memory("a pull");
    if (status == GRAFT_OK) status = graft_store_find(folder, row->name, &self->record, &here);
    if (status == GRAFT_OK && here) {
        status = graft_store_check(folder, &self->record);
        if (status == GRAFT_OK) graft_log(context, GRAFT_LOG_INFO, "%s: is in %s already", row->name, folder);
    } else if (status == GRAFT_OK) {
        self->context = context;
        self->row = row;
        self->record = (graft_record){0};
        snprintf(self->record.name, sizeof self->record.name, "%s", row->name);
        snprintf(self->record.file, sizeof self->record.file, "%s%s", row->name, graft_store_ending(row->url));
        status = fetch(self, folder, url, options);
    }
    if (status == GRAFT_OK) {
        *path = graft_store_path(folder, self->record.file, "");
        if (!*path) status = graft_fail_memory("a model's name");
    }
    graft_release(self);
    graft_release(url);
    return status;
}

graft_status graft_models_pull(char **path, graft_context *context, const char *name,
                               const graft_pull_options *options) {
    graft_pull_options given = GRAFT_PULL_OPTIONS_INIT;
    *path = NULL;
    if (options && options->struct_size < sizeof options->struct_size)
        return graft_fail(GRAFT_E_USAGE, "options: struct_size is %zu; start from GRAFT_PULL_OPTIONS_INIT",
                          options->struct_size);
    if (options) memcpy(&given, options, options->struct_size < sizeof given ? options->struct_size : sizeof given);
    const graft_pretrained *row = graft_published_find(name);
    return row ? graft_store_pull(path, context, row, &given) : graft_published_unknown(name);
}
