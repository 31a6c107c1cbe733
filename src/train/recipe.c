#include "train/recipe.h"

#include "base/error.h"
#include "base/strmap.h"

#include <stdio.h>
#include <string.h>

enum { LONGEST_SPEC = 256, MOST_ROWS = 64 };

/* One registry as the parser sees it. */
typedef struct registry {
    const char *kind, *fallback;
    bool leads; /* a number alone is the first option's value */
    const void *(*at)(size_t index, const char **name, const graft_option **attributes);
} registry;

#define GRAFT_REGISTRY_VIEW(type)                                                                      \
    static const void *type##_view(size_t index, const char **name, const graft_option **attributes) { \
        const graft_##type *row = graft_##type##_at(index);                                            \
        if (!row) return NULL;                                                                         \
        *name = row->name;                                                                             \
        *attributes = row->attributes;                                                                 \
        return row;                                                                                    \
    }
GRAFT_REGISTRY_VIEW(loss)
GRAFT_REGISTRY_VIEW(optimizer)
GRAFT_REGISTRY_VIEW(schedule)
GRAFT_REGISTRY_VIEW(regularizer)
#undef GRAFT_REGISTRY_VIEW

static graft_status find_row(const registry *list, const char *wanted, const void **row,
                             const graft_option **attributes) {
    const char *names[MOST_ROWS];
    size_t count = 0;
    while (count < MOST_ROWS && (*row = list->at(count, &names[count], attributes)) != NULL) {
        if (strcmp(names[count], wanted) == 0) return GRAFT_OK;
        count++;
    }
    const char *nearest = graft_text_nearest(wanted, names, count);
    return graft_fail(GRAFT_E_USAGE, "--%s: there is no \"%s\"%s%s%s", list->kind, wanted,
                      nearest ? "; did you mean \"" : "", nearest ? nearest : "", nearest ? "\"?" : "");
}

static graft_status set_attribute(const registry *list, const char *row_name, const graft_option *attributes,
                                  char *word, void *target) {
    char *equals = strchr(word, '=');
    if (list->leads && !equals && attributes->name && strspn(word, "0123456789.eE+-") == strlen(word))
        return graft_option_set(attributes, target, word);
    if (equals) *equals = '\0';
    const graft_option *option = graft_option_find(attributes, word);
    if (!option) {
        const char *nearest = graft_option_nearest(attributes, word);
        return graft_fail(GRAFT_E_USAGE, "--%s: %s has no option \"%s\"%s%s%s", list->kind, row_name, word,
                          nearest ? "; did you mean \"" : "", nearest ? nearest : "", nearest ? "\"?" : "");
    }
    if (!equals && option->type != GRAFT_OPTION_FLAG)
        return graft_fail(GRAFT_E_USAGE, "--%s: %s:%s needs a value, such as %s=%s", list->kind, row_name, word, word,
                          option->fallback ? option->fallback : "1");
    return graft_option_set(option, target, equals ? equals + 1 : "true");
}

static graft_status parse(const registry *list, const char *text, const void **row, void *target) {
    char copy[LONGEST_SPEC];
    const graft_option *attributes = NULL;
    int length = snprintf(copy, sizeof copy, "%s", text && *text ? text : list->fallback);
    if (length < 0 || (size_t)length >= sizeof copy)
        return graft_fail(GRAFT_E_USAGE, "--%s: longer than %d characters", list->kind, LONGEST_SPEC - 1);
    char *rest = NULL, *name = strtok_r(copy, ":", &rest);
    GRAFT_TRY(find_row(list, name ? name : "", row, &attributes));
    GRAFT_TRY(graft_options_defaults(attributes, target));
    for (char *word; (word = strtok_r(NULL, ":", &rest)) != NULL;)
        GRAFT_TRY(set_attribute(list, name, attributes, word, target));
    return GRAFT_OK;
}

graft_status graft_recipe_parse(graft_recipe *out, const char *loss, const char *optimizer, const char *schedule) {
    static const registry losses = {.kind = "loss", .fallback = "cross_entropy", .at = loss_view};
    static const registry optimizers = {.kind = "optimizer", .fallback = "adam", .at = optimizer_view};
    static const registry schedules = {.kind = "schedule", .fallback = "cosine", .at = schedule_view};
    const void *row = NULL;
    *out = (graft_recipe){0};
    GRAFT_TRY(parse(&losses, loss, &row, out->loss_attributes));
    out->loss = row;
    GRAFT_TRY(parse(&optimizers, optimizer, &row, out->optimizer_attributes));
    out->optimizer = row;
    GRAFT_TRY(parse(&schedules, schedule, &row, out->schedule_attributes));
    out->schedule = row;
    return GRAFT_OK;
}

graft_status graft_recipe_regularize(graft_recipe *recipe, const char *text) {
    static const registry regularizers = {.kind = "regularize", .leads = true, .at = regularizer_view};
    char copy[LONGEST_SPEC];
    recipe->penalty_count = 0;
    if (!text || !*text || strcmp(text, "none") == 0) return GRAFT_OK;
    int length = snprintf(copy, sizeof copy, "%s", text);
    if (length < 0 || (size_t)length >= sizeof copy)
        return graft_fail(GRAFT_E_USAGE, "--regularize: longer than %d characters", LONGEST_SPEC - 1);
    char *rest = NULL;
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        const void *row = NULL;
        if (recipe->penalty_count == GRAFT_REGULARIZERS)
            return graft_fail(GRAFT_E_USAGE, "--regularize: received \"%s\", expected at most %d words", text,
                              GRAFT_REGULARIZERS);
        graft_penalty *penalty = &recipe->penalties[recipe->penalty_count];
        memset(penalty, 0, sizeof *penalty);
        GRAFT_TRY(parse(&regularizers, word, &row, penalty->attributes));
        penalty->row = row;
        recipe->penalty_count++;
    }
    return GRAFT_OK;
}

graft_status graft_recipe_taps(const graft_recipe *recipe, const graft_graph *graph, int node[GRAFT_RECIPE_TAPS],
                               int *count) {
    bool wanted[GRAFT_TAP_FEATURES + 1] = {false};
    *count = 0;
    for (int i = 0; i < recipe->penalty_count; i++)
        wanted[recipe->penalties[i].row->taps] = true;
    for (int place = GRAFT_TAP_STAGES; place <= GRAFT_TAP_FEATURES; place++) {
        int more = 0;
        if (wanted[place]) GRAFT_TRY(graft_regularizer_taps(graph, (graft_tap_place)place, node + *count, &more));
        *count += more;
    }
    return GRAFT_OK;
}
