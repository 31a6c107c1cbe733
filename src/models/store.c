#include "models/store.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "base/file.h"
#include "zoo/arch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 1 << 18 };

graft_status graft_store_folder(const graft_context *context, const char **out) {
    *out = graft_context_models_dir(context);
    if (*out && **out) return GRAFT_OK;
    return graft_fail(GRAFT_E_USAGE, "no folder for models is named: pass --models-dir FOLDER");
}

char *graft_store_path(const char *folder, const char *name, const char *end) {
    const size_t length = strlen(folder);
    return graft_text_format("%s%s%s%s", folder, length > 0 && folder[length - 1] == '/' ? "" : "/", name, end);
}

graft_status graft_store_find(const char *folder, const char *name, graft_record *out, bool *found) {
    *found = false;
    if (!graft_record_name_is_good(name)) return GRAFT_OK;
    char *path = graft_store_path(folder, name, ".json");
    if (!path) return graft_fail_memory("a record's name");
    graft_status status = GRAFT_OK;
    if (graft_file_kind_of(path) != GRAFT_FILE_MISSING) {
        status = graft_record_read(path, out);
        if (status == GRAFT_OK && strcmp(out->name, name) != 0)
            status =
                graft_fail(GRAFT_E_DATA, "%s: is the record of %s; remove it and add the model again", path, out->name);
        *found = status == GRAFT_OK;
    }
    graft_release(path);
    return status;
}

graft_status graft_store_keep(const char *folder, const graft_record *record) {
    char *path = graft_store_path(folder, record->name, ".json");
    if (!path) return graft_fail_memory("a record's name");
    graft_status status = graft_record_write(path, record);
    graft_release(path);
    return status;
}

graft_status graft_store_check(const char *folder, const graft_record *record) {
    char *path = graft_store_path(folder, record->file, "");
    if (!path) return graft_fail_memory("a model's name");
    struct stat info;
    graft_status status = GRAFT_OK;
    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode))
        status = graft_fail(GRAFT_E_DATA, "%s: is missing: graft models remove %s, then pull or add it again", path,
                            record->name);
    else if ((uint64_t)info.st_size != record->bytes)
        status = graft_fail(GRAFT_E_DATA,
                            "%s: %lld bytes, its record says %llu: graft models remove %s, then pull or add it again",
                            path, (long long)info.st_size, (unsigned long long)record->bytes, record->name);
    graft_release(path);
    return status;
}

static graft_status digest_all(graft_context *context, int fd, const char *path, graft_phase *phase,
                               graft_digest *sha256, graft_digest *md5, uint64_t *bytes) {
    char *block = graft_allocate(BLOCK, 1);
    if (!block) return graft_fail_memory("a block of a file");
    graft_status status = GRAFT_OK;
    while (status == GRAFT_OK) {
        const ssize_t got = read(fd, block, BLOCK);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) status = graft_fail(GRAFT_E_DATA, "%s: cannot be read: %s", path, strerror(errno));
        if (got <= 0) break;
        *bytes += (uint64_t)got;
        status = graft_digest_add(sha256, block, (size_t)got);
        if (status == GRAFT_OK) status = graft_digest_add(md5, block, (size_t)got);
        if (status == GRAFT_OK) status = phase ? graft_phase_add(phase, (uint64_t)got, 0) : graft_cancelled(context);
    }
    graft_release(block);
    return status;
}

graft_status graft_store_digest(graft_context *context, const char *path, graft_phase *phase, graft_file_digests *out) {
    graft_digest *sha256 = NULL, *md5 = NULL;
    graft_status status;
    *out = (graft_file_digests){0};
    if (graft_file_kind_of(path) == GRAFT_FILE_FOLDER)
        return graft_fail(GRAFT_E_DATA, "%s: is a folder, expected one file (graft convert makes one of it)", path);
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return graft_fail(GRAFT_E_DATA, "%s: cannot be opened: %s", path, strerror(errno));
    struct stat info;
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        status = graft_fail(GRAFT_E_DATA, "%s: is no regular file", path);
        goto done;
    }
    GRAFT_TRY_TO(done, status, graft_digest_new(GRAFT_DIGEST_SHA256, &sha256));
    GRAFT_TRY_TO(done, status, graft_digest_new(GRAFT_DIGEST_MD5, &md5));
    GRAFT_TRY_TO(done, status, digest_all(context, fd, path, phase, sha256, md5, &out->bytes));
    GRAFT_TRY_TO(done, status, graft_digest_text(sha256, out->sha256));
    status = graft_digest_text(md5, out->md5);
done:
    graft_digest_free(sha256);
    graft_digest_free(md5);
    close(fd);
    return status;
}

/* A present model among the rows that `name` means, in the registry's order; *first is told apart. */
static graft_status find_row(const char *folder, const char *name, graft_record *record, bool *found, bool *first) {
    const graft_pretrained *row;
    *found = false;
    *first = true;
    for (size_t i = 0; !*found && (row = graft_pretrained_at(i)) != NULL; i++) {
        if (!graft_published_is(row, name)) continue;
        GRAFT_TRY(graft_store_find(folder, row->name, record, found));
        if (!*found) *first = false;
    }
    return GRAFT_OK;
}

static graft_status not_here(const graft_context *context, const char *folder, const char *name) {
    const graft_pretrained *row = graft_published_find(name);
    if (row && graft_published_is_shipped(row)) return graft_shipped_missing(context, row);
    if (!row)
        return graft_fail(GRAFT_E_DATA,
                          "%s: an architecture, for which the registry has no weights: give a file with weights, or "
                          "train it from scratch with --base none --arch %s",
                          name, name);
    return graft_fail(
        GRAFT_E_DATA,
        "%s: its weights are not in %s: graft models pull %s brings %s, or have the file and: graft models "
        "add FILE",
        name, folder, name, row->url);
}

graft_status graft_store_resolve(graft_context *context, const char *name, graft_record *record, char **path,
                                 bool *known) {
    const char *folder = graft_context_models_dir(context);
    bool found = false, first = true;
    *path = NULL;
    *known = false;
    if (!graft_record_name_is_good(name)) return GRAFT_OK;
    if (folder) GRAFT_TRY(graft_store_find(folder, name, record, &found));
    if (folder && !found) GRAFT_TRY(find_row(folder, name, record, &found, &first));
    *known = found || graft_published_find(name) || graft_arch_find(name);
    if (!*known) return GRAFT_OK;
    if (!found) GRAFT_TRY(graft_shipped_resolve(context, name, record, path));
    if (*path) {
        graft_log(context, GRAFT_LOG_INFO, "%s: %s, which comes with graft", name, *path);
        return GRAFT_OK;
    }
    if (!found) return not_here(context, folder ? folder : "a folder of models (pass --models-dir FOLDER)", name);
    GRAFT_TRY(graft_store_check(folder, record));
    graft_log(context, first ? GRAFT_LOG_INFO : GRAFT_LOG_WARNING, "%s: %s of %s", name, record->name, folder);
    *path = graft_store_path(folder, record->file, "");
    return *path ? GRAFT_OK : graft_fail_memory("a model's name");
}

graft_status graft_models_path(char **out, graft_context *context, const char *name) {
    graft_record record;
    bool known = false;
    const char *folder;
    *out = NULL;
    GRAFT_TRY(graft_store_folder(context, &folder));
    GRAFT_TRY(graft_store_resolve(context, name, &record, out, &known));
    return known ? GRAFT_OK : graft_published_unknown(name);
}

static void remove_one(const char *folder, const char *name, const char *end, bool *any) {
    char *path = graft_store_path(folder, name, end);
    if (path && unlink(path) == 0) *any = true;
    graft_release(path);
}

graft_status graft_models_remove(graft_context *context, const char *name) {
    const char *folder;
    graft_record record = {0};
    bool found = false, any = false;
    GRAFT_TRY(graft_store_folder(context, &folder));
    if (!graft_record_name_is_good(name)) return graft_published_unknown(name);
    graft_status status = graft_store_find(folder, name, &record, &found);
    if (status != GRAFT_OK && status != GRAFT_E_DATA) return status;
    const graft_pretrained *row = graft_published_find(name);
    if (found) remove_one(folder, record.file, "", &any);
    if (row && strcmp(row->name, name) == 0) {
        /* What is there without a record, and what a broken pull left. */
        char file[GRAFT_RECORD_NAME + 32];
        snprintf(file, sizeof file, "%s%s", name, graft_store_ending(row->url));
        remove_one(folder, file, "", &any);
        remove_one(folder, file, ".part", &any);
        remove_one(folder, file, ".part.tag", &any);
    }
    remove_one(folder, name, ".json", &any);
    if (any) return GRAFT_OK;
    return graft_fail(GRAFT_E_DATA, "%s: nothing of this name is in %s; graft models list has the names in full", name,
                      folder);
}
