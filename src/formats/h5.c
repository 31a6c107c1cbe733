/* HDF5 files, their groups and texts. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/library_lock.h"
#include "formats/h5-internal.h"

#include <hdf5.h>
#include <string.h>
#include <sys/stat.h>

#define IMAGE_STEP ((size_t)1 << 16)      /* by which HDF5 would let an image grow */
#define MAX_TEXT_BYTES ((size_t)64 << 20) /* of an attribute */

/* HDF5 1.12 gave these names to others. */
#if H5_VERSION_GE(1, 12, 0)
typedef H5O_info1_t object_info;
typedef H5L_info1_t link_info;
#define get_link_info H5Lget_info1
#else
typedef H5O_info_t object_info;
typedef H5L_info_t link_info;
#define get_link_info H5Lget_info
#endif

h5_guard graft_h5_enter(void) {
    h5_guard guard = {0};
    graft_library_enter(GRAFT_LIBRARY_HDF5);
    H5Eget_auto2(H5E_DEFAULT, &guard.report, &guard.argument);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    return guard;
}

void graft_h5_leave(h5_guard guard) {
    H5Eset_auto2(H5E_DEFAULT, guard.report, guard.argument);
    graft_library_leave(GRAFT_LIBRARY_HDF5);
}

/* ---- the file ---- */

/* NOLINTBEGIN(readability-non-const-parameter): the type is HDF5's */
static herr_t refuse_external(const char *parent_file, const char *parent_group, const char *child_file,
                              const char *child_object, unsigned *flags, hid_t access, void *argument) {
    (void)parent_file, (void)parent_group, (void)child_file, (void)child_object, (void)flags, (void)access;
    *(bool *)argument = true;
    return -1;
}
/* NOLINTEND(readability-non-const-parameter) */

/* HDF5 takes two images of one name for one file. */
static char *image_name(const graft_h5 *h5) {
    return graft_text_format("%s#%p", h5->path, (const void *)h5);
}

static graft_status open_with(graft_h5 *h5, hid_t access) {
    char *name = h5->image ? image_name(h5) : NULL;
    if (h5->image && !name) return graft_fail_memory("an HDF5 file");
    bool good = H5Pset_fclose_degree(access, H5F_CLOSE_STRONG) >= 0 &&
                H5Pset_elink_cb(h5->links, refuse_external, &h5->external) >= 0;
    if (good && h5->image) {
        good = H5Pset_fapl_core(access, IMAGE_STEP, false) >= 0 &&
               H5Pset_file_image(access, h5->image, (size_t)h5->bytes) >= 0;
    } else if (good) {
        good = H5Pset_file_locking(access, false, true) >= 0;
    }
    if (good) h5->file = H5Fopen(name ? name : h5->path, H5F_ACC_RDONLY, access);
    graft_release(name);
    if (!good) return graft_fail(GRAFT_E_INTERNAL, "HDF5 refuses its property lists");
    if (h5->file < 0) {
        return graft_fail(GRAFT_E_DATA, "%s: HDF5 cannot open it: truncated or damaged (copy or download it again)",
                          h5->path);
    }
    return GRAFT_OK;
}

static graft_status open_file(graft_h5 *h5) {
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    h5->links = H5Pcreate(H5P_LINK_ACCESS);
    graft_status status = access < 0 || h5->links < 0 ? graft_fail(GRAFT_E_INTERNAL, "HDF5 makes no property lists")
                                                      : open_with(h5, access);
    if (access >= 0) H5Pclose(access);
    return status;
}

static graft_status open_checked(graft_h5 *h5, const char *path) {
    h5->path = graft_text_copy(path);
    if (!h5->path) return graft_fail_memory("an HDF5 file");
    GRAFT_TRY(h5->image ? graft_h5_check_image(h5->path, h5->image, (size_t)h5->bytes, &h5->walk)
                        : graft_h5_check_open(h5->path, &h5->walk));
    h5_guard guard = graft_h5_enter();
    graft_status status = open_file(h5);
    graft_h5_leave(guard);
    return status;
}

static graft_status open_any(const char *path, char *image, uint64_t bytes, graft_h5 **out) {
    *out = NULL;
    graft_h5 *h5 = graft_allocate_zero(1, sizeof *h5);
    if (!h5) {
        graft_release(image);
        return graft_fail_memory("an HDF5 file");
    }
    h5->file = h5->links = H5I_INVALID_HID;
    h5->image = image;
    h5->bytes = bytes;
    graft_status status = open_checked(h5, path);
    if (status != GRAFT_OK) {
        graft_h5_close(h5);
        return status;
    }
    *out = h5;
    return GRAFT_OK;
}

graft_status graft_h5_open(const char *path, graft_h5 **out) {
    struct stat info;
    return open_any(path, NULL, stat(path, &info) == 0 ? (uint64_t)info.st_size : 0, out);
}

graft_status graft_h5_open_image(const char *name, char *image, size_t length, graft_h5 **out) {
    return open_any(name, image, length, out);
}

void graft_h5_close(graft_h5 *h5) {
    if (!h5) return;
    h5_guard guard = graft_h5_enter();
    if (h5->file >= 0) H5Fclose(h5->file);
    if (h5->links >= 0) H5Pclose(h5->links);
    graft_h5_leave(guard);
    graft_h5_check_close(h5->walk);
    graft_release(h5->image);
    graft_release(h5->path);
    graft_release(h5);
}

/* Walks what hard links on the way to `path` lead to, before HDF5 opens it. */
static graft_status check_way(graft_h5 *h5, const char *path) {
    graft_status status = GRAFT_OK;
    for (size_t end = 1; path[end - 1] && status == GRAFT_OK; end++) {
        link_info link;
        if (end == 1 || (path[end] != '/' && path[end] != '\0')) continue;
        char *part = graft_text_copy_n(path, end);
        if (!part) return graft_fail_memory("an HDF5 path");
        if (get_link_info(h5->file, part, &link, h5->links) >= 0 && link.type == H5L_TYPE_HARD) {
            status = graft_h5_check_at(h5->walk, link.u.address);
        }
        graft_release(part);
    }
    return status;
}

graft_status graft_h5_open_object(graft_h5 *h5, const char *path, h5_kind kind, int64_t *out) {
    h5->external = false;
    *out = H5I_INVALID_HID;
    GRAFT_TRY(check_way(h5, path));
    *out = H5Oopen(h5->file, path, h5->links);
    object_info info;
    if (*out >= 0 && H5Iget_type(*out) == (kind == H5_A_GROUP ? H5I_GROUP : H5I_DATASET) &&
        H5Oget_info2(*out, &info, H5O_INFO_BASIC) >= 0) {
        graft_status status = graft_h5_check_at(h5->walk, info.addr);
        if (status != GRAFT_OK) H5Oclose(*out);
        return status;
    }
    if (*out >= 0) H5Oclose(*out);
    if (h5->external) {
        return graft_fail(GRAFT_E_DATA,
                          "%s: %s: an external link, which graft does not follow: expected all tensors in one file",
                          h5->path, path);
    }
    return graft_fail(GRAFT_E_DATA, "%s: %s: no such %s, or a damaged one (truncated file?)", h5->path, path,
                      kind == H5_A_GROUP ? "group" : "dataset");
}

graft_status graft_h5_find_group(graft_h5 *h5, const char *group, bool *found) {
    hid_t opened = H5I_INVALID_HID;
    graft_status status = GRAFT_OK;
    h5_guard guard = graft_h5_enter();
    *found = H5Lexists(h5->file, group, h5->links) > 0;
    if (*found) status = graft_h5_open_object(h5, group, H5_A_GROUP, &opened);
    if (opened >= 0 && status == GRAFT_OK) H5Oclose(opened);
    graft_h5_leave(guard);
    return status;
}

/* ---- texts ---- */

static graft_status append_text(graft_h5_texts *texts, const char *text, size_t length) {
    if (!graft_reserve(&texts->text, &texts->capacity, texts->count + 1, sizeof *texts->text)) {
        return graft_fail_memory("a list of texts");
    }
    char *copy = graft_text_copy_n(text, length);
    if (!copy) return graft_fail_memory("a list of texts");
    texts->text[texts->count++] = copy;
    return GRAFT_OK;
}

static graft_status read_variable(hid_t attribute, hid_t type, hid_t space, size_t count, graft_h5_texts *out) {
    char **texts = graft_allocate_zero(count, sizeof *texts);
    if (!texts) return graft_fail_memory("a list of texts");
    graft_status status = GRAFT_OK;
    if (H5Aread(attribute, type, texts) < 0) status = graft_fail(GRAFT_E_DATA, "texts that cannot be read");
    for (size_t i = 0; i < count && status == GRAFT_OK; i++) {
        size_t length = texts[i] ? strlen(texts[i]) : 0;
        status = length > MAX_TEXT_BYTES ? graft_fail(GRAFT_E_DATA, "a text of %zu bytes", length)
                                         : append_text(out, texts[i] ? texts[i] : "", length);
    }
    H5Dvlen_reclaim(type, space, H5P_DEFAULT, texts);
    graft_release(texts);
    return status;
}

static graft_status read_fixed(hid_t attribute, hid_t type, size_t count, graft_h5_texts *out) {
    size_t size = H5Tget_size(type), bytes = 0;
    if (size == 0 || !graft_multiply_sizes(size, count, &bytes) || bytes > MAX_TEXT_BYTES) {
        return graft_fail(GRAFT_E_DATA, "%zu texts of %zu bytes, expected at most 64 MiB", count, size);
    }
    char *texts = graft_allocate_zero(bytes, 1);
    if (!texts) return graft_fail_memory("a list of texts");
    graft_status status = GRAFT_OK;
    if (H5Aread(attribute, type, texts) < 0) status = graft_fail(GRAFT_E_DATA, "texts that cannot be read");
    bool padded = H5Tget_strpad(type) == H5T_STR_SPACEPAD;
    for (size_t i = 0; i < count && status == GRAFT_OK; i++) {
        size_t length = strnlen(texts + i * size, size);
        while (padded && length > 0 && texts[i * size + length - 1] == ' ')
            length--;
        status = append_text(out, texts + i * size, length);
    }
    graft_release(texts);
    return status;
}

static graft_status read_attribute(hid_t attribute, graft_h5_texts *out) {
    hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    hssize_t count = space >= 0 ? H5Sget_simple_extent_npoints(space) : -1;
    graft_status status = GRAFT_OK;
    if (type < 0 || count < 0 || count > GRAFT_H5_MAX_TEXTS) {
        status = graft_fail(GRAFT_E_DATA, "damaged, or more than %d texts", GRAFT_H5_MAX_TEXTS);
    } else if (count > 0 && H5Tget_class(type) != H5T_STRING) {
        status = graft_fail(GRAFT_E_DATA, "no texts, expected a list of names");
    } else if (count > 0) {
        status = H5Tis_variable_str(type) > 0 ? read_variable(attribute, type, space, (size_t)count, out)
                                              : read_fixed(attribute, type, (size_t)count, out);
    }
    if (type >= 0) H5Tclose(type);
    if (space >= 0) H5Sclose(space);
    return status;
}

static graft_status read_texts(graft_h5 *h5, const char *group, const char *name, graft_h5_texts *out, bool *found) {
    hid_t object = H5I_INVALID_HID;
    GRAFT_TRY(graft_h5_open_object(h5, group, H5_A_GROUP, &object));
    htri_t exists = H5Aexists(object, name);
    hid_t attribute = exists > 0 ? H5Aopen(object, name, H5P_DEFAULT) : H5I_INVALID_HID;
    graft_status status = GRAFT_OK;
    *found = attribute >= 0;
    if (exists < 0 || (exists > 0 && attribute < 0)) {
        status = graft_fail(GRAFT_E_DATA, "%s: %s: damaged attributes (truncated file?)", h5->path, group);
    } else if (*found) {
        status = read_attribute(attribute, out);
        H5Aclose(attribute);
        if (status != GRAFT_OK) status = graft_fail_in(status, "%s: %s: attribute %s", h5->path, group, name);
    }
    H5Oclose(object);
    return status;
}

graft_status graft_h5_read_texts(graft_h5 *h5, const char *group, const char *attribute, graft_h5_texts *out,
                                 bool *found) {
    h5_guard guard = graft_h5_enter();
    graft_status status = read_texts(h5, group, attribute, out, found);
    graft_h5_leave(guard);
    return status;
}

typedef struct listing {
    graft_h5_texts *texts;
    graft_status status;
} listing;

static herr_t note_name(hid_t group, const char *name, const H5L_info_t *info, void *opaque) {
    (void)group, (void)info;
    listing *list = opaque;
    list->status = list->texts->count < GRAFT_H5_MAX_TEXTS
                       ? append_text(list->texts, name, strlen(name))
                       : graft_fail(GRAFT_E_DATA, "more than %d members", GRAFT_H5_MAX_TEXTS);
    return list->status == GRAFT_OK ? 0 : 1;
}

graft_status graft_h5_list(graft_h5 *h5, const char *group, graft_h5_texts *out) {
    hid_t object = H5I_INVALID_HID;
    listing list = {out, GRAFT_OK};
    h5_guard guard = graft_h5_enter();
    graft_status status = graft_h5_open_object(h5, group, H5_A_GROUP, &object);
    if (status == GRAFT_OK) {
        if (H5Literate(object, H5_INDEX_NAME, H5_ITER_INC, NULL, note_name, &list) < 0) {
            list.status = graft_fail(GRAFT_E_DATA, "its members cannot be listed (truncated or damaged)");
        }
        H5Oclose(object);
        status = list.status == GRAFT_E_DATA ? graft_fail_in(list.status, "%s: %s", h5->path, group) : list.status;
    }
    graft_h5_leave(guard);
    return status;
}

void graft_h5_texts_free(graft_h5_texts *texts) {
    for (size_t i = 0; i < texts->count; i++)
        graft_release(texts->text[i]);
    graft_release(texts->text);
    *texts = (graft_h5_texts){0};
}
