/* Reading and writing one NumPy array. */
#include "formats/npy.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "formats/npy-header.h"

#include <string.h>

static void swap_bytes(unsigned char *bytes, size_t count, size_t size) {
    for (size_t i = 0; i < count; i++, bytes += size) {
        for (size_t a = 0, b = size - 1; a < b; a++, b--) {
            unsigned char byte = bytes[a];
            bytes[a] = bytes[b];
            bytes[b] = byte;
        }
    }
}

/* Fortran order is the C order of the reversed shape. */
static graft_status from_fortran(graft_tensor **tensor) {
    graft_tensor *stored = *tensor, *transposed = NULL;
    int axes[GRAFT_MAX_RANK], rank = stored->shape.rank;
    graft_shape reversed = {.rank = rank};
    for (int i = 0; i < rank; i++) {
        axes[i] = rank - 1 - i;
        reversed.dim[i] = stored->shape.dim[rank - 1 - i];
    }
    GRAFT_TRY(graft_tensor_reshape(stored, &reversed));
    GRAFT_TRY(graft_tensor_permute(stored, axes, &transposed));
    graft_tensor_free(stored);
    *tensor = transposed;
    return GRAFT_OK;
}

static graft_status parse(const char *path, const unsigned char *bytes, size_t length, graft_tensor **out) {
    graft_npy_header header;
    size_t begin = 0;
    GRAFT_TRY(graft_npy_header_parse(path, bytes, length, &header, &begin));
    size_t left = length - begin, size = graft_dtype_size(header.dtype), needed = 0;
    int64_t count = graft_shape_count(&header.shape);
    char text[GRAFT_SHAPE_TEXT];
    if (count < 0 || !graft_multiply_sizes((size_t)count, size, &needed) || needed != left) {
        return graft_fail(GRAFT_E_DATA, "%s: %zu bytes of data, %s of shape %s needs %s%zu (truncated?)", path, left,
                          graft_dtype_name(header.dtype), graft_shape_text(&header.shape, text),
                          count < 0 ? "over " : "", needed);
    }
    GRAFT_TRY(graft_tensor_new(header.dtype, &header.shape, out));
    if (needed > 0) memcpy((*out)->data, bytes + begin, needed);
    if (header.big_endian) swap_bytes((*out)->data, (size_t)count, size);
    return header.fortran ? from_fortran(out) : GRAFT_OK;
}

graft_status graft_npy_parse(const char *what, const unsigned char *bytes, size_t length, graft_tensor **out) {
    *out = NULL;
    graft_status status = parse(what, bytes, length, out);
    if (status != GRAFT_OK) {
        graft_tensor_free(*out);
        *out = NULL;
    }
    return status;
}

graft_status graft_npy_read(const char *path, graft_tensor **out) {
    graft_mapping mapping = {0};
    *out = NULL;
    GRAFT_TRY(graft_file_map(path, &mapping));
    graft_status status = graft_npy_parse(path, mapping.data, mapping.length, out);
    graft_file_unmap(&mapping);
    return status;
}

graft_status graft_npy_write(const char *path, const graft_tensor *tensor) {
    unsigned char header[GRAFT_NPY_HEADER_MAX];
    size_t length = 0;
    graft_file_writer *writer = NULL;
    graft_status status = GRAFT_OK;
    GRAFT_TRY(graft_npy_header_make(path, tensor->dtype, &tensor->shape, header, &length));
    GRAFT_TRY(graft_file_writer_open(path, &writer));
    GRAFT_TRY_TO(done, status, graft_file_writer_write(writer, header, length));
    if (tensor->bytes > 0) GRAFT_TRY_TO(done, status, graft_file_writer_write(writer, tensor->data, tensor->bytes));
    status = graft_file_writer_commit(&writer);
done:
    graft_file_writer_abort(writer);
    return status;
}

struct graft_npy_writer {
    graft_file_writer *file;
    char *path;
    graft_shape shape; /* dim[0] counts the rows */
    size_t row_bytes;
};

graft_status graft_npy_writer_open(const char *path, const graft_shape *row, graft_npy_writer **out) {
    *out = NULL;
    int64_t count = graft_shape_count(row);
    if (row->rank >= GRAFT_MAX_RANK || count < 0)
        return graft_fail(GRAFT_E_USAGE, "%s: rows of an impossible shape", path);
    graft_npy_writer *writer = graft_allocate_zero(1, sizeof *writer);
    if (!writer) return graft_fail_memory("a writer of .npy");
    writer->shape.rank = row->rank + 1;
    for (int i = 0; i < row->rank; i++)
        writer->shape.dim[i + 1] = row->dim[i];
    unsigned char header[GRAFT_NPY_HEADER_MAX];
    size_t length = 0;
    graft_status status = GRAFT_OK;
    if (!(writer->path = graft_text_copy(path)) ||
        !graft_multiply_sizes((size_t)count, sizeof(float), &writer->row_bytes)) {
        status = graft_fail_memory("a writer of .npy");
    }
    if (status == GRAFT_OK) status = graft_npy_header_make(path, GRAFT_F32, &writer->shape, header, &length);
    if (status == GRAFT_OK) status = graft_file_writer_open(path, &writer->file);
    if (status == GRAFT_OK) status = graft_file_writer_write(writer->file, header, length);
    if (status != GRAFT_OK) {
        graft_npy_writer_abort(writer);
        return status;
    }
    *out = writer;
    return GRAFT_OK;
}

graft_status graft_npy_writer_row(graft_npy_writer *writer, const float *row) {
    GRAFT_TRY(graft_file_writer_write(writer->file, row, writer->row_bytes));
    writer->shape.dim[0]++;
    return GRAFT_OK;
}

graft_status graft_npy_writer_commit(graft_npy_writer **writer) {
    graft_npy_writer *mine = *writer;
    unsigned char header[GRAFT_NPY_HEADER_MAX];
    size_t length = 0;
    *writer = NULL;
    graft_status status = graft_npy_header_make(mine->path, GRAFT_F32, &mine->shape, header, &length);
    if (status == GRAFT_OK) status = graft_file_writer_patch(mine->file, 0, header, length);
    if (status == GRAFT_OK) status = graft_file_writer_commit(&mine->file);
    graft_npy_writer_abort(mine);
    return status;
}

void graft_npy_writer_abort(graft_npy_writer *writer) {
    if (!writer) return;
    graft_file_writer_abort(writer->file);
    graft_release(writer->path);
    graft_release(writer);
}
