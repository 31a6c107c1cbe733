#include "formats/h5-write.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "formats/h5-internal.h"

#include <hdf5.h>
#include <string.h>

#define HEADER_LIMIT ((size_t)64512) /* bytes of an attribute: Keras' HDF5_OBJECT_HEADER_LIMIT */
#define LEAST_STEP ((uint64_t)1 << 16)

struct graft_h5_writer {
    hid_t file, links; /* links: groups on the way are made */
};

static graft_status refused(const char *what, const char *name) {
    return graft_fail(GRAFT_E_MEMORY, "HDF5 cannot make %s '%.200s' in memory (too little of it?)", what, name);
}

static graft_status open_file(graft_h5_writer *writer, uint64_t step) {
    char *name = graft_text_format("graft#%p", (void *)writer);
    if (!name) return graft_fail_memory("an HDF5 file");
    hid_t access = H5Pcreate(H5P_FILE_ACCESS), creation = H5Pcreate(H5P_FILE_CREATE);
    writer->links = H5Pcreate(H5P_LINK_CREATE);
    bool good = access >= 0 && creation >= 0 && writer->links >= 0 &&
                H5Pset_fapl_core(access, (size_t)step, false) >= 0 &&
                H5Pset_fclose_degree(access, H5F_CLOSE_STRONG) >= 0 && H5Pset_obj_track_times(creation, false) >= 0 &&
                H5Pset_create_intermediate_group(writer->links, 1) >= 0;
    if (good) writer->file = H5Fcreate(name, H5F_ACC_TRUNC, creation, access);
    if (access >= 0) H5Pclose(access);
    if (creation >= 0) H5Pclose(creation);
    graft_release(name);
    return writer->file >= 0 ? GRAFT_OK : refused("a file", "");
}

graft_status graft_h5_writer_new(uint64_t bytes, graft_h5_writer **out) {
    *out = NULL;
    graft_h5_writer *writer = graft_allocate_zero(1, sizeof *writer);
    if (!writer) return graft_fail_memory("an HDF5 file");
    writer->file = writer->links = H5I_INVALID_HID;
    h5_guard guard = graft_h5_enter();
    graft_status status = open_file(writer, bytes / 16 > LEAST_STEP ? bytes / 16 : LEAST_STEP);
    graft_h5_leave(guard);
    if (status != GRAFT_OK) {
        graft_h5_writer_free(writer);
        return status;
    }
    *out = writer;
    return GRAFT_OK;
}

void graft_h5_writer_free(graft_h5_writer *writer) {
    if (!writer) return;
    h5_guard guard = graft_h5_enter();
    if (writer->file >= 0) H5Fclose(writer->file);
    if (writer->links >= 0) H5Pclose(writer->links);
    graft_h5_leave(guard);
    graft_release(writer);
}

graft_status graft_h5_write_group(graft_h5_writer *writer, const char *group) {
    h5_guard guard = graft_h5_enter();
    hid_t made = H5Gcreate2(writer->file, group, writer->links, H5P_DEFAULT, H5P_DEFAULT);
    if (made >= 0) H5Gclose(made);
    graft_h5_leave(guard);
    return made >= 0 ? GRAFT_OK : refused("group", group);
}

/* ---- attributes ---- */

/* Text of `size` bytes, padded with NULs; H5T_VARIABLE: of any length. */
static hid_t text_type(size_t size) {
    hid_t type = H5Tcopy(H5T_C_S1);
    if (type >= 0 && (H5Tset_size(type, size) < 0 || H5Tset_cset(type, H5T_CSET_UTF8) < 0 ||
                      (size != H5T_VARIABLE && H5Tset_strpad(type, H5T_STR_NULLPAD) < 0))) {
        H5Tclose(type);
        return H5I_INVALID_HID;
    }
    return type;
}

/* Takes type and space over. `data` NULL: the attribute is empty. */
static graft_status write_attribute(const graft_h5_writer *writer, const char *group, const char *name, hid_t type,
                                    hid_t space, const void *data) {
    hid_t object = H5Gopen2(writer->file, group, H5P_DEFAULT), made = H5I_INVALID_HID;
    if (object >= 0 && type >= 0 && space >= 0) made = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    bool good = made >= 0 && (!data || H5Awrite(made, type, data) >= 0);
    if (made >= 0) H5Aclose(made);
    if (object >= 0) H5Gclose(object);
    if (type >= 0) H5Tclose(type);
    if (space >= 0) H5Sclose(space);
    return good ? GRAFT_OK : refused("attribute", name);
}

graft_status graft_h5_write_text(graft_h5_writer *writer, const char *group, const char *attribute, const char *text) {
    h5_guard guard = graft_h5_enter();
    graft_status status =
        write_attribute(writer, group, attribute, text_type(H5T_VARIABLE), H5Screate(H5S_SCALAR), &text);
    graft_h5_leave(guard);
    return status;
}

static size_t longest(const char *const *texts, size_t count) {
    size_t size = 1;
    for (size_t i = 0; i < count; i++)
        if (strlen(texts[i]) > size) size = strlen(texts[i]);
    return size;
}

static graft_status write_list(graft_h5_writer *writer, const char *group, const char *attribute,
                               const char *const *texts, size_t count, size_t size) {
    char *packed = graft_allocate_zero(count, size);
    const hsize_t length = count;
    if (!packed) return graft_fail_memory("a list of texts");
    for (size_t i = 0; i < count; i++)
        memcpy(packed + i * size, texts[i], strlen(texts[i]));
    h5_guard guard = graft_h5_enter();
    graft_status status = write_attribute(writer, group, attribute, text_type(size), H5Screate_simple(1, &length, NULL),
                                          count > 0 ? packed : NULL);
    graft_h5_leave(guard);
    graft_release(packed);
    return status;
}

graft_status graft_h5_write_texts(graft_h5_writer *writer, const char *group, const char *attribute,
                                  const char *const *texts, size_t count) {
    const size_t size = longest(texts, count), most = HEADER_LIMIT / size;
    if (most == 0)
        return graft_fail(GRAFT_E_USAGE, "%s: a name of %zu bytes, expected at most %zu", attribute, size,
                          HEADER_LIMIT);
    if (count <= most) return write_list(writer, group, attribute, texts, count, size);
    for (size_t first = 0, part = 0; first < count; first += most, part++) {
        char *name = graft_text_format("%s%zu", attribute, part);
        if (!name) return graft_fail_memory("an attribute's name");
        const size_t here = count - first < most ? count - first : most;
        graft_status status = write_list(writer, group, name, texts + first, here, size);
        graft_release(name);
        GRAFT_TRY(status);
    }
    return GRAFT_OK;
}

/* ---- datasets ---- */

static bool write_dataset(const graft_h5_writer *writer, const char *name, const graft_tensor *tensor) {
    hsize_t dims[GRAFT_MAX_RANK];
    for (int i = 0; i < tensor->shape.rank; i++)
        dims[i] = (hsize_t)tensor->shape.dim[i];
    hid_t space = H5Screate_simple(tensor->shape.rank, dims, NULL), creation = H5Pcreate(H5P_DATASET_CREATE);
    hid_t made = H5I_INVALID_HID;
    if (space >= 0 && creation >= 0 && H5Pset_obj_track_times(creation, false) >= 0)
        made = H5Dcreate2(writer->file, name, H5T_IEEE_F32LE, space, writer->links, creation, H5P_DEFAULT);
    bool good = made >= 0;
    if (good && tensor->bytes > 0)
        good = H5Dwrite(made, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, tensor->data) >= 0;
    if (made >= 0) H5Dclose(made);
    if (creation >= 0) H5Pclose(creation);
    if (space >= 0) H5Sclose(space);
    return good;
}

graft_status graft_h5_write_tensor(graft_h5_writer *writer, const char *dataset, const graft_tensor *tensor) {
    if (tensor->dtype != GRAFT_F32)
        return graft_fail(GRAFT_E_INTERNAL, "%s: %s, expected F32", dataset, graft_dtype_name(tensor->dtype));
    h5_guard guard = graft_h5_enter();
    bool good = write_dataset(writer, dataset, tensor);
    graft_h5_leave(guard);
    return good ? GRAFT_OK : refused("dataset", dataset);
}

/* ---- the end ---- */

/* The file's bytes as they lie in memory, borrowed until the file is closed. */
static graft_status find_image(const graft_h5_writer *writer, const void **image, size_t *length) {
    void *handle = NULL;
    ssize_t size = -1;
    if (H5Fflush(writer->file, H5F_SCOPE_GLOBAL) >= 0) size = H5Fget_file_image(writer->file, NULL, 0);
    if (size <= 0 || H5Fget_vfd_handle(writer->file, H5P_DEFAULT, &handle) < 0 || !handle)
        return refused("the file's", "end");
    *image = *(void *const *)handle; /* the in-memory driver's handle is where it keeps its memory */
    *length = (size_t)size;
    return *image ? GRAFT_OK : refused("the file's", "end");
}

graft_status graft_h5_writer_commit(graft_h5_writer *writer, const char *path) {
    const void *image = NULL;
    size_t length = 0;
    h5_guard guard = graft_h5_enter();
    graft_status status = find_image(writer, &image, &length);
    graft_h5_leave(guard);
    return status == GRAFT_OK ? graft_file_write(path, image, length) : status;
}
