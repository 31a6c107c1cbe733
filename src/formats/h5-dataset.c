/* HDF5 datasets of numbers. */
#include "base/error.h"
#include "formats/container-internal.h"
#include "formats/h5-internal.h"

#include <hdf5.h>

#define MAX_CHUNKS ((uint64_t)1 << 20) /* of a dataset */
#define MAX_INFLATION 1032             /* deflate cannot pack tighter */

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
    h5_guard guard = graft_h5_enter();
    graft_status status = graft_h5_open_object(h5, path, H5_A_DATASET, &dataset);
    if (status == GRAFT_OK) {
        status = describe(h5, dataset, path, dtype, shape);
        H5Oclose(dataset);
    }
    graft_h5_leave(guard);
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
    h5_guard guard = graft_h5_enter();
    graft_status status = graft_h5_open_object(h5, path, H5_A_DATASET, &dataset);
    if (status == GRAFT_OK) {
        status = read_dataset(h5, dataset, path, out);
        H5Oclose(dataset);
    }
    graft_h5_leave(guard);
    return status;
}
