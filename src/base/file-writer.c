#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct graft_file_writer {
    char *path, *temporary;
    int fd;
};

static graft_status writing_failed(const graft_file_writer *writer, int error) {
    return graft_fail(GRAFT_E_DATA, "%s: cannot be written: %s (what stood there before is unchanged)", writer->path,
                      strerror(error));
}

/* The bits that open() would have given: mkostemp makes files for their owner alone. */
static mode_t usual_mode(void) {
    mode_t mask = umask(0);
    umask(mask);
    return 0666 & ~mask;
}

graft_status graft_file_writer_open(const char *path, graft_file_writer **out) {
    *out = NULL;
    if (graft_file_kind_of(path) == GRAFT_FILE_FOLDER)
        return graft_fail(GRAFT_E_DATA, "%s: is a folder, expected a file's name", path);
    graft_file_writer *writer = graft_allocate_zero(1, sizeof *writer);
    if (!writer) return graft_fail_memory(path);
    writer->fd = -1;
    /* A link is written through, not replaced. */
    char *target = realpath(path, NULL);
    writer->path = graft_text_copy(target ? target : path);
    free(target);
    writer->temporary = writer->path ? graft_text_format("%s" GRAFT_FILE_TEMPORARY "XXXXXX", writer->path) : NULL;
    graft_status status = GRAFT_OK;
    if (!writer->temporary) {
        status = graft_fail_memory(path);
    } else if ((writer->fd = mkostemp(writer->temporary, O_CLOEXEC)) < 0) {
        status = graft_fail(GRAFT_E_DATA, "%s: cannot be written: %s", path, strerror(errno));
    }
    if (status != GRAFT_OK) {
        graft_file_writer_abort(writer);
        return status;
    }
    *out = writer;
    return GRAFT_OK;
}

graft_status graft_file_writer_write(graft_file_writer *writer, const void *bytes, size_t length) {
    const char *from = bytes;
    while (length > 0) {
        ssize_t put = write(writer->fd, from, length);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return writing_failed(writer, errno);
        from += put;
        length -= (size_t)put;
    }
    return GRAFT_OK;
}

graft_status graft_file_writer_patch(graft_file_writer *writer, uint64_t offset, const void *bytes, size_t length) {
    const char *from = bytes;
    while (length > 0) {
        ssize_t put = pwrite(writer->fd, from, length, (off_t)offset);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return writing_failed(writer, errno);
        from += put;
        offset += (uint64_t)put;
        length -= (size_t)put;
    }
    return GRAFT_OK;
}

/* The rename itself must survive a power cut. */
static void sync_folder_of(const char *path) {
    char *folder = graft_text_copy(path);
    if (!folder) return;
    char *slash = strrchr(folder, '/');
    if (slash) slash[slash == folder] = '\0';
    int fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
    graft_release(folder);
}

graft_status graft_file_writer_commit(graft_file_writer **handle) {
    graft_file_writer *writer = *handle;
    *handle = NULL;
    graft_status status = GRAFT_OK;
    if (fchmod(writer->fd, usual_mode()) != 0 || fsync(writer->fd) != 0) status = writing_failed(writer, errno);
    int fd = writer->fd;
    writer->fd = -1;
    if (close(fd) != 0 && status == GRAFT_OK) status = writing_failed(writer, errno);
    if (status == GRAFT_OK && rename(writer->temporary, writer->path) != 0) status = writing_failed(writer, errno);
    if (status == GRAFT_OK) {
        sync_folder_of(writer->path);
        graft_release(writer->temporary);
        writer->temporary = NULL;
    }
    graft_file_writer_abort(writer);
    return status;
}

void graft_file_writer_abort(graft_file_writer *writer) {
    if (!writer) return;
    if (writer->fd >= 0) close(writer->fd);
    if (writer->temporary) unlink(writer->temporary);
    graft_release(writer->temporary);
    graft_release(writer->path);
    graft_release(writer);
}

graft_status graft_file_write(const char *path, const void *bytes, size_t length) {
    graft_file_writer *writer;
    GRAFT_TRY(graft_file_writer_open(path, &writer));
    graft_status status = graft_file_writer_write(writer, bytes, length);
    if (status == GRAFT_OK) return graft_file_writer_commit(&writer);
    graft_file_writer_abort(writer);
    return status;
}
