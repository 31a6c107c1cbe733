/* Options into plan.json and back, so that a plan can be edited and used again, and a run resumed. */
#include <graft/report.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "report/plan-options.h"
#include "json/json.h"

#include <stdio.h>
#include <string.h>

enum { PLAN_BYTES_MAX = 16 * 1024 * 1024 };

static bool listed(const char *const *names, const char *name) {
    for (; names && *names; names++)
        if (strcmp(*names, name) == 0) return true;
    return false;
}

/* The value as an argument would give it: texts as they are, numbers and truth values written out. */
static const char *value_text(const graft_json *value, char *buffer, size_t size) {
    switch (graft_json_type_of(value)) {
    case GRAFT_JSON_TEXT:
        return graft_json_text(value, "");
    case GRAFT_JSON_BOOL:
        return graft_json_bool(value, false) ? "true" : "false";
    case GRAFT_JSON_INT:
        snprintf(buffer, size, "%lld", (long long)graft_json_int(value, 0));
        return buffer;
    case GRAFT_JSON_REAL:
        snprintf(buffer, size, "%.17g", graft_json_real(value, 0));
        return buffer;
    default:
        return NULL;
    }
}

static graft_status unknown(const char *path, const char *key, const graft_plan_options_of *tables, size_t count) {
    const char *nearest = NULL;
    for (size_t i = 0; i < count && !nearest; i++)
        nearest = graft_option_nearest(tables[i].rows, key);
    return graft_fail(GRAFT_E_DATA, "%s: options: no option \"%s\"%s%s", path, key, nearest ? "; did you mean " : "",
                      nearest ? nearest : "");
}

/* An option that stands in several tables (the seed of a split and of training) sets all of them. */
static graft_status set_one(const char *path, const char *key, const graft_json *value,
                            const graft_plan_options_of *tables, size_t count) {
    char buffer[40];
    const char *text = value_text(value, buffer, sizeof buffer);
    bool known = false;
    for (size_t i = 0; i < count; i++) {
        const graft_option *row = graft_option_find(tables[i].rows, key);
        if (!row) continue;
        known = true;
        if (graft_json_type_of(value) == GRAFT_JSON_NULL) continue;
        if (!text)
            return graft_fail(GRAFT_E_DATA, "%s: options: %s: expected a text, a number or a truth value", path, key);
        graft_status status = graft_option_set(row, tables[i].target, text);
        if (status != GRAFT_OK) return graft_fail_in(GRAFT_E_DATA, "%s: options", path);
    }
    return known ? GRAFT_OK : unknown(path, key, tables, count);
}

graft_status graft_plan_read(const char *path, const graft_plan_options_of *tables, size_t count,
                             const char *const *keep, graft_plan_file **out) {
    char *text = NULL;
    size_t length = 0;
    graft_json *json = NULL;
    GRAFT_TRY(graft_file_read(path, PLAN_BYTES_MAX, &text, &length));
    graft_status status = graft_json_parse(text, length, path, &json);
    graft_release(text);
    if (status != GRAFT_OK) return status;
    const graft_json *options = graft_json_get(json, "options");
    if (graft_json_type_of(options) != GRAFT_JSON_OBJECT)
        status =
            graft_fail(GRAFT_E_DATA, "%s: no object \"options\": expected the plan.json of a run, edited or not", path);
    for (size_t i = 0; status == GRAFT_OK && i < graft_json_count(options); i++) {
        const graft_json *value;
        const char *key = graft_json_key(options, i, &value);
        if (!listed(keep, key)) status = set_one(path, key, value, tables, count);
    }
    if (status != GRAFT_OK) {
        graft_json_free(json);
        return status;
    }
    *out = (graft_plan_file *)json;
    return GRAFT_OK;
}

void graft_plan_file_free(graft_plan_file *file) {
    graft_json_free((graft_json *)file);
}

graft_status graft_plan_options_json(const graft_plan_options_of *tables, size_t count, graft_json **out) {
    char value[1024];
    graft_json *options = graft_json_new_object();
    for (size_t i = 0; i < count; i++)
        for (const graft_option *row = tables[i].rows; row->name; row++) {
            const graft_status status = graft_option_get(row, tables[i].target, value, sizeof value);
            if (status != GRAFT_OK) {
                graft_json_free(options);
                return status;
            }
            if (*value) graft_json_set_text(options, row->name, value);
        }
    *out = options;
    return GRAFT_OK;
}

graft_status graft_plan_begin(const char *path, const graft_plan_options_of *tables, size_t count) {
    char *text = NULL;
    graft_json *plan, *options = NULL;
    GRAFT_TRY(graft_plan_options_json(tables, count, &options));
    plan = graft_json_new_object();
    graft_json_set(plan, "options", options);
    graft_status status = graft_json_dump(plan, 2, &text, NULL);
    if (status == GRAFT_OK) status = graft_file_write(path, text, strlen(text));
    graft_json_free(plan);
    graft_release(text);
    return status;
}
