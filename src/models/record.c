#include "models/record.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "json/json.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const char *const scalings[] = {"auto", "tf", "caffe", "torch", "01", "raw"};
enum { SCALING_COUNT = sizeof scalings / sizeof *scalings, FILTER_COUNT = GRAFT_FILTER_LANCZOS + 1 };
static const char *const filters[FILTER_COUNT] = {"nearest", "bilinear", "bicubic", "lanczos"};

const char *graft_record_scaling_name(graft_scaling scaling) {
    return (size_t)scaling < SCALING_COUNT ? scalings[scaling] : "auto";
}

static bool ends_in(const char *text, const char *end) {
    const size_t length = strlen(text), own = strlen(end);
    return length >= own && strcmp(text + length - own, end) == 0;
}

static bool is_word(const char *text, size_t limit) {
    const size_t length = strlen(text);
    if (length == 0 || length >= limit || strchr("._-+", text[0])) return false;
    return strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-+") == length;
}

bool graft_record_name_is_good(const char *name) {
    return is_word(name, GRAFT_RECORD_NAME) && !ends_in(name, ".net") && !ends_in(name, ".json") &&
           strcmp(name, "none") != 0;
}

void graft_record_now(char out[32]) {
    const time_t now = time(NULL);
    struct tm utc;
    out[0] = '\0';
    if (gmtime_r(&now, &utc)) strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

/* An absent text is "". */
static bool text_member(const graft_json *json, const char *key, char *out, size_t size) {
    const char *text = graft_json_text(graft_json_get(json, key), "");
    const size_t length = strlen(text);
    if (length >= size) return false;
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 127) return false;
    memcpy(out, text, length + 1);
    return true;
}

static int word_index(const graft_json *json, const char *key, const char *const *words, int count) {
    const char *text = graft_json_text(graft_json_get(json, key), "");
    for (int i = 0; i < count; i++)
        if (strcmp(words[i], text) == 0) return i;
    return -1;
}

static bool is_digest(const char *text) {
    return strlen(text) == GRAFT_DIGEST_TEXT - 1 && strspn(text, "0123456789abcdef") == GRAFT_DIGEST_TEXT - 1;
}

static graft_status read_members(const graft_json *json, const char *what, graft_record *out) {
    const int64_t bytes = graft_json_int(graft_json_get(json, "bytes"), 0);
    const int scaling = word_index(json, "preprocess", scalings, SCALING_COUNT);
#define MEMBER(key) text_member(json, #key, out->key, sizeof out->key)
    const bool fit = MEMBER(name) && MEMBER(file) && MEMBER(url) && MEMBER(sha256) && MEMBER(date) &&
                     MEMBER(verified) && MEMBER(arch) && MEMBER(format) && MEMBER(licence) && MEMBER(published);
#undef MEMBER
    if (graft_json_int(graft_json_get(json, "graft_model_record"), 0) != 1)
        return graft_fail(GRAFT_E_DATA, "%s: no model's record of version 1", what);
    if (!fit || !graft_record_name_is_good(out->name) || !is_word(out->file, sizeof out->file))
        return graft_fail(GRAFT_E_DATA, "%s: a text that no record has; remove it and add the model again", what);
    if (!is_digest(out->sha256) || bytes <= 0 || scaling < 0)
        return graft_fail(GRAFT_E_DATA, "%s: without a SHA-256, a length or a preprocessing; add the model again",
                          what);
    out->bytes = (uint64_t)bytes;
    out->scaling = (graft_scaling)scaling;
    out->filter = 1 + word_index(json, "filter", filters, FILTER_COUNT);
    return GRAFT_OK;
}

graft_status graft_record_parse(const char *text, size_t length, const char *what, graft_record *out) {
    graft_json *json = NULL;
    *out = (graft_record){0};
    GRAFT_TRY(graft_json_parse(text, length, what, &json));
    graft_status status = read_members(json, what, out);
    graft_json_free(json);
    return status;
}

graft_status graft_record_read(const char *path, graft_record *out) {
    char *text = NULL;
    size_t length = 0;
    GRAFT_TRY(graft_file_read(path, GRAFT_RECORD_LIMIT, &text, &length));
    graft_status status = graft_record_parse(text, length, path, out);
    graft_release(text);
    return status;
}

graft_status graft_record_write(const char *path, const graft_record *record) {
    char *text = NULL;
    size_t length = 0;
    graft_json *json = graft_json_new_object();
    graft_json_set_int(json, "graft_model_record", 1);
    graft_json_set_text(json, "name", record->name);
    graft_json_set_text(json, "file", record->file);
    graft_json_set_text(json, "url", record->url);
    graft_json_set_text(json, "sha256", record->sha256);
    graft_json_set_int(json, "bytes", (int64_t)record->bytes);
    graft_json_set_text(json, "date", record->date);
    graft_json_set_text(json, "verified", record->verified);
    graft_json_set_text(json, "arch", record->arch);
    graft_json_set_text(json, "format", record->format);
    graft_json_set_text(json, "preprocess", graft_record_scaling_name(record->scaling));
    if (record->filter > 0) graft_json_set_text(json, "filter", filters[record->filter - 1]);
    graft_json_set_text(json, "licence", record->licence);
    graft_json_set_text(json, "published", record->published);
    graft_status status = graft_json_dump(json, 2, &text, &length);
    if (status == GRAFT_OK) status = graft_file_write(path, text, length);
    graft_release(text);
    graft_json_free(json);
    return status;
}
