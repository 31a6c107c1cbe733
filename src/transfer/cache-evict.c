/* A store in use is held by a shared flock; who can take the exclusive one may remove the file. */
#include "transfer/cache-evict.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "base/file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct stored {
    char *path;
    uint64_t bytes;
    struct timespec used;
} stored;

static int by_age(const void *a, const void *b) {
    const stored *x = a, *y = b;
    if (x->used.tv_sec != y->used.tv_sec) return x->used.tv_sec < y->used.tv_sec ? -1 : 1;
    if (x->used.tv_nsec != y->used.tv_nsec) return x->used.tv_nsec < y->used.tv_nsec ? -1 : 1;
    return strcmp(x->path, y->path);
}

static bool is_store(const char *name) {
    size_t length = strlen(name);
    return length > 4 && strcmp(name + length - 4, ".cut") == 0;
}

static bool remove_unused(const char *path) {
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) return false;
    bool gone = flock(fd, LOCK_EX | LOCK_NB) == 0 && unlink(path) == 0;
    close(fd);
    return gone;
}

static graft_status list_stores(const char *folder, const graft_names *names, stored *list, size_t *count,
                                uint64_t *total) {
    for (size_t i = 0; i < names->count; i++) {
        struct stat info;
        if (!is_store(names->name[i])) continue;
        char *path = graft_path_join(folder, names->name[i]);
        if (!path) return graft_fail_memory("the list of cached features");
        if (lstat(path, &info) != 0 || !S_ISREG(info.st_mode)) {
            graft_release(path);
            continue;
        }
        list[(*count)++] = (stored){path, (uint64_t)info.st_size, info.st_mtim};
        *total += (uint64_t)info.st_size;
    }
    return GRAFT_OK;
}

static void remove_oldest(graft_context *context, stored *list, size_t count, uint64_t limit, uint64_t *total) {
    qsort(list, count, sizeof(*list), by_age);
    for (size_t i = 0; i<count && * total> limit; i++) {
        if (!remove_unused(list[i].path)) continue;
        *total -= list[i].bytes;
        graft_log(context, GRAFT_LOG_INFO,
                  "cache: removed %s (%.1f MiB), the least recently used, to stay below %.1f MiB",
                  graft_path_name(list[i].path), (double)list[i].bytes / 1048576, (double)limit / 1048576);
    }
}

graft_status graft_cache_evict(graft_context *context, const char *folder, uint64_t limit, uint64_t *left) {
    graft_names names = {0};
    size_t count = 0;
    *left = 0;
    if (graft_folder_list(folder, &names) != GRAFT_OK || names.count == 0) {
        graft_names_free(&names);
        return GRAFT_OK;
    }
    stored *list = graft_allocate(names.count, sizeof(*list));
    graft_status status = GRAFT_E_MEMORY;
    if (list) {
        status = list_stores(folder, &names, list, &count, left);
        if (status == GRAFT_OK) remove_oldest(context, list, count, limit, left);
        for (size_t i = 0; i < count; i++)
            graft_release(list[i].path);
    } else {
        status = graft_fail_memory("the list of cached features");
    }
    graft_release(list);
    graft_names_free(&names);
    return status;
}
