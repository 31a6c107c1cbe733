/* What is in use is held by a shared flock; who can take the exclusive one may remove the file. */
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

static const struct { const char *folder, *ending; } kinds[] = {{"features", ".cut"}, {"pixels", ".pix"}};

typedef struct stored {
    char *path;
    uint64_t bytes;
    struct timespec used;
} stored;

typedef struct listing {
    stored *item;
    size_t count, capacity;
    uint64_t total; /* bytes */
} listing;

static int by_age(const void *a, const void *b) {
    const stored *x = a, *y = b;
    if (x->used.tv_sec != y->used.tv_sec) return x->used.tv_sec < y->used.tv_sec ? -1 : 1;
    if (x->used.tv_nsec != y->used.tv_nsec) return x->used.tv_nsec < y->used.tv_nsec ? -1 : 1;
    return strcmp(x->path, y->path);
}

static bool ends_with(const char *name, const char *ending) {
    size_t length = strlen(name), tail = strlen(ending);
    return length > tail && strcmp(name + length - tail, ending) == 0;
}

static bool remove_unused(const char *path) {
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) return false;
    bool gone = flock(fd, LOCK_EX | LOCK_NB) == 0 && unlink(path) == 0;
    close(fd);
    return gone;
}

static graft_status add(listing *list, const char *folder, const char *name) {
    struct stat info;
    char *path = graft_path_join(folder, name);
    if (!path) return graft_fail_memory("the list of what is cached");
    if (lstat(path, &info) != 0 || !S_ISREG(info.st_mode)) {
        graft_release(path);
        return GRAFT_OK;
    }
    if (!graft_reserve(&list->item, &list->capacity, list->count + 1, sizeof(*list->item))) {
        graft_release(path);
        return graft_fail_memory("the list of what is cached");
    }
    list->item[list->count++] = (stored){path, (uint64_t)info.st_size, info.st_mtim};
    list->total += (uint64_t)info.st_size;
    return GRAFT_OK;
}

static graft_status list_folder(listing *list, const char *folder, const char *ending) {
    graft_names names = {0};
    graft_status status = GRAFT_OK;
    if (graft_file_kind_of(folder) != GRAFT_FILE_FOLDER) return GRAFT_OK;
    if (graft_folder_list(folder, &names) != GRAFT_OK) return GRAFT_OK;
    for (size_t i = 0; i < names.count && status == GRAFT_OK; i++)
        if (ends_with(names.name[i], ending)) status = add(list, folder, names.name[i]);
    graft_names_free(&names);
    return status;
}

static graft_status list_all(listing *list, const char *cache) {
    graft_status status = GRAFT_OK;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds) && status == GRAFT_OK; i++) {
        char *folder = graft_path_join(cache, kinds[i].folder);
        status = folder ? list_folder(list, folder, kinds[i].ending) : graft_fail_memory("a cache path");
        graft_release(folder);
    }
    return status;
}

static void remove_oldest(graft_context *context, listing *list, uint64_t wanted) {
    if (list->count > 0) qsort(list->item, list->count, sizeof(*list->item), by_age);
    for (size_t i = 0; i < list->count && list->total > wanted; i++) {
        const stored *oldest = &list->item[i];
        if (!remove_unused(oldest->path)) continue;
        list->total -= oldest->bytes;
        graft_log(context, GRAFT_LOG_INFO,
                  "cache: removed %s (%.1f MiB), the least recently used, to stay below %.1f MiB",
                  graft_path_name(oldest->path), (double)oldest->bytes / 1048576,
                  (double)graft_context_cache_limit(context) / 1048576);
    }
}

graft_status graft_cache_fit(graft_context *context, uint64_t bytes, bool *fits) {
    const char *cache = graft_context_cache_dir(context);
    const uint64_t limit = graft_context_cache_limit(context), wanted = bytes < limit ? limit - bytes : 0;
    listing list = {0};
    *fits = true;
    if (!cache) return GRAFT_OK;
    graft_status status = list_all(&list, cache);
    if (status == GRAFT_OK) remove_oldest(context, &list, wanted);
    *fits = bytes <= limit && list.total <= wanted;
    for (size_t i = 0; i < list.count; i++)
        graft_release(list.item[i].path);
    graft_release(list.item);
    return status;
}
