#include "data/walk.h"

#include "base/alloc.h"
#include "base/error.h"
#include "data/dataset-internal.h"
#include "data/file-type.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { depth_limit = 16, magic_length = 64 };

/* Folders that operating systems and tools leave beside people's own. */
static bool is_hidden(const char *name) {
    static const char *const left_behind[] = {
        "__MACOSX", "__pycache__", "@eaDir", "$RECYCLE.BIN", "System Volume Information", "lost+found"};
    if (name[0] == '.') return true;
    for (size_t i = 0; i < sizeof left_behind / sizeof *left_behind; i++)
        if (strcmp(name, left_behind[i]) == 0) return true;
    return false;
}

/* As stat; a link to nothing is no error but leaves st_mode 0. */
static graft_status inspect(const char *path, struct stat *info) {
    if (stat(path, info) == 0) return GRAFT_OK;
    int error = errno;
    *info = (struct stat){0};
    if (error == ENOENT) return GRAFT_OK;
    if (error == ELOOP)
        return graft_fail(GRAFT_E_DATA, "%s: a link that leads back to itself, expected a folder or file; remove it",
                          path);
    return graft_fail(GRAFT_E_DATA, "%s: cannot be looked at: %s", path, strerror(error));
}

static graft_status survey_name(const char *folder, char *name, graft_survey *out, bool *is_folder) {
    struct stat info;
    *is_folder = false;
    if (is_hidden(name)) {
        out->hidden++;
        return GRAFT_OK;
    }
    char *path = graft_path_join(folder, name);
    if (!path) return graft_fail_memory(folder);
    graft_status status = inspect(path, &info);
    graft_release(path);
    if (status != GRAFT_OK) return status;
    *is_folder = S_ISDIR(info.st_mode);
    if (*is_folder) return GRAFT_OK;
    out->files++;
    if (graft_extension_type(name, NULL)) out->pictures++;
    return GRAFT_OK;
}

graft_status graft_survey_folder(const char *path, graft_survey *out) {
    graft_names all;
    *out = (graft_survey){0};
    GRAFT_TRY(graft_folder_list(path, &all));
    size_t kept = 0;
    graft_status status = GRAFT_OK;
    for (size_t i = 0; i < all.count && status == GRAFT_OK; i++) {
        bool is_folder;
        status = survey_name(path, all.name[i], out, &is_folder);
        if (status != GRAFT_OK || !is_folder) continue;
        char *folder = all.name[i];
        all.name[i] = all.name[kept];
        all.name[kept++] = folder;
    }
    if (status != GRAFT_OK) {
        graft_names_free(&all);
        return status;
    }
    for (size_t i = kept; i < all.count; i++)
        graft_release(all.name[i]);
    all.count = kept;
    out->folders = all;
    return GRAFT_OK;
}

void graft_survey_free(graft_survey *survey) {
    graft_names_free(&survey->folders);
    *survey = (graft_survey){0};
}

/* The folders above the one being read: a link to one of them is a loop. */
typedef struct level {
    const struct level *above;
    const char *path;
    dev_t device;
    ino_t inode;
    int depth;
} level;

static graft_status enter(const char *path, const struct stat *info, const level *above, level *out) {
    *out = (level){.above = above,
                   .path = path,
                   .device = info->st_dev,
                   .inode = info->st_ino,
                   .depth = above ? above->depth + 1 : 0};
    for (const level *up = above; up; up = up->above)
        if (up->device == info->st_dev && up->inode == info->st_ino)
            return graft_fail(GRAFT_E_DATA, "%s: a link that loops back to %s; remove the link", path, up->path);
    if (out->depth > depth_limit)
        return graft_fail(GRAFT_E_DATA, "%s: more than %d folders deep; is this the right folder?", path, depth_limit);
    return GRAFT_OK;
}

/* For names that promise nothing: whether the first bytes are a picture's. */
static bool begins_like_picture(const char *path) {
    unsigned char bytes[magic_length];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return false;
    ssize_t got = read(fd, bytes, sizeof bytes);
    close(fd);
    return got > 0 && graft_image_type_of(bytes, (size_t)got) != GRAFT_IMAGE_UNKNOWN;
}

static const char *unopenable(mode_t mode) {
    if (S_ISREG(mode)) return NULL;
    if (S_ISFIFO(mode)) return "a pipe, expected a file";
    if (S_ISSOCK(mode)) return "a socket, expected a file";
    return mode == 0 ? "a link to a file that does not exist" : "a device, expected a file";
}

/* Takes over `path`. */
static graft_status visit_file(graft_dataset *dataset, char *path, mode_t mode, const graft_place *place) {
    if (graft_extension_type(graft_path_name(path), NULL) || (S_ISREG(mode) && begins_like_picture(path)))
        return graft_dataset_add(dataset, path, place, unopenable(mode));
    dataset->ignored++;
    graft_release(path);
    return GRAFT_OK;
}

static graft_status walk_level(graft_dataset *dataset, const level *here, const graft_place *place);

static graft_status visit(graft_dataset *dataset, const level *here, const char *name, const graft_place *place) {
    struct stat info;
    level below;
    if (is_hidden(name)) {
        dataset->ignored++;
        return GRAFT_OK;
    }
    char *path = graft_path_join(here->path, name);
    if (!path) return graft_fail_memory(here->path);
    graft_status status = inspect(path, &info);
    if (status == GRAFT_OK && !S_ISDIR(info.st_mode)) return visit_file(dataset, path, info.st_mode, place);
    if (status == GRAFT_OK) status = enter(path, &info, here, &below);
    if (status == GRAFT_OK) status = walk_level(dataset, &below, place);
    graft_release(path);
    return status;
}

static graft_status walk_level(graft_dataset *dataset, const level *here, const graft_place *place) {
    graft_names names;
    GRAFT_TRY(graft_folder_list(here->path, &names));
    graft_status status = GRAFT_OK;
    for (size_t i = 0; i < names.count && status == GRAFT_OK; i++)
        status = visit(dataset, here, names.name[i], place);
    graft_names_free(&names);
    return status;
}

graft_status graft_walk(graft_dataset *dataset, const char *folder, const graft_place *place) {
    struct stat info;
    level root, here;
    const level *above = NULL;
    if (dataset->path[0] != '\0' && strcmp(dataset->path, folder) != 0) {
        GRAFT_TRY(inspect(dataset->path, &info));
        GRAFT_TRY(enter(dataset->path, &info, NULL, &root));
        above = &root;
    }
    GRAFT_TRY(inspect(folder, &info));
    GRAFT_TRY(enter(folder, &info, above, &here));
    return walk_level(dataset, &here, place);
}
