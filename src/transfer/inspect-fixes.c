/* The fix list, and the manifest that it makes of the data. */
#include "transfer/inspect-internal.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strmap.h"
#include "transfer/fix-list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const split_names[] = {"train", "validation", "test"};

/* A field as RFC 4180 wants it. */
static void add_field(graft_buffer *out, const char *text, char end) {
    const bool quoted = strpbrk(text, ",\"\r\n") != NULL;
    if (quoted) graft_buffer_text(out, "\"");
    for (const char *c = text; *c; c++) {
        if (*c == '"') graft_buffer_text(out, "\"");
        graft_buffer_add(out, c, 1);
    }
    if (quoted) graft_buffer_text(out, "\"");
    graft_buffer_add(out, &end, 1);
}

static graft_status write_text(graft_buffer *text, const char *path) {
    graft_status status = graft_buffer_status(text);
    if (status == GRAFT_OK) status = graft_file_write(path, text->data, text->length);
    graft_buffer_clear(text);
    return status;
}

graft_status graft_inspection_write_fixes(const graft_inspection *inspection, const char *path) {
    const graft_dataset *data = inspection->data;
    graft_buffer text;
    graft_buffer_init(&text, 0);
    for (int i = 0; i < GRAFT_FIX_COLUMNS; i++)
        add_field(&text, graft_fix_columns[i], i + 1 < GRAFT_FIX_COLUMNS ? ',' : '\n');
    for (size_t i = 0; i < inspection->count; i++) {
        const graft_issue *issue = &inspection->issue[i];
        char score[32], content[GRAFT_HASH_TEXT];
        snprintf(score, sizeof(score), "%.4g", issue->score);
        add_field(&text, issue->action, ',');
        add_field(&text, graft_dataset_sample(data, issue->sample)->name, ',');
        add_field(&text, graft_problem_name(issue->problem), ',');
        add_field(&text, issue->other < 0 ? "" : graft_dataset_sample(data, (size_t)issue->other)->name, ',');
        add_field(&text, issue->suggested < 0 ? "" : graft_dataset_class(data, (size_t)issue->suggested), ',');
        add_field(&text, score, ',');
        add_field(&text, graft_fix_class(data, issue->sample), ',');
        graft_fix_content(data, issue->sample, content);
        add_field(&text, content, '\n');
    }
    return write_text(&text, path);
}

/* ---- applying ---- */

typedef struct fix {
    bool drop;
    int label, split; /* -1: as it is */
} fix;

typedef struct fixer {
    const graft_dataset *data;
    graft_strmap *index; /* names to samples */
    fix *fixes;          /* one a sample */
    graft_fix_list list;
    bool moves;
} fixer;

static graft_status contradiction(const fixer *self) {
    return graft_fail(GRAFT_E_DATA, "%s: line %zu: %s: another line says otherwise about it", self->list.path,
                      self->list.csv.line, self->list.csv.field[GRAFT_FIX_PATH]);
}

static graft_status relabel(fixer *self, fix *one) {
    const char *name = self->list.csv.field[GRAFT_FIX_SUGGESTED];
    for (size_t i = 0; i < graft_dataset_class_count(self->data); i++) {
        if (strcmp(graft_dataset_class(self->data, i), name) != 0) continue;
        if (one->label >= 0 && one->label != (int)i) return contradiction(self);
        one->label = (int)i;
        return GRAFT_OK;
    }
    return graft_fail(GRAFT_E_DATA, "%s: line %zu: relabel to \"%.60s\", expected one of the data's classes",
                      self->list.path, self->list.csv.line, name);
}

static graft_status take_row(fixer *self) {
    const char *action = self->list.csv.field[GRAFT_FIX_ACTION], *path = self->list.csv.field[GRAFT_FIX_PATH];
    const size_t line = self->list.csv.line;
    size_t found;
    if (!graft_strmap_get(self->index, path, &found))
        return graft_fail(GRAFT_E_DATA, "%s: line %zu: %s is not in %s", self->list.path, line, path,
                          graft_dataset_path(self->data));
    fix *one = &self->fixes[found];
    if (strcmp(action, "keep") == 0 || strcmp(action, "review") == 0) return GRAFT_OK;
    if (strcmp(action, "drop") == 0) {
        one->drop = true;
        return GRAFT_OK;
    }
    if (strcmp(action, "relabel") == 0) return relabel(self, one);
    for (int i = 0; i < 3; i++) {
        if (strcmp(action, split_names[i]) != 0) continue;
        if (one->split >= 0 && one->split != i) return contradiction(self);
        one->split = i;
        self->moves = true;
        return GRAFT_OK;
    }
    return graft_fail(GRAFT_E_DATA,
                      "%s: line %zu: action \"%.40s\", expected keep, review, drop, relabel, train, validation or test",
                      self->list.path, line, action);
}

static graft_status read_fixes(fixer *self, const char *fixes) {
    bool more;
    GRAFT_TRY(graft_fix_list_open(&self->list, fixes));
    for (;;) {
        GRAFT_TRY(graft_fix_list_next(&self->list, &more));
        if (!more) return GRAFT_OK;
        GRAFT_TRY(take_row(self));
    }
}

static graft_status make_index(fixer *self) {
    const size_t count = graft_dataset_count(self->data);
    self->fixes = graft_allocate(count, sizeof(*self->fixes));
    if (!self->fixes) return graft_fail_memory("the fixes");
    GRAFT_TRY(graft_strmap_new(&self->index));
    for (size_t i = 0; i < count; i++) {
        self->fixes[i] = (fix){.label = -1, .split = -1};
        GRAFT_TRY(graft_strmap_set(self->index, graft_dataset_sample(self->data, i)->name, i));
    }
    return GRAFT_OK;
}

/* Splits are written where the data gives them, or where a fix moves something: else they stay drawn. */
static graft_status add_rows(const fixer *self, graft_buffer *out, graft_fixes_result *result) {
    const bool splits = graft_dataset_has_given_split(self->data) || self->moves;
    graft_buffer_text(out, "path,label,split\n");
    for (size_t i = 0; i < graft_dataset_count(self->data); i++) {
        const graft_sample *sample = graft_dataset_sample(self->data, i);
        const fix *one = &self->fixes[i];
        result->dropped += one->drop;
        if (sample->fault || one->drop) continue;
        char *path = realpath(sample->path, NULL);
        if (!path) return graft_fail(GRAFT_E_DATA, "%s: no longer there", sample->path);
        add_field(out, path, ',');
        free(path);
        result->relabelled += one->label >= 0 && one->label != sample->label;
        result->moved += one->split >= 0 && one->split != (int)sample->split;
        result->kept++;
        add_field(out, graft_dataset_class(self->data, (size_t)(one->label >= 0 ? one->label : sample->label)), ',');
        add_field(out, !splits ? "" : split_names[one->split >= 0 ? one->split : (int)sample->split], '\n');
    }
    return graft_buffer_status(out);
}

static graft_status apply(fixer *self, const char *fixes, const char *manifest, graft_fixes_result *result) {
    graft_buffer out;
    GRAFT_TRY(make_index(self));
    GRAFT_TRY(read_fixes(self, fixes));
    graft_buffer_init(&out, 0);
    graft_status status = add_rows(self, &out, result);
    if (status == GRAFT_OK) return write_text(&out, manifest);
    graft_buffer_clear(&out);
    return status;
}

graft_status graft_fixes_apply(graft_context *context, graft_dataset *data, const char *fixes, const char *manifest,
                               graft_fixes_result *result) {
    graft_fixes_result counts = {.struct_size = sizeof(counts)};
    (void)context;
    GRAFT_TRY(graft_dataset_check(data));
    for (size_t i = 0; i < graft_dataset_count(data); i++)
        if (!graft_dataset_sample(data, i)->fault &&
            graft_file_kind_of(graft_dataset_sample(data, i)->path) != GRAFT_FILE_REGULAR)
            return graft_fail(GRAFT_E_USAGE, "%s: its pictures are no files of their own, which a manifest lists",
                              graft_dataset_path(data));
    fixer self = {.data = data};
    graft_status status = apply(&self, fixes, manifest, &counts);
    graft_fix_list_close(&self.list);
    graft_strmap_free(self.index);
    graft_release(self.fixes);
    if (status == GRAFT_OK && result) {
        const size_t size = result->struct_size;
        memcpy(result, &counts, size > 0 && size < sizeof(counts) ? size : sizeof(counts));
        result->struct_size = size;
    }
    return status;
}
