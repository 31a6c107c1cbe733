/* The words for layers: their arguments and options. */
#include "zoo/chain-words.h"

#include "base/strmap.h"

#include <stdio.h>
#include <string.h>

/* Height and width from one number or two, from `low` on. */
static graft_status pair_from(const graft_chain *chain, const char *place, const char *what,
                              const graft_chain_list *list, int64_t low, int64_t out[2]) {
    if (list->count > 2)
        return graft_chain_fail(chain, place, "%s of %d numbers, expected 1, or 2: height,width", what, list->count);
    for (int axis = 0; axis < 2; axis++)
        GRAFT_TRY(graft_chain_whole(chain, place, what, list->value[list->count - 1 < axis ? 0 : axis], low,
                                    GRAFT_MAX_DIMENSION, &out[axis]));
    return GRAFT_OK;
}

graft_status graft_chain_pair(const graft_chain *chain, const char *place, const char *what,
                              const graft_chain_list *list, int64_t out[2]) {
    return pair_from(chain, place, what, list, 1, out);
}

/* One row an option: what it is for, and what it does; `value` where NAME=EXPRESSION. */
typedef struct option {
    const char *name;
    unsigned group;
    bool value;
    graft_status (*set)(const graft_chain *chain, const char *place, const graft_chain_list *value,
                        graft_chain_settings *set);
} option;

#define SETTER(name, statement)                                                                                \
    static graft_status set_##name(const graft_chain *chain, const char *place, const graft_chain_list *value, \
                                   graft_chain_settings *set) {                                                \
        (void)chain, (void)place, (void)value;                                                                 \
        statement;                                                                                             \
        return GRAFT_OK;                                                                                       \
    }
SETTER(same, set->padding = GRAFT_CHAIN_SAME)
SETTER(half, set->padding = GRAFT_CHAIN_HALF)
SETTER(valid, set->padding = GRAFT_CHAIN_EXPLICIT; memset(set->pad, 0, sizeof set->pad))
SETTER(pad, set->padding = GRAFT_CHAIN_EXPLICIT; GRAFT_TRY(graft_chain_sides(chain, place, value, set->pad)))
SETTER(outpad, GRAFT_TRY(pair_from(chain, place, "output padding", value, 0, set->outpad)))
SETTER(ceil, set->ceil = true)
SETTER(count, set->count = true)
SETTER(bias, set->bias = true)
SETTER(nobias, set->bias = false)
SETTER(noscale, set->scale = false)
SETTER(nocenter, set->center = false)
SETTER(keep, set->keep = true)
SETTER(chw, set->order = 0)
SETTER(hwc, set->order = 1)
SETTER(softmax, set->softmax = true)
SETTER(groups,
       GRAFT_TRY(graft_chain_whole(chain, place, "groups", value->value[0], 1, GRAFT_MAX_DIMENSION, &set->groups)))
SETTER(dilation, GRAFT_TRY(graft_chain_pair(chain, place, "a dilation", value, set->dilations)))
SETTER(epsilon, set->epsilon = chain->run ? value->value[0] : 0)
#undef SETTER

static const option options[] = {
    {"same", GRAFT_CHAIN_PADDING, false, set_same},
    {"half", GRAFT_CHAIN_PADDING, false, set_half},
    {"valid", GRAFT_CHAIN_PADDING, false, set_valid},
    {"pad", GRAFT_CHAIN_PADDING, true, set_pad},
    {"outpad", GRAFT_CHAIN_OUTPAD, true, set_outpad},
    {"ceil", GRAFT_CHAIN_POOL, false, set_ceil},
    {"count", GRAFT_CHAIN_COUNT, false, set_count},
    {"bias", GRAFT_CHAIN_BIAS, false, set_bias},
    {"nobias", GRAFT_CHAIN_BIAS, false, set_nobias},
    {"groups", GRAFT_CHAIN_GROUPS, true, set_groups},
    {"dilation", GRAFT_CHAIN_DILATION, true, set_dilation},
    {"epsilon", GRAFT_CHAIN_EPSILON, true, set_epsilon},
    {"noscale", GRAFT_CHAIN_AFFINE, false, set_noscale},
    {"nocenter", GRAFT_CHAIN_AFFINE, false, set_nocenter},
    {"keep", GRAFT_CHAIN_KEEP, false, set_keep},
    {"chw", GRAFT_CHAIN_ORDER, false, set_chw},
    {"hwc", GRAFT_CHAIN_ORDER, false, set_hwc},
    {"softmax", GRAFT_CHAIN_ACTIVATION, false, set_softmax},
};

enum { OPTION_COUNT = sizeof options / sizeof *options };

graft_status graft_chain_sides(const graft_chain *chain, const char *place, const graft_chain_list *list,
                               int64_t out[4]) {
    if (list->count != 1 && list->count != 4)
        return graft_chain_fail(chain, place, "%d numbers for padding, expected 1, or 4: top,bottom,left,right",
                                list->count);
    for (int side = 0; side < 4; side++)
        GRAFT_TRY(
            graft_chain_whole(chain, place, "padding", list->value[list->count == 4 ? side : 0], 0, 4096, &out[side]));
    return GRAFT_OK;
}

bool graft_chain_activation_find(const char *name, graft_activation_attributes *out) {
    static const char choices[] = GRAFT_ACT_CHOICES;
    const size_t length = strlen(name);
    int kind = 0;
    for (const char *c = choices; length > 0; kind++) {
        const size_t here = strcspn(c, "|");
        if (here == length && strncmp(c, name, length) == 0) break;
        if (c[here] == '\0') return false;
        c += here + 1;
    }
    if (length == 0) return false;
    *out = (graft_activation_attributes){.kind = kind};
    if (kind == GRAFT_ACT_LEAKY_RELU) out->alpha = 0.01;
    if (kind == GRAFT_ACT_ELU) out->alpha = 1;
    if (kind == GRAFT_ACT_HARD_SIGMOID) out->alpha = 1.0 / 6.0;
    return true;
}

static graft_status unknown_option(const graft_chain *chain, const graft_chain_word *word, const char *name) {
    const char *names[OPTION_COUNT];
    size_t count = 0;
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (options[i].group & word->options) names[count++] = options[i].name;
    const char *nearest = graft_text_nearest(name, names, count);
    return graft_chain_fail(chain, chain->at, "'%s' does not go with '%s'%s%s%s, expected %s", name, word->name,
                            nearest ? ", did you mean '" : "", nearest ? nearest : "", nearest ? "'" : "", word->usage);
}

/* The option that stands here, when one does. */
static graft_status read_option(graft_chain *chain, const graft_chain_word *word, graft_chain_settings *set) {
    char name[GRAFT_CHAIN_WORD], here[GRAFT_CHAIN_WORD];
    const char *place = chain->at;
    graft_chain_list value = {.count = 1};
    const size_t length = graft_chain_peek(chain, name);
    if (length == 0 || length >= GRAFT_CHAIN_WORD)
        return graft_chain_fail(chain, place, "%s, expected an option of %s", graft_chain_here(chain, here),
                                word->usage);
    if ((word->options & GRAFT_CHAIN_ACTIVATION) && graft_chain_activation_find(name, &set->activation)) {
        set->activates = true;
        chain->at += length;
        return GRAFT_OK;
    }
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (!(options[i].group & word->options) || strcmp(options[i].name, name) != 0) continue;
        chain->at += length;
        if (options[i].value) {
            GRAFT_TRY(graft_chain_expect(chain, '=', "and a value"));
            GRAFT_TRY(graft_chain_expressions(chain, true, &value));
        }
        return options[i].set(chain, place, &value, set);
    }
    return unknown_option(chain, word, name);
}

/* An option and not an argument stands here: a lone word that one is called by. */
static bool is_option(const graft_chain *chain, const graft_chain_word *word) {
    char name[GRAFT_CHAIN_WORD];
    graft_activation_attributes activation;
    const size_t length = graft_chain_peek(chain, name);
    if (length == 0 || length >= GRAFT_CHAIN_WORD || graft_chain_find(chain, name)) return false;
    if (chain->at[length] == '(' || chain->at[length] == '[') return false;
    if ((word->options & GRAFT_CHAIN_ACTIVATION) && graft_chain_activation_find(name, &activation)) return true;
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if ((options[i].group & word->options) && strcmp(options[i].name, name) == 0) return true;
    return false;
}

static graft_status read_argument(graft_chain *chain, const graft_chain_word *word, char kind,
                                  graft_chain_layer *layer) {
    const char *place = chain->at;
    const bool window = kind == 'w';
    graft_chain_list *list = &layer->arguments[layer->argument_count++];
    GRAFT_TRY(graft_chain_expressions(chain, !window, list));
    if (window && graft_chain_take(chain, '/')) GRAFT_TRY(graft_chain_expressions(chain, false, &layer->strides));
    if ((kind == 'n' || kind == 'N') && list->count > 1)
        return graft_chain_fail(chain, place, "a list of %d, expected one number: %s", list->count, word->usage);
    return GRAFT_OK;
}

graft_status graft_chain_read_layer(graft_chain *chain, const graft_chain_word *word, const char *place,
                                    const char *name) {
    graft_chain_layer layer = {.place = place, .word = word, .set = chain->defaults};
    char here[GRAFT_CHAIN_WORD];
    snprintf(layer.name, sizeof layer.name, "%s", name);
    /* The defaults for padding and bias are those of convolutions. */
    if (word->options & GRAFT_CHAIN_POOL) layer.set.padding = GRAFT_CHAIN_EXPLICIT;
    if (!(word->options & GRAFT_CHAIN_PADDING)) layer.set.bias = true;
    for (const char *kind = word->arguments; *kind; kind++) {
        const bool optional = *kind < 'a';
        const char *before = chain->at;
        const bool more = graft_chain_take(chain, ':');
        if (more && (!optional || !is_option(chain, word))) {
            GRAFT_TRY(read_argument(chain, word, *kind, &layer));
            continue;
        }
        chain->at = before;
        if (optional) break;
        return graft_chain_fail(chain, chain->at, "%s, expected %s", graft_chain_here(chain, here), word->usage);
    }
    while (graft_chain_take(chain, ':'))
        GRAFT_TRY(read_option(chain, word, &layer.set));
    if (!chain->run) return GRAFT_OK;
    return word->add(chain, &layer);
}
