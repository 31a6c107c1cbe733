#include "cli.h"

#include <string.h>

#define VERB(id, name, operands, min, max, help) {name, operands, help, cli_##id##_options, cli_##id##_run, min, max},
static const cli_verb verbs[] = {
#include "verbs.def"
};
#undef VERB

enum { VERB_COUNT = sizeof verbs / sizeof *verbs };

const cli_verb *cli_verb_at(size_t index) {
    return index < VERB_COUNT ? &verbs[index] : NULL;
}

const cli_verb *cli_verb_find(const char *name) {
    for (size_t i = 0; i < VERB_COUNT; i++)
        if (strcmp(verbs[i].name, name) == 0) return &verbs[i];
    return NULL;
}

const char *cli_verb_nearest(const char *name) {
    graft_option rows[VERB_COUNT + 1] = {0};
    for (size_t i = 0; i < VERB_COUNT; i++)
        rows[i].name = verbs[i].name;
    const char *nearest = graft_option_nearest(rows, name);
    const cli_verb *verb = nearest ? cli_verb_find(nearest) : NULL;
    return verb ? verb->name : NULL;
}
