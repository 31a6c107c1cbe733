/* HDF5 stops here: no other file includes its header. */
#include "formats/h5.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/library_lock.h"
#include "formats/container-internal.h"
#include "formats/h5-check.h"

#include <hdf5.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_TEXT_BYTES ((size_t)64 << 20) /* of an attribute */
#define MAX_CHUNKS ((uint64_t)1 << 20)    /* of a dataset */
#define MAX_INFLATION 1032                /* deflate cannot pack tighter */

/* HDF5 1.12 gave the name to another struct. */
#if H5_VERSION_GE(1, 12, 0)
typedef H5O_info1_t object_info;
#else
typedef H5O_info_t object_info;
#endif

struct graft_h5 {
    char *path;
    h5_walk *walk;     /* checks what HDF5 does not */
    hid_t file, links; /* links: how links are followed */
    uint64_t bytes;    /* of the file */
    bool external;     /* an external link was met and refused */
};

/* What HDF5 does on an error in this thread, while graft is inside: nothing. */
typedef struct h5_guard {
    H5E_auto2_t report;
    void *argument;
} h5_guard;

static h5_guard enter(void) {
    h5_guard guard = {0};
    graft_library_enter(GRAFT_LIBRARY_HDF5);
    H5Eget_auto2(H5E_DEFAULT, &guard.report, &guard.argument);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    return guard;
}

static void leave(h5_guard guard) {
    H5Eset_auto2(H5E_DEFAULT, guard.report, guard.argument);
    graft_library_leave(GRAFT_LIBRARY_HDF5);
}

/* ---- the file ---- */

static herr_t refuse_external(const char *parent_file, const char *parent_group, const char *child_file,
                              const char *child_object, unsigned *flags, hid_t access, void *argument) {
    (void)parent_file, (void)parent_group, (void)child_file, (void)child_object, (void)flags, (void)access;
    *(bool *)argument = true;
    return -1;
}

static graft_status open_file(graft_h5 *h5) {
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    h5->links = H5Pcreate(H5P_LINK_ACCESS);
    if (access < 0 || h5->links < 0 || H5Pset_fclose_degree(access, H5F_CLOSE_STRONG) < 0 ||
        H5Pset_file_locking(access, false, true) < 0 ||
        H5Pset_elink_cb(h5->links, refuse_external, &h5->external) < 0) {
        H5Pclose(access);
        return graft_fail(GRAFT_E_INTERNAL, "HDF5 refuses its property lists");
    }
    h5->file = H5Fopen(h5->path, H5F_ACC_RDONLY, access);
    H5Pclose(access);
    if (h5->file < 0) {
        return graft_fail(GRAFT_E_DATA, "%s: HDF5 cannot open it: truncated or damaged (copy or download it again)",
                          h5->path);
    }
    return GRAFT_OK;
}

graft_status graft_h5_open(const char *path, graft_h5 **out) {
    *out = NULL;
    struct stat info;
    graft_h5 *h5 = graft_allocate_zero(1, sizeof *h5);
    if (!h5) return graft_fail_memory("an HDF5 file");
    h5->file = h5->links = H5I_INVALID_HID;
    h5->path = graft_text_copy(path);
    h5->bytes = stat(path, &info) == 0 ? (uint64_t)info.st_size : 0;
    graft_status status = GRAFT_OK;
    if (!h5->path) status = graft_fail_memory("an HDF5 file");
    if (status == GRAFT_OK) status = graft_h5_check_open(h5->path, &h5->walk);
    if (status == GRAFT_OK) {
        h5_guard guard = enter();
        status = open_file(h5);
        leave(guard);
    }
    if (status != GRAFT_OK) {
        graft_h5_close(h5);
        return status;
    }
    *out = h5;
    return GRAFT_OK;
}

void graft_h5_close(graft_h5 *h5) {
    if (!h5) return;
    h5_guard guard = enter();
    if (h5->file >= 0) H5Fclose(h5->file);
    if (h5->links >= 0) H5Pclose(h5->links);
    leave(guard);
    graft_h5_check_close(h5->walk);
    graft_release(h5->path);
    graft_release(h5);
}

/* Opens a group or dataset; close it with H5Oclose. Links to other files are not followed. */
static graft_status open_object(graft_h5 *h5, const char *path, H5I_type_t type, hid_t *out) {
    h5->external = false;
    *out = H5Oopen(h5->file, path, h5->links);
    object_info info;
    if (*out >= 0 && H5Iget_type(*out) == type && H5Oget_info2(*out, &info, H5O_INFO_BASIC) >= 0) {
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
                      type == H5I_GROUP ? "group" : "dataset");
}

bool graft_h5_has_group(graft_h5 *h5, const char *group) {
    hid_t opened = H5I_INVALID_HID;
    h5_guard guard = enter();
    bool there = open_object(h5, group, H5I_GROUP, &opened) == GRAFT_OK;
    if (there) H5Oclose(opened);
    leave(guard);
    return there;
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
    GRAFT_TRY(open_object(h5, group, H5I_GROUP, &object));
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
    h5_guard guard = enter();
    graft_status status = read_texts(h5, group, attribute, out, found);
    leave(guard);
    return status;
}

void graft_h5_texts_free(graft_h5_texts *texts) {
    for (size_t i = 0; i < texts->count; i++)
        graft_release(texts->text[i]);
    graft_release(texts->text);
    *texts = (graft_h5_texts){0};
}

/* ---- numbers ---- */

/* IEEE 754 binary16, for which HDF5 has no name. */
static hid_t half_type(void) {
    hid_t type = H5Tcopy(H5T_IEEE_F32LE);
    if (type >= 0 &&
        (H5Tset_fields(type, 15, 10, 5, 0, 10) < 0 || H5Tset_size(type, 2) < 0 || H5Tset_ebias(type, 15) < 0)) {
        H5Tclose(type);
        return H5I_INVALID_HID;
    }
    return type;
}

/* The little-endian type of a dtype, to be closed; H5I_INVALID_HID for one that HDF5 files do not have. */
static hid_t memory_type(graft_dtype dtype) {
    switch (dtype) {
    case GRAFT_F32:
        return H5Tcopy(H5T_IEEE_F32LE);
    case GRAFT_F64:
        return H5Tcopy(H5T_IEEE_F64LE);
    case GRAFT_F16:
        return half_type();
    case GRAFT_U8:
        return H5Tcopy(H5T_STD_U8LE);
    case GRAFT_I8:
        return H5Tcopy(H5T_STD_I8LE);
    case GRAFT_U16:
        return H5Tcopy(H5T_STD_U16LE);
    case GRAFT_I16:
        return H5Tcopy(H5T_STD_I16LE);
    case GRAFT_U32:
        return H5Tcopy(H5T_STD_U32LE);
    case GRAFT_I32:
        return H5Tcopy(H5T_STD_I32LE);
    case GRAFT_U64:
        return H5Tcopy(H5T_STD_U64LE);
    case GRAFT_I64:
        return H5Tcopy(H5T_STD_I64LE);
    default:
        return H5I_INVALID_HID;
    }
}

/* Only types that equal a standard one but for byte order: odd ones reach parts of HDF5's conversion that few use. */
static graft_status find_dtype(hid_t dataset, graft_dtype *out) {
    hid_t stored = H5Dget_type(dataset), type = stored >= 0 ? H5Tcopy(stored) : H5I_INVALID_HID;
    bool number = type >= 0 && (H5Tget_class(type) == H5T_FLOAT || H5Tget_class(type) == H5T_INTEGER);
    bool found = false;
    if (number && H5Tget_size(type) > 1) number = H5Tset_order(type, H5T_ORDER_LE) >= 0;
    for (int i = 0; number && !found && i < GRAFT_DTYPE_COUNT; i++) {
        hid_t candidate = memory_type((graft_dtype)i);
        if (candidate < 0) continue;
        found = H5Tequal(type, candidate) > 0;
        *out = (graft_dtype)i;
        H5Tclose(candidate);
    }
    if (type >= 0) H5Tclose(type);
    if (stored >= 0) H5Tclose(stored);
    return found ? GRAFT_OK
                 : graft_fail(GRAFT_E_DATA, "its type is no IEEE float of 2, 4 or 8 bytes and no integer of 1 to 8");
}

static graft_status find_shape(hid_t dataset, graft_shape *out) {
    hsize_t dims[H5S_MAX_RANK];
    hid_t space = H5Dget_space(dataset);
    int rank =
        space >= 0 && H5Sget_simple_extent_type(space) != H5S_NULL ? H5Sget_simple_extent_dims(space, dims, NULL) : -1;
    if (space >= 0) H5Sclose(space);
    if (rank < 0 || rank > GRAFT_MAX_RANK) {
        return graft_fail(GRAFT_E_DATA, "rank %d, expected 0 to %d", rank, GRAFT_MAX_RANK);
    }
    out->rank = rank;
    for (int i = 0; i < rank; i++) {
        if (dims[i] > INT64_MAX)
            return graft_fail(GRAFT_E_DATA, "an impossible size of %llu", (unsigned long long)dims[i]);
        out->dim[i] = (int64_t)dims[i];
    }
    return GRAFT_OK;
}

/* Only filters built into HDF5 that packing tools use: others would be loaded as code from plugin folders. */
static graft_status check_filters(hid_t creation, uint64_t *inflation) {
    int count = H5Pget_nfilters(creation);
    if (count < 0 || count > 8) return graft_fail(GRAFT_E_DATA, "damaged filters");
    *inflation = 1;
    for (int i = 0; i < count; i++) {
        size_t values = 0;
        unsigned flags = 0;
        H5Z_filter_t filter = H5Pget_filter2(creation, (unsigned)i, &flags, &values, NULL, 0, NULL, NULL);
        if (filter == H5Z_FILTER_DEFLATE) *inflation *= MAX_INFLATION;
        if (filter != H5Z_FILTER_DEFLATE && filter != H5Z_FILTER_SHUFFLE && filter != H5Z_FILTER_FLETCHER32) {
            return graft_fail(
                GRAFT_E_DATA,
                "packed by filter %d, expected none, gzip, shuffle or fletcher32 (unpack it with h5repack -f NONE)",
                (int)filter);
        }
    }
    return *inflation > MAX_INFLATION ? graft_fail(GRAFT_E_DATA, "packed twice by gzip") : GRAFT_OK;
}

static graft_status check_chunks(hid_t creation, const graft_shape *shape, size_t size, uint64_t room) {
    hsize_t chunk[GRAFT_MAX_RANK];
    if (H5Pget_chunk(creation, GRAFT_MAX_RANK, chunk) != shape->rank) return graft_fail(GRAFT_E_DATA, "damaged chunks");
    uint64_t chunks = 1, bytes = size;
    for (int i = 0; i < shape->rank; i++) {
        if (chunk[i] == 0 || chunk[i] > room / bytes) {
            return graft_fail(GRAFT_E_DATA, "chunks larger than what the file can hold (truncated or damaged)");
        }
        bytes *= chunk[i];
        chunks *= ((uint64_t)shape->dim[i] + chunk[i] - 1) / chunk[i];
        if (chunks > MAX_CHUNKS)
            return graft_fail(GRAFT_E_DATA, "more than %llu chunks", (unsigned long long)MAX_CHUNKS);
    }
    return GRAFT_OK;
}

/* That the bytes can be in this file: nothing is allocated for what a damaged header claims. */
static graft_status check_storage(const graft_h5 *h5, hid_t dataset, hid_t creation, graft_dtype dtype,
                                  const graft_shape *shape, uint64_t bytes) {
    uint64_t stored = H5Dget_storage_size(dataset), inflation = 1;
    if (stored > h5->bytes || (stored == 0 && bytes > 0)) {
        return graft_fail(GRAFT_E_DATA, "%llu bytes stored in a file of %llu (truncated or damaged)",
                          (unsigned long long)stored, (unsigned long long)h5->bytes);
    }
    if (H5Pget_layout(creation) == H5D_CHUNKED) {
        GRAFT_TRY(check_filters(creation, &inflation));
        GRAFT_TRY(check_chunks(creation, shape, graft_dtype_size(dtype), stored * inflation));
    }
    if (bytes / inflation > stored) {
        return graft_fail(GRAFT_E_DATA, "needs %llu bytes, the file holds %llu for it (truncated or damaged)",
                          (unsigned long long)bytes, (unsigned long long)stored);
    }
    return GRAFT_OK;
}

/* A virtual dataset's shape may not even be asked for: HDF5 would open the files it consists of. */
static graft_status check_place(hid_t creation) {
    if (creation < 0) return graft_fail(GRAFT_E_DATA, "damaged (truncated file?)");
    if (H5Pget_external_count(creation) == 0 && H5Pget_layout(creation) != H5D_VIRTUAL) return GRAFT_OK;
    return graft_fail(GRAFT_E_DATA,
                      "its bytes lie in another file, which graft does not follow: expected all tensors in one file");
}

static graft_status describe(const graft_h5 *h5, hid_t dataset, const char *path, graft_dtype *dtype,
                             graft_shape *shape) {
    hid_t creation = H5Dget_create_plist(dataset);
    uint64_t bytes = 0;
    graft_status status = check_place(creation);
    if (status == GRAFT_OK) status = find_dtype(dataset, dtype);
    if (status == GRAFT_OK) status = find_shape(dataset, shape);
    if (status == GRAFT_OK) status = graft_container_size(*dtype, shape, &bytes);
    if (status == GRAFT_OK) status = check_storage(h5, dataset, creation, *dtype, shape, bytes);
    if (creation >= 0) H5Pclose(creation);
    return status == GRAFT_OK ? status : graft_fail_in(status, "%s: %s", h5->path, path);
}

graft_status graft_h5_describe(graft_h5 *h5, const char *path, graft_dtype *dtype, graft_shape *shape) {
    hid_t dataset = H5I_INVALID_HID;
    h5_guard guard = enter();
    graft_status status = open_object(h5, path, H5I_DATASET, &dataset);
    if (status == GRAFT_OK) {
        status = describe(h5, dataset, path, dtype, shape);
        H5Oclose(dataset);
    }
    leave(guard);
    return status;
}

static graft_status read_dataset(const graft_h5 *h5, hid_t dataset, const char *path, graft_tensor **out) {
    graft_dtype dtype = GRAFT_F32;
    graft_shape shape = {0};
    GRAFT_TRY(describe(h5, dataset, path, &dtype, &shape));
    GRAFT_TRY(graft_tensor_new(dtype, &shape, out));
    if ((*out)->bytes == 0) return GRAFT_OK;
    hid_t type = memory_type(dtype);
    herr_t outcome = H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, (*out)->data);
    H5Tclose(type);
    if (outcome >= 0) return GRAFT_OK;
    graft_tensor_free(*out);
    *out = NULL;
    return graft_fail(GRAFT_E_DATA, "%s: %s: its bytes cannot be read (truncated or damaged)", h5->path, path);
}

graft_status graft_h5_read(graft_h5 *h5, const char *path, graft_tensor **out) {
    hid_t dataset = H5I_INVALID_HID;
    *out = NULL;
    h5_guard guard = enter();
    graft_status status = open_object(h5, path, H5I_DATASET, &dataset);
    if (status == GRAFT_OK) {
        status = read_dataset(h5, dataset, path, out);
        H5Oclose(dataset);
    }
    leave(guard);
    return status;
}
