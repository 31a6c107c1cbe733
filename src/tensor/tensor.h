/* Tensors: a dtype, a shape, bytes in row-major order. Logical order is N,C,H,W; series are N,T,C. */
#ifndef GRAFT_SRC_TENSOR_TENSOR_H
#define GRAFT_SRC_TENSOR_TENSOR_H

#include <graft/base.h>

#define GRAFT_MAX_RANK 8

/* X(name, size in bytes, safetensors name) */
// clang-format off
#define GRAFT_DTYPES(X) \
    X(F32, 4, "F32") \
    X(F16, 2, "F16") \
    X(BF16, 2, "BF16") \
    X(F64, 8, "F64") \
    X(U8, 1, "U8") \
    X(I8, 1, "I8") \
    X(U16, 2, "U16") \
    X(I16, 2, "I16") \
    X(U32, 4, "U32") \
    X(I32, 4, "I32") \
    X(U64, 8, "U64") \
    X(I64, 8, "I64") \
    X(BOOL, 1, "BOOL")
// clang-format on

typedef enum graft_dtype {
#define GRAFT_DTYPE_ENUM(name, size, text) GRAFT_##name,
    GRAFT_DTYPES(GRAFT_DTYPE_ENUM)
#undef GRAFT_DTYPE_ENUM
        GRAFT_DTYPE_COUNT
} graft_dtype;

size_t graft_dtype_size(graft_dtype dtype);
const char *graft_dtype_name(graft_dtype dtype); /* "F32" */

typedef struct graft_shape {
    int rank;                    /* 0..GRAFT_MAX_RANK; 0 is a scalar */
    int64_t dim[GRAFT_MAX_RANK]; /* >= 0 */
} graft_shape;

graft_shape graft_shape_make(int rank, const int64_t *dim);
#define GRAFT_SHAPE(...) \
    graft_shape_make((int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), (int64_t[]){__VA_ARGS__})
bool graft_shape_equal(const graft_shape *a, const graft_shape *b);
/* Elements, or -1 when a dimension is negative or the product does not fit. */
int64_t graft_shape_count(const graft_shape *shape);
/* "3x3x32x64" into out; returns out. "scalar" for rank 0. */
#define GRAFT_SHAPE_TEXT 168
const char *graft_shape_text(const graft_shape *shape, char out[GRAFT_SHAPE_TEXT]);

typedef struct graft_tensor {
    graft_dtype dtype;
    graft_shape shape;
    size_t bytes;
    void *data; /* aligned to 64 when owned; NULL only when bytes is 0 */
    bool owned; /* false: data is borrowed and outlives the tensor */
} graft_tensor;

/* Values are what the memory held: for those who fill all of it. Errors as graft_tensor_new's. */
GRAFT_MUST_CHECK graft_status graft_tensor_make(graft_dtype dtype, const graft_shape *shape, graft_tensor **out);
/* Zeroed. Errors: GRAFT_E_DATA (a negative or overflowing shape), GRAFT_E_MEMORY. */
GRAFT_MUST_CHECK graft_status graft_tensor_new(graft_dtype dtype, const graft_shape *shape, graft_tensor **out);
GRAFT_MUST_CHECK graft_status graft_tensor_borrow(graft_dtype dtype, const graft_shape *shape, void *data,
                                                  graft_tensor **out);
void graft_tensor_free(graft_tensor *tensor);
GRAFT_MUST_CHECK graft_status graft_tensor_copy(const graft_tensor *tensor, graft_tensor **out);
/* A new tensor of another dtype: exact where it fits, F16/BF16 round to nearest even, integers saturate. */
GRAFT_MUST_CHECK graft_status graft_tensor_convert(const graft_tensor *tensor, graft_dtype dtype, graft_tensor **out);
/* out.dim[i] = in.dim[axes[i]], data moved accordingly. axes is a permutation of 0..rank-1. */
GRAFT_MUST_CHECK graft_status graft_tensor_permute(const graft_tensor *tensor, const int *axes, graft_tensor **out);
/* Same elements, another shape; in place. Errors: GRAFT_E_DATA when the counts differ. */
GRAFT_MUST_CHECK graft_status graft_tensor_reshape(graft_tensor *tensor, const graft_shape *shape);
float *graft_tensor_f32(const graft_tensor *tensor); /* asserts GRAFT_F32 */

/* Largest |a - b| and largest |b| over two F32 tensors of equal count. */
typedef struct graft_difference {
    double max_abs, max_value;
    int64_t at;
    bool has_nan;
} graft_difference;
GRAFT_MUST_CHECK graft_status graft_tensor_compare(const graft_tensor *a, const graft_tensor *b, graft_difference *out);

/* Bulk conversions; F16C where the CPU has it, same bytes without. Values beyond +-65504 saturate. */
void graft_f32_to_f16(const float *in, uint16_t *out, size_t count);
void graft_f16_to_f32(const uint16_t *in, float *out, size_t count);

#endif
