/* Writing safetensors. */
#include "base/alloc.h"
#include "base/error.h"
#include "formats/container-internal.h"
#include "formats/safetensors.h"

#include <stdlib.h>
#include <string.h>

static int compare_tensors(const void *a, const void *b) {
    const graft_named_tensor *left = a, *right = b;
    size_t size_left = graft_dtype_size(left->tensor->dtype), size_right = graft_dtype_size(right->tensor->dtype);
    if (size_left != size_right) return size_left > size_right ? -1 : 1;
    return strcmp(left->name, right->name);
}

static graft_status check_names(const char *path, const graft_named_tensor *tensors, size_t count) {
    graft_strmap *seen = NULL;
    GRAFT_TRY(graft_strmap_new(&seen));
    graft_status status = GRAFT_OK;
    for (size_t i = 0; i < count && status == GRAFT_OK; i++) {
        size_t other = 0;
        const char *name = tensors[i].name;
        if (strcmp(name, "__metadata__") == 0 || graft_strmap_get(seen, name, &other)) {
            status = graft_fail(GRAFT_E_USAGE, "%s: %s: a tensor cannot have this name: it is taken", path, name);
        } else {
            status = graft_strmap_set(seen, name, i);
        }
    }
    graft_strmap_free(seen);
    return status;
}

static graft_status check_metadata(const char *path, const graft_json *metadata) {
    for (size_t i = 0; i < graft_json_count(metadata); i++) {
        const graft_json *value = NULL;
        const char *key = graft_json_key(metadata, i, &value);
        if (graft_json_type_of(value) != GRAFT_JSON_TEXT) {
            return graft_fail(GRAFT_E_USAGE, "%s: metadata %s is no text", path, key);
        }
    }
    return GRAFT_OK;
}

static graft_json *describe(const graft_tensor *tensor, int64_t begin) {
    graft_json *json = graft_json_new_object(), *shape = graft_json_new_array(), *offsets = graft_json_new_array();
    for (int i = 0; i < tensor->shape.rank; i++)
        graft_json_add(shape, graft_json_new_int(tensor->shape.dim[i]));
    graft_json_add(offsets, graft_json_new_int(begin));
    graft_json_add(offsets, graft_json_new_int(begin + (int64_t)tensor->bytes));
    graft_json_set_text(json, "dtype", graft_dtype_name(tensor->dtype));
    graft_json_set(json, "shape", shape);
    graft_json_set(json, "data_offsets", offsets);
    return json;
}

static graft_status make_header(const graft_named_tensor *sorted, size_t count, const graft_json *metadata, char **out,
                                size_t *length) {
    graft_json *header = graft_json_new_object();
    if (!header) return graft_fail_memory("a safetensors header");
    if (metadata) graft_json_set(header, "__metadata__", graft_json_keep(metadata));
    int64_t offset = 0;
    for (size_t i = 0; i < count; i++) {
        graft_json_set(header, sorted[i].name, describe(sorted[i].tensor, offset));
        offset += (int64_t)sorted[i].tensor->bytes;
    }
    graft_status status = graft_json_dump(header, 0, out, length);
    graft_json_free(header);
    return status;
}

static graft_status write_parts(graft_file_writer *writer, const graft_named_tensor *sorted, size_t count,
                                const char *header, size_t length) {
    static const char spaces[8] = "        ";
    size_t padding = (8 - length % 8) % 8;
    uint64_t total = length + padding;
    GRAFT_TRY(graft_file_writer_write(writer, &total, sizeof total));
    GRAFT_TRY(graft_file_writer_write(writer, header, length));
    GRAFT_TRY(graft_file_writer_write(writer, spaces, padding));
    for (size_t i = 0; i < count; i++) {
        const graft_tensor *tensor = sorted[i].tensor;
        if (tensor->bytes > 0) GRAFT_TRY(graft_file_writer_write(writer, tensor->data, tensor->bytes));
    }
    return GRAFT_OK;
}

graft_status graft_safetensors_write(const char *path, const graft_named_tensor *tensors, size_t count,
                                     const graft_json *metadata) {
    graft_named_tensor *sorted = NULL;
    graft_file_writer *writer = NULL;
    char *header = NULL;
    size_t length = 0;
    graft_status status = GRAFT_OK;
    GRAFT_TRY_TO(done, status, check_names(path, tensors, count));
    GRAFT_TRY_TO(done, status, check_metadata(path, metadata));
    sorted = graft_allocate(count, sizeof *sorted);
    if (!sorted) {
        status = graft_fail_memory("the list of tensors");
        goto done;
    }
    if (count > 0) memcpy(sorted, tensors, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare_tensors);
    GRAFT_TRY_TO(done, status, make_header(sorted, count, metadata, &header, &length));
    GRAFT_TRY_TO(done, status, graft_file_writer_open(path, &writer));
    GRAFT_TRY_TO(done, status, write_parts(writer, sorted, count, header, length));
    status = graft_file_writer_commit(&writer);
done:
    graft_file_writer_abort(writer);
    graft_release(header);
    graft_release(sorted);
    return status;
}
