#include "base/context.h"
#include "base/error.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

graft_status graft_file_scratch(graft_context *context, int *fd) {
    const char *cache = graft_context_cache_dir(context);
    *fd = cache ? open(cache, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600) : -1;
    if (*fd < 0) *fd = open(P_tmpdir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (*fd >= 0) return GRAFT_OK;
    return graft_fail(GRAFT_E_DATA, "%s: no temporary file can be made: %s", P_tmpdir, strerror(errno));
}

bool graft_file_pread(int fd, void *bytes, size_t length, uint64_t offset) {
    char *to = bytes;
    while (length > 0) {
        ssize_t got = pread(fd, to, length, (off_t)offset);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        to += got;
        offset += (uint64_t)got;
        length -= (size_t)got;
    }
    return true;
}

bool graft_file_pwrite(int fd, const void *bytes, size_t length, uint64_t offset) {
    const char *from = bytes;
    while (length > 0) {
        ssize_t put = pwrite(fd, from, length, (off_t)offset);
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return false;
        from += put;
        offset += (uint64_t)put;
        length -= (size_t)put;
    }
    return true;
}
