#include "json/json.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/error.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

/* A failed add leaves this key or element behind, and dump refuses: a failure that sticks, so that building reads
 * like the document. The byte 1 cannot come from a parsed or built key. */
static const char failed_key[] = "\001failed";

static json_t *inside(const graft_json *json) {
    return (json_t *)(uintptr_t)json;
}

graft_json *graft_json_new_object(void) {
    return (graft_json *)json_object();
}

graft_json *graft_json_new_array(void) {
    return (graft_json *)json_array();
}

/* The length of the UTF-8 sequence at `c`, or 0 when it is none. jansson checks the finer rules. */
static size_t sequence_length(const unsigned char *c) {
    size_t length = c[0] < 0x80                   ? 1
                    : c[0] >= 0xc2 && c[0] < 0xe0 ? 2
                    : (c[0] & 0xf0) == 0xe0       ? 3
                    : c[0] >= 0xf0 && c[0] < 0xf5 ? 4
                                                  : 0;
    for (size_t i = 1; i < length; i++)
        if ((c[i] & 0xc0) != 0x80) return 0;
    if (length == 3 && ((c[0] == 0xe0 && c[1] < 0xa0) || (c[0] == 0xed && c[1] > 0x9f))) return 0;
    if (length == 4 && ((c[0] == 0xf0 && c[1] < 0x90) || (c[0] == 0xf4 && c[1] > 0x8f))) return 0;
    return length;
}

graft_json *graft_json_new_text(const char *text) {
    json_t *json = json_string(text);
    if (json) return (graft_json *)json;
    graft_buffer clean;
    graft_buffer_init(&clean, 0);
    for (const unsigned char *c = (const unsigned char *)text; *c;) {
        size_t length = sequence_length(c);
        if (length > 0)
            graft_buffer_add(&clean, c, length);
        else
            graft_buffer_text(&clean, "\xef\xbf\xbd");
        c += length ? length : 1;
    }
    if (clean.failed == GRAFT_OK) json = json_stringn(clean.data, clean.length);
    graft_buffer_clear(&clean);
    return (graft_json *)json;
}

graft_json *graft_json_new_int(int64_t value) {
    return (graft_json *)json_integer(value);
}

graft_json *graft_json_new_real(double value) {
    return (graft_json *)(isfinite(value) ? json_real(value) : json_null());
}

graft_json *graft_json_new_bool(bool value) {
    return (graft_json *)json_boolean(value);
}

graft_json *graft_json_new_null(void) {
    return (graft_json *)json_null();
}

void graft_json_set(graft_json *object, const char *key, graft_json *value) {
    if (!object) {
        graft_json_free(value);
        return;
    }
    bool complete = value && !json_object_get(inside(value), failed_key);
    /* jansson drops the reference also when it fails. */
    if (json_object_set_new(inside(object), key, inside(value)) != 0 || !complete)
        json_object_set_new_nocheck(inside(object), failed_key, json_true());
}

void graft_json_set_text(graft_json *object, const char *key, const char *value) {
    graft_json_set(object, key, value ? graft_json_new_text(value) : graft_json_new_null());
}

void graft_json_set_int(graft_json *object, const char *key, int64_t value) {
    graft_json_set(object, key, graft_json_new_int(value));
}

void graft_json_set_real(graft_json *object, const char *key, double value) {
    graft_json_set(object, key, graft_json_new_real(value));
}

void graft_json_set_bool(graft_json *object, const char *key, bool value) {
    graft_json_set(object, key, graft_json_new_bool(value));
}

void graft_json_add(graft_json *array, graft_json *value) {
    if (!array) {
        graft_json_free(value);
        return;
    }
    if (json_array_append_new(inside(array), inside(value)) == 0) return;
    json_t *mark = json_object(); /* found by dump's search */
    if (mark) json_object_set_new_nocheck(mark, failed_key, json_true());
    json_array_append_new(inside(array), mark);
}

static int append_text(const char *text, size_t length, void *buffer) {
    graft_buffer_add(buffer, text, length);
    return ((graft_buffer *)buffer)->failed == GRAFT_OK ? 0 : -1;
}

graft_status graft_json_dump(const graft_json *json, int indent, char **out, size_t *length) {
    *out = NULL;
    if (!json) return graft_fail_memory("a JSON document");
    graft_buffer buffer;
    graft_buffer_init(&buffer, 0);
    size_t flags =
        JSON_ENCODE_ANY | (indent > 0 ? JSON_INDENT((size_t)indent) : JSON_COMPACT) | JSON_REAL_PRECISION(17);
    int failed = json_dump_callback(inside(json), append_text, &buffer, flags);
    if (failed == 0 && buffer.data && strstr(buffer.data, "\"\\u0001failed\":")) failed = 1;
    if (failed != 0) {
        graft_buffer_clear(&buffer);
        return graft_fail_memory("a JSON document");
    }
    return graft_buffer_take(&buffer, out, length);
}
