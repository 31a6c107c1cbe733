/* What people have looked at and found right is not told again: lines of an earlier fix list whose action is "keep". A
 * review holds for the picture's bytes under the label that it had, wherever the file stands now. */
#include "transfer/inspect-internal.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/strmap.h"
#include "transfer/fix-list.h"

#include <string.h>

/* Sure or not, it is the same question. */
static const char *question(const char *problem) {
    const char *doubt = graft_problem_name(GRAFT_PROBLEM_DOUBT);
    return strcmp(problem, doubt) == 0 ? graft_problem_name(GRAFT_PROBLEM_LABEL) : problem;
}

/* Release with graft_text_free. */
static graft_status key_of(const char *content, const char *problem, const char *label, const char *of, char **out) {
    graft_buffer text;
    graft_buffer_init(&text, 0);
    graft_buffer_format(&text, "%s %s %zu %s %s", content, question(problem), strlen(label), label, of);
    return graft_buffer_take(&text, out, NULL);
}

static graft_status take_row(graft_inspection *self, graft_fix_list *list) {
    char **field = list->csv.field, *key = NULL;
    graft_hash content;
    if (strcmp(field[GRAFT_FIX_ACTION], "keep") != 0) return GRAFT_OK;
    if (!graft_hash_from_text(field[GRAFT_FIX_CONTENT], &content))
        return graft_fail(GRAFT_E_DATA, "%s: line %zu: content \"%.40s\", expected 32 hexadecimal digits", list->path,
                          list->csv.line, field[GRAFT_FIX_CONTENT]);
    GRAFT_TRY(
        key_of(field[GRAFT_FIX_CONTENT], field[GRAFT_FIX_PROBLEM], field[GRAFT_FIX_CLASS], field[GRAFT_FIX_OF], &key));
    graft_status status = graft_strmap_set(self->reviewed, key, 1);
    graft_text_free(key);
    return status;
}

static graft_status read_list(graft_inspection *self, graft_fix_list *list) {
    bool more;
    GRAFT_TRY(graft_fix_list_open(list, self->options.reviewed));
    if (list->columns != GRAFT_FIX_COLUMNS)
        return graft_fail(GRAFT_E_DATA,
                          "%s: a list of an earlier version, which does not say which bytes were reviewed", list->path);
    for (;;) {
        GRAFT_TRY(graft_fix_list_next(list, &more));
        if (!more) return GRAFT_OK;
        GRAFT_TRY(take_row(self, list));
    }
}

graft_status graft_inspect_reviewed(graft_inspection *self) {
    if (!self->options.reviewed) return GRAFT_OK;
    graft_fix_list list;
    GRAFT_TRY(graft_strmap_new(&self->reviewed));
    graft_status status = read_list(self, &list);
    graft_fix_list_close(&list);
    return status;
}

graft_status graft_inspection_is_reviewed(const graft_inspection *self, const graft_issue *issue, bool *reviewed) {
    const graft_dataset *data = self->data;
    char content[GRAFT_HASH_TEXT], *key = NULL;
    size_t ignored;
    *reviewed = false;
    if (!self->reviewed) return GRAFT_OK;
    graft_fix_content(data, issue->sample, content);
    GRAFT_TRY(key_of(content, graft_problem_name(issue->problem), graft_fix_class(data, issue->sample),
                     issue->other < 0 ? "" : graft_dataset_sample(data, (size_t)issue->other)->name, &key));
    *reviewed = graft_strmap_get(self->reviewed, key, &ignored);
    graft_text_free(key);
    return GRAFT_OK;
}
