/* One option's value: text to member and back. */
#include <graft/option.h>

#include "base/error.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *unit_of(const graft_option *row) {
    return row->unit ? row->unit : "";
}

static graft_status not_a(const graft_option *row, const char *text, const char *expected) {
    return graft_fail(GRAFT_E_USAGE, "--%s: received \"%s\", expected %s", row->name, text, expected);
}

static graft_status check_range(const graft_option *row, const char *text, double value) {
    if (row->min == row->max || (value >= row->min && value <= row->max)) return GRAFT_OK;
    return graft_fail(GRAFT_E_USAGE, "--%s: received %s, allowed are %g to %g%s%s", row->name, text, row->min, row->max,
                      row->unit ? " " : "", unit_of(row));
}

static graft_status parse_int(const graft_option *row, const char *text, int64_t *out) {
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (end == text || *end || errno) return not_a(row, text, "a whole number");
    GRAFT_TRY(check_range(row, text, (double)value));
    *out = value;
    return GRAFT_OK;
}

static graft_status parse_double(const graft_option *row, const char *text, double *out) {
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end || !isfinite(value)) return not_a(row, text, "a number");
    GRAFT_TRY(check_range(row, text, value));
    *out = value;
    return GRAFT_OK;
}

static graft_status parse_doubles(const graft_option *row, const char *text, double *out) {
    const char *at = text;
    for (int i = 0; i < row->count; i++) {
        char *end;
        double value = strtod(at, &end);
        bool last = i + 1 == row->count;
        if (end == at || !isfinite(value) || *end != (last ? '\0' : ',')) {
            char expected[64];
            snprintf(expected, sizeof expected, "%d numbers joined by commas", row->count);
            return not_a(row, text, expected);
        }
        GRAFT_TRY(check_range(row, text, value));
        out[i] = value;
        at = end + 1;
    }
    return GRAFT_OK;
}

static graft_status parse_bytes(const graft_option *row, const char *text, uint64_t *out) {
    static const char units[] = "KMGT";
    char *end;
    double value = strtod(text, &end);
    const char *expected = "a size such as 512M or 2G";
    if (end == text || !isfinite(value) || value < 0) return not_a(row, text, expected);
    const char *unit = *end ? strchr(units, toupper((unsigned char)*end)) : NULL;
    if (unit) {
        value *= pow(1024, (double)(unit - units + 1));
        end++;
    }
    if (strcasecmp(end, "") != 0 && strcasecmp(end, "b") != 0 && strcasecmp(end, "ib") != 0)
        return not_a(row, text, expected);
    if (value >= 0x1p63) return not_a(row, text, expected);
    GRAFT_TRY(check_range(row, text, value));
    *out = (uint64_t)value;
    return GRAFT_OK;
}

static graft_status parse_enum(const graft_option *row, const char *text, int *out) {
    size_t length = strlen(text);
    int index = 0;
    for (const char *choice = row->choices; choice; index++) {
        const char *bar = strchr(choice, '|');
        size_t size = bar ? (size_t)(bar - choice) : strlen(choice);
        if (size == length && strncmp(choice, text, size) == 0) {
            *out = index;
            return GRAFT_OK;
        }
        choice = bar ? bar + 1 : NULL;
    }
    return graft_fail(GRAFT_E_USAGE, "--%s: received \"%s\", expected one of %s", row->name, text, row->choices);
}

static graft_status parse_flag(const graft_option *row, const char *text, bool *out) {
    if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0) return not_a(row, text, "true or false");
    *out = text[0] == 't';
    return GRAFT_OK;
}

static graft_status parse_ints(const graft_option *row, const char *text, int64_t *out) {
    const char *at = text;
    for (int i = 0; i < row->count; i++) {
        char *end;
        errno = 0;
        long long value = strtoll(at, &end, 10);
        bool last = i + 1 == row->count;
        if (end == at || errno || *end != (last ? '\0' : ',')) {
            char expected[64];
            snprintf(expected, sizeof expected, "%d whole numbers joined by commas", row->count);
            return not_a(row, text, expected);
        }
        GRAFT_TRY(check_range(row, text, (double)value));
        out[i] = value;
        at = end + 1;
    }
    return GRAFT_OK;
}

static graft_status add_text(const graft_option *row, const char *text, const char **out) {
    for (int i = 0; i < row->count; i++) {
        if (out[i]) continue;
        out[i] = text;
        return GRAFT_OK;
    }
    return graft_fail(GRAFT_E_USAGE, "--%s: received \"%s\", allowed are at most %d of them", row->name, text,
                      row->count);
}

graft_status graft_option_set(const graft_option *row, void *target, const char *text) {
    void *member = (char *)target + row->offset;
    switch (row->type) {
    case GRAFT_OPTION_FLAG:
        return parse_flag(row, text, member);
    case GRAFT_OPTION_INT:
        return parse_int(row, text, member);
    case GRAFT_OPTION_DOUBLE:
        return parse_double(row, text, member);
    case GRAFT_OPTION_BYTES:
        return parse_bytes(row, text, member);
    case GRAFT_OPTION_ENUM:
        return parse_enum(row, text, member);
    case GRAFT_OPTION_INTS:
        return parse_ints(row, text, member);
    case GRAFT_OPTION_DOUBLES:
        return parse_doubles(row, text, member);
    case GRAFT_OPTION_TEXT:
        *(const char **)member = text;
        return GRAFT_OK;
    case GRAFT_OPTION_TEXTS:
        return add_text(row, text, member);
    }
    return graft_fail(GRAFT_E_INTERNAL, "option %s has an unknown type %d", row->name, (int)row->type);
}

static int print_enum(const graft_option *row, int value, char *out, size_t size) {
    const char *choice = row->choices;
    for (; choice && value > 0; value--) {
        choice = strchr(choice, '|');
        if (choice) choice++;
    }
    if (!choice) return -1;
    return snprintf(out, size, "%.*s", (int)strcspn(choice, "|"), choice);
}

static int print_ints(const graft_option *row, const int64_t *values, char *out, size_t size) {
    int length = 0;
    for (int i = 0; i < row->count && length >= 0 && (size_t)length < size; i++)
        length += snprintf(out + length, size - (size_t)length, "%s%lld", i ? "," : "", (long long)values[i]);
    return length;
}

/* The fewest digits that give the same number back. */
static int print_double(double value, char *out, size_t size) {
    char text[32];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value) break;
    }
    return snprintf(out, size, "%s", text);
}

static int print_doubles(const graft_option *row, const double *values, char *out, size_t size) {
    int length = 0;
    for (int i = 0; i < row->count && length >= 0 && (size_t)length < size; i++) {
        if (i) out[length++] = ',';
        int more = print_double(values[i], out + length, size - (size_t)length);
        length = more < 0 ? more : length + more;
    }
    return length;
}

static int print_texts(const graft_option *row, const char *const *values, char *out, size_t size) {
    int length = 0;
    if (size > 0) out[0] = '\0';
    for (int i = 0; i < row->count && values[i] && length >= 0 && (size_t)length < size; i++)
        length += snprintf(out + length, size - (size_t)length, "%s%s", i ? " " : "", values[i]);
    return length;
}

graft_status graft_option_get(const graft_option *row, const void *source, char *out, size_t out_size) {
    const void *member = (const char *)source + row->offset;
    int length = -1;
    switch (row->type) {
    case GRAFT_OPTION_FLAG:
        length = snprintf(out, out_size, "%s", *(const bool *)member ? "true" : "false");
        break;
    case GRAFT_OPTION_INT:
        length = snprintf(out, out_size, "%lld", (long long)*(const int64_t *)member);
        break;
    case GRAFT_OPTION_DOUBLE:
        length = print_double(*(const double *)member, out, out_size);
        break;
    case GRAFT_OPTION_BYTES:
        length = snprintf(out, out_size, "%llu", (unsigned long long)*(const uint64_t *)member);
        break;
    case GRAFT_OPTION_ENUM:
        length = print_enum(row, *(const int *)member, out, out_size);
        break;
    case GRAFT_OPTION_INTS:
        length = print_ints(row, member, out, out_size);
        break;
    case GRAFT_OPTION_DOUBLES:
        length = print_doubles(row, member, out, out_size);
        break;
    case GRAFT_OPTION_TEXTS:
        length = print_texts(row, member, out, out_size);
        break;
    case GRAFT_OPTION_TEXT: {
        const char *text = *(const char *const *)member;
        length = snprintf(out, out_size, "%s", text ? text : "");
        break;
    }
    }
    if (length < 0 || (size_t)length >= out_size)
        return graft_fail(GRAFT_E_INTERNAL, "option %s: its value does not fit %zu bytes", row->name, out_size);
    return GRAFT_OK;
}
