#include "tensor/tensor.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

size_t graft_dtype_size(graft_dtype dtype) {
    static const unsigned char sizes[] = {
#define GRAFT_DTYPE_SIZE(name, size, text) size,
        GRAFT_DTYPES(GRAFT_DTYPE_SIZE)
#undef GRAFT_DTYPE_SIZE
    };
    return sizes[dtype];
}

const char *graft_dtype_name(graft_dtype dtype) {
    static const char *const names[] = {
#define GRAFT_DTYPE_NAME(name, size, text) text,
        GRAFT_DTYPES(GRAFT_DTYPE_NAME)
#undef GRAFT_DTYPE_NAME
    };
    return names[dtype];
}

graft_shape graft_shape_make(int rank, const int64_t *dim) {
    assert(rank >= 0 && rank <= GRAFT_MAX_RANK);
    graft_shape shape = {.rank = rank};
    if (rank > 0) memcpy(shape.dim, dim, (size_t)rank * sizeof *dim);
    return shape;
}

bool graft_shape_equal(const graft_shape *a, const graft_shape *b) {
    if (a->rank != b->rank) return false;
    for (int i = 0; i < a->rank; i++)
        if (a->dim[i] != b->dim[i]) return false;
    return true;
}

int64_t graft_shape_count(const graft_shape *shape) {
    int64_t count = 1;
    bool empty = false;
    for (int i = 0; i < shape->rank; i++) {
        if (shape->dim[i] < 0) return -1;
        if (shape->dim[i] == 0)
            empty = true;
        else if (__builtin_mul_overflow(count, shape->dim[i], &count))
            return -1;
    }
    return empty ? 0 : count;
}

const char *graft_shape_text(const graft_shape *shape, char out[GRAFT_SHAPE_TEXT]) {
    if (shape->rank == 0) {
        snprintf(out, GRAFT_SHAPE_TEXT, "scalar");
        return out;
    }
    size_t length = 0;
    for (int i = 0; i < shape->rank; i++)
        length +=
            (size_t)snprintf(out + length, GRAFT_SHAPE_TEXT - length, "%s%lld", i ? "x" : "", (long long)shape->dim[i]);
    return out;
}
