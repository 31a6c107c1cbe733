/* The tables of dialects and families. */
#include "zoo/names.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/hash.h"

#include <string.h>

static const graft_dialect dialects[] = {
#define WEIGHT(role, layout_, names_) [GRAFT_ROLE_##role] = {.names = names_, .layout = GRAFT_KERAS_##layout_}
#define GRAFT_DIALECT(name_, help_, separator_, layers_, ...) \
    {.name = name_, .help = help_, .separator = (separator_), .layers = (layers_), .weight = {__VA_ARGS__}},
#include "zoo/names-dialects.def"
#undef GRAFT_DIALECT
#undef WEIGHT
};

const graft_dialect *graft_dialect_at(size_t index) {
    return index < sizeof dialects / sizeof *dialects ? &dialects[index] : NULL;
}

bool graft_dialect_calls(const graft_dialect *dialect, graft_role role, const char *name) {
    const size_t length = strlen(name);
    for (const char *at = dialect->weight[role].names; at;) {
        const size_t width = strcspn(at, "|");
        if (width == length && memcmp(at, name, length) == 0) return true;
        at = at[width] ? at + width + 1 : NULL;
    }
    return false;
}

/* ---- families ---- */

enum { NUMBERS = 3, LARGEST_NUMBER = 9999 };

typedef struct family_rule {
    const char *archs, *given, *own;
} family_rule;

static const family_rule rules[] = {
#define GRAFT_NAMES_FAMILY(archs_, given_, own_) {.archs = archs_, .given = given_, .own = own_},
#include "zoo/names-families.def"
#undef GRAFT_NAMES_FAMILY
};

/* One '*' at most. */
static bool is_arch(const char *pattern, const char *arch) {
    const char *star = strchr(pattern, '*');
    const size_t length = strlen(arch);
    if (!star) return strcmp(pattern, arch) == 0;
    const size_t before = (size_t)(star - pattern), after = strlen(star + 1);
    return length >= before + after && memcmp(pattern, arch, before) == 0 &&
           memcmp(star + 1, arch + length - after, after) == 0;
}

/* A number as names have it; *text goes behind it. */
static bool take_number(const char **text, int *out) {
    const char *at = *text;
    *out = 0;
    for (; *at >= '0' && *at <= '9'; at++) {
        *out = *out * 10 + (*at - '0');
        if (*out > LARGEST_NUMBER) return false;
    }
    const bool found = at > *text;
    *text = at;
    return found;
}

static bool is_given(const char *pattern, const char *name, int numbers[NUMBERS]) {
    int count = 0;
    for (; *pattern; pattern++) {
        if (*pattern == '#') {
            if (count == NUMBERS || !take_number(&name, &numbers[count++])) return false;
        } else if (*name++ != *pattern) {
            return false;
        }
    }
    return *name == '\0';
}

static graft_status write_own(const char *pattern, const int numbers[NUMBERS], char **out) {
    graft_buffer text;
    graft_buffer_init(&text, 0);
    while (*pattern) {
        if (*pattern != '$') {
            graft_buffer_add(&text, pattern++, 1);
            continue;
        }
        int number = numbers[pattern[1] - '1'], more = 0;
        pattern += 2;
        if (*pattern == '+') {
            pattern++;
            (void)take_number(&pattern, &more);
        }
        graft_buffer_format(&text, "%d", number + more);
    }
    graft_status status = graft_buffer_take(&text, out, NULL);
    graft_buffer_clear(&text);
    return status;
}

graft_names_rules graft_names_rules_of(const char *arch) {
    enum { COUNT = sizeof rules / sizeof *rules };
    graft_names_rules out = {.arch = arch};
    uint8_t is[COUNT] = {0};
    for (size_t i = 0; i < COUNT; i++) {
        if (!is_arch(rules[i].archs, arch)) continue;
        if (out.end == 0) out.first = i;
        out.end = i + 1;
        is[i] = 1;
    }
    out.identity = graft_checksum(is, sizeof is);
    return out;
}

graft_status graft_names_rewrite(const graft_names_rules *own, const char *given, char **out) {
    int numbers[NUMBERS];
    *out = NULL;
    for (size_t i = own->first; i < own->end; i++)
        if (is_given(rules[i].given, given, numbers) && is_arch(rules[i].archs, own->arch))
            return write_own(rules[i].own, numbers, out);
    return GRAFT_OK;
}
