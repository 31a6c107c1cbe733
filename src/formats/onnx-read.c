/* ONNX (github.com/onnx/onnx, docs/IR.md): a protocol buffer that holds a graph and its weights. */
#include "base/alloc.h"
#include "base/error.h"
#include "formats/onnx-internal.h"
#include "formats/onnx.h"
#include "formats/onnx.pb-c.h"

#include <string.h>

/* A protocol buffer has no magic number. Writers put the fields in order: ir_version, a small number, then one of
 * ModelProto's other fields. */
bool graft_onnx_probe(const unsigned char *head, size_t length) {
    static const unsigned char tags[] = {0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42};
    return length > 2 && head[0] == 0x08 && head[1] > 0 && head[1] < 0x80 && memchr(tags, head[2], sizeof tags);
}

static graft_status check_versions(const char *path, const Onnx__ModelProto *model) {
    if (model->ir_version < GRAFT_ONNX_MIN_IR || model->ir_version > GRAFT_ONNX_MAX_IR)
        return graft_fail(GRAFT_E_DATA, "%s: IR version %lld, expected %d to %d", path, (long long)model->ir_version,
                          GRAFT_ONNX_MIN_IR, GRAFT_ONNX_MAX_IR);
    if (!model->graph) return graft_fail(GRAFT_E_DATA, "%s: no graph in it", path);
    if (model->n_functions > 0)
        return graft_fail(GRAFT_E_DATA,
                          "%s: %zu functions of its own, expected operators of ONNX alone (export with "
                          "functions inlined)",
                          path, model->n_functions);
    if (model->graph->n_sparse_initializer > 0)
        return graft_fail(GRAFT_E_DATA, "%s: sparse initialisers, expected dense ones", path);
    return GRAFT_OK;
}

static graft_status add_metadata(graft_container *container, const Onnx__ModelProto *model) {
    for (size_t i = 0; i < model->n_metadata_props; i++) {
        const Onnx__StringStringEntryProto *entry = model->metadata_props[i];
        graft_json *value = NULL;
        if (!entry->key || !entry->value) continue;
        graft_status status = graft_onnx_text(entry->value, "a value of the metadata", &value);
        if (status != GRAFT_OK) return graft_fail_in(status, "%s", container->path);
        graft_json_set(container->metadata, entry->key, value);
    }
    return GRAFT_OK;
}

static graft_status add_initialisers(graft_container *container, const Onnx__GraphProto *graph) {
    for (size_t i = 0; i < graph->n_initializer; i++) {
        const char *name = graph->initializer[i]->name;
        if (!name || name[0] == '\0')
            return graft_fail(GRAFT_E_DATA, "%s: initialiser %zu has no name", container->path, i);
        GRAFT_TRY(graft_onnx_tensor_add(container, graph->initializer[i], name));
    }
    return GRAFT_OK;
}

graft_status graft_onnx_open(graft_context *context, const char *path, graft_container *container) {
    (void)context;
    graft_onnx_file *file = graft_allocate_zero(1, sizeof *file);
    if (!file) return graft_fail_memory("a container");
    container->state = file;
    GRAFT_TRY(graft_onnx_file_open(file, path, GRAFT_ONNX_MODEL, &onnx__model_proto__descriptor));
    const Onnx__ModelProto *model = (const Onnx__ModelProto *)file->message;
    GRAFT_TRY(check_versions(path, model));
    GRAFT_TRY(add_metadata(container, model));
    GRAFT_TRY(add_initialisers(container, model->graph));
    return graft_onnx_config(container, model);
}

graft_status graft_onnx_read(graft_container *container, size_t index, graft_tensor **out) {
    const graft_onnx_file *file = container->state;
    return graft_onnx_tensor_take(&file->tensors[index], &container->entries[index], out);
}

void graft_onnx_close(void *opaque) {
    graft_onnx_file *file = opaque;
    if (!file) return;
    graft_onnx_file_clear(file);
    graft_release(file);
}
