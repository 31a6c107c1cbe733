/* JSON, over jansson (which stops here). Values are reference counted. Parsing refuses duplicate keys,
 * deep nesting and texts over 256 MiB. */
#ifndef GRAFT_SRC_JSON_JSON_H
#define GRAFT_SRC_JSON_JSON_H

#include <graft/base.h>

typedef struct graft_json graft_json;

typedef enum graft_json_type {
    GRAFT_JSON_NULL,
    GRAFT_JSON_BOOL,
    GRAFT_JSON_INT,
    GRAFT_JSON_REAL,
    GRAFT_JSON_TEXT,
    GRAFT_JSON_ARRAY,
    GRAFT_JSON_OBJECT,
} graft_json_type;

/* Keras writes NaN and Infinity; `what` names the text in errors. Errors: GRAFT_E_DATA. */
GRAFT_MUST_CHECK graft_status graft_json_parse(const char *text, size_t length, const char *what, graft_json **out);
void graft_json_free(graft_json *json);              /* drops one reference; NULL is fine */
graft_json *graft_json_keep(const graft_json *json); /* one reference more */

/* Reading. NULL and the wrong type are answered with the fallback or NULL, so that look-ups chain. */
graft_json_type graft_json_type_of(const graft_json *json);                  /* NULL reads as GRAFT_JSON_NULL */
const graft_json *graft_json_get(const graft_json *object, const char *key); /* borrowed; NULL when absent */
const graft_json *graft_json_at(const graft_json *array, size_t index);
size_t graft_json_count(const graft_json *array_or_object);
const char *graft_json_key(const graft_json *object, size_t index, const graft_json **value); /* in file order */
/* The key behind `key`, which came from here (NULL: the first); NULL at the end. What walks a large object uses this.
 */
const char *graft_json_next(const graft_json *object, const char *key, const graft_json **value);
const char *graft_json_text(const graft_json *json, const char *fallback);
int64_t graft_json_int(const graft_json *json, int64_t fallback); /* a real with an integer value counts */
double graft_json_real(const graft_json *json, double fallback);  /* integers count */
bool graft_json_bool(const graft_json *json, bool fallback);

/* Building: every function returns a new reference, or NULL without memory. The add functions take over
 * the value (also when they fail) and tolerate NULL: a failure sticks to the object and is told by dump. */
graft_json *graft_json_new_object(void);
graft_json *graft_json_new_array(void);
graft_json *graft_json_new_text(const char *text); /* invalid UTF-8 bytes become U+FFFD */
graft_json *graft_json_new_int(int64_t value);
graft_json *graft_json_new_real(double value); /* NaN and infinities become null */
graft_json *graft_json_new_bool(bool value);
graft_json *graft_json_new_null(void);
void graft_json_set(graft_json *object, const char *key, graft_json *value);
void graft_json_set_text(graft_json *object, const char *key, const char *value); /* NULL: null */
void graft_json_set_int(graft_json *object, const char *key, int64_t value);
void graft_json_set_real(graft_json *object, const char *key, double value);
void graft_json_set_bool(graft_json *object, const char *key, bool value);
void graft_json_add(graft_json *array, graft_json *value);

/* One line when `indent` is 0; keys in the order they were set. Release *out with graft_release. */
GRAFT_MUST_CHECK graft_status graft_json_dump(const graft_json *json, int indent, char **out, size_t *length);

#endif
