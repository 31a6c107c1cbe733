/* The part of a file that is there already, beside the name it will have. */
#include "fetch/fetch-internal.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 1 << 18, OPEN_ATTEMPTS = 100 };

static graft_status cannot(const char *path, const char *what) {
    return graft_fail(GRAFT_E_DATA, "%s: cannot be %s: %s", path, what, strerror(errno));
}

/* Whether `path` is still the file that `fd` has open: who held the lock before may have given it its own name. */
static bool is_same(int fd, const char *path) {
    struct stat own, there;
    return fstat(fd, &own) == 0 && lstat(path, &there) == 0 && own.st_dev == there.st_dev && own.st_ino == there.st_ino;
}

static graft_status open_locked(graft_part *part) {
    for (int i = 0; i < OPEN_ATTEMPTS; i++) {
        struct stat info;
        part->fd = open(part->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
        if (part->fd < 0) return cannot(part->path, "written");
        if (fstat(part->fd, &info) != 0 || !S_ISREG(info.st_mode))
            return graft_fail(GRAFT_E_DATA, "%s: is no regular file: remove it", part->path);
        if (flock(part->fd, LOCK_EX | LOCK_NB) != 0) {
            const int error = errno;
            /* Not ours to remove. */
            close(part->fd);
            part->fd = -1;
            if (error == EINTR) continue;
            if (error == EWOULDBLOCK)
                return graft_fail(GRAFT_E_DATA, "%s: another process is bringing this file: wait for it", part->path);
            errno = error;
            return cannot(part->path, "locked");
        }
        part->length = part->kept = (uint64_t)info.st_size;
        if (is_same(part->fd, part->path)) return GRAFT_OK;
        close(part->fd);
        part->fd = -1;
    }
    return graft_fail(GRAFT_E_DATA, "%s: it is replaced again and again: is another program at work there?",
                      part->path);
}

static graft_status new_digests(graft_part *part) {
    graft_digest_free(part->sha256);
    graft_digest_free(part->wanted);
    part->wanted = NULL;
    GRAFT_TRY(graft_digest_new(GRAFT_DIGEST_SHA256, &part->sha256));
    return graft_digest_new(part->kind, &part->wanted);
}

static graft_status hash(graft_part *part, const void *bytes, size_t length) {
    GRAFT_TRY(graft_digest_add(part->sha256, bytes, length));
    return graft_digest_add(part->wanted, bytes, length);
}

static graft_status hash_what_is_there(graft_context *context, graft_part *part) {
    char *block = graft_allocate(BLOCK, 1);
    if (!block) return graft_fail_memory("a block of a file");
    graft_status status = GRAFT_OK;
    for (uint64_t at = 0; status == GRAFT_OK && at < part->length;) {
        const size_t length = part->length - at < BLOCK ? (size_t)(part->length - at) : BLOCK;
        status = graft_cancelled(context);
        if (status == GRAFT_OK && !graft_file_pread(part->fd, block, length, at)) status = cannot(part->path, "read");
        if (status == GRAFT_OK) status = hash(part, block, length);
        at += length;
    }
    graft_release(block);
    return status;
}

/* Two lines: the address, the version. *ours is false when they are of another address, or absent. */
static graft_status read_tag(graft_part *part, const char *url, bool *ours) {
    char *text = NULL;
    size_t length = 0;
    part->tag[0] = '\0';
    *ours = false;
    if (graft_file_kind_of(part->tag_path) != GRAFT_FILE_REGULAR) return GRAFT_OK;
    graft_status status = graft_file_read(part->tag_path, GRAFT_FETCH_URL + GRAFT_FETCH_TAG + 2, &text, &length);
    if (status == GRAFT_E_MEMORY) return status;
    if (status != GRAFT_OK) return GRAFT_OK;
    char *line = strchr(text, '\n'), *end = line ? strchr(line + 1, '\n') : NULL;
    if (end) {
        *line = *end = '\0';
        *ours = strcmp(text, url) == 0;
        if (*ours && strlen(line + 1) < sizeof part->tag) snprintf(part->tag, sizeof part->tag, "%s", line + 1);
    }
    graft_release(text);
    return GRAFT_OK;
}

graft_status graft_part_restart(graft_part *part) {
    unlink(part->tag_path);
    part->tag[0] = '\0';
    if (ftruncate(part->fd, 0) != 0) return cannot(part->path, "emptied");
    part->length = part->kept = 0;
    return new_digests(part);
}

graft_status graft_part_open(graft_context *context, const char *path, const char *url, graft_digest_kind kind,
                             bool certain, graft_part *out) {
    bool ours = false;
    *out = (graft_part){.fd = -1, .kind = kind};
    out->path = graft_text_format("%s.part", path);
    out->tag_path = graft_text_format("%s.part.tag", path);
    if (!out->path || !out->tag_path) {
        graft_part_close(out);
        return graft_fail_memory("a file's name");
    }
    graft_status status = open_locked(out);
    if (status == GRAFT_OK) status = new_digests(out);
    if (status == GRAFT_OK) status = read_tag(out, url, &ours);
    const bool usable = ours && (certain || out->tag[0]);
    if (status == GRAFT_OK && out->length > 0)
        status = usable ? hash_what_is_there(context, out) : graft_part_restart(out);
    if (status != GRAFT_OK) graft_part_close(out);
    return status;
}

void graft_part_close(graft_part *part) {
    if (part->path && part->tag_path && part->fd >= 0 && part->length == 0) graft_part_drop(part);
    if (part->fd >= 0) close(part->fd);
    graft_digest_free(part->sha256);
    graft_digest_free(part->wanted);
    graft_release(part->path);
    graft_release(part->tag_path);
    *part = (graft_part){.fd = -1};
}

graft_status graft_part_mark(graft_part *part, const char *url, const char *tag) {
    char *text = graft_text_format("%s\n%s\n", url, tag);
    if (!text) return graft_fail_memory("a file's version");
    graft_status status = graft_file_write(part->tag_path, text, strlen(text));
    graft_release(text);
    return status;
}

graft_status graft_part_add(graft_part *part, const void *bytes, size_t length) {
    const char *from = bytes;
    size_t left = length;
    while (left > 0) {
        ssize_t put = pwrite(part->fd, from, left, (off_t)part->length);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0)
            return graft_fail(GRAFT_E_DATA,
                              "%s: cannot be written: %s; the %llu bytes that are there stay: make room and pull again",
                              part->path, strerror(errno), (unsigned long long)part->length);
        GRAFT_TRY(hash(part, from, (size_t)put));
        part->length += (uint64_t)put;
        from += put;
        left -= (size_t)put;
    }
    return GRAFT_OK;
}

graft_status graft_part_digests(graft_part *part, char sha256[GRAFT_DIGEST_TEXT], char wanted[GRAFT_DIGEST_TEXT]) {
    GRAFT_TRY(graft_digest_text(part->sha256, sha256));
    return graft_digest_text(part->wanted, wanted);
}

graft_status graft_part_finish(graft_part *part, const char *path) {
    if (fsync(part->fd) != 0) return cannot(part->path, "written");
    if (rename(part->path, path) != 0) return cannot(path, "written");
    unlink(part->tag_path);
    close(part->fd);
    part->fd = -1;
    return GRAFT_OK;
}

void graft_part_drop(graft_part *part) {
    unlink(part->tag_path);
    if (is_same(part->fd, part->path)) unlink(part->path);
    close(part->fd);
    part->fd = -1;
}
