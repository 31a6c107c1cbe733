/* Values of a layer's configuration. */
#include "import/keras.h"

#include <math.h>
#include <string.h>

graft_status graft_keras_refuse(const graft_keras_call *call, const char *key, const char *expected) {
    const graft_json *value = graft_json_get(call->config, key);
    char *text = NULL;
    if (value && graft_json_dump(value, 0, &text, NULL) == GRAFT_E_MEMORY) return GRAFT_E_MEMORY;
    graft_status status = graft_fail(GRAFT_E_DATA, "%s is %.120s, expected %s", key, text ? text : "absent", expected);
    graft_release(text);
    return status;
}

static bool read_int(const graft_json *json, int64_t *out) {
    *out = graft_json_int(json, 0);
    return *out == graft_json_int(json, 1);
}

graft_status graft_keras_int(const graft_keras_call *call, const char *key, int64_t *out) {
    return read_int(graft_json_get(call->config, key), out) ? GRAFT_OK : graft_keras_refuse(call, key, "an integer");
}

graft_status graft_keras_pair(const graft_keras_call *call, const char *key, int64_t out[2]) {
    const graft_json *value = graft_json_get(call->config, key);
    bool list = graft_json_type_of(value) == GRAFT_JSON_ARRAY;
    size_t last = graft_json_count(value) == 2 ? 1 : 0;
    if (list && graft_json_count(value) > 2) return graft_keras_refuse(call, key, "one or two integers");
    if (read_int(list ? graft_json_at(value, 0) : value, &out[0]) &&
        read_int(list ? graft_json_at(value, last) : value, &out[1]))
        return GRAFT_OK;
    return graft_keras_refuse(call, key, "one or two integers");
}

graft_status graft_keras_same(const graft_keras_call *call, bool *out) {
    const char *text = graft_json_text(graft_json_get(call->config, "padding"), "");
    *out = strcmp(text, "same") == 0;
    return *out || strcmp(text, "valid") == 0 ? GRAFT_OK : graft_keras_refuse(call, "padding", "\"same\" or \"valid\"");
}

bool graft_keras_flag(const graft_keras_call *call, const char *key, bool fallback) {
    return graft_json_bool(graft_json_get(call->config, key), fallback);
}

/* The innermost of lists of one, and their number: Keras writes a vector's shape as 1x1x1xC. */
static const graft_json *unwrap(const graft_json *json) {
    while (graft_json_type_of(json) == GRAFT_JSON_ARRAY && graft_json_count(json) == 1)
        json = graft_json_at(json, 0);
    return json;
}

graft_status graft_keras_numbers(const graft_keras_call *call, const char *key, double fallback, int64_t count,
                                 float *out) {
    const graft_json *value = unwrap(graft_json_get(call->config, key));
    bool list = graft_json_type_of(value) == GRAFT_JSON_ARRAY;
    if (list && (int64_t)graft_json_count(value) != count)
        return graft_keras_refuse(call, key, "a number, or one a channel");
    for (int64_t i = 0; i < count; i++) {
        double number = value ? graft_json_real(list ? graft_json_at(value, (size_t)i) : value, NAN) : fallback;
        if (!isfinite(number)) return graft_keras_refuse(call, key, "a number, or one a channel");
        out[i] = (float)number;
    }
    return GRAFT_OK;
}

graft_status graft_keras_axis(const graft_keras_call *call, int64_t fallback, int64_t *out) {
    const graft_json *value = unwrap(graft_json_get(call->config, "axis"));
    int64_t axis = fallback, rank = graft_keras_input_shape(call)->rank;
    if (value && !read_int(value, &axis)) return graft_keras_refuse(call, "axis", "an integer");
    if (axis < 0) axis += rank + 1;
    if (axis < 1 || axis > rank) return graft_keras_refuse(call, "axis", "one of the input's, not the batch's");
    *out = axis == rank ? 0 : axis; /* Keras N,H,W,C; here C,H,W */
    return GRAFT_OK;
}
