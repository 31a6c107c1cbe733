#include "transfer/tensor-list.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "transfer/model-seal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void graft_tensor_list_clear(graft_tensor_list *list) {
    for (size_t i = 0; i < list->count; i++) {
        graft_tensor_free(list->owned[i].tensor);
        graft_release(list->owned[i].name);
    }
    graft_release(list->item);
    graft_release(list->owned);
    *list = (graft_tensor_list){0};
}

graft_status graft_tensor_list_take(graft_tensor_list *list, const char *prefix, const char *name,
                                    graft_tensor *tensor) {
    char *full = graft_text_format("%s%s", prefix, name);
    size_t needed = list->count + 1;
    if (!full || !graft_reserve(&list->item, &list->item_capacity, needed, sizeof(*list->item)) ||
        !graft_reserve(&list->owned, &list->owned_capacity, needed, sizeof(*list->owned))) {
        graft_release(full);
        graft_tensor_free(tensor);
        return graft_fail_memory("the list of tensors");
    }
    list->item[list->count] = (graft_named_tensor){full, tensor};
    list->owned[list->count++] = (struct graft_tensor_owned){full, tensor};
    return GRAFT_OK;
}

graft_status graft_tensor_list_add(graft_tensor_list *list, const char *prefix, const char *name, graft_dtype dtype,
                                   graft_shape shape, void *data) {
    graft_tensor *tensor;
    GRAFT_TRY(graft_tensor_borrow(dtype, &shape, data, &tensor));
    return graft_tensor_list_take(list, prefix, name, tensor);
}

graft_status graft_tensor_list_add_graph(graft_tensor_list *list, const char *prefix, const graft_graph *graph) {
    for (int i = 0; i < graft_graph_count(graph); i++) {
        const graft_node *node = graft_graph_node(graph, i);
        for (int k = 0; k < node->param_count; k++) {
            char *name = graft_text_format("%s/%s", node->name, node->params[k].name);
            if (!name) return graft_fail_memory("a tensor's name");
            graft_status status = graft_tensor_list_add(list, prefix, name, GRAFT_F32, node->params[k].shape,
                                                        node->params[k].value->data);
            graft_release(name);
            GRAFT_TRY(status);
        }
    }
    return GRAFT_OK;
}

/* The digest goes into a file that nobody reads yet. */
static graft_status write_sealed(const graft_tensor_list *list, const graft_json *metadata, const char *unsealed,
                                 const char *path) {
    GRAFT_TRY(graft_safetensors_write(unsealed, list->item, list->count, metadata));
    graft_status status = graft_seal_write(unsealed);
    if (status == GRAFT_OK && rename(unsealed, path) != 0)
        status = graft_fail(GRAFT_E_DATA, "%s: cannot replace it: %s", path, strerror(errno));
    if (status != GRAFT_OK) (void)unlink(unsealed);
    return status;
}

graft_status graft_tensor_list_write(const graft_tensor_list *list, graft_json *metadata, const char *path) {
    char *unsealed = graft_text_format("%s" GRAFT_FILE_TEMPORARY "%06ld", path, (long)getpid());
    if (!unsealed) return graft_fail_memory("a path");
    graft_json_set_text(metadata, GRAFT_SEAL_KEY, GRAFT_SEAL_BLANK);
    graft_status status = write_sealed(list, metadata, unsealed, path);
    graft_release(unsealed);
    return status;
}

graft_status graft_tensor_expect(graft_container *file, const char *prefix, const char *name, graft_dtype dtype,
                                 graft_shape shape, graft_tensor **out) {
    const char *path = graft_container_path(file);
    char found[GRAFT_SHAPE_TEXT], expected[GRAFT_SHAPE_TEXT];
    *out = NULL;
    char *full = graft_text_format("%s%s", prefix, name);
    if (!full) return graft_fail_memory("a tensor's name");
    int64_t index = graft_container_find(file, full);
    const graft_entry *entry = index < 0 ? NULL : graft_container_entry(file, (size_t)index);
    graft_status status;
    if (!entry)
        status = graft_fail(GRAFT_E_DATA, "%s: the tensor %s is missing", path, full);
    else if (entry->dtype != dtype || !graft_shape_equal(&entry->shape, &shape))
        status = graft_fail(GRAFT_E_DATA, "%s: %s: %s of %s, expected %s of %s", path, full,
                            graft_dtype_name(entry->dtype), graft_shape_text(&entry->shape, found),
                            graft_dtype_name(dtype), graft_shape_text(&shape, expected));
    else
        status = graft_container_read_raw(file, (size_t)index, out);
    graft_release(full);
    return status;
}

graft_status graft_tensor_expect_graph(graft_container *file, const char *prefix, graft_graph *graph) {
    for (int i = 0; i < graft_graph_count(graph); i++) {
        graft_node *node = graft_graph_node(graph, i);
        for (int k = 0; k < node->param_count; k++) {
            graft_tensor *value;
            char *name = graft_text_format("%s/%s", node->name, node->params[k].name);
            if (!name) return graft_fail_memory("a tensor's name");
            graft_status status = graft_tensor_expect(file, prefix, name, GRAFT_F32, node->params[k].shape, &value);
            graft_release(name);
            GRAFT_TRY(status);
            GRAFT_TRY(graft_node_set_param(node, node->params[k].name, value));
        }
    }
    return GRAFT_OK;
}
