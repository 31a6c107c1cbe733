/* A set of series while it is read. */
#include "data/series.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/strmap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

graft_status graft_series_set_new(const char *path, graft_series_set **out) {
    graft_series_set *set = graft_allocate_zero(1, sizeof *set);
    if (!set) return graft_fail_memory("series");
    set->path = graft_text_copy(path);
    graft_status status = set->path ? graft_strmap_new(&set->places) : graft_fail_memory("series");
    if (status == GRAFT_OK)
        *out = set;
    else
        graft_series_free(set);
    return status;
}

void graft_series_free(graft_series_set *set) {
    if (!set) return;
    for (size_t i = 0; i < set->count; i++)
        graft_release(set->series[i].values);
    for (size_t i = 0; i < set->class_count; i++)
        graft_release(set->classes[i]);
    graft_strmap_free(set->places);
    graft_release(set->series);
    graft_release(set->classes);
    graft_release(set->file[0]);
    graft_release(set->file[1]);
    graft_release(set->path);
    graft_release(set);
}

size_t graft_series_longest(const graft_series_set *set) {
    size_t longest = 0;
    for (size_t i = 0; i < set->count; i++)
        if (set->series[i].length > longest) longest = set->series[i].length;
    return longest;
}

size_t graft_series_shortest(const graft_series_set *set) {
    size_t shortest = SIZE_MAX;
    for (size_t i = 0; i < set->count; i++)
        if (set->series[i].length < shortest) shortest = set->series[i].length;
    return set->count ? shortest : 0;
}

size_t graft_series_tests(const graft_series_set *set) {
    size_t tests = 0;
    for (size_t i = 0; i < set->count; i++)
        tests += set->series[i].test;
    return tests;
}

/* ---- classes ---- */

/* A whole number in its shortest form; other text as it is. */
static char *canonical(const char *label) {
    char *end;
    const double value = strtod(label, &end);
    if (end == label || *end != '\0' || !(fabs(value) < 1e9) || value != floor(value)) return graft_text_copy(label);
    return graft_text_format("%.0f", value + 0.0);
}

static graft_status class_of(graft_series_set *set, const char *name, size_t line, const char *label, int *out) {
    size_t place;
    if (!*label) return graft_fail(GRAFT_E_DATA, "%s: line %zu: an empty label, expected a class", name, line);
    char *text = canonical(label);
    if (!text) return graft_fail_memory("a class");
    if (graft_strmap_get(set->places, text, &place)) {
        graft_release(text);
        *out = (int)place;
        return GRAFT_OK;
    }
    graft_status status = GRAFT_OK;
    if (set->class_count >= GRAFT_SERIES_CLASSES_MOST)
        status = graft_fail(GRAFT_E_DATA,
                            "%s: line %zu: more than %d classes, expected labels (is this column a measurement?)", name,
                            line, (int)GRAFT_SERIES_CLASSES_MOST);
    else if (!graft_reserve(&set->classes, &set->class_capacity, set->class_count + 1, sizeof *set->classes))
        status = graft_fail_memory("classes");
    if (status == GRAFT_OK) status = graft_strmap_set(set->places, text, set->class_count);
    if (status != GRAFT_OK) {
        graft_release(text);
        return status;
    }
    *out = (int)set->class_count;
    set->classes[set->class_count++] = text;
    return GRAFT_OK;
}

static int by_bytes(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

graft_status graft_series_finish(graft_series_set *set) {
    size_t labelled = 0, place = 0;
    if (set->count == 0) return graft_fail(GRAFT_E_DATA, "%s: no series, expected at least one", set->path);
    for (size_t i = 0; i < set->count; i++)
        labelled += set->series[i].label >= 0;
    if (labelled > 0 && labelled < set->count)
        return graft_fail(GRAFT_E_DATA, "%s: %zu of %zu series have a label, expected all or none", set->path, labelled,
                          set->count);
    if (set->class_count == 0) return GRAFT_OK;
    int *moved = graft_allocate(set->class_count, sizeof *moved);
    if (!moved) return graft_fail_memory("classes");
    qsort(set->classes, set->class_count, sizeof *set->classes, by_bytes);
    for (size_t i = 0; i < set->class_count; i++)
        if (graft_strmap_get(set->places, set->classes[i], &place)) moved[place] = (int)i;
    for (size_t i = 0; i < set->count; i++)
        set->series[i].label = moved[set->series[i].label];
    graft_release(moved);
    return GRAFT_OK;
}

static char *copy_of(const char *text, bool *failed) {
    char *copy = text ? graft_text_copy(text) : NULL;
    *failed = *failed || (text && !copy);
    return copy;
}

graft_status graft_series_copy(const graft_series_set *from, graft_series_set **out) {
    graft_series_set *set;
    bool failed = false;
    GRAFT_TRY(graft_series_set_new(from->path, &set));
    set->channels = from->channels;
    set->series = graft_allocate(from->count, sizeof *set->series);
    set->classes = graft_allocate(from->class_count, sizeof *set->classes);
    failed = !set->series || !set->classes;
    for (int i = 0; i < 2; i++)
        set->file[i] = copy_of(from->file[i], &failed);
    for (size_t i = 0; i < from->class_count && !failed; i++) {
        set->classes[i] = copy_of(from->classes[i], &failed);
        set->class_count += !failed;
    }
    for (size_t i = 0; i < from->count && !failed; i++) {
        const size_t numbers = from->channels * from->series[i].length;
        set->series[i] = from->series[i];
        set->series[i].values = graft_allocate(numbers, sizeof(float));
        failed = !set->series[i].values;
        if (failed) break;
        memcpy(set->series[i].values, from->series[i].values, numbers * sizeof(float));
        set->count++;
    }
    if (!failed) {
        *out = set;
        return GRAFT_OK;
    }
    graft_series_free(set);
    return graft_fail_memory("series");
}

/* ---- rows ---- */

graft_status graft_series_add(graft_series_set *set, const char *name, size_t line, const float *values,
                              size_t channels, size_t length, const char *label) {
    int class = -1;
    if (length == 0)
        return graft_fail(GRAFT_E_DATA, "%s: line %zu: a series without numbers, expected at least one", name, line);
    if (length > GRAFT_SERIES_LENGTH_MOST || channels > GRAFT_SERIES_CHANNELS_MOST)
        return graft_fail(GRAFT_E_DATA, "%s: line %zu: %zu steps of %zu channels, expected at most %d and %d", name,
                          line, length, channels, (int)GRAFT_SERIES_LENGTH_MOST, (int)GRAFT_SERIES_CHANNELS_MOST);
    if (set->count > 0 && channels != set->channels)
        return graft_fail(GRAFT_E_DATA, "%s: line %zu: %zu channels, expected %zu as the series before", name, line,
                          channels, set->channels);
    if (set->count >= GRAFT_SERIES_COUNT_MOST)
        return graft_fail(GRAFT_E_DATA, "%s: more than %d series", name, (int)GRAFT_SERIES_COUNT_MOST);
    if (label && strcmp(label, "?") != 0) GRAFT_TRY(class_of(set, name, line, label, &class));
    if (!graft_reserve(&set->series, &set->capacity, set->count + 1, sizeof *set->series))
        return graft_fail_memory("series");
    float *copy = graft_allocate(channels * length, sizeof *copy);
    if (!copy) return graft_fail_memory("series");
    memcpy(copy, values, channels * length * sizeof *copy);
    set->channels = channels;
    set->series[set->count++] = (graft_series){copy, length, class, set->reading_test, line};
    return GRAFT_OK;
}

static bool is_missing(const char *text) {
    return !*text || strcmp(text, "?") == 0 || strcasecmp(text, "nan") == 0 || strcasecmp(text, "na") == 0 ||
           strcasecmp(text, "-nan") == 0;
}

graft_status graft_series_row_add(graft_series_row *row, const char *name, size_t line, const char *text) {
    float value = NAN;
    if (!is_missing(text)) {
        char *end;
        const double number = strtod(text, &end);
        if (end == text || *end != '\0' || !(fabs(number) <= 1e30))
            return graft_fail(GRAFT_E_DATA,
                              "%s: line %zu, number %zu: received \"%.40s\", expected a number, or ? or "
                              "NaN where it is missing",
                              name, line, row->count + 1, text);
        value = (float)number;
    }
    if (row->count >= (size_t)GRAFT_SERIES_LENGTH_MOST * 16)
        return graft_fail(GRAFT_E_DATA, "%s: line %zu: more than %d numbers", name, line,
                          (int)GRAFT_SERIES_LENGTH_MOST * 16);
    if (!graft_reserve(&row->values, &row->capacity, row->count + 1, sizeof *row->values))
        return graft_fail_memory("series");
    row->values[row->count++] = value;
    return GRAFT_OK;
}

size_t graft_series_row_trimmed(const graft_series_row *row) {
    size_t length = row->count;
    while (length > 0 && isnan(row->values[length - 1]))
        length--;
    return length;
}

char *graft_series_line(char **text, size_t *line) {
    char *begin = *text;
    if (!*begin) return NULL;
    char *end = begin + strcspn(begin, "\n");
    *text = *end ? end + 1 : end;
    *end = '\0';
    if (end > begin && end[-1] == '\r') end[-1] = '\0';
    ++*line;
    return begin;
}
