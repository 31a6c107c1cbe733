#include "tensor/tensor.h"

#include "base/error.h"

#include <string.h>

static graft_status check_axes(const graft_tensor *tensor, const int *axes) {
    unsigned seen = 0;
    for (int i = 0; i < tensor->shape.rank; i++) {
        if (axes[i] < 0 || axes[i] >= tensor->shape.rank || (seen >> axes[i] & 1u))
            return graft_fail(GRAFT_E_INTERNAL, "axis %d of a permutation of %d axes", axes[i], tensor->shape.rank);
        seen |= 1u << axes[i];
    }
    return GRAFT_OK;
}

graft_status graft_tensor_permute(const graft_tensor *tensor, const int *axes, graft_tensor **out) {
    *out = NULL;
    GRAFT_TRY(check_axes(tensor, axes));
    int rank = tensor->shape.rank;
    int64_t stride[GRAFT_MAX_RANK], step[GRAFT_MAX_RANK], at[GRAFT_MAX_RANK] = {0};
    graft_shape shape = {.rank = rank};
    int64_t product = 1;
    for (int i = rank - 1; i >= 0; i--) {
        stride[i] = product;
        product *= tensor->shape.dim[i];
    }
    for (int i = 0; i < rank; i++) {
        shape.dim[i] = tensor->shape.dim[axes[i]];
        step[i] = stride[axes[i]];
    }
    GRAFT_TRY(graft_tensor_make(tensor->dtype, &shape, out));
    size_t size = graft_dtype_size(tensor->dtype);
    int64_t count = graft_shape_count(&shape), from = 0;
    for (int64_t to = 0; to < count; to++) {
        memcpy((char *)(*out)->data + (size_t)to * size, (const char *)tensor->data + (size_t)from * size, size);
        for (int i = rank - 1; i >= 0; i--) { /* the odometer of the new shape, and where that lies in the old one */
            from += step[i];
            if (++at[i] < shape.dim[i]) break;
            from -= step[i] * shape.dim[i];
            at[i] = 0;
        }
    }
    return GRAFT_OK;
}
