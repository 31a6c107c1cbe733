/* Chains: words to steps and back. */
#include "data/augment/chain.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/strmap.h"

#include <string.h>

enum { LONGEST_WORD = 256 };

static const graft_option common_options[] = {
    {.name = "p",
     .type = GRAFT_OPTION_DOUBLE,
     .offset = offsetof(graft_augment_step, p),
     .min = 0,
     .max = 1,
     .help = "probability in a view"},
    GRAFT_OPTION_END,
};

static const graft_option no_options[] = {GRAFT_OPTION_END};

static const graft_option *options_of(const graft_augmentation *op) {
    return op->attributes ? op->attributes : no_options;
}

static graft_status find_op(const char *name, const graft_augmentation **op) {
    enum { MOST = 64 };
    const char *names[MOST];
    size_t count = 0;
    *op = graft_augmentation_find(name);
    if (*op) return GRAFT_OK;
    for (const graft_augmentation *row; count < MOST && (row = graft_augmentation_at(count)) != NULL; count++)
        names[count] = row->name;
    const char *nearest = graft_text_nearest(name, names, count);
    if (nearest) return graft_fail(GRAFT_E_USAGE, "there is no \"%s\"; did you mean \"%s\"?", name, nearest);
    return graft_fail(GRAFT_E_USAGE, "there is no \"%s\"; graft list augmentations shows what there is", name);
}

static graft_status no_option(const graft_augmentation *op, const char *name) {
    const char *nearest = graft_option_nearest(options_of(op), name);
    if (!nearest) nearest = options_of(op)->name;
    return graft_fail(GRAFT_E_USAGE, "%s has no option \"%s\"; did you mean \"%s\"?", op->name, name,
                      nearest ? nearest : "p");
}

/* "value" (of the first option) or "name=value". */
static graft_status set_option(graft_augment_step *step, char *text, bool first) {
    const graft_option *rows = options_of(step->op), *row = rows->name ? rows : common_options;
    char *equals = strchr(text, '=');
    if (!equals && !first)
        return graft_fail(GRAFT_E_USAGE,
                          "\"%s\" has no name, expected OPTION=VALUE: only the first value may go without", text);
    if (equals) {
        *equals = '\0';
        row = graft_option_find(rows, text);
        if (!row) row = graft_option_find(common_options, text);
        if (!row) return no_option(step->op, text);
    }
    bool common = row == common_options;
    return graft_option_set(row, common ? (void *)step : step->attributes, equals ? equals + 1 : text);
}

/* Two numbers are a range. */
static graft_status check_ranges(const graft_augment_step *step) {
    for (const graft_option *row = options_of(step->op); row->name; row++) {
        if (row->type != GRAFT_OPTION_DOUBLES || row->count != 2) continue;
        double range[2];
        memcpy(range, step->attributes + row->offset, sizeof range);
        if (range[0] > range[1])
            return graft_fail(GRAFT_E_USAGE, "%s: received %g,%g, expected the smaller number first", row->name,
                              range[0], range[1]);
    }
    return GRAFT_OK;
}

static graft_status parse_word(const char *text, size_t length, graft_augment_step *step) {
    char word[LONGEST_WORD];
    if (length >= sizeof word)
        return graft_fail(GRAFT_E_USAGE, "%zu characters, expected at most %d", length, LONGEST_WORD - 1);
    memcpy(word, text, length);
    word[length] = '\0';
    char *rest = strchr(word, ':');
    if (rest) *rest++ = '\0';
    GRAFT_TRY(find_op(word, &step->op));
    step->p = step->op->p;
    GRAFT_TRY(graft_options_defaults(options_of(step->op), step->attributes));
    for (bool first = true; rest; first = false) {
        char *option = rest;
        rest = strchr(rest, ':');
        if (rest) *rest++ = '\0';
        GRAFT_TRY(set_option(step, option, first));
    }
    return check_ranges(step);
}

static graft_status parse_words(const char *spec, graft_augment *augment) {
    static const char blanks[] = " \t\n\r";
    for (const char *at = spec + strspn(spec, blanks); *at; at += strspn(at, blanks)) {
        size_t length = strcspn(at, blanks);
        if (augment->count == GRAFT_CHAIN_LIMIT)
            return graft_fail(GRAFT_E_USAGE, "--augment: more than %d words, expected a shorter chain",
                              GRAFT_CHAIN_LIMIT);
        graft_status status = parse_word(at, length, &augment->step[augment->count++]);
        if (status != GRAFT_OK)
            return graft_fail_in(status, "--augment: word %zu, \"%.*s\" at character %zu", augment->count,
                                 (int)(length < 60 ? length : 60), at, (size_t)(at - spec) + 1);
        at += length;
    }
    return GRAFT_OK;
}

static graft_status describe_step(const graft_augment_step *step, graft_buffer *text) {
    char value[128];
    graft_buffer_text(text, step->op->name);
    for (const graft_option *row = options_of(step->op); row->name; row++) {
        GRAFT_TRY(graft_option_get(row, step->attributes, value, sizeof value));
        graft_buffer_format(text, ":%s=%s", row->name, value);
    }
    GRAFT_TRY(graft_option_get(common_options, step, value, sizeof value));
    graft_buffer_format(text, ":p=%s", value);
    return GRAFT_OK;
}

static graft_status describe(graft_augment *augment) {
    graft_buffer text;
    size_t length;
    graft_status status = GRAFT_OK;
    graft_buffer_init(&text, 0);
    for (size_t i = 0; i < augment->count && status == GRAFT_OK; i++) {
        if (i) graft_buffer_text(&text, " ");
        status = describe_step(&augment->step[i], &text);
    }
    if (status == GRAFT_OK) status = graft_buffer_take(&text, &augment->text, &length);
    graft_buffer_clear(&text);
    return status;
}

graft_status graft_augment_parse(const char *spec, graft_augment **out) {
    *out = NULL;
    if (!spec || spec[strspn(spec, " \t\n\r")] == '\0' || strcmp(spec, "none") == 0) return GRAFT_OK;
    graft_augment *augment = graft_allocate_zero(1, sizeof *augment);
    if (!augment) return graft_fail_memory("a chain of augmentations");
    graft_status status = parse_words(spec, augment);
    if (status == GRAFT_OK) status = describe(augment);
    if (status == GRAFT_OK)
        *out = augment;
    else
        graft_augment_free(augment);
    return status;
}

void graft_augment_free(graft_augment *augment) {
    if (!augment) return;
    graft_release(augment->text);
    graft_release(augment);
}

const char *graft_augment_describe(const graft_augment *augment) {
    return augment ? augment->text : "none";
}

/* Counts up when an operation gives other pixels than before: cached views of the old ones are then not found. */
#define DEFINITION "views 1: "

graft_hash graft_augment_hash(const graft_augment *augment) {
    const char *text = graft_augment_describe(augment);
    graft_hash parts[2] = {graft_hash_bytes(DEFINITION, sizeof DEFINITION), graft_hash_bytes(text, strlen(text))};
    return graft_hash_bytes(parts, sizeof parts);
}
