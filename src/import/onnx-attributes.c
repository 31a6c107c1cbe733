/* What a node says: its inputs and attributes. Errors name what was found and what was expected. */
#include "import/onnx.h"

#include <math.h>
#include <string.h>

/* ---- inputs ---- */

bool graft_onnx_has(const graft_onnx_call *call, int input) {
    return input < call->input_count && call->inputs[input] >= 0;
}

graft_onnx_value *graft_onnx_input(const graft_onnx_call *call, int input) {
    return &call->onnx->values[call->inputs[input]];
}

bool graft_onnx_is_constant(const graft_onnx_call *call, int input) {
    return graft_onnx_has(call, input) && graft_onnx_input(call, input)->kind == GRAFT_ONNX_CONSTANT;
}

graft_status graft_onnx_need_inputs(const graft_onnx_call *call, int least, int most) {
    bool enough = call->input_count >= least && call->input_count <= most;
    for (int i = 0; i < least && enough; i++)
        enough = graft_onnx_has(call, i);
    if (enough) return GRAFT_OK;
    return graft_fail(GRAFT_E_DATA, "%d inputs, expected %d to %d", call->input_count, least, most);
}

graft_status graft_onnx_tensor(const graft_onnx_call *call, int input, const graft_tensor **out) {
    if (!graft_onnx_has(call, input)) return graft_fail(GRAFT_E_DATA, "no input %d", input);
    if (!graft_onnx_is_constant(call, input))
        return graft_fail(GRAFT_E_DATA, "input %d depends on the network's input, expected a constant", input);
    return graft_onnx_value_read(call->onnx, graft_onnx_input(call, input), out);
}

double graft_onnx_number(const graft_tensor *constant, int64_t at) {
    if (constant->dtype == GRAFT_F32) return (double)((const float *)constant->data)[at];
    return (double)((const int64_t *)constant->data)[at];
}

graft_status graft_onnx_integers(const graft_onnx_call *call, int input, int64_t *out, int limit, int *count) {
    const graft_tensor *tensor = NULL;
    GRAFT_TRY(graft_onnx_tensor(call, input, &tensor));
    int64_t total = graft_shape_count(&tensor->shape);
    if (tensor->dtype != GRAFT_I64 || tensor->shape.rank > 1 || total > limit)
        return graft_fail(GRAFT_E_DATA, "input %d has %lld numbers of type %s, expected at most %d integers", input,
                          (long long)total, graft_dtype_name(tensor->dtype), limit);
    *count = (int)total;
    if (total > 0) memcpy(out, tensor->data, (size_t)total * sizeof *out);
    return GRAFT_OK;
}

graft_status graft_onnx_scalar(const graft_onnx_call *call, int input, double *out) {
    const graft_tensor *tensor = NULL;
    GRAFT_TRY(graft_onnx_tensor(call, input, &tensor));
    if (graft_shape_count(&tensor->shape) != 1)
        return graft_fail(GRAFT_E_DATA, "input %d has %lld numbers, expected one", input,
                          (long long)graft_shape_count(&tensor->shape));
    *out = graft_onnx_number(tensor, 0);
    return isfinite(*out) ? GRAFT_OK
                          : graft_fail(GRAFT_E_DATA, "input %d is %g, expected a finite number", input, *out);
}

/* ---- attributes ---- */

enum { ATTRIBUTE_LIMIT = 64 }; /* bits of graft_onnx_call.read */

const graft_json *graft_onnx_attribute(graft_onnx_call *call, const char *name) {
    const graft_json *value = NULL;
    for (size_t i = 0; i < graft_json_count(call->attributes) && i < ATTRIBUTE_LIMIT; i++) {
        const char *key = graft_json_key(call->attributes, i, &value);
        if (strcmp(key, name) != 0) continue;
        call->read |= (uint64_t)1 << i;
        return value;
    }
    return NULL;
}

void graft_onnx_ignore(graft_onnx_call *call, const char *name) {
    (void)graft_onnx_attribute(call, name);
}

graft_status graft_onnx_unread(const graft_onnx_call *call) {
    for (size_t i = 0; i < graft_json_count(call->attributes); i++) {
        const graft_json *value = NULL;
        const char *key = graft_json_key(call->attributes, i, &value);
        if (i >= ATTRIBUTE_LIMIT || !(call->read >> i & 1))
            return graft_fail(GRAFT_E_DATA, "attribute '%s' is not known here, so what it changes cannot be told", key);
    }
    return GRAFT_OK;
}

graft_status graft_onnx_refuse(const graft_onnx_call *call, const char *name, const char *expected) {
    char *text = NULL;
    const graft_json *value = graft_json_get(call->attributes, name);
    if (!value) return graft_fail(GRAFT_E_DATA, "attribute '%s' is missing, expected %s", name, expected);
    GRAFT_TRY(graft_json_dump(value, 0, &text, NULL));
    graft_status status = graft_fail(GRAFT_E_DATA, "attribute '%s' is %.100s, expected %s", name, text, expected);
    graft_release(text);
    return status;
}

graft_status graft_onnx_int(graft_onnx_call *call, const char *name, int64_t fallback, int64_t *out) {
    const graft_json *value = graft_onnx_attribute(call, name);
    *out = graft_json_int(value, fallback);
    return !value || graft_json_type_of(value) == GRAFT_JSON_INT ? GRAFT_OK
                                                                 : graft_onnx_refuse(call, name, "an integer");
}

graft_status graft_onnx_real(graft_onnx_call *call, const char *name, double fallback, double *out) {
    const graft_json *value = graft_onnx_attribute(call, name);
    *out = value ? graft_json_real(value, NAN) : fallback;
    return !value || isfinite(*out) ? GRAFT_OK : graft_onnx_refuse(call, name, "a number");
}

graft_status graft_onnx_word(graft_onnx_call *call, const char *name, const char *fallback, const char **out) {
    const graft_json *value = graft_onnx_attribute(call, name);
    *out = value ? graft_json_text(value, NULL) : fallback;
    return *out ? GRAFT_OK : graft_onnx_refuse(call, name, "a text");
}

graft_status graft_onnx_list(graft_onnx_call *call, const char *name, int64_t *out, int limit, int *count) {
    const graft_json *value = graft_onnx_attribute(call, name);
    *count = (int)graft_json_count(value);
    if (value && (graft_json_type_of(value) != GRAFT_JSON_ARRAY || *count > limit))
        return graft_onnx_refuse(call, name, "a list of fewer integers");
    for (int i = 0; i < *count; i++) {
        const graft_json *item = graft_json_at(value, (size_t)i);
        out[i] = graft_json_int(item, 0);
        if (graft_json_type_of(item) != GRAFT_JSON_INT) return graft_onnx_refuse(call, name, "integers");
    }
    return GRAFT_OK;
}

graft_status graft_onnx_list_or_input(graft_onnx_call *call, const char *name, int input, int64_t *out, int limit,
                                      int *count) {
    GRAFT_TRY(graft_onnx_list(call, name, out, limit, count));
    return *count == 0 && graft_onnx_has(call, input) ? graft_onnx_integers(call, input, out, limit, count) : GRAFT_OK;
}

graft_status graft_onnx_only(graft_onnx_call *call, const char *name, int64_t value) {
    int64_t given;
    char text[32];
    GRAFT_TRY(graft_onnx_int(call, name, value, &given));
    if (given == value) return GRAFT_OK;
    text[0] = value == 0 ? '0' : '1';
    text[1] = '\0';
    return graft_onnx_refuse(call, name, text);
}
