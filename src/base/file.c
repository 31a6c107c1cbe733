#include "base/file.h"

#include "base/alloc.h"
#include "base/error.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const size_t default_limit = (size_t)1 << 30;

/* Opens without blocking on a pipe, and refuses what is no regular file. */
static graft_status open_regular(const char *path, int *fd, size_t *length) {
    int opened = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (opened < 0) return graft_fail(GRAFT_E_DATA, "%s: cannot be opened: %s", path, strerror(errno));
    struct stat info;
    if (fstat(opened, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size < 0) {
        bool folder = S_ISDIR(info.st_mode);
        close(opened);
        return graft_fail(GRAFT_E_DATA, "%s: is %s, expected a file", path, folder ? "a folder" : "no regular file");
    }
    *fd = opened;
    *length = (size_t)info.st_size;
    return GRAFT_OK;
}

static graft_status read_all(int fd, const char *path, char *bytes, size_t *length) {
    size_t done = 0;
    while (done < *length) {
        ssize_t got = read(fd, bytes + done, *length - done);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return graft_fail(GRAFT_E_DATA, "%s: cannot be read: %s", path, strerror(errno));
        if (got == 0) break; /* it shrank meanwhile: what is there counts */
        done += (size_t)got;
    }
    bytes[done] = '\0';
    *length = done;
    return GRAFT_OK;
}

static bool make_room(char **bytes, size_t *capacity, size_t needed) {
    if (needed <= *capacity) return true;
    graft_release(*bytes);
    *bytes = graft_allocate(needed, 1);
    *capacity = *bytes ? needed : 0;
    return *bytes != NULL;
}

graft_status graft_file_read_into(const char *path, size_t limit, char **bytes, size_t *capacity, size_t *length) {
    int fd;
    size_t size;
    GRAFT_TRY(open_regular(path, &fd, &size));
    if (limit == 0) limit = default_limit;
    graft_status status = GRAFT_OK;
    if (size > limit)
        status = graft_fail(GRAFT_E_DATA, "%s: %zu bytes, more than the limit of %zu here", path, size, limit);
    else if (!make_room(bytes, capacity, size + 1))
        status = graft_fail_memory(path);
    else
        status = read_all(fd, path, *bytes, &size);
    close(fd);
    *length = size;
    return status;
}

graft_status graft_file_read(const char *path, size_t limit, char **out, size_t *length) {
    char *bytes = NULL;
    size_t capacity = 0, size = 0;
    *out = NULL;
    graft_status status = graft_file_read_into(path, limit, &bytes, &capacity, &size);
    if (status != GRAFT_OK) {
        graft_release(bytes);
        return status;
    }
    *out = bytes;
    if (length) *length = size;
    return GRAFT_OK;
}

/* Closes the file. */
static graft_status map_opened(int fd, size_t size, const char *path, graft_mapping *out) {
    void *data = size ? mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0) : NULL;
    int error = errno;
    close(fd);
    if (data == MAP_FAILED) return graft_fail(GRAFT_E_DATA, "%s: cannot be mapped: %s", path, strerror(error));
    *out = (graft_mapping){.data = data, .length = size};
    return GRAFT_OK;
}

graft_status graft_file_map(const char *path, graft_mapping *out) {
    int fd;
    size_t size;
    *out = (graft_mapping){0};
    GRAFT_TRY(open_regular(path, &fd, &size));
    return map_opened(fd, size, path, out);
}

/* The lock belongs to the open file, which lives as long as its mapping does: no descriptor is kept. */
graft_status graft_file_map_cached(const char *path, graft_mapping *out) {
    int fd;
    size_t size;
    *out = (graft_mapping){0};
    GRAFT_TRY(open_regular(path, &fd, &size));
    (void)flock(fd, LOCK_SH | LOCK_NB);
    (void)futimens(fd, NULL);
    return map_opened(fd, size, path, out);
}

void graft_file_unmap(graft_mapping *mapping) {
    if (mapping->data) munmap((void *)(uintptr_t)mapping->data, mapping->length);
    *mapping = (graft_mapping){0};
}

graft_file_kind graft_file_kind_of(const char *path) {
    struct stat info;
    if (stat(path, &info) != 0) return GRAFT_FILE_MISSING;
    return S_ISREG(info.st_mode) ? GRAFT_FILE_REGULAR : S_ISDIR(info.st_mode) ? GRAFT_FILE_FOLDER : GRAFT_FILE_OTHER;
}

static int compare_names(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static graft_status read_names(DIR *folder, const char *path, graft_names *out) {
    size_t capacity = 0;
    for (;;) {
        errno = 0;
        struct dirent *entry = readdir(folder);
        if (!entry && errno != 0) return graft_fail(GRAFT_E_DATA, "%s: cannot be listed: %s", path, strerror(errno));
        if (!entry) return GRAFT_OK;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        if (!graft_reserve(&out->name, &capacity, out->count + 1, sizeof *out->name)) return graft_fail_memory(path);
        out->name[out->count] = graft_text_copy(entry->d_name);
        if (!out->name[out->count]) return graft_fail_memory(path);
        out->count++;
    }
}

graft_status graft_folder_list(const char *path, graft_names *out) {
    *out = (graft_names){0};
    DIR *folder = opendir(path);
    if (!folder) return graft_fail(GRAFT_E_DATA, "%s: cannot be opened as a folder: %s", path, strerror(errno));
    graft_status status = read_names(folder, path, out);
    closedir(folder);
    if (status != GRAFT_OK) {
        graft_names_free(out);
        return status;
    }
    if (out->count > 0) qsort(out->name, out->count, sizeof *out->name, compare_names);
    return GRAFT_OK;
}

void graft_names_free(graft_names *names) {
    for (size_t i = 0; i < names->count; i++)
        graft_release(names->name[i]);
    graft_release(names->name);
    *names = (graft_names){0};
}

static graft_status make_one(const char *path) {
    if (mkdir(path, 0777) == 0 || errno == EEXIST || errno == EISDIR) return GRAFT_OK;
    return graft_fail(GRAFT_E_DATA, "%s: folder cannot be made: %s", path, strerror(errno));
}

graft_status graft_folder_make(const char *path) {
    char *copy = graft_text_copy(path);
    if (!copy) return graft_fail_memory(path);
    graft_status status = GRAFT_OK;
    for (char *slash = copy; status == GRAFT_OK && (slash = strchr(slash + 1, '/')) != NULL;) {
        *slash = '\0';
        status = make_one(copy);
        *slash = '/';
    }
    if (status == GRAFT_OK) status = make_one(copy);
    if (status == GRAFT_OK && graft_file_kind_of(path) != GRAFT_FILE_FOLDER)
        status = graft_fail(GRAFT_E_DATA, "%s: is no folder, expected one", path);
    graft_release(copy);
    return status;
}

char *graft_path_join(const char *folder, const char *name) {
    size_t length = strlen(folder);
    if (length == 0) return graft_text_copy(name);
    return graft_text_format("%s%s%s", folder, folder[length - 1] == '/' ? "" : "/", name);
}

const char *graft_path_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}
