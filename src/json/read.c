#include "json/json.h"

#include <jansson.h>
#include <math.h>

static json_t *inside(const graft_json *json) {
    return (json_t *)(uintptr_t)json;
}

graft_json_type graft_json_type_of(const graft_json *json) {
    if (!json) return GRAFT_JSON_NULL;
    switch (json_typeof(inside(json))) {
    case JSON_OBJECT:
        return GRAFT_JSON_OBJECT;
    case JSON_ARRAY:
        return GRAFT_JSON_ARRAY;
    case JSON_STRING:
        return GRAFT_JSON_TEXT;
    case JSON_INTEGER:
        return GRAFT_JSON_INT;
    case JSON_REAL:
        return GRAFT_JSON_REAL;
    case JSON_TRUE:
    case JSON_FALSE:
        return GRAFT_JSON_BOOL;
    case JSON_NULL:
        break;
    }
    return GRAFT_JSON_NULL;
}

const graft_json *graft_json_get(const graft_json *object, const char *key) {
    return object ? (const graft_json *)json_object_get(inside(object), key) : NULL;
}

const graft_json *graft_json_at(const graft_json *array, size_t index) {
    return array ? (const graft_json *)json_array_get(inside(array), index) : NULL;
}

size_t graft_json_count(const graft_json *json) {
    graft_json_type type = graft_json_type_of(json);
    if (type == GRAFT_JSON_ARRAY) return json_array_size(inside(json));
    return type == GRAFT_JSON_OBJECT ? json_object_size(inside(json)) : 0;
}

const char *graft_json_key(const graft_json *object, size_t index, const graft_json **value) {
    if (graft_json_type_of(object) != GRAFT_JSON_OBJECT) return NULL;
    void *at = json_object_iter(inside(object));
    for (; at && index > 0; index--)
        at = json_object_iter_next(inside(object), at);
    if (!at) return NULL;
    if (value) *value = (const graft_json *)json_object_iter_value(at);
    return json_object_iter_key(at);
}

const char *graft_json_next(const graft_json *object, const char *key, const graft_json **value) {
    if (graft_json_type_of(object) != GRAFT_JSON_OBJECT) return NULL;
    void *at =
        key ? json_object_iter_next(inside(object), json_object_key_to_iter(key)) : json_object_iter(inside(object));
    if (!at) return NULL;
    *value = (const graft_json *)json_object_iter_value(at);
    return json_object_iter_key(at);
}

const char *graft_json_text(const graft_json *json, const char *fallback) {
    return graft_json_type_of(json) == GRAFT_JSON_TEXT ? json_string_value(inside(json)) : fallback;
}

int64_t graft_json_int(const graft_json *json, int64_t fallback) {
    graft_json_type type = graft_json_type_of(json);
    if (type == GRAFT_JSON_INT) return json_integer_value(inside(json));
    if (type != GRAFT_JSON_REAL) return fallback;
    double value = json_real_value(inside(json));
    bool whole = value == floor(value) && fabs(value) < 0x1p53;
    return whole ? (int64_t)value : fallback;
}

double graft_json_real(const graft_json *json, double fallback) {
    graft_json_type type = graft_json_type_of(json);
    if (type == GRAFT_JSON_INT || type == GRAFT_JSON_REAL) return json_number_value(inside(json));
    return fallback;
}

bool graft_json_bool(const graft_json *json, bool fallback) {
    return graft_json_type_of(json) == GRAFT_JSON_BOOL ? json_is_true(inside(json)) : fallback;
}
