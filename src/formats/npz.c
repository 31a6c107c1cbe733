/* Writing .npz: a zip archive of .npy members, stored. libzip writes to a temporary file beside the target and
 * renames it, so that a full disk leaves the old file. libzip stops here and in archive.c. */
#include "base/alloc.h"
#include "base/error.h"
#include "formats/npy-header.h"
#include "formats/npy.h"

#include <zip.h>

/* 1980-01-01 00:00, zip's oldest date, for all members: the same tensors give the same bytes. */
#define DOS_DATE ((1 << 5) | 1)

typedef struct npy_header {
    unsigned char bytes[GRAFT_NPY_HEADER_MAX];
} npy_header;

static graft_status fail_zip(const char *path, const char *what, zip_error_t *error) {
    return graft_fail(zip_error_code_zip(error) == ZIP_ER_EXISTS ? GRAFT_E_USAGE : GRAFT_E_DATA, "%s: %s: %s", path,
                      what, zip_error_strerror(error));
}

/* libzip reads header and numbers where they are, when it closes the archive. */
static graft_status add_member(zip_t *zip, const char *path, const graft_named_tensor *named, npy_header *header) {
    const graft_tensor *tensor = named->tensor;
    size_t length = 0;
    GRAFT_TRY(graft_npy_header_make(named->name, tensor->dtype, &tensor->shape, header->bytes, &length));
    zip_buffer_fragment_t parts[2] = {{.data = header->bytes, .length = length},
                                      {.data = tensor->data, .length = tensor->bytes}};
    char *member = graft_text_format("%s.npy", named->name);
    if (!member) return graft_fail_memory("an archive member's name");
    graft_status status = GRAFT_OK;
    zip_source_t *source = zip_source_buffer_fragment(zip, parts, tensor->bytes > 0 ? 2 : 1, 0);
    zip_int64_t index = source ? zip_file_add(zip, member, source, ZIP_FL_ENC_UTF_8) : -1;
    if (index < 0 || zip_set_file_compression(zip, (zip_uint64_t)index, ZIP_CM_STORE, 0) != 0 ||
        zip_file_set_dostime(zip, (zip_uint64_t)index, 0, DOS_DATE, 0) != 0) {
        status = fail_zip(path, member, zip_get_error(zip));
    }
    if (index < 0) zip_source_free(source);
    graft_release(member);
    return status;
}

graft_status graft_npz_write(const char *path, const graft_named_tensor *tensors, size_t count) {
    int code = 0;
    npy_header *headers = graft_allocate(count, sizeof *headers);
    if (!headers) return graft_fail_memory("an archive's headers");
    zip_t *zip = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &code);
    graft_status status = GRAFT_OK;
    if (!zip) {
        zip_error_t error;
        zip_error_init_with_code(&error, code);
        status = fail_zip(path, "cannot be written", &error);
        zip_error_fini(&error);
    }
    for (size_t i = 0; i < count && status == GRAFT_OK; i++)
        status = add_member(zip, path, &tensors[i], &headers[i]);
    if (status == GRAFT_OK && zip_close(zip) != 0) {
        status = fail_zip(path, "cannot be written (disk full?)", zip_get_error(zip));
    } else if (status == GRAFT_OK) {
        zip = NULL;
    }
    if (zip) zip_discard(zip);
    graft_release(headers);
    return status;
}
