/* Pad, and larger pictures from smaller ones. */
#include "import/onnx.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { PADS = 2 * GRAFT_MAX_RANK, BILINEAR = 1 };

/* pads[i] before and pads[rank + i] behind dim i; with axes (version 18) only of those. */
static graft_status read_pads(graft_onnx_call *call, int rank, int64_t out[PADS]) {
    int64_t pads[PADS], axes[GRAFT_MAX_RANK];
    int count, axis_count = 0;
    memset(out, 0, PADS * sizeof *out);
    GRAFT_TRY(graft_onnx_list_or_input(call, "pads", 1, pads, PADS, &count));
    if (graft_onnx_has(call, 3)) {
        GRAFT_TRY(graft_onnx_integers(call, 3, axes, GRAFT_MAX_RANK, &axis_count));
    } else {
        for (; axis_count < rank; axis_count++)
            axes[axis_count] = axis_count;
    }
    if (count != 2 * axis_count) return graft_fail(GRAFT_E_DATA, "%d paddings, expected %d", count, 2 * axis_count);
    for (int i = 0; i < axis_count; i++) {
        int at;
        GRAFT_TRY(graft_onnx_axis(axes[i], rank, &at));
        out[at] = pads[i];
        out[rank + at] = pads[axis_count + i];
    }
    return GRAFT_OK;
}

graft_status graft_onnx_pad(graft_onnx_call *call) {
    const graft_onnx_value *value = graft_onnx_input(call, 0);
    int rank = value->dims.rank, first = value->channels_last ? 1 : 2;
    const char *mode;
    int64_t pads[PADS];
    double number;
    GRAFT_TRY(graft_onnx_need_inputs(call, 1, 4));
    GRAFT_TRY(graft_onnx_word(call, "mode", "constant", &mode));
    GRAFT_TRY(graft_onnx_real(call, "value", 0, &number));
    if (graft_onnx_has(call, 2)) GRAFT_TRY(graft_onnx_scalar(call, 2, &number));
    GRAFT_TRY(read_pads(call, rank, pads));
    bool any = false;
    graft_pad_attributes a = {{0}};
    for (int i = 0; i < rank; i++) {
        any = any || pads[i] != 0 || pads[rank + i] != 0;
        if (i >= first && i < first + 2 && i < rank) {
            a.padding[2 * (i - first)] = pads[i];
            a.padding[2 * (i - first) + 1] = pads[rank + i];
        } else if (pads[i] != 0 || pads[rank + i] != 0) {
            return graft_fail(GRAFT_E_DATA, "padding of dimension %d, expected height and width alone", i);
        }
    }
    if (!any) return graft_onnx_identity(call);
    if (strcmp(mode, "constant") != 0) return graft_onnx_refuse(call, "mode", "constant");
    /* The smallest normal number stands for 0 where an optimizer must not see one (src/export/onnx-pooling.c). */
    if (!(fabs(number) <= FLT_MIN)) return graft_fail(GRAFT_E_DATA, "padding with %g, expected 0", number);
    if (rank > 4) return graft_fail(GRAFT_E_DATA, "%d dimensions, expected N,C,H,W", rank);
    return graft_onnx_apply(call, "zeropad2d", &a, false);
}

/* ---- larger pictures ---- */

static graft_status enlarge(graft_onnx_call *call, const double *factors, int count, bool linear) {
    const graft_onnx_value *value = graft_onnx_input(call, 0);
    int rank = value->dims.rank, first = value->channels_last ? 1 : 2;
    graft_upsample_attributes a = {.size = {1, 1}, .interpolation = linear ? BILINEAR : 0};
    if (count != rank || rank < 3 || rank > 4)
        return graft_fail(GRAFT_E_DATA, "%d factors for %d dimensions, expected N,C,H,W", count, rank);
    for (int i = 0; i < rank; i++) {
        bool spatial = i >= first && i < first + 2;
        bool whole = factors[i] >= 1 && factors[i] <= 4096 && factors[i] == floor(factors[i]);
        if (!whole || (!spatial && factors[i] != 1))
            return graft_fail(GRAFT_E_DATA, "dimension %d times %g, expected whole numbers for height and width", i,
                              factors[i]);
        if (spatial) a.size[i - first] = (int64_t)factors[i];
    }
    return graft_onnx_apply(call, "upsample2d", &a, false);
}

static graft_status read_factors(graft_onnx_call *call, int scales, int sizes, double *out, int *count) {
    const graft_shape *dims = &graft_onnx_input(call, 0)->dims;
    const graft_tensor *tensor = NULL;
    bool by_scale = graft_onnx_has(call, scales);
    if (by_scale) {
        GRAFT_TRY(graft_onnx_tensor(call, scales, &tensor));
        by_scale = graft_shape_count(&tensor->shape) > 0; /* an empty one: sizes are given */
    }
    if (!by_scale) GRAFT_TRY(graft_onnx_tensor(call, sizes, &tensor));
    *count = (int)graft_shape_count(&tensor->shape);
    if (graft_shape_count(&tensor->shape) > GRAFT_MAX_RANK || *count != dims->rank)
        return graft_fail(GRAFT_E_DATA, "%d factors or sizes for %d dimensions", *count, dims->rank);
    for (int i = 0; i < *count; i++)
        out[i] = graft_onnx_number(tensor, i) / (by_scale ? 1 : (double)dims->dim[i]);
    return GRAFT_OK;
}

/* At whole factors these ways of rounding repeat each cell. */
static bool repeats(const char *coordinates, const char *rounding) {
    bool half = strcmp(coordinates, "half_pixel") == 0 || strcmp(coordinates, "pytorch_half_pixel") == 0;
    if (half) return strcmp(rounding, "round_prefer_floor") == 0 || strcmp(rounding, "round_prefer_ceil") == 0;
    if (strcmp(coordinates, "asymmetric") == 0 || strcmp(coordinates, "tf_half_pixel_for_nn") == 0)
        return strcmp(rounding, "floor") == 0;
    return false;
}

graft_status graft_onnx_resize(graft_onnx_call *call) {
    const bool old = call->onnx->opset < 11;
    const char *mode, *coordinates, *rounding;
    double factors[GRAFT_MAX_RANK] = {0};
    int count;
    GRAFT_TRY(graft_onnx_need_inputs(call, 1, 4));
    GRAFT_TRY(graft_onnx_word(call, "mode", "nearest", &mode));
    GRAFT_TRY(graft_onnx_word(call, "coordinate_transformation_mode", old ? "asymmetric" : "half_pixel", &coordinates));
    GRAFT_TRY(graft_onnx_word(call, "nearest_mode", old ? "floor" : "round_prefer_floor", &rounding));
    graft_onnx_ignore(call, "cubic_coeff_a");
    graft_onnx_ignore(call, "extrapolation_value"); /* of tf_crop_and_resize */
    GRAFT_TRY(graft_onnx_only(call, "exclude_outside", 0));
    bool linear = strcmp(mode, "linear") == 0;
    if (!linear && strcmp(mode, "nearest") != 0) return graft_onnx_refuse(call, "mode", "nearest or linear");
    bool known = linear ? strstr(coordinates, "half_pixel") && strncmp(coordinates, "tf", 2) != 0
                        : repeats(coordinates, rounding);
    if (!known)
        return graft_fail(GRAFT_E_DATA, "%s with %s and %s, expected half_pixel, or asymmetric with floor", mode,
                          coordinates, rounding);
    GRAFT_TRY(read_factors(call, old ? 1 : 2, 3, factors, &count));
    return enlarge(call, factors, count, linear);
}

/* Versions 7 to 9: linear is asymmetric. */
graft_status graft_onnx_upsample(graft_onnx_call *call) {
    const char *mode;
    double factors[GRAFT_MAX_RANK] = {0};
    int count;
    GRAFT_TRY(graft_onnx_need_inputs(call, 1, 2));
    GRAFT_TRY(graft_onnx_word(call, "mode", "nearest", &mode));
    if (strcmp(mode, "nearest") != 0) return graft_onnx_refuse(call, "mode", "nearest");
    const graft_json *scales = graft_onnx_attribute(call, "scales");
    if (!scales) {
        GRAFT_TRY(read_factors(call, 1, 1, factors, &count));
        return enlarge(call, factors, count, false);
    }
    count = (int)graft_json_count(scales);
    if (count > GRAFT_MAX_RANK) return graft_onnx_refuse(call, "scales", "a number for each dimension");
    for (int i = 0; i < count; i++)
        factors[i] = graft_json_real(graft_json_at(scales, (size_t)i), 0);
    return enlarge(call, factors, count, false);
}
