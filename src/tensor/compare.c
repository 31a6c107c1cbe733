#include "tensor/tensor.h"

#include "base/error.h"

#include <math.h>

graft_status graft_tensor_compare(const graft_tensor *a, const graft_tensor *b, graft_difference *out) {
    int64_t count = graft_shape_count(&a->shape);
    if (a->dtype != GRAFT_F32 || b->dtype != GRAFT_F32 || count != graft_shape_count(&b->shape)) {
        char left[GRAFT_SHAPE_TEXT], right[GRAFT_SHAPE_TEXT];
        return graft_fail(GRAFT_E_DATA, "cannot compare %s %s with %s %s", graft_dtype_name(a->dtype),
                          graft_shape_text(&a->shape, left), graft_dtype_name(b->dtype),
                          graft_shape_text(&b->shape, right));
    }
    const float *x = a->data, *y = b->data;
    *out = (graft_difference){.at = -1};
    for (int64_t i = 0; i < count; i++) {
        double difference = fabs((double)x[i] - (double)y[i]), value = fabs((double)y[i]);
        if (isnan(difference)) out->has_nan = true;
        if (value > out->max_value) out->max_value = value;
        if (difference > out->max_abs || (isnan(difference) && out->at < 0)) {
            if (!isnan(difference)) out->max_abs = difference;
            out->at = i;
        }
    }
    return GRAFT_OK;
}
