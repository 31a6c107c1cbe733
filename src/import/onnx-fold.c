/* Constants from constants: shapes, and parts of tensors put together anew. */
#include "import/onnx-fold.h"

#include <string.h>

/* Elements that one file may have computed: weights that are cast or turned, and sizes. */
#define FOLD_LIMIT ((int64_t)1 << 28)
enum { AXES = GRAFT_MAX_RANK };

graft_status graft_onnx_fold_new(graft_onnx_call *call, graft_dtype dtype, const graft_shape *shape,
                                 graft_tensor **out) {
    int64_t count = graft_shape_count(shape);
    if (count < 0 || count > FOLD_LIMIT - call->onnx->folded)
        return graft_fail(GRAFT_E_DATA, "constants of more than %lld numbers to be computed", (long long)FOLD_LIMIT);
    call->onnx->folded += count;
    return graft_tensor_new(dtype, shape, out);
}

graft_status graft_onnx_fold_as(graft_onnx_call *call, const graft_shape *shape, graft_tensor **out) {
    const graft_tensor *in = NULL;
    GRAFT_TRY(graft_onnx_tensor(call, 0, &in));
    GRAFT_TRY(graft_onnx_fold_new(call, in->dtype, shape, out));
    if (in->bytes == (*out)->bytes) {
        if (in->bytes > 0) memcpy((*out)->data, in->data, in->bytes);
        return GRAFT_OK;
    }
    graft_tensor_free(*out);
    *out = NULL;
    return graft_fail(GRAFT_E_DATA, "another count of elements");
}

void graft_onnx_put(graft_tensor *tensor, int64_t at, double value) {
    if (tensor->dtype == GRAFT_F32)
        ((float *)tensor->data)[at] = (float)value;
    else
        ((int64_t *)tensor->data)[at] = (int64_t)value;
}

/* Both hold 4 (F32) or 8 (I64) bytes an element. */
static void copy_element(graft_tensor *to, int64_t at, const graft_tensor *from, int64_t place) {
    size_t size = graft_dtype_size(to->dtype);
    memcpy((char *)to->data + (size_t)at * size, (const char *)from->data + (size_t)place * size, size);
}

/* ---- the same elements ---- */

graft_status graft_onnx_fold_same(graft_onnx_call *call, graft_tensor **out) {
    double training = 0;
    GRAFT_TRY(graft_onnx_need_inputs(call, 1, 3));
    if (graft_onnx_has(call, 2)) GRAFT_TRY(graft_onnx_scalar(call, 2, &training)); /* Dropout */
    if (training != 0) return graft_fail(GRAFT_E_DATA, "a dropout in training mode: export for inference");
    graft_onnx_ignore(call, "ratio");
    graft_onnx_ignore(call, "seed");
    return graft_onnx_fold_as(call, &graft_onnx_input(call, 0)->dims, out);
}

graft_status graft_onnx_fold_reshape(graft_onnx_call *call, graft_tensor **out) {
    int64_t target[AXES], allow_zero;
    int count;
    graft_shape shape;
    GRAFT_TRY(graft_onnx_need_inputs(call, 2, 2));
    GRAFT_TRY(graft_onnx_int(call, "allowzero", 0, &allow_zero));
    GRAFT_TRY(graft_onnx_integers(call, 1, target, AXES, &count));
    GRAFT_TRY(graft_onnx_resolve_shape(&graft_onnx_input(call, 0)->dims, target, count, allow_zero != 0, &shape));
    return graft_onnx_fold_as(call, &shape, out);
}

graft_status graft_onnx_fold_flatten(graft_onnx_call *call, graft_tensor **out) {
    int64_t axis;
    graft_shape shape;
    GRAFT_TRY(graft_onnx_need_inputs(call, 1, 1));
    GRAFT_TRY(graft_onnx_int(call, "axis", 1, &axis));
    GRAFT_TRY(graft_onnx_flat_shape(&graft_onnx_input(call, 0)->dims, axis, &shape));
    return graft_onnx_fold_as(call, &shape, out);
}

graft_status graft_onnx_fold_squeeze(graft_onnx_call *call, graft_tensor **out) {
    int64_t axes[AXES];
    int count;
    graft_shape shape;
    GRAFT_TRY(graft_onnx_need_inputs(call, 1, 2));
    GRAFT_TRY(graft_onnx_list_or_input(call, "axes", 1, axes, AXES, &count));
    GRAFT_TRY(graft_onnx_squeezed_shape(&graft_onnx_input(call, 0)->dims, axes, count, &shape));
    return graft_onnx_fold_as(call, &shape, out);
}

graft_status graft_onnx_fold_unsqueeze(graft_onnx_call *call, graft_tensor **out) {
    int64_t axes[AXES];
    int count;
    graft_shape shape;
    GRAFT_TRY(graft_onnx_need_inputs(call, 1, 2));
    GRAFT_TRY(graft_onnx_list_or_input(call, "axes", 1, axes, AXES, &count));
    GRAFT_TRY(graft_onnx_unsqueezed_shape(&graft_onnx_input(call, 0)->dims, axes, count, &shape));
    return graft_onnx_fold_as(call, &shape, out);
}

graft_status graft_onnx_fold_transpose(graft_onnx_call *call, graft_tensor **out) {
    const graft_tensor *in = NULL;
    int64_t perm[AXES];
    int count, axes[AXES];
    bool seen[AXES] = {false};
    GRAFT_TRY(graft_onnx_need_inputs(call, 1, 1));
    GRAFT_TRY(graft_onnx_tensor(call, 0, &in));
    GRAFT_TRY(graft_onnx_list(call, "perm", perm, AXES, &count));
    for (int i = 0; count == 0 && i < in->shape.rank; i++)
        axes[i] = in->shape.rank - 1 - i;
    if (count != 0 && count != in->shape.rank) return graft_onnx_refuse(call, "perm", "an order of all dimensions");
    for (int i = 0; i < count; i++) {
        if (perm[i] < 0 || perm[i] >= count || seen[perm[i]])
            return graft_onnx_refuse(call, "perm", "an order of all dimensions");
        seen[perm[i]] = true;
        axes[i] = (int)perm[i];
    }
    int64_t elements = graft_shape_count(&in->shape);
    if (elements > FOLD_LIMIT - call->onnx->folded)
        return graft_fail(GRAFT_E_DATA, "constants of more than %lld numbers to be computed", (long long)FOLD_LIMIT);
    call->onnx->folded += elements;
    return graft_tensor_permute(in, axes, out);
}

/* ---- parts ---- */

/* The product of the dims before and behind an axis. */
static void around(const graft_shape *shape, int axis, int64_t *before, int64_t *behind) {
    *before = *behind = 1;
    for (int i = 0; i < axis; i++)
        *before *= shape->dim[i];
    for (int i = axis + 1; i < shape->rank; i++)
        *behind *= shape->dim[i];
}

graft_status graft_onnx_fold_concat(graft_onnx_call *call, graft_tensor **out) {
    const graft_tensor *first = NULL, *in = NULL;
    int64_t given, before, behind, done = 0;
    int axis;
    GRAFT_TRY(graft_onnx_need_inputs(call, 1, GRAFT_MAX_NODES));
    GRAFT_TRY(graft_onnx_int(call, "axis", 0, &given));
    GRAFT_TRY(graft_onnx_tensor(call, 0, &first));
    GRAFT_TRY(graft_onnx_axis(given, first->shape.rank, &axis));
    graft_shape shape = first->shape;
    for (int i = 1; i < call->input_count; i++) {
        GRAFT_TRY(graft_onnx_tensor(call, i, &in));
        graft_shape like = in->shape;
        if (like.rank == shape.rank) like.dim[axis] = first->shape.dim[axis];
        if (!graft_shape_equal(&like, &first->shape) || in->dtype != first->dtype)
            return graft_fail(GRAFT_E_DATA, "input %d does not fit beside the first", i);
        shape.dim[axis] += in->shape.dim[axis];
    }
    GRAFT_TRY(graft_onnx_fold_new(call, first->dtype, &shape, out));
    around(&shape, axis, &before, &behind);
    for (int i = 0; i < call->input_count; i++) {
        graft_status status = graft_onnx_tensor(call, i, &in);
        if (status != GRAFT_OK) {
            graft_tensor_free(*out);
            return status;
        }
        int64_t wide = in->shape.dim[axis] * behind;
        for (int64_t b = 0; b < before; b++)
            for (int64_t k = 0; k < wide; k++)
                copy_element(*out, b * shape.dim[axis] * behind + done + k, in, b * wide + k);
        done += wide;
    }
    return GRAFT_OK;
}

graft_status graft_onnx_fold_gather(graft_onnx_call *call, graft_tensor **out) {
    const graft_tensor *in = NULL, *indices = NULL;
    int64_t given, before, behind;
    int axis;
    GRAFT_TRY(graft_onnx_need_inputs(call, 2, 2));
    GRAFT_TRY(graft_onnx_int(call, "axis", 0, &given));
    GRAFT_TRY(graft_onnx_tensor(call, 0, &in));
    GRAFT_TRY(graft_onnx_tensor(call, 1, &indices));
    GRAFT_TRY(graft_onnx_axis(given, in->shape.rank, &axis));
    int64_t count = graft_shape_count(&indices->shape), wide = in->shape.dim[axis];
    graft_shape shape = {.rank = in->shape.rank - 1 + indices->shape.rank};
    if (shape.rank > GRAFT_MAX_RANK || indices->dtype != GRAFT_I64)
        return graft_fail(GRAFT_E_DATA, "indices that are no integers, or too many dimensions");
    const int64_t *index = indices->data;
    for (int64_t i = 0; i < count; i++)
        if (index[i] < -wide || index[i] >= wide)
            return graft_fail(GRAFT_E_DATA, "index %lld of %lld", (long long)index[i], (long long)wide);
    for (int i = 0, k = 0; k < in->shape.rank; k++) {
        for (int j = 0; k == axis && j < indices->shape.rank; j++)
            shape.dim[i++] = indices->shape.dim[j];
        if (k != axis) shape.dim[i++] = in->shape.dim[k];
    }
    GRAFT_TRY(graft_onnx_fold_new(call, in->dtype, &shape, out));
    around(&in->shape, axis, &before, &behind);
    for (int64_t b = 0; b < before; b++)
        for (int64_t i = 0; i < count; i++)
            for (int64_t k = 0; k < behind; k++)
                copy_element(*out, (b * count + i) * behind + k, in,
                             (b * wide + (index[i] < 0 ? index[i] + wide : index[i])) * behind + k);
    return GRAFT_OK;
}

/* ---- slices ---- */

typedef struct slice {
    int64_t start[AXES], step[AXES];
} slice;

/* ONNX, Slice: ends beyond the tensor are cut to it. */
static void bound_slice(int64_t size, int64_t start, int64_t end, int64_t step, int64_t *from, int64_t *count) {
    int64_t low = step > 0 ? 0 : -1, high = step > 0 ? size : size - 1;
    if (start < 0) start = start < -size ? low : start + size;
    if (end < 0) end = end < -size ? low : end + size;
    start = start < low ? low : start > high ? high : start;
    end = end < low ? low : end > high ? high : end;
    if (step < 0 && start < 0) start = 0;
    int64_t distance = step > 0 ? end - start : start - end, width = step > 0 ? step : -step;
    *from = start;
    *count = distance > 0 ? (distance + width - 1) / width : 0;
}

static graft_status read_slice(graft_onnx_call *call, const graft_shape *shape, slice *out, graft_shape *result) {
    int64_t starts[AXES], ends[AXES], axes[AXES], steps[AXES];
    int count, ends_count, axes_count, steps_count = 0;
    GRAFT_TRY(graft_onnx_list_or_input(call, "starts", 1, starts, AXES, &count));
    GRAFT_TRY(graft_onnx_list_or_input(call, "ends", 2, ends, AXES, &ends_count));
    GRAFT_TRY(graft_onnx_list_or_input(call, "axes", 3, axes, AXES, &axes_count));
    if (graft_onnx_has(call, 4)) GRAFT_TRY(graft_onnx_integers(call, 4, steps, AXES, &steps_count));
    *result = *shape;
    for (int i = 0; i < AXES; i++) {
        out->start[i] = 0;
        out->step[i] = 1;
    }
    if (ends_count != count || (axes_count && axes_count != count) || (steps_count && steps_count != count))
        return graft_fail(GRAFT_E_DATA, "%d starts, %d ends, %d axes, %d steps, expected as many of each", count,
                          ends_count, axes_count, steps_count);
    for (int i = 0; i < count; i++) {
        int axis;
        GRAFT_TRY(graft_onnx_axis(axes_count ? axes[i] : i, shape->rank, &axis));
        int64_t step = steps_count ? steps[i] : 1;
        if (step == 0 || step < -GRAFT_MAX_ELEMENTS || step > GRAFT_MAX_ELEMENTS)
            return graft_fail(GRAFT_E_DATA, "step %lld", (long long)step);
        out->step[axis] = step;
        bound_slice(shape->dim[axis], starts[i], ends[i], step, &out->start[axis], &result->dim[axis]);
    }
    return GRAFT_OK;
}

graft_status graft_onnx_fold_slice(graft_onnx_call *call, graft_tensor **out) {
    const graft_tensor *in = NULL;
    slice s;
    graft_shape shape;
    GRAFT_TRY(graft_onnx_need_inputs(call, 1, 5));
    GRAFT_TRY(graft_onnx_tensor(call, 0, &in));
    GRAFT_TRY(read_slice(call, &in->shape, &s, &shape));
    GRAFT_TRY(graft_onnx_fold_new(call, in->dtype, &shape, out));
    int64_t at[AXES] = {0}, total = graft_shape_count(&shape);
    for (int64_t done = 0; done < total; done++) {
        int64_t place = 0;
        for (int i = 0; i < shape.rank; i++)
            place = place * in->shape.dim[i] + s.start[i] + at[i] * s.step[i];
        copy_element(*out, done, in, place);
        for (int i = shape.rank; i-- > 0;) {
            if (++at[i] < shape.dim[i]) break;
            at[i] = 0;
        }
    }
    return GRAFT_OK;
}

/* ---- sizes ---- */

graft_status graft_onnx_fold_shape(graft_onnx_call *call, graft_tensor **out) {
    int64_t start, end;
    GRAFT_TRY(graft_onnx_need_inputs(call, 1, 1));
    const graft_shape *dims = &graft_onnx_input(call, 0)->dims;
    GRAFT_TRY(graft_onnx_int(call, "start", 0, &start));
    GRAFT_TRY(graft_onnx_int(call, "end", dims->rank, &end));
    int64_t from, count;
    bound_slice(dims->rank, start, end, 1, &from, &count);
    graft_shape shape = GRAFT_SHAPE(count);
    GRAFT_TRY(graft_onnx_fold_new(call, GRAFT_I64, &shape, out));
    if (count > 0) memcpy((*out)->data, &dims->dim[from], (size_t)count * sizeof(int64_t));
    return GRAFT_OK;
}

graft_status graft_onnx_fold_size(graft_onnx_call *call, graft_tensor **out) {
    const graft_shape scalar = {0};
    GRAFT_TRY(graft_onnx_need_inputs(call, 1, 1));
    GRAFT_TRY(graft_onnx_fold_new(call, GRAFT_I64, &scalar, out));
    int64_t count = graft_shape_count(&graft_onnx_input(call, 0)->dims);
    memcpy((*out)->data, &count, sizeof count);
    return GRAFT_OK;
}
