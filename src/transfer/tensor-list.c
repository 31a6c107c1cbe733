#include "transfer/tensor-list.h"

#include "base/alloc.h"
#include "base/error.h"

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
