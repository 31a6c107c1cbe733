#include "tensor/tensor.h"

#include "base/error.h"

#include <math.h>
#include <string.h>

static float from_bfloat(uint16_t value) {
    uint32_t bits = (uint32_t)value << 16;
    float result;
    memcpy(&result, &bits, sizeof result);
    return result;
}

static uint16_t to_bfloat(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    if ((bits & 0x7fffffffu) > 0x7f800000u) return (uint16_t)(bits >> 16 | 0x40u);
    return (uint16_t)((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}

static float half_at(const void *data, int64_t i) {
    float value;
    graft_f16_to_f32((const uint16_t *)data + i, &value, 1);
    return value;
}

/* Every type passes through double, which holds all of them but 64-bit integers beyond 2^53 exactly. */
static double load(const graft_tensor *tensor, int64_t i) {
    const void *data = tensor->data;
    switch (tensor->dtype) {
    case GRAFT_F32:
        return (double)((const float *)data)[i];
    case GRAFT_F64:
        return ((const double *)data)[i];
    case GRAFT_F16:
        return (double)half_at(data, i);
    case GRAFT_BF16:
        return (double)from_bfloat(((const uint16_t *)data)[i]);
    case GRAFT_U8:
        return ((const uint8_t *)data)[i];
    case GRAFT_I8:
        return ((const int8_t *)data)[i];
    case GRAFT_U16:
        return ((const uint16_t *)data)[i];
    case GRAFT_I16:
        return ((const int16_t *)data)[i];
    case GRAFT_U32:
        return ((const uint32_t *)data)[i];
    case GRAFT_I32:
        return ((const int32_t *)data)[i];
    case GRAFT_U64:
        return (double)((const uint64_t *)data)[i];
    case GRAFT_I64:
        return (double)((const int64_t *)data)[i];
    case GRAFT_BOOL:
        return ((const uint8_t *)data)[i] != 0;
    case GRAFT_DTYPE_COUNT:
        break;
    }
    return 0;
}

static double clamp(double value, double low, double high) {
    return isnan(value) ? 0 : value < low ? low : value > high ? high : nearbyint(value);
}

static void store(graft_tensor *tensor, int64_t i, double value) {
    void *data = tensor->data;
    float narrow = (float)value;
    switch (tensor->dtype) {
    case GRAFT_F32:
        ((float *)data)[i] = narrow;
        return;
    case GRAFT_F64:
        ((double *)data)[i] = value;
        return;
    case GRAFT_F16:
        graft_f32_to_f16(&narrow, (uint16_t *)data + i, 1);
        return;
    case GRAFT_BF16:
        ((uint16_t *)data)[i] = to_bfloat(narrow);
        return;
    case GRAFT_U8:
        ((uint8_t *)data)[i] = (uint8_t)clamp(value, 0, UINT8_MAX);
        return;
    case GRAFT_I8:
        ((int8_t *)data)[i] = (int8_t)clamp(value, INT8_MIN, INT8_MAX);
        return;
    case GRAFT_U16:
        ((uint16_t *)data)[i] = (uint16_t)clamp(value, 0, UINT16_MAX);
        return;
    case GRAFT_I16:
        ((int16_t *)data)[i] = (int16_t)clamp(value, INT16_MIN, INT16_MAX);
        return;
    case GRAFT_U32:
        ((uint32_t *)data)[i] = (uint32_t)clamp(value, 0, UINT32_MAX);
        return;
    case GRAFT_I32:
        ((int32_t *)data)[i] = (int32_t)clamp(value, INT32_MIN, INT32_MAX);
        return;
    case GRAFT_U64:
        ((uint64_t *)data)[i] = value >= 0x1p64 ? UINT64_MAX : (uint64_t)clamp(value, 0, 0x1p64);
        return;
    case GRAFT_I64:
        ((int64_t *)data)[i] = value >= 0x1p63 ? INT64_MAX : (int64_t)clamp(value, -0x1p63, 0x1p63);
        return;
    case GRAFT_BOOL:
        ((uint8_t *)data)[i] = value != 0;
        return;
    case GRAFT_DTYPE_COUNT:
        return;
    }
}

graft_status graft_tensor_convert(const graft_tensor *tensor, graft_dtype dtype, graft_tensor **out) {
    if (dtype == tensor->dtype) return graft_tensor_copy(tensor, out);
    GRAFT_TRY(graft_tensor_make(dtype, &tensor->shape, out));
    int64_t count = graft_shape_count(&tensor->shape);
    if (tensor->dtype == GRAFT_F16 && dtype == GRAFT_F32) {
        graft_f16_to_f32(tensor->data, (*out)->data, (size_t)count);
    } else if (tensor->dtype == GRAFT_F32 && dtype == GRAFT_F16) {
        graft_f32_to_f16(tensor->data, (*out)->data, (size_t)count);
    } else {
        for (int64_t i = 0; i < count; i++)
            store(*out, i, load(tensor, i));
    }
    return GRAFT_OK;
}
