#include <graft/option.h>

#include "base/error.h"
#include "base/strmap.h"

#include <string.h>

graft_status graft_options_defaults(const graft_option *table, void *target) {
    for (const graft_option *row = table; row->name; row++) {
        if (!row->fallback) continue;
        if (graft_option_set(row, target, row->fallback) != GRAFT_OK)
            return graft_fail_in(GRAFT_E_INTERNAL, "the default of option %s", row->name);
    }
    return GRAFT_OK;
}

const graft_option *graft_option_find(const graft_option *table, const char *name) {
    for (const graft_option *row = table; row->name; row++)
        if (strcmp(row->name, name) == 0) return row;
    return NULL;
}

const graft_option *graft_option_find_letter(const graft_option *table, char letter) {
    for (const graft_option *row = table; row->name; row++)
        if (row->letter == letter && letter) return row;
    return NULL;
}

const char *graft_option_nearest(const graft_option *table, const char *name) {
    enum { MOST = 128 };
    const char *names[MOST];
    size_t count = 0;
    for (const graft_option *row = table; row->name && count < MOST; row++)
        names[count++] = row->name;
    return graft_text_nearest(name, names, count);
}
