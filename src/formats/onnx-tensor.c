/* TensorProto: its numbers stand in raw_data, in a field of their type, or in a file beside the model. */
#include "base/alloc.h"
#include "base/error.h"
#include "formats/onnx-internal.h"
#include "formats/onnx.pb-c.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Types by their number, and the field that holds them when raw_data does not. */
static const struct {
    int type;
    graft_dtype dtype;
    const char *text;
    enum { FLOATS, DOUBLES, INTS32, INTS64, UINTS64 } field;
} types[] = {
    {ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT, GRAFT_F32, "f32", FLOATS},
    {ONNX__TENSOR_PROTO__DATA_TYPE__UINT8, GRAFT_U8, "u8", INTS32},
    {ONNX__TENSOR_PROTO__DATA_TYPE__INT8, GRAFT_I8, "i8", INTS32},
    {ONNX__TENSOR_PROTO__DATA_TYPE__UINT16, GRAFT_U16, "u16", INTS32},
    {ONNX__TENSOR_PROTO__DATA_TYPE__INT16, GRAFT_I16, "i16", INTS32},
    {ONNX__TENSOR_PROTO__DATA_TYPE__INT32, GRAFT_I32, "i32", INTS32},
    {ONNX__TENSOR_PROTO__DATA_TYPE__INT64, GRAFT_I64, "i64", INTS64},
    {ONNX__TENSOR_PROTO__DATA_TYPE__BOOL, GRAFT_BOOL, "bool", INTS32},
    {ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT16, GRAFT_F16, "f16", INTS32},
    {ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE, GRAFT_F64, "f64", DOUBLES},
    {ONNX__TENSOR_PROTO__DATA_TYPE__UINT32, GRAFT_U32, "u32", UINTS64},
    {ONNX__TENSOR_PROTO__DATA_TYPE__UINT64, GRAFT_U64, "u64", UINTS64},
    {ONNX__TENSOR_PROTO__DATA_TYPE__BFLOAT16, GRAFT_BF16, "bf16", INTS32},
};
enum { TYPE_COUNT = sizeof types / sizeof types[0] };

static size_t find_type(int type) {
    size_t at = 0;
    while (at < TYPE_COUNT && types[at].type != type)
        at++;
    return at;
}

const char *graft_onnx_dtype_text(int type) {
    size_t at = find_type(type);
    return at < TYPE_COUNT ? types[at].text : "other";
}

static graft_status check_dims(const Onnx__TensorProto *tensor, graft_shape *shape) {
    if (tensor->n_dims > GRAFT_MAX_RANK)
        return graft_fail(GRAFT_E_DATA, "%zu dimensions, expected at most %d", tensor->n_dims, GRAFT_MAX_RANK);
    *shape = (graft_shape){.rank = (int)tensor->n_dims};
    for (size_t i = 0; i < tensor->n_dims; i++)
        shape->dim[i] = tensor->dims[i];
    return GRAFT_OK;
}

/* ---- numbers in files beside the model ---- */

/* Whether a path stays below the folder it is relative to. */
static bool stays_inside(const char *location) {
    if (location[0] == '\0' || location[0] == '/') return false;
    for (const char *part = location; part; part = strchr(part, '/')) {
        part += *part == '/';
        size_t length = strcspn(part, "/");
        if (length == 2 && memcmp(part, "..", 2) == 0) return false;
    }
    return true;
}

static bool parse_size(const char *text, uint64_t *out) {
    char *end = NULL;
    errno = 0;
    *out = strtoull(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0;
}

static graft_status map_external(graft_onnx_file *file, const char *location, const graft_mapping **out) {
    for (size_t i = 0; i < file->external_count; i++) {
        *out = &file->externals[i].mapping;
        if (strcmp(file->externals[i].location, location) == 0) return GRAFT_OK;
    }
    if (file->external_count >= GRAFT_ONNX_MAX_EXTERNALS)
        return graft_fail(GRAFT_E_DATA, "numbers in more than %d files", GRAFT_ONNX_MAX_EXTERNALS);
    if (!graft_reserve(&file->externals, &file->external_capacity, file->external_count + 1, sizeof *file->externals))
        return graft_fail_memory("a list of files");
    graft_onnx_external *external = &file->externals[file->external_count];
    const char *name = graft_path_name(file->path);
    char *path = graft_text_format("%.*s%s", (int)(name - file->path), file->path, location);
    *external = (graft_onnx_external){.location = graft_text_copy(location)};
    graft_status status =
        path && external->location ? graft_file_map(path, &external->mapping) : graft_fail_memory("a file's path");
    graft_release(path);
    if (status != GRAFT_OK) {
        graft_release(external->location);
        return status;
    }
    file->external_count++;
    *out = &external->mapping;
    return GRAFT_OK;
}

static graft_status find_external(graft_onnx_file *file, const Onnx__TensorProto *tensor, uint64_t wanted,
                                  const unsigned char **out) {
    const char *location = "";
    uint64_t offset = 0, length = wanted;
    for (size_t i = 0; i < tensor->n_external_data; i++) {
        const char *key = tensor->external_data[i]->key, *value = tensor->external_data[i]->value;
        uint64_t *size = key && strcmp(key, "offset") == 0   ? &offset
                         : key && strcmp(key, "length") == 0 ? &length
                                                             : NULL;
        if (!key || !value || (size && !parse_size(value, size)))
            return graft_fail(GRAFT_E_DATA, "external data with a broken entry, expected location, offset and length");
        if (strcmp(key, "location") == 0) location = value;
    }
    if (!stays_inside(location))
        return graft_fail(GRAFT_E_DATA, "external data in '%s', expected a file in the model's folder", location);
    const graft_mapping *mapping = NULL;
    GRAFT_TRY(map_external(file, location, &mapping));
    if (length != wanted || offset > mapping->length || wanted > mapping->length - offset)
        return graft_fail(GRAFT_E_DATA, "%llu bytes at %llu of %s, which has %zu; its shape needs %llu",
                          (unsigned long long)length, (unsigned long long)offset, location, mapping->length,
                          (unsigned long long)wanted);
    *out = mapping->data + offset;
    return GRAFT_OK;
}

/* ---- where the numbers are ---- */

static graft_status find_span(const graft_onnx_file *file, const Onnx__TensorProto *tensor, graft_dtype dtype,
                              uint64_t wanted, const unsigned char **out) {
    graft_onnx_span span = {0};
    if (tensor->raw_data.len != sizeof span) return graft_fail(GRAFT_E_DATA, "its numbers are not where they belong");
    memcpy(&span, tensor->raw_data.data, sizeof span);
    bool fits = span.field == GRAFT_ONNX_RAW_DATA || (span.field == GRAFT_ONNX_FLOAT_DATA && dtype == GRAFT_F32) ||
                (span.field == GRAFT_ONNX_DOUBLE_DATA && dtype == GRAFT_F64);
    if (!fits || span.offset > file->mapping.length || span.length > file->mapping.length - span.offset)
        return graft_fail(GRAFT_E_DATA, "numbers of another type than %s", graft_dtype_name(dtype));
    if (span.length != wanted)
        return graft_fail(GRAFT_E_DATA, "%llu bytes of numbers, its shape needs %llu", (unsigned long long)span.length,
                          (unsigned long long)wanted);
    *out = file->mapping.data + span.offset;
    return GRAFT_OK;
}

static size_t typed_count(const Onnx__TensorProto *tensor, size_t at) {
    switch (types[at].field) {
    case FLOATS:
        return tensor->n_float_data;
    case DOUBLES:
        return tensor->n_double_data;
    case INTS32:
        return tensor->n_int32_data;
    case INTS64:
        return tensor->n_int64_data;
    case UINTS64:
        return tensor->n_uint64_data;
    }
    return 0;
}

static graft_status find_numbers(graft_onnx_file *file, const Onnx__TensorProto *tensor, size_t at,
                                 const graft_entry *entry, const unsigned char **data) {
    uint64_t wanted = 0;
    *data = NULL;
    GRAFT_TRY(graft_container_size(entry->dtype, &entry->shape, &wanted));
    if (tensor->has_segment) return graft_fail(GRAFT_E_DATA, "a tensor in segments, expected a whole one");
    if (tensor->data_location == ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL)
        return find_external(file, tensor, wanted, data);
    if (tensor->has_raw_data) return find_span(file, tensor, entry->dtype, wanted, data);
    uint64_t count = wanted / graft_dtype_size(entry->dtype);
    if (typed_count(tensor, at) == count) return GRAFT_OK;
    return graft_fail(GRAFT_E_DATA, "%zu numbers of type %s, its shape needs %llu", typed_count(tensor, at),
                      graft_dtype_name(entry->dtype), (unsigned long long)count);
}

graft_status graft_onnx_tensor_check(graft_onnx_file *file, const Onnx__TensorProto *tensor, const char *name,
                                     graft_entry *entry, graft_onnx_bytes *bytes) {
    size_t at = find_type(tensor->data_type);
    *entry = (graft_entry){.name = name, .group = ""};
    *bytes = (graft_onnx_bytes){.tensor = tensor};
    if (at >= TYPE_COUNT)
        return graft_fail(GRAFT_E_DATA,
                          "%s: tensor '%s': data type %d, expected numbers (texts, complex and 4- and "
                          "8-bit floating point numbers are not read)",
                          file->path, name, tensor->data_type);
    entry->dtype = types[at].dtype;
    graft_status status = check_dims(tensor, &entry->shape);
    if (status == GRAFT_OK) status = find_numbers(file, tensor, at, entry, &bytes->data);
    return status == GRAFT_OK ? status : graft_fail_in(status, "%s: tensor '%s'", file->path, name);
}

/* ---- taking them ---- */

static void copy_typed(const Onnx__TensorProto *tensor, size_t field, graft_tensor *out) {
    const size_t size = graft_dtype_size(out->dtype), count = out->bytes / size;
    unsigned char *to = out->data;
    if (field == FLOATS || field == DOUBLES || field == INTS64) {
        const void *from = field == FLOATS    ? (const void *)tensor->float_data
                           : field == DOUBLES ? (const void *)tensor->double_data
                                              : (const void *)tensor->int64_data;
        memcpy(to, from, out->bytes);
        return;
    }
    for (size_t i = 0; i < count; i++) { /* little-endian: the low bytes come first */
        int64_t value = field == INTS32 ? tensor->int32_data[i] : (int64_t)tensor->uint64_data[i];
        if (out->dtype == GRAFT_BOOL) value = value != 0;
        memcpy(to + i * size, &value, size);
    }
}

graft_status graft_onnx_tensor_take(const graft_onnx_bytes *bytes, const graft_entry *entry, graft_tensor **out) {
    GRAFT_TRY(graft_tensor_new(entry->dtype, &entry->shape, out));
    if ((*out)->bytes == 0) return GRAFT_OK;
    if (bytes->data)
        memcpy((*out)->data, bytes->data, (*out)->bytes);
    else
        copy_typed(bytes->tensor, types[find_type(bytes->tensor->data_type)].field, *out);
    return GRAFT_OK;
}

graft_status graft_onnx_tensor_add(graft_container *container, const Onnx__TensorProto *tensor, const char *name) {
    graft_onnx_file *file = container->state;
    graft_entry entry;
    graft_onnx_bytes bytes;
    GRAFT_TRY(graft_onnx_tensor_check(file, tensor, name, &entry, &bytes));
    if (!graft_reserve(&file->tensors, &file->tensor_capacity, file->tensor_count + 1, sizeof *file->tensors))
        return graft_fail_memory("the list of tensors");
    entry.index = (int)file->tensor_count;
    GRAFT_TRY(graft_container_add(container, &entry));
    file->tensors[file->tensor_count++] = bytes;
    return GRAFT_OK;
}

graft_status graft_onnx_tensor_read(const char *path, graft_tensor **out) {
    graft_onnx_file file = {0};
    graft_entry entry;
    graft_onnx_bytes bytes;
    graft_status status = graft_onnx_file_open(&file, path, GRAFT_ONNX_TENSOR, &onnx__tensor_proto__descriptor);
    const Onnx__TensorProto *tensor = (const Onnx__TensorProto *)file.message;
    if (status == GRAFT_OK)
        status = graft_onnx_tensor_check(&file, tensor, tensor->name ? tensor->name : "", &entry, &bytes);
    if (status == GRAFT_OK) status = graft_onnx_tensor_take(&bytes, &entry, out);
    graft_onnx_file_clear(&file);
    return status;
}
