/* Which files a path of series means. */
#include "data/series.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"

#include <string.h>
#include <strings.h>

enum { FILE_MOST = 1 << 30 };

#define GRAFT_SERIES_FORMAT(name) extern const graft_series_format graft_series_format_##name;
#include "data/series-formats.def"
#undef GRAFT_SERIES_FORMAT

#define GRAFT_SERIES_FORMAT(name) &graft_series_format_##name,
static const graft_series_format *const formats[] = {
#include "data/series-formats.def"
};
#undef GRAFT_SERIES_FORMAT

enum { FORMATS = sizeof formats / sizeof *formats };

const graft_series_format *graft_series_format_at(size_t index) {
    return index < FORMATS ? formats[index] : NULL;
}

/* A dot and what follows; "" where the name has none. UCR's names end in _TRAIN and _TEST. */
static const char *extension_of(const char *name) {
    const char *dot = strrchr(name, '.');
    return dot && dot > name ? dot : name + strlen(name);
}

static bool has_extension(const graft_series_format *format, const char *extension) {
    const size_t length = strlen(extension);
    for (const char *at = format->extensions;; at++) {
        const size_t here = strcspn(at, "|");
        if (here == length && strncasecmp(at, extension, length) == 0) return true;
        at += here;
        if (!*at) return false;
    }
}

static const graft_series_format *format_of(const char *path) {
    for (size_t i = 0; i < FORMATS; i++)
        if (has_extension(formats[i], extension_of(graft_path_name(path)))) return formats[i];
    return NULL;
}

static graft_status read_file(graft_series_set *set, const char *path, const graft_series_format *format, bool test) {
    char *text;
    size_t length;
    set->file[test] = graft_text_copy(path);
    if (!set->file[test]) return graft_fail_memory("a path");
    GRAFT_TRY(graft_file_read(path, FILE_MOST, &text, &length));
    set->reading_test = test;
    graft_status status = strlen(text) == length ? format->read(path, text, length, set)
                                                 : graft_fail(GRAFT_E_DATA, "%s: a zero byte, expected text", path);
    graft_release(text);
    return status;
}

/* The first name in the folder that ends in `part` before an extension of the format; NULL: none. */
static const char *named(const graft_names *names, const graft_series_format *format, const char *part) {
    for (size_t i = 0; i < names->count; i++) {
        const char *name = names->name[i], *dot = extension_of(name);
        const size_t stem = (size_t)(dot - name), length = strlen(part);
        if (name[0] != '.' && has_extension(format, dot) && stem >= length &&
            strncasecmp(dot - length, part, length) == 0)
            return name;
    }
    return NULL;
}

static graft_status read_in(graft_series_set *set, const char *folder, const char *name,
                            const graft_series_format *format, bool test) {
    char *path = graft_path_join(folder, name);
    if (!path) return graft_fail_memory("a path");
    graft_status status = read_file(set, path, format, test);
    graft_release(path);
    return status;
}

static graft_status read_folder(graft_series_set *set, const char *folder, const graft_names *names) {
    for (size_t i = 0; i < FORMATS; i++) {
        const char *train = named(names, formats[i], "_TRAIN"), *test = named(names, formats[i], "_TEST");
        if (!train) continue;
        GRAFT_TRY(read_in(set, folder, train, formats[i], false));
        return test ? read_in(set, folder, test, formats[i], true) : GRAFT_OK;
    }
    return graft_fail(GRAFT_E_DATA,
                      "%s: no series, expected NAME_TRAIN and NAME_TEST (UCR text, .tsv, .ts, .arff or long .csv), or "
                      "the path of one such file",
                      folder);
}

static graft_status read_lone(graft_series_set *set, const char *path, bool test) {
    const graft_series_format *format = format_of(path);
    if (format) return read_file(set, path, format, test);
    return graft_fail(GRAFT_E_DATA, "%s: ends in %s, expected .txt, .tsv, .ts, .arff, .csv or nothing", path,
                      extension_of(graft_path_name(path)));
}

static graft_status read_path(graft_series_set *set, const char *path) {
    graft_names names;
    switch (graft_file_kind_of(path)) {
    case GRAFT_FILE_REGULAR:
        return read_lone(set, path, false);
    case GRAFT_FILE_FOLDER: {
        GRAFT_TRY(graft_folder_list(path, &names));
        graft_status status = read_folder(set, path, &names);
        graft_names_free(&names);
        return status;
    }
    default:
        return graft_fail(GRAFT_E_DATA, "%s: no such file or folder, expected series", path);
    }
}

/* Hands the set over, or frees it after a failure. */
static graft_status hand_over(graft_status status, graft_series_set *set, graft_series_set **out) {
    if (status == GRAFT_OK) status = graft_series_finish(set);
    if (status == GRAFT_OK)
        *out = set;
    else
        graft_series_free(set);
    return status;
}

graft_status graft_series_open(const char *path, graft_series_set **out) {
    graft_series_set *set;
    GRAFT_TRY(graft_series_set_new(path, &set));
    return hand_over(read_path(set, path), set, out);
}

graft_status graft_series_open_parts(const char *train, const char *test, graft_series_set **out) {
    const char *const part[] = {train, test};
    graft_series_set *set;
    GRAFT_TRY(graft_series_set_new(train, &set));
    graft_status status = GRAFT_OK;
    for (int i = 0; i < 2 && status == GRAFT_OK; i++)
        status = graft_file_kind_of(part[i]) == GRAFT_FILE_REGULAR
                     ? read_lone(set, part[i], i == 1)
                     : graft_fail(GRAFT_E_DATA, "%s: no such file, expected one file that trains and one that tests",
                                  part[i]);
    return hand_over(status, set, out);
}
