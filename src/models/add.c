/* Files that the user has already. */
#include "models/store.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "base/file.h"
#include "zoo/arch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 1 << 18 };

typedef struct addition {
    graft_context *context;
    const char *folder;
    char *source; /* without links */
    const graft_add_options *options;
    const graft_pretrained *row; /* NULL: not published */
    bool published;              /* the row's hash is the file's */
    graft_file_digests digests;
    graft_record record;
} addition;

static const graft_pretrained *row_called(const char *name) {
    const graft_pretrained *row = graft_published_find(name);
    return row && strcmp(row->name, name) == 0 ? row : NULL;
}

/* The row that the name asked for, the file's hash, or nothing says that it is. */
static graft_status find_row(addition *self) {
    const char *name = self->options->name;
    const graft_pretrained *asked = name ? row_called(name) : NULL, *row;
    self->row = asked ? asked : graft_published_by_digest(&self->digests);
    self->published = self->row && graft_published_has_digest(self->row, &self->digests);
    if (asked && !self->published && asked->hash_kind != GRAFT_HASH_NONE)
        return graft_fail(GRAFT_E_DATA,
                          "%s: is not %s: its %s is %s, expected %s: is it damaged, or another file? (a file of your "
                          "own has a name of its own: --name NAME)",
                          self->source, name, asked->hash_kind == GRAFT_HASH_MD5 ? "MD5" : "SHA-256",
                          asked->hash_kind == GRAFT_HASH_MD5 ? self->digests.md5 : self->digests.sha256, asked->hash);
    if (self->row || name) return GRAFT_OK;
    /* Called like a published file, and not its bytes: half a download, most often. */
    for (size_t i = 0; (row = graft_pretrained_at(i)) != NULL; i++)
        if (row->hash_kind != GRAFT_HASH_NONE && strcmp(graft_published_file(row), graft_path_name(self->source)) == 0)
            return graft_fail(GRAFT_E_DATA,
                              "%s: is called like %s, and its %s is %s, expected %s: it is damaged, or a file of your "
                              "own: then give it a name with --name NAME",
                              self->source, row->name, row->hash_kind == GRAFT_HASH_MD5 ? "MD5" : "SHA-256",
                              row->hash_kind == GRAFT_HASH_MD5 ? self->digests.md5 : self->digests.sha256, row->hash);
    return GRAFT_OK;
}

static graft_status choose_name(addition *self) {
    const char *own = graft_path_name(self->source), *name = self->options->name;
    char stem[GRAFT_RECORD_NAME];
    if (!name && self->row) name = self->row->name;
    if (!name) {
        const size_t length = strlen(own) - strlen(graft_store_ending(own));
        snprintf(stem, sizeof stem, "%.*s", length < sizeof stem ? (int)length : 0, own);
        name = stem;
    }
    if (!graft_record_name_is_good(name))
        return graft_fail(GRAFT_E_USAGE,
                          "%s: cannot be a model's name: letters, digits and ._-+, at most %d, are one: pass --name "
                          "NAME",
                          name, GRAFT_RECORD_NAME - 1);
    if (!row_called(name) && (graft_published_find(name) || graft_arch_find(name)))
        return graft_fail(GRAFT_E_USAGE,
                          "%s: is an architecture's name already: pass --name with another, such as %s.own", name,
                          name);
    snprintf(self->record.name, sizeof self->record.name, "%s", name);
    snprintf(self->record.file, sizeof self->record.file, "%s%s", name, graft_store_ending(own));
    return GRAFT_OK;
}

/* *done: it is here already. */
static graft_status check_place(addition *self, bool *done) {
    graft_record other;
    bool found = false;
    *done = false;
    GRAFT_TRY(graft_store_find(self->folder, self->record.name, &other, &found));
    if (!found) return GRAFT_OK;
    if (strcmp(other.sha256, self->digests.sha256) == 0 && graft_store_check(self->folder, &other) == GRAFT_OK) {
        *done = true;
        self->record = other;
        return GRAFT_OK;
    }
    return graft_fail(GRAFT_E_USAGE,
                      "%s: there is another model of this name: pass --name NAME, or first: graft models remove %s",
                      self->record.name, self->record.name);
}

static graft_status copy_bytes(addition *self, int from, graft_file_writer *writer, graft_digest *sha256) {
    char digest[GRAFT_DIGEST_TEXT];
    char *block = graft_allocate(BLOCK, 1);
    if (!block) return graft_fail_memory("a block of a file");
    graft_status status = GRAFT_OK;
    while (status == GRAFT_OK) {
        const ssize_t got = read(from, block, BLOCK);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) status = graft_fail(GRAFT_E_DATA, "%s: cannot be read: %s", self->source, strerror(errno));
        if (got <= 0) break;
        status = graft_digest_add(sha256, block, (size_t)got);
        if (status == GRAFT_OK) status = graft_file_writer_write(writer, block, (size_t)got);
        if (status == GRAFT_OK) status = graft_cancelled(self->context);
    }
    graft_release(block);
    GRAFT_TRY(status);
    GRAFT_TRY(graft_digest_text(sha256, digest));
    if (strcmp(digest, self->digests.sha256) == 0) return GRAFT_OK;
    return graft_fail(GRAFT_E_DATA, "%s: it changed while it was copied: add it again", self->source);
}

static graft_status copy(addition *self, const char *path) {
    graft_file_writer *writer = NULL;
    graft_digest *sha256 = NULL;
    const int from = open(self->source, O_RDONLY | O_CLOEXEC);
    if (from < 0) return graft_fail(GRAFT_E_DATA, "%s: cannot be opened: %s", self->source, strerror(errno));
    graft_status status = graft_digest_new(GRAFT_DIGEST_SHA256, &sha256);
    if (status == GRAFT_OK) status = graft_file_writer_open(path, &writer);
    if (status == GRAFT_OK) status = copy_bytes(self, from, writer, sha256);
    if (status == GRAFT_OK) status = graft_file_writer_commit(&writer);
    graft_file_writer_abort(writer);
    graft_digest_free(sha256);
    close(from);
    return status;
}

static graft_status link_to(addition *self, const char *path) {
    char *temporary = graft_text_format("%s.link", path);
    if (!temporary) return graft_fail_memory("a file's name");
    graft_status status = GRAFT_OK;
    if (link(self->source, temporary) != 0 || rename(temporary, path) != 0)
        status = graft_fail(GRAFT_E_DATA, "%s: cannot be linked into %s: %s; without --link it is copied", self->source,
                            self->folder, strerror(errno));
    unlink(temporary); /* the rename of a file onto itself leaves it */
    graft_release(temporary);
    return status;
}

static graft_status keep(addition *self) {
    graft_record *record = &self->record;
    record->bytes = self->digests.bytes;
    snprintf(record->sha256, sizeof record->sha256, "%s", self->digests.sha256);
    snprintf(record->url, sizeof record->url, "%s", self->source);
    for (char *c = record->url; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 127) *c = '?';
    if (self->row) snprintf(record->licence, sizeof record->licence, "%s", self->row->licence);
    if (self->row && self->published) snprintf(record->published, sizeof record->published, "%s", self->row->name);
    graft_record_now(record->date);
    snprintf(record->verified, sizeof record->verified, "%s", record->date);
    GRAFT_TRY(graft_folder_make(self->folder));
    char *path = graft_store_path(self->folder, record->file, "");
    if (!path) return graft_fail_memory("a model's name");
    graft_status status = self->options->link ? link_to(self, path) : copy(self, path);
    graft_release(path);
    return status == GRAFT_OK ? graft_store_keep(self->folder, record) : status;
}

static graft_status add(addition *self) {
    const graft_add_options *options = self->options;
    bool done = false;
    GRAFT_TRY(graft_store_digest(self->context, self->source, NULL, &self->digests));
    GRAFT_TRY(find_row(self));
    if (self->row && options->arch && strcmp(options->arch, self->row->arch) != 0)
        return graft_fail(GRAFT_E_USAGE, "%s: is %s of the registry, not %s: leave --arch out", self->source,
                          self->row->name, options->arch);
    GRAFT_TRY(choose_name(self));
    GRAFT_TRY(check_place(self, &done));
    if (done) return GRAFT_OK;
    const char *arch = self->row ? NULL : options->arch;
    GRAFT_TRY(graft_store_inspect(self->context, self->source, self->row, arch, (graft_scaling)options->preprocess,
                                  !self->published, &self->record));
    return keep(self);
}

graft_status graft_models_add(char **path, graft_context *context, const char *file, const graft_add_options *options) {
    graft_add_options given = GRAFT_ADD_OPTIONS_INIT;
    const char *folder;
    *path = NULL;
    if (options && options->struct_size < sizeof options->struct_size)
        return graft_fail(GRAFT_E_USAGE, "options: struct_size is %zu; start from GRAFT_ADD_OPTIONS_INIT",
                          options->struct_size);
    if (options) memcpy(&given, options, options->struct_size < sizeof given ? options->struct_size : sizeof given);
    if (given.preprocess < 0 || given.preprocess > GRAFT_SCALING_RAW)
        return graft_fail(GRAFT_E_USAGE, "preprocess: received %d, expected 0 to %d", given.preprocess,
                          GRAFT_SCALING_RAW);
    GRAFT_TRY(graft_store_folder(context, &folder));
    char *real = realpath(file, NULL);
    if (!real) return graft_fail(GRAFT_E_DATA, "%s: cannot be opened: %s", file, strerror(errno));
    addition *self = graft_allocate_zero(1, sizeof *self);
    graft_status status = GRAFT_OK;
    if (self) {
        self->context = context;
        self->folder = folder;
        self->options = &given;
        self->source = graft_text_copy(real);
    }
    free(real);
    if (!self || !self->source) status = graft_fail_memory("an addition");
    if (status == GRAFT_OK) status = add(self);
    if (status == GRAFT_OK) {
        *path = graft_store_path(folder, self->record.file, "");
        if (!*path) status = graft_fail_memory("a model's name");
    }
    if (self) graft_release(self->source);
    graft_release(self);
    return status;
}
