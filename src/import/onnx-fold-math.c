/* Constants from constants: arithmetic, types, and constants that nodes hold. Sizes are whole numbers: I64 stays I64.
 */
#include "import/onnx-fold.h"

#include <math.h>
#include <string.h>

/* ---- two operands ---- */

typedef enum operation { ADD, SUBTRACT, MULTIPLY, DIVIDE } operation;

static float real(operation op, float a, float b) {
    return op == ADD ? a + b : op == SUBTRACT ? a - b : op == MULTIPLY ? a * b : a / b;
}

static graft_status whole(operation op, int64_t a, int64_t b, int64_t *out) {
    bool bad = op == ADD        ? __builtin_add_overflow(a, b, out)
               : op == SUBTRACT ? __builtin_sub_overflow(a, b, out)
               : op == MULTIPLY ? __builtin_mul_overflow(a, b, out)
                                : b == 0 || (a == INT64_MIN && b == -1);
    if (bad)
        return graft_fail(GRAFT_E_DATA, "%lld and %lld: an overflow or a division by 0", (long long)a, (long long)b);
    if (op == DIVIDE) *out = a / b;
    return GRAFT_OK;
}

static graft_status spread(const graft_shape *a, const graft_shape *b, graft_shape *out) {
    *out = (graft_shape){.rank = a->rank > b->rank ? a->rank : b->rank};
    for (int i = 0; i < out->rank; i++) {
        int64_t one = i < out->rank - a->rank ? 1 : a->dim[i - (out->rank - a->rank)];
        int64_t two = i < out->rank - b->rank ? 1 : b->dim[i - (out->rank - b->rank)];
        if (one != two && one != 1 && two != 1)
            return graft_fail(GRAFT_E_DATA, "%lld beside %lld in dimension %d", (long long)one, (long long)two, i);
        out->dim[i] = one == 1 ? two : one;
    }
    return GRAFT_OK;
}

/* The element of a spread operand that stands at element `at` of the result. */
static int64_t place_of(const graft_shape *operand, const graft_shape *result, int64_t at) {
    int64_t place = 0, step = 1;
    for (int i = result->rank, k = operand->rank; i-- > 0 && k-- > 0;) {
        if (operand->dim[k] != 1) place += at % result->dim[i] * step;
        at /= result->dim[i];
        step *= operand->dim[k];
    }
    return place;
}

static graft_status binary(graft_onnx_call *call, operation op, graft_tensor **out) {
    const graft_tensor *a = NULL, *b = NULL;
    graft_shape shape;
    GRAFT_TRY(graft_onnx_need_inputs(call, 2, 2));
    GRAFT_TRY(graft_onnx_tensor(call, 0, &a));
    GRAFT_TRY(graft_onnx_tensor(call, 1, &b));
    if (a->dtype != b->dtype) return graft_fail(GRAFT_E_DATA, "an integer beside a real number");
    GRAFT_TRY(spread(&a->shape, &b->shape, &shape));
    GRAFT_TRY(graft_onnx_fold_new(call, a->dtype, &shape, out));
    graft_status status = GRAFT_OK;
    for (int64_t i = 0, total = graft_shape_count(&shape); i < total && status == GRAFT_OK; i++) {
        int64_t x = place_of(&a->shape, &shape, i), y = place_of(&b->shape, &shape, i);
        if (a->dtype == GRAFT_F32)
            ((float *)(*out)->data)[i] = real(op, ((const float *)a->data)[x], ((const float *)b->data)[y]);
        else
            status =
                whole(op, ((const int64_t *)a->data)[x], ((const int64_t *)b->data)[y], &((int64_t *)(*out)->data)[i]);
    }
    if (status == GRAFT_OK) return status;
    graft_tensor_free(*out);
    *out = NULL;
    return status;
}

graft_status graft_onnx_fold_add(graft_onnx_call *call, graft_tensor **out) {
    return binary(call, ADD, out);
}

graft_status graft_onnx_fold_sub(graft_onnx_call *call, graft_tensor **out) {
    return binary(call, SUBTRACT, out);
}

graft_status graft_onnx_fold_mul(graft_onnx_call *call, graft_tensor **out) {
    return binary(call, MULTIPLY, out);
}

graft_status graft_onnx_fold_div(graft_onnx_call *call, graft_tensor **out) {
    return binary(call, DIVIDE, out);
}

/* ---- one operand ---- */

static double negative(double x) {
    return -x;
}

static graft_status unary(graft_onnx_call *call, double (*function)(double), graft_tensor **out) {
    GRAFT_TRY(graft_onnx_need_inputs(call, 1, 1));
    GRAFT_TRY(graft_onnx_fold_as(call, &graft_onnx_input(call, 0)->dims, out));
    for (int64_t i = 0, total = graft_shape_count(&(*out)->shape); i < total; i++) {
        double value = function(graft_onnx_number(*out, i));
        graft_onnx_put(*out, i, (*out)->dtype == GRAFT_F32 || fabs(value) < 9e15 ? value : 0);
    }
    return GRAFT_OK;
}

graft_status graft_onnx_fold_neg(graft_onnx_call *call, graft_tensor **out) {
    return unary(call, negative, out);
}

graft_status graft_onnx_fold_floor(graft_onnx_call *call, graft_tensor **out) {
    return unary(call, floor, out);
}

graft_status graft_onnx_fold_ceil(graft_onnx_call *call, graft_tensor **out) {
    return unary(call, ceil, out);
}

graft_status graft_onnx_fold_sqrt(graft_onnx_call *call, graft_tensor **out) {
    return unary(call, sqrt, out);
}

/* ---- types ---- */

/* All types of floating point numbers are F32 here, all others I64. */
graft_status graft_onnx_fold_cast(graft_onnx_call *call, graft_tensor **out) {
    enum { FLOAT = 1, TEXT = 8, BOOL = 9, FLOAT16 = 10, DOUBLE = 11, COMPLEX64 = 14, COMPLEX128 = 15, BFLOAT16 = 16 };
    const graft_tensor *in = NULL;
    int64_t to;
    GRAFT_TRY(graft_onnx_need_inputs(call, 1, 1));
    GRAFT_TRY(graft_onnx_tensor(call, 0, &in));
    GRAFT_TRY(graft_onnx_int(call, "to", 0, &to));
    if (to < FLOAT || to > BFLOAT16 || to == TEXT || to == COMPLEX64 || to == COMPLEX128)
        return graft_onnx_refuse(call, "to", "a type of numbers");
    bool is_real = to == FLOAT || to == FLOAT16 || to == DOUBLE || to == BFLOAT16;
    GRAFT_TRY(graft_onnx_fold_new(call, is_real ? GRAFT_F32 : GRAFT_I64, &in->shape, out));
    for (int64_t i = 0, total = graft_shape_count(&in->shape); i < total; i++) {
        double value = graft_onnx_number(in, i);
        if (!is_real && !(fabs(value) < 9e18)) value = 0;
        if (in->dtype == GRAFT_I64 && !is_real && to != BOOL)
            ((int64_t *)(*out)->data)[i] = ((const int64_t *)in->data)[i];
        else
            graft_onnx_put(*out, i, to == BOOL ? value != 0 : value);
    }
    return GRAFT_OK;
}

/* ---- constants in nodes ---- */

static graft_status from_entry(graft_onnx_call *call, const graft_json *attribute, graft_tensor **out) {
    const char *name = graft_json_text(graft_json_get(attribute, "tensor"), "");
    int64_t entry = graft_container_find(call->onnx->container, name);
    graft_tensor *raw = NULL;
    if (entry < 0) return graft_fail(GRAFT_E_DATA, "tensor '%s' is not there", name);
    GRAFT_TRY(graft_container_read_raw(call->onnx->container, (size_t)entry, &raw));
    call->onnx->used[entry] = true;
    graft_status status = graft_onnx_normalise(raw, out);
    graft_tensor_free(raw);
    return status;
}

static graft_status from_numbers(graft_onnx_call *call, const graft_json *value, bool is_real, graft_tensor **out) {
    bool list = graft_json_type_of(value) == GRAFT_JSON_ARRAY;
    graft_shape shape = {0};
    if (list) shape = GRAFT_SHAPE((int64_t)graft_json_count(value));
    GRAFT_TRY(graft_onnx_fold_new(call, is_real ? GRAFT_F32 : GRAFT_I64, &shape, out));
    for (int64_t i = 0, total = graft_shape_count(&shape); i < total; i++) {
        const graft_json *item = list ? graft_json_at(value, (size_t)i) : value;
        if (is_real)
            ((float *)(*out)->data)[i] = (float)graft_json_real(item, 0);
        else
            ((int64_t *)(*out)->data)[i] = graft_json_int(item, 0);
    }
    return GRAFT_OK;
}

graft_status graft_onnx_fold_constant(graft_onnx_call *call, graft_tensor **out) {
    static const struct {
        const char *name;
        bool is_real;
    } kinds[] = {{"value_float", true}, {"value_floats", true}, {"value_int", false}, {"value_ints", false}};
    const graft_json *value = graft_onnx_attribute(call, "value");
    if (value) return from_entry(call, value, out);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        value = graft_onnx_attribute(call, kinds[i].name);
        if (value) return from_numbers(call, value, kinds[i].is_real, out);
    }
    return graft_fail(GRAFT_E_DATA, "a constant of another kind than a tensor or numbers");
}

graft_status graft_onnx_fold_constant_of_shape(graft_onnx_call *call, graft_tensor **out) {
    const graft_json *attribute = graft_onnx_attribute(call, "value");
    graft_tensor *value = NULL;
    int64_t sizes[GRAFT_MAX_RANK];
    graft_shape shape = {0};
    GRAFT_TRY(graft_onnx_need_inputs(call, 1, 1));
    GRAFT_TRY(graft_onnx_integers(call, 0, sizes, GRAFT_MAX_RANK, &shape.rank));
    memcpy(shape.dim, sizes, (size_t)shape.rank * sizeof *sizes);
    if (attribute) GRAFT_TRY(from_entry(call, attribute, &value));
    graft_status status = graft_onnx_fold_new(call, value ? value->dtype : GRAFT_F32, &shape, out);
    for (int64_t i = 0;
         status == GRAFT_OK && value && graft_shape_count(&value->shape) > 0 && i < graft_shape_count(&shape); i++)
        graft_onnx_put(*out, i, graft_onnx_number(value, 0));
    graft_tensor_free(value);
    return status;
}
