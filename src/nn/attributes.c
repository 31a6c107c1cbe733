/* Attribute structs as their tables describe them: checks, JSON, hashing. */
#include "nn/graph-internal.h"

#include <math.h>
#include <string.h>

static const void *value_of(const void *attributes, const graft_option *row) {
    return (const char *)attributes + row->offset;
}

/* The numbers of an integer row. */
static int number_count(const graft_option *row) {
    return row->type == GRAFT_OPTION_INTS ? row->count : 1;
}

static int choice_count(const char *choices) {
    int count = 1;
    for (const char *c = choices; *c; c++)
        count += *c == '|';
    return count;
}

static graft_status out_of_range(const graft_option *row, double value) {
    return graft_fail(GRAFT_E_DATA, "attribute %s is %.17g, expected %.17g to %.17g", row->name, value, row->min,
                      row->max);
}

static bool within(const graft_option *row, double value) {
    return isfinite(value) && (row->min == row->max || (value >= row->min && value <= row->max));
}

static graft_status check_row(const graft_option *row, const void *value) {
    if (row->type == GRAFT_OPTION_INT || row->type == GRAFT_OPTION_INTS) {
        const int64_t *numbers = value;
        for (int i = 0; i < number_count(row); i++)
            if (!within(row, (double)numbers[i])) return out_of_range(row, (double)numbers[i]);
    } else if (row->type == GRAFT_OPTION_DOUBLE) {
        const double *number = value;
        if (!within(row, *number)) return out_of_range(row, *number);
    } else if (row->type == GRAFT_OPTION_ENUM) {
        const int *choice = value;
        if (*choice < 0 || *choice >= choice_count(row->choices))
            return graft_fail(GRAFT_E_DATA, "attribute %s is choice %d, expected one of %s", row->name, *choice,
                              row->choices);
    }
    return GRAFT_OK;
}

graft_status graft_attributes_check(const graft_op *op, const void *attributes) {
    for (const graft_option *row = op->attributes; row && row->name; row++)
        GRAFT_TRY(check_row(row, value_of(attributes, row)));
    return GRAFT_OK;
}

/* ---- from JSON ---- */

static graft_status wrong_type(const graft_option *row, const char *expected) {
    return graft_fail(GRAFT_E_DATA, "attribute %s has another type, expected %s", row->name, expected);
}

static bool is_integer(const graft_json *json) {
    return graft_json_int(json, 0) == graft_json_int(json, 1);
}

static graft_status read_enum(const graft_option *row, const graft_json *json, void *attributes) {
    const char *text = graft_json_text(json, NULL);
    if (!text) return wrong_type(row, "a text");
    if (graft_option_set(row, attributes, text) == GRAFT_OK) return GRAFT_OK;
    return graft_fail(GRAFT_E_DATA, "attribute %s is '%.100s', expected one of %s", row->name, text, row->choices);
}

static graft_status read_ints(const graft_option *row, const graft_json *json, int64_t *out) {
    if (graft_json_type_of(json) != GRAFT_JSON_ARRAY || graft_json_count(json) != (size_t)row->count)
        return graft_fail(GRAFT_E_DATA, "attribute %s has another form, expected %d integers", row->name, row->count);
    for (int i = 0; i < row->count; i++) {
        const graft_json *item = graft_json_at(json, (size_t)i);
        if (!is_integer(item)) return wrong_type(row, "integers");
        out[i] = graft_json_int(item, 0);
    }
    return GRAFT_OK;
}

static graft_status read_row(const graft_option *row, const graft_json *json, void *attributes) {
    void *out = (char *)attributes + row->offset;
    graft_json_type type = graft_json_type_of(json);
    switch (row->type) {
    case GRAFT_OPTION_FLAG:
        if (type != GRAFT_JSON_BOOL) return wrong_type(row, "true or false");
        *(bool *)out = graft_json_bool(json, false);
        return GRAFT_OK;
    case GRAFT_OPTION_INT:
        if (!is_integer(json)) return wrong_type(row, "an integer");
        *(int64_t *)out = graft_json_int(json, 0);
        return GRAFT_OK;
    case GRAFT_OPTION_DOUBLE:
        if (type != GRAFT_JSON_INT && type != GRAFT_JSON_REAL) return wrong_type(row, "a number");
        *(double *)out = graft_json_real(json, 0);
        return GRAFT_OK;
    case GRAFT_OPTION_INTS:
        return read_ints(row, json, out);
    case GRAFT_OPTION_ENUM:
        return read_enum(row, json, attributes);
    case GRAFT_OPTION_TEXT:
    case GRAFT_OPTION_BYTES:
    case GRAFT_OPTION_DOUBLES:
    case GRAFT_OPTION_TEXTS:
        break;
    }
    return graft_fail(GRAFT_E_INTERNAL, "attribute %s has a type that attributes do not use", row->name);
}

graft_status graft_attributes_from_json(const graft_op *op, const graft_json *json, void *attributes) {
    graft_json_type type = graft_json_type_of(json);
    if (type != GRAFT_JSON_OBJECT && type != GRAFT_JSON_NULL)
        return graft_fail(GRAFT_E_DATA, "attributes of another type, expected an object");
    if (op->attributes) GRAFT_TRY(graft_options_defaults(op->attributes, attributes));
    size_t known = 0;
    for (const graft_option *row = op->attributes; row && row->name; row++) {
        const graft_json *value = graft_json_get(json, row->name);
        if (!value) continue;
        known++;
        GRAFT_TRY(read_row(row, value, attributes));
    }
    for (size_t i = 0; known < graft_json_count(json) && i < graft_json_count(json); i++) {
        const graft_json *value;
        const char *key = graft_json_key(json, i, &value);
        if (!op->attributes || !graft_option_find(op->attributes, key))
            return graft_fail(GRAFT_E_DATA, "attribute '%s' is not one that %s has", key, op->name);
    }
    return GRAFT_OK;
}

/* ---- to JSON and to a hash ---- */

static graft_json *choice_json(const graft_option *row, const void *attributes) {
    char text[64];
    return graft_option_get(row, attributes, text, sizeof(text)) == GRAFT_OK ? graft_json_new_text(text) : NULL;
}

static graft_json *row_json(const graft_option *row, const void *attributes) {
    const void *value = value_of(attributes, row);
    switch (row->type) {
    case GRAFT_OPTION_FLAG:
        return graft_json_new_bool(*(const bool *)value);
    case GRAFT_OPTION_INT:
        return graft_json_new_int(*(const int64_t *)value);
    case GRAFT_OPTION_DOUBLE:
        return graft_json_new_real(*(const double *)value);
    case GRAFT_OPTION_INTS: {
        graft_json *array = graft_json_new_array();
        for (int i = 0; i < row->count; i++)
            graft_json_add(array, graft_json_new_int(((const int64_t *)value)[i]));
        return array;
    }
    case GRAFT_OPTION_ENUM:
        return choice_json(row, attributes);
    case GRAFT_OPTION_TEXT:
    case GRAFT_OPTION_BYTES:
    case GRAFT_OPTION_DOUBLES:
    case GRAFT_OPTION_TEXTS:
        break;
    }
    return NULL;
}

graft_json *graft_attributes_to_json(const graft_op *op, const void *attributes) {
    graft_json *object = graft_json_new_object();
    for (const graft_option *row = op->attributes; row && row->name; row++)
        graft_json_set(object, row->name, row_json(row, attributes));
    return object;
}

void graft_attributes_hash(const graft_op *op, const void *attributes, graft_hasher *hasher) {
    for (const graft_option *row = op->attributes; row && row->name; row++) {
        const void *value = value_of(attributes, row);
        graft_hasher_add_text(hasher, row->name);
        if (row->type == GRAFT_OPTION_FLAG) graft_hasher_add_u64(hasher, *(const bool *)value);
        if (row->type == GRAFT_OPTION_ENUM) graft_hasher_add_u64(hasher, (uint64_t) * (const int *)value);
        if (row->type == GRAFT_OPTION_DOUBLE) graft_hasher_add(hasher, value, sizeof(double));
        if (row->type == GRAFT_OPTION_INT || row->type == GRAFT_OPTION_INTS)
            for (int i = 0; i < number_count(row); i++)
                graft_hasher_add_u64(hasher, (uint64_t)((const int64_t *)value)[i]);
    }
}
