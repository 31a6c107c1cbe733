#include "tensor/tensor.h"

#include "base/alloc.h"
#include "base/error.h"

#include <assert.h>
#include <string.h>

static graft_status count_bytes(graft_dtype dtype, const graft_shape *shape, size_t *bytes) {
    int64_t count = graft_shape_count(shape);
    char text[GRAFT_SHAPE_TEXT];
    if (count < 0 || !graft_multiply_sizes((size_t)count, graft_dtype_size(dtype), bytes) || *bytes > PTRDIFF_MAX)
        return graft_fail(GRAFT_E_DATA, "a tensor of shape %s: no such size is possible",
                          graft_shape_text(shape, text));
    return GRAFT_OK;
}

graft_status graft_tensor_borrow(graft_dtype dtype, const graft_shape *shape, void *data, graft_tensor **out) {
    size_t bytes;
    *out = NULL;
    GRAFT_TRY(count_bytes(dtype, shape, &bytes));
    graft_tensor *tensor = graft_allocate(1, sizeof *tensor);
    if (!tensor) return graft_fail_memory("a tensor");
    *tensor = (graft_tensor){.dtype = dtype, .shape = *shape, .bytes = bytes, .data = data, .owned = false};
    *out = tensor;
    return GRAFT_OK;
}

graft_status graft_tensor_make(graft_dtype dtype, const graft_shape *shape, graft_tensor **out) {
    GRAFT_TRY(graft_tensor_borrow(dtype, shape, NULL, out));
    graft_tensor *tensor = *out;
    tensor->owned = true;
    tensor->data = graft_allocate_aligned(tensor->bytes, 1);
    if (!tensor->data) {
        char text[GRAFT_SHAPE_TEXT];
        graft_release(tensor);
        *out = NULL;
        return graft_fail(GRAFT_E_MEMORY, "out of memory for a tensor of shape %s", graft_shape_text(shape, text));
    }
    return GRAFT_OK;
}

graft_status graft_tensor_new(graft_dtype dtype, const graft_shape *shape, graft_tensor **out) {
    GRAFT_TRY(graft_tensor_make(dtype, shape, out));
    if ((*out)->bytes > 0) memset((*out)->data, 0, (*out)->bytes);
    return GRAFT_OK;
}

void graft_tensor_free(graft_tensor *tensor) {
    if (!tensor) return;
    if (tensor->owned) graft_release(tensor->data);
    graft_release(tensor);
}

graft_status graft_tensor_copy(const graft_tensor *tensor, graft_tensor **out) {
    GRAFT_TRY(graft_tensor_make(tensor->dtype, &tensor->shape, out));
    if (tensor->bytes > 0) memcpy((*out)->data, tensor->data, tensor->bytes);
    return GRAFT_OK;
}

graft_status graft_tensor_reshape(graft_tensor *tensor, const graft_shape *shape) {
    if (graft_shape_count(shape) != graft_shape_count(&tensor->shape)) {
        char have[GRAFT_SHAPE_TEXT], want[GRAFT_SHAPE_TEXT];
        return graft_fail(GRAFT_E_DATA, "shape %s cannot become %s: the counts differ",
                          graft_shape_text(&tensor->shape, have), graft_shape_text(shape, want));
    }
    tensor->shape = *shape;
    return GRAFT_OK;
}

float *graft_tensor_f32(const graft_tensor *tensor) {
    assert(tensor->dtype == GRAFT_F32);
    return tensor->data;
}
