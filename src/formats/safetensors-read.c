/* Reading safetensors: a mapping, and a header that must describe it without overlap, hole or excess. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "formats/container-internal.h"

#include <stdlib.h>
#include <string.h>

#define PREFIX_BYTES 8 /* the header's length */
#define HEADER_LIMIT ((uint64_t)100 << 20)

typedef struct span {
    uint64_t begin, end; /* in the data part */
    size_t entry;
} span;

typedef struct opened {
    graft_mapping mapping;
    const unsigned char *data; /* behind the header */
    uint64_t length;
    span *spans; /* one an entry, in its order */
    size_t capacity;
} opened;

static uint64_t header_length(const unsigned char *bytes) {
    uint64_t length = 0;
    memcpy(&length, bytes, sizeof length);
    return length;
}

bool graft_safetensors_probe(const unsigned char *head, size_t length) {
    return length > PREFIX_BYTES && head[PREFIX_BYTES] == '{' && header_length(head) >> 32 == 0;
}

static graft_status find_dtype(const char *path, const char *name, const char *text, graft_dtype *out) {
    for (int i = 0; text && i < GRAFT_DTYPE_COUNT; i++) {
        *out = (graft_dtype)i;
        if (strcmp(graft_dtype_name(*out), text) == 0) return GRAFT_OK;
    }
    return graft_fail(GRAFT_E_DATA, "%s: %s: dtype %s, expected one of F32, F16, BF16, F64, BOOL, I8..I64, U8..U64",
                      path, name, text ? text : "missing");
}

static graft_status parse_entry(graft_container *container, const char *name, const graft_json *json) {
    opened *state = container->state;
    const char *path = container->path;
    graft_entry entry = {.name = name, .group = "", .index = (int)container->count};
    GRAFT_TRY(find_dtype(path, name, graft_json_text(graft_json_get(json, "dtype"), NULL), &entry.dtype));
    uint64_t bytes = 0;
    graft_status status = graft_container_parse_shape(graft_json_get(json, "shape"), &entry.shape);
    if (status == GRAFT_OK) status = graft_container_size(entry.dtype, &entry.shape, &bytes);
    if (status != GRAFT_OK) return graft_fail_in(status, "%s: %s", path, name);

    const graft_json *offsets = graft_json_get(json, "data_offsets");
    int64_t begin = graft_json_int(graft_json_at(offsets, 0), -1), end = graft_json_int(graft_json_at(offsets, 1), -1);
    if (graft_json_count(offsets) != 2 || begin < 0 || end < begin || (uint64_t)end > state->length) {
        return graft_fail(GRAFT_E_DATA,
                          "%s: %s: data_offsets [%lld, %lld] do not lie in the file's %llu bytes of data (truncated?)",
                          path, name, (long long)begin, (long long)end, (unsigned long long)state->length);
    }
    if ((uint64_t)(end - begin) != bytes) {
        char text[GRAFT_SHAPE_TEXT];
        return graft_fail(GRAFT_E_DATA, "%s: %s: %lld bytes stored, %s of shape %s needs %llu", path, name,
                          (long long)(end - begin), graft_dtype_name(entry.dtype), graft_shape_text(&entry.shape, text),
                          (unsigned long long)bytes);
    }
    if (!graft_reserve(&state->spans, &state->capacity, container->count + 1, sizeof *state->spans)) {
        return graft_fail_memory("the list of tensors");
    }
    state->spans[container->count] = (span){(uint64_t)begin, (uint64_t)end, container->count};
    return graft_container_add(container, &entry);
}

static int compare_spans(const void *a, const void *b) {
    const span *left = a, *right = b;
    if (left->begin != right->begin) return left->begin < right->begin ? -1 : 1;
    return left->end < right->end ? -1 : left->end > right->end;
}

/* The data must be covered once and wholly, so that a file cannot carry bytes that nobody checks. */
static graft_status check_cover(const graft_container *container) {
    const opened *state = container->state;
    span *sorted = graft_allocate(container->count, sizeof *sorted);
    if (!sorted) return graft_fail_memory("the list of tensors");
    if (container->count > 0) memcpy(sorted, state->spans, container->count * sizeof *sorted);
    qsort(sorted, container->count, sizeof *sorted, compare_spans);
    graft_status status = GRAFT_OK;
    uint64_t covered = 0;
    for (size_t i = 0; i < container->count && status == GRAFT_OK; i++) {
        if (sorted[i].begin != covered) {
            status = graft_fail(GRAFT_E_DATA, "%s: %s: begins at %llu, expected %llu (%s)", container->path,
                                container->entries[sorted[i].entry].name, (unsigned long long)sorted[i].begin,
                                (unsigned long long)covered, sorted[i].begin < covered ? "tensors overlap" : "a hole");
        }
        covered = sorted[i].end;
    }
    if (status == GRAFT_OK && covered != state->length) {
        status = graft_fail(GRAFT_E_DATA, "%s: %llu bytes of data, its tensors fill %llu", container->path,
                            (unsigned long long)state->length, (unsigned long long)covered);
    }
    graft_release(sorted);
    return status;
}

static graft_status take_metadata(graft_container *container, const graft_json *json) {
    if (graft_json_type_of(json) != GRAFT_JSON_OBJECT) {
        return graft_fail(GRAFT_E_DATA, "%s: __metadata__ is no object of texts", container->path);
    }
    const graft_json *value;
    for (const char *key = NULL; (key = graft_json_next(json, key, &value)) != NULL;) {
        if (graft_json_type_of(value) != GRAFT_JSON_TEXT) {
            return graft_fail(GRAFT_E_DATA, "%s: __metadata__: %s is no text", container->path, key);
        }
    }
    graft_json_free(container->metadata);
    container->metadata = graft_json_keep(json);
    return GRAFT_OK;
}

static graft_status parse_header(graft_container *container, const graft_json *header) {
    if (graft_json_type_of(header) != GRAFT_JSON_OBJECT) {
        return graft_fail(GRAFT_E_DATA, "%s: the header is no JSON object", container->path);
    }
    const graft_json *value;
    for (const char *name = NULL; (name = graft_json_next(header, name, &value)) != NULL;) {
        if (strcmp(name, "__metadata__") == 0) {
            GRAFT_TRY(take_metadata(container, value));
        } else {
            GRAFT_TRY(parse_entry(container, name, value));
        }
    }
    return check_cover(container);
}

graft_status graft_safetensors_open(graft_context *context, const char *path, graft_container *container) {
    (void)context;
    opened *state = graft_allocate_zero(1, sizeof *state);
    if (!state) return graft_fail_memory("a container");
    container->state = state;
    GRAFT_TRY(graft_file_map(path, &state->mapping));
    size_t length = state->mapping.length;
    uint64_t header = length > PREFIX_BYTES ? header_length(state->mapping.data) : 0;
    if (header > HEADER_LIMIT || header < 2 || header > length - PREFIX_BYTES) {
        return graft_fail(
            GRAFT_E_DATA,
            "%s: a header of %llu bytes in a file of %zu, expected at most 100 MiB and the file's size (truncated?)",
            path, (unsigned long long)header, length);
    }
    state->data = state->mapping.data + PREFIX_BYTES + header;
    state->length = length - PREFIX_BYTES - header;
    graft_json *json = NULL;
    GRAFT_TRY(graft_json_parse((const char *)state->mapping.data + PREFIX_BYTES, (size_t)header, path, &json));
    graft_status status = parse_header(container, json);
    graft_json_free(json);
    return status;
}

graft_status graft_safetensors_read(graft_container *container, size_t index, graft_tensor **out) {
    const opened *state = container->state;
    const graft_entry *entry = &container->entries[index];
    GRAFT_TRY(graft_tensor_make(entry->dtype, &entry->shape, out));
    if ((*out)->bytes > 0) memcpy((*out)->data, state->data + state->spans[index].begin, (*out)->bytes);
    return GRAFT_OK;
}

void graft_safetensors_close(void *opaque) {
    opened *state = opaque;
    if (!state) return;
    graft_file_unmap(&state->mapping);
    graft_release(state->spans);
    graft_release(state);
}
