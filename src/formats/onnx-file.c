/* An ONNX file in memory: mapped, its message unpacked under a budget. */
#include "base/alloc.h"
#include "base/error.h"
#include "formats/onnx-internal.h"

#include <string.h>

/* A message of two bytes becomes a struct of some two hundred: files of names and numbers stay far below. */
#define BUDGET_FACTOR 64
#define BUDGET_BASE ((size_t)1 << 20)
#define BUDGET_LIMIT ((size_t)1 << 30)

static void *budget_alloc(void *opaque, size_t size) {
    graft_onnx_file *file = opaque;
    if (size > file->budget) {
        file->exhausted = true;
        return NULL;
    }
    file->budget -= size;
    return graft_allocate(size, 1);
}

static void budget_free(void *opaque, void *memory) {
    (void)opaque;
    graft_release(memory);
}

static graft_status unpack(graft_onnx_file *file, const graft_buffer *bytes,
                           const ProtobufCMessageDescriptor *descriptor) {
    const uint8_t *data = bytes->data ? (const uint8_t *)bytes->data : (const uint8_t *)"";
    /* Shortening makes messages of two bytes longer: what the file has counts. */
    size_t length = bytes->length < file->mapping.length ? bytes->length : file->mapping.length;
    file->budget = BUDGET_LIMIT;
    if (length < (BUDGET_LIMIT - BUDGET_BASE) / BUDGET_FACTOR) file->budget = length * BUDGET_FACTOR + BUDGET_BASE;
    file->allocator = (ProtobufCAllocator){budget_alloc, budget_free, file};
    file->message = protobuf_c_message_unpack(descriptor, &file->allocator, bytes->length, data);
    if (file->message) return GRAFT_OK;
    if (file->exhausted)
        return graft_fail(GRAFT_E_DATA, "its message takes too much memory for its %zu bytes: damaged file?",
                          bytes->length);
    /* Lengths are right by now: what is left are texts and numbers of the wrong kind, or no memory. */
    return graft_fail(GRAFT_E_DATA, "no message of ONNX: damaged file, or not enough memory");
}

static graft_status open_mapped(graft_onnx_file *file, graft_onnx_message kind,
                                const ProtobufCMessageDescriptor *descriptor) {
    graft_buffer bytes = {0};
    graft_status status = graft_onnx_shorten(file->mapping.data, file->mapping.length, kind, &bytes);
    if (status == GRAFT_OK) status = unpack(file, &bytes, descriptor);
    graft_buffer_clear(&bytes);
    return status;
}

graft_status graft_onnx_file_open(graft_onnx_file *file, const char *path, graft_onnx_message kind,
                                  const ProtobufCMessageDescriptor *descriptor) {
    file->path = path;
    GRAFT_TRY(graft_file_map(path, &file->mapping));
    graft_status status = open_mapped(file, kind, descriptor);
    return status == GRAFT_OK ? status : graft_fail_in(status, "%s", path);
}

void graft_onnx_file_clear(graft_onnx_file *file) {
    if (file->message) protobuf_c_message_free_unpacked(file->message, &file->allocator);
    for (size_t i = 0; i < file->external_count; i++) {
        graft_file_unmap(&file->externals[i].mapping);
        graft_release(file->externals[i].location);
    }
    graft_release(file->externals);
    graft_release(file->tensors);
    graft_file_unmap(&file->mapping);
    *file = (graft_onnx_file){0};
}
