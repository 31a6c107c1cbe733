#include "json/json.h"

#include "base/buffer.h"
#include "base/error.h"

#include <jansson.h>
#include <string.h>

static const size_t text_limit = (size_t)256 << 20;

static json_t *inside(const graft_json *json) {
    return (json_t *)(uintptr_t)json;
}

graft_json *graft_json_keep(const graft_json *json) {
    return (graft_json *)json_incref(inside(json));
}

void graft_json_free(graft_json *json) {
    json_decref(inside(json));
}

/* Python's json module writes the words NaN, Infinity and -Infinity, which JSON does not have: here they become
 * null and the largest doubles, so that a Keras file with one of them still opens. Texts stay as they are. */
static void replace_python_numbers(const char *text, size_t length, graft_buffer *out) {
    static const struct {
        const char *word, *json;
    } words[] = {{"NaN", "null"}, {"Infinity", "1.7976931348623157e308"}};
    bool in_text = false;
    for (size_t i = 0; i < length;) {
        size_t size = 1;
        const char *replacement = NULL;
        for (size_t w = 0; w < 2 && !in_text && !replacement; w++) {
            if (length - i < strlen(words[w].word) || memcmp(text + i, words[w].word, strlen(words[w].word)) != 0)
                continue;
            size = strlen(words[w].word);
            replacement = words[w].json;
        }
        if (in_text && text[i] == '\\' && i + 1 < length)
            size = 2;
        else if (text[i] == '"')
            in_text = !in_text;
        if (replacement)
            graft_buffer_text(out, replacement);
        else
            graft_buffer_add(out, text + i, size);
        i += size;
    }
}

static json_t *load(const char *text, size_t length, json_error_t *error) {
    return json_loadb(text, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, error);
}

graft_status graft_json_parse(const char *text, size_t length, const char *what, graft_json **out) {
    *out = NULL;
    if (length > text_limit)
        return graft_fail(GRAFT_E_DATA, "%s: JSON of %zu bytes, more than the limit of %zu", what, length, text_limit);
    json_error_t error;
    json_t *json = load(text, length, &error);
    if (!json && json_error_code(&error) == json_error_invalid_syntax) {
        graft_buffer clean;
        json_error_t second;
        graft_buffer_init(&clean, 0);
        replace_python_numbers(text, length, &clean);
        if (clean.failed == GRAFT_OK && clean.length != length) json = load(clean.data, clean.length, &second);
        graft_buffer_clear(&clean);
    }
    if (!json && json_error_code(&error) == json_error_out_of_memory) return graft_fail_memory(what);
    if (!json)
        return graft_fail(GRAFT_E_DATA, "%s: not valid JSON at line %d, column %d: %s", what, error.line, error.column,
                          error.text);
    *out = (graft_json *)json;
    return GRAFT_OK;
}
