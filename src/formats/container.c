/* The part of a container that all formats share: opening by magic bytes, the entry table, conversion to F32. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "formats/container-internal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const graft_format formats[] = {
#define GRAFT_FORMAT(symbol, name, help) \
    {name, help, graft_##symbol##_probe, graft_##symbol##_open, graft_##symbol##_read, graft_##symbol##_close},
#include "formats/formats.def"
#undef GRAFT_FORMAT
};

const graft_format *graft_format_at(size_t index) {
    return index < sizeof formats / sizeof formats[0] ? &formats[index] : NULL;
}

static graft_status read_head(const char *path, unsigned char *head, size_t *length) {
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) return graft_fail(GRAFT_E_DATA, "%s: cannot be opened: %s", path, strerror(errno));
    ssize_t got = read(file, head, GRAFT_PROBE_BYTES);
    int error = errno;
    close(file);
    if (got < 0) return graft_fail(GRAFT_E_DATA, "%s: cannot be read: %s", path, strerror(error));
    *length = (size_t)got;
    return GRAFT_OK;
}

static const graft_format *find_format(const unsigned char *head, size_t length) {
    const graft_format *format = NULL;
    for (size_t i = 0; (format = graft_format_at(i)) != NULL && !format->probe(head, length); i++)
        continue;
    return format;
}

static graft_status fail_unknown(const char *path, const unsigned char *head, size_t length) {
    if (length == 0) return graft_fail(GRAFT_E_DATA, "%s: empty file, expected a model or weights file", path);
    return graft_fail(GRAFT_E_DATA,
                      "%s: its first bytes (%02x %02x %02x %02x) are of no known format, expected Keras .h5 or "
                      ".keras, a TF.js model.json, safetensors, ONNX, PyTorch .pth or NumPy .npz",
                      path, head[0], head[1], head[2], head[3]);
}

static graft_status open_as_found(graft_context *context, const char *path, graft_container *container) {
    bool folder = graft_file_kind_of(path) == GRAFT_FILE_FOLDER;
    container->path = folder ? graft_path_join(path, "model.json") : graft_text_copy(path);
    container->metadata = graft_json_new_object();
    if (!container->path || !container->metadata) return graft_fail_memory("a container");
    GRAFT_TRY(graft_strmap_new(&container->names));
    if (folder && graft_file_kind_of(container->path) == GRAFT_FILE_MISSING) {
        return graft_fail(GRAFT_E_DATA, "%s: a folder without model.json, expected a TF.js model's folder or a file",
                          path);
    }
    if (graft_file_kind_of(container->path) == GRAFT_FILE_OTHER) {
        return graft_fail(GRAFT_E_DATA, "%s: not a regular file, expected a model or weights file", path);
    }
    unsigned char head[GRAFT_PROBE_BYTES] = {0};
    size_t length = 0;
    GRAFT_TRY(read_head(container->path, head, &length));
    container->format = find_format(head, length);
    if (!container->format) return fail_unknown(container->path, head, length);
    return container->format->open(context, container->path, container);
}

graft_status graft_container_open(graft_context *context, const char *path, graft_container **out) {
    *out = NULL;
    graft_container *container = graft_allocate_zero(1, sizeof *container);
    if (!container) return graft_fail_memory("a container");
    graft_status status = open_as_found(context, path, container);
    if (status != GRAFT_OK) {
        graft_container_free(container);
        return status;
    }
    *out = container;
    return GRAFT_OK;
}

void graft_container_free(graft_container *container) {
    if (!container) return;
    if (container->format) container->format->close(container->state);
    for (size_t i = 0; i < container->text_count; i++)
        graft_release(container->texts[i]);
    graft_release(container->texts);
    graft_release(container->entries);
    graft_strmap_free(container->names);
    graft_json_free(container->config);
    graft_json_free(container->metadata);
    graft_release(container->path);
    graft_release(container);
}

graft_status graft_container_size(graft_dtype dtype, const graft_shape *shape, uint64_t *bytes) {
    char text[GRAFT_SHAPE_TEXT];
    int64_t count = graft_shape_count(shape);
    size_t size = graft_dtype_size(dtype) > sizeof(float) ? graft_dtype_size(dtype) : sizeof(float);
    if (count < 0 || (uint64_t)count > GRAFT_CONTAINER_MAX_BYTES / size) {
        return graft_fail(GRAFT_E_DATA, "%s of shape %s: impossible, or more than 4 GiB (damaged file?)",
                          graft_dtype_name(dtype), graft_shape_text(shape, text));
    }
    *bytes = (uint64_t)count * graft_dtype_size(dtype);
    return GRAFT_OK;
}

graft_status graft_container_parse_shape(const graft_json *json, graft_shape *out) {
    size_t rank = graft_json_count(json);
    if (graft_json_type_of(json) != GRAFT_JSON_ARRAY || rank > GRAFT_MAX_RANK) {
        return graft_fail(GRAFT_E_DATA, "shape is no list of at most %d sizes", GRAFT_MAX_RANK);
    }
    out->rank = (int)rank;
    for (size_t i = 0; i < rank; i++) {
        out->dim[i] = graft_json_int(graft_json_at(json, i), -1);
        if (out->dim[i] < 0) return graft_fail(GRAFT_E_DATA, "shape has a size that is no whole number >= 0");
    }
    return GRAFT_OK;
}

/* A copy that the container owns; NULL without memory. */
static const char *keep_text(graft_container *container, const char *text) {
    if (!graft_reserve(&container->texts, &container->text_capacity, container->text_count + 1, sizeof(char *))) {
        return NULL;
    }
    char *copy = graft_text_copy(text);
    if (copy) container->texts[container->text_count++] = copy;
    return copy;
}

graft_status graft_container_add(graft_container *container, const graft_entry *entry) {
    if (container->count >= GRAFT_CONTAINER_MAX_ENTRIES) {
        return graft_fail(GRAFT_E_DATA, "%s: more than %d tensors: broken file?", container->path,
                          GRAFT_CONTAINER_MAX_ENTRIES);
    }
    if (graft_container_find(container, entry->name) >= 0) {
        return graft_fail(GRAFT_E_DATA, "%s: %s: a second tensor of this name, expected unique names", container->path,
                          entry->name);
    }
    if (!graft_reserve(&container->entries, &container->capacity, container->count + 1, sizeof *entry)) {
        return graft_fail_memory("the list of tensors");
    }
    graft_entry *added = &container->entries[container->count];
    *added = *entry;
    added->name = keep_text(container, entry->name);
    added->group = keep_text(container, entry->group);
    if (!added->name || !added->group) return graft_fail_memory("a tensor's name");
    return graft_strmap_set(container->names, entry->name, container->count++);
}

const char *graft_container_path(const graft_container *container) {
    return container->path;
}

const char *graft_container_format(const graft_container *container) {
    return container->format->name;
}

size_t graft_container_count(const graft_container *container) {
    return container->count;
}

const graft_entry *graft_container_entry(const graft_container *container, size_t index) {
    return index < container->count ? &container->entries[index] : NULL;
}

int64_t graft_container_find(const graft_container *container, const char *name) {
    size_t index = 0;
    return graft_strmap_get(container->names, name, &index) ? (int64_t)index : -1;
}

graft_status graft_container_read_raw(graft_container *container, size_t index, graft_tensor **out) {
    *out = NULL;
    if (index >= container->count) {
        return graft_fail(GRAFT_E_USAGE, "%s: tensor %zu asked for, it has %zu", container->path, index,
                          container->count);
    }
    return container->format->read(container, index, out);
}

graft_status graft_container_read(graft_container *container, size_t index, graft_tensor **out) {
    graft_tensor *raw = NULL;
    *out = NULL;
    GRAFT_TRY(graft_container_read_raw(container, index, &raw));
    assert(raw);
    if (raw->dtype == GRAFT_F32) {
        *out = raw;
        return GRAFT_OK;
    }
    graft_status status = graft_tensor_convert(raw, GRAFT_F32, out);
    graft_tensor_free(raw);
    return status;
}

const graft_json *graft_container_config(const graft_container *container) {
    return container->config;
}

const graft_json *graft_container_metadata(const graft_container *container) {
    return container->metadata;
}
