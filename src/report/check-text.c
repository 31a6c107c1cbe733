/* What a check found, for people and for programs. */
#include <graft/report.h>

#include "base/error.h"
#include "report/text-table.h"
#include "json/json.h"

#include <math.h>

enum { ISSUES_SHOWN = 20 };

static const char *const split_names[] = {"train", "validation", "test"};

static void add_counts(graft_buffer *out, const graft_dataset *data, const graft_check_result *check) {
    struct {
        const char *name, *remark;
        size_t count;
    } rows[] = {
        {"files", "", check->files},
        {"sound", "", check->sound},
        {"quarantined", "cannot be decoded; take no part", check->quarantined},
        {"mistyped", "the extension says another type than the bytes; read by their bytes", check->mistyped},
        {"rotated", "EXIF orientation, applied", check->rotated},
        {"exact duplicates", "kept in one split", check->exact_duplicates},
        {"near duplicates", "kept in one split", check->near_duplicates},
        {"conflicting", "duplicates that carry another label", check->conflicting},
        {"leaking", "in validation or test, and in train as well", check->leaking},
        {"ignored", "entries that are no samples", check->ignored},
    };
    graft_text_table table;
    graft_text_table_init(&table, "lrl");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (i >= 2 && rows[i].count == 0) continue;
        graft_text_table_add(&table, "%s", rows[i].name);
        graft_text_table_add(&table, "%zu", rows[i].count);
        graft_text_table_add(&table, "%s", rows[i].remark);
    }
    graft_buffer_format(
        out, "%s: %zu classes, largest / smallest %.1f, checked in %.1f s (%zu decoded, the rest remembered)\n",
        graft_dataset_path(data), graft_dataset_class_count(data), check->imbalance, check->seconds, check->decoded);
    if (graft_dataset_layout(data)) graft_buffer_format(out, "%s\n", graft_dataset_layout(data));
    graft_text_table_write(&table, 0, out);
}

static void add_classes(graft_buffer *out, const graft_dataset *data) {
    graft_text_table table;
    graft_text_table_init(&table, "lrrr");
    graft_text_table_add(&table, "class");
    for (int split = 0; split < 3; split++)
        graft_text_table_add(&table, "%s", split_names[split]);
    for (size_t i = 0; i < graft_dataset_class_count(data); i++) {
        graft_text_table_add(&table, "%s", graft_dataset_class(data, i));
        for (int split = 0; split < 3; split++)
            graft_text_table_add(&table, "%zu", graft_dataset_class_size(data, i, (graft_split)split));
    }
    graft_buffer_text(out, "\n");
    graft_text_table_write(&table, 0, out);
}

static void add_quarantine(graft_buffer *out, const graft_dataset *data) {
    graft_text_table table;
    graft_text_table_init(&table, "lll");
    for (size_t i = 0; i < graft_dataset_count(data); i++) {
        const graft_sample *sample = graft_dataset_sample(data, i);
        if (!sample->fault) continue;
        graft_text_table_add(&table, "%s", sample->name);
        graft_text_table_add(&table, "%s", sample->type);
        graft_text_table_add(&table, "%s", sample->fault);
    }
    if (table.count > 0) graft_buffer_text(out, "\nquarantine (file, true type, reason)\n");
    graft_text_table_write(&table, 2, out);
}

static void add_repeats(graft_buffer *out, const graft_dataset *data) {
    graft_text_table table;
    graft_text_table_init(&table, "lll");
    for (size_t i = 0; i < graft_dataset_count(data); i++) {
        const graft_sample *sample = graft_dataset_sample(data, i);
        if (sample->fault || sample->duplicate_of < 0) continue;
        const graft_sample *first = graft_dataset_sample(data, (size_t)sample->duplicate_of);
        bool same = sample->content[0] == first->content[0] && sample->content[1] == first->content[1];
        graft_text_table_add(&table, "%s", sample->name);
        graft_text_table_add(&table, "%s %s", same ? "equals" : "resembles", first->name);
        graft_text_table_add(&table, "%s",
                             sample->split != first->split   ? "in two splits"
                             : sample->label != first->label ? "under two labels"
                                                             : "");
    }
    if (table.count > 0) graft_buffer_text(out, "\nduplicates\n");
    graft_text_table_write(&table, 2, out);
}

static graft_json *classes_json(const graft_dataset *data) {
    graft_json *classes = graft_json_new_array();
    for (size_t i = 0; i < graft_dataset_class_count(data); i++) {
        graft_json *row = graft_json_new_object();
        graft_json_set_text(row, "class", graft_dataset_class(data, i));
        for (int split = 0; split < 3; split++)
            graft_json_set_int(row, split_names[split], (int64_t)graft_dataset_class_size(data, i, (graft_split)split));
        graft_json_add(classes, row);
    }
    return classes;
}

static graft_json *quarantine_json(const graft_dataset *data) {
    graft_json *list = graft_json_new_array();
    for (size_t i = 0; i < graft_dataset_count(data); i++) {
        const graft_sample *sample = graft_dataset_sample(data, i);
        if (!sample->fault) continue;
        graft_json *row = graft_json_new_object();
        graft_json_set_text(row, "path", sample->name);
        graft_json_set_text(row, "type", sample->type);
        graft_json_set_text(row, "reason", sample->fault);
        graft_json_add(list, row);
    }
    return list;
}

static graft_json *duplicates_json(const graft_dataset *data) {
    graft_json *list = graft_json_new_array();
    for (size_t i = 0; i < graft_dataset_count(data); i++) {
        const graft_sample *sample = graft_dataset_sample(data, i);
        if (sample->fault || sample->duplicate_of < 0) continue;
        graft_json *row = graft_json_new_object();
        graft_json_set_text(row, "path", sample->name);
        graft_json_set_text(row, "of", graft_dataset_sample(data, (size_t)sample->duplicate_of)->name);
        graft_json_add(list, row);
    }
    return list;
}

static graft_json *issues_json(const graft_inspection *inspection) {
    const graft_dataset *data = graft_inspection_dataset(inspection);
    graft_json *list = graft_json_new_array();
    for (size_t i = 0; i < graft_inspection_count(inspection); i++) {
        const graft_issue *issue = graft_inspection_issue(inspection, i);
        graft_json *row = graft_json_new_object();
        graft_json_set_text(row, "path", graft_dataset_sample(data, issue->sample)->name);
        graft_json_set_text(row, "problem", graft_problem_name(issue->problem));
        graft_json_set_text(row, "action", issue->action);
        if (issue->other >= 0) graft_json_set_text(row, "of", graft_dataset_sample(data, (size_t)issue->other)->name);
        if (issue->suggested >= 0)
            graft_json_set_text(row, "suggested", graft_dataset_class(data, (size_t)issue->suggested));
        graft_json_set_real(row, "score", issue->score);
        graft_json_add(list, row);
    }
    return list;
}

/* `inspection` may be NULL. */
static graft_status check_json(const graft_dataset *data, const graft_check_result *check,
                               const graft_inspection *inspection, char **out) {
    struct {
        const char *key;
        size_t count;
    } counts[] = {
        {"files", check->files},
        {"sound", check->sound},
        {"quarantined", check->quarantined},
        {"decoded", check->decoded},
        {"mistyped", check->mistyped},
        {"rotated", check->rotated},
        {"exact_duplicates", check->exact_duplicates},
        {"near_duplicates", check->near_duplicates},
        {"conflicting", check->conflicting},
        {"leaking", check->leaking},
        {"ignored", check->ignored},
    };
    graft_json *object = graft_json_new_object();
    graft_json_set_text(object, "path", graft_dataset_path(data));
    if (graft_dataset_layout(data)) graft_json_set_text(object, "layout", graft_dataset_layout(data));
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        graft_json_set_int(object, counts[i].key, (int64_t)counts[i].count);
    graft_json_set_real(object, "imbalance", check->imbalance);
    graft_json_set_real(object, "seconds", check->seconds);
    graft_json_set(object, "classes", classes_json(data));
    graft_json_set(object, "quarantine", quarantine_json(data));
    graft_json_set(object, "duplicates", duplicates_json(data));
    if (inspection) {
        graft_json *counts_of = graft_json_new_object();
        for (int i = 0; i < GRAFT_PROBLEM_COUNT; i++)
            graft_json_set_int(counts_of, graft_problem_name((graft_problem)i),
                               (int64_t)graft_inspection_count_of(inspection, (graft_problem)i));
        graft_json_set(object, "problems", counts_of);
        graft_json_set_int(object, "reviewed", (int64_t)graft_inspection_reviewed(inspection));
        graft_json_set_real(object, "crossval_accuracy", graft_inspection_accuracy(inspection));
        graft_json_set_real(object, "label_noise", graft_inspection_noise(inspection));
        graft_json_set_real(object, "expected_false_alarms", graft_inspection_false_alarms(inspection));
        graft_json_set(object, "issues", issues_json(inspection));
    }
    graft_status status = graft_json_dump(object, 0, out, NULL);
    graft_json_free(object);
    return status;
}

graft_status graft_check_text(const graft_dataset *data, bool json, char **out) {
    graft_check_result check = {.struct_size = sizeof check};
    graft_dataset_check_result(data, &check);
    if (json) return check_json(data, &check, NULL, out);
    graft_buffer text;
    graft_buffer_init(&text, 0);
    add_counts(&text, data, &check);
    add_classes(&text, data);
    add_quarantine(&text, data);
    add_repeats(&text, data);
    return graft_buffer_take(&text, out, NULL);
}

/* Those of one problem, the worst first. */
static void add_issues(graft_buffer *out, const graft_inspection *inspection, graft_problem problem) {
    const graft_dataset *data = graft_inspection_dataset(inspection);
    graft_text_table table;
    size_t count = graft_inspection_count_of(inspection, problem), shown = 0;
    if (count == 0) return;
    graft_buffer_format(out, "\n%s: %zu (%s)\n", graft_problem_name(problem), count, graft_problem_help(problem));
    graft_text_table_init(&table, "llr");
    for (size_t i = 0; i < graft_inspection_count(inspection) && shown < ISSUES_SHOWN; i++) {
        const graft_issue *issue = graft_inspection_issue(inspection, i);
        if (issue->problem != problem) continue;
        const graft_sample *sample = graft_dataset_sample(data, issue->sample);
        graft_text_table_add(&table, "%s", sample->name);
        if (issue->suggested >= 0)
            graft_text_table_add(&table, "%s?", graft_dataset_class(data, (size_t)issue->suggested));
        else if (issue->other >= 0)
            graft_text_table_add(&table, "%s", graft_dataset_sample(data, (size_t)issue->other)->name);
        else
            graft_text_table_add(&table, "%s", "");
        if (issue->score != 0)
            graft_text_table_add(&table, "%.3g", issue->score);
        else
            graft_text_table_add(&table, "%s", "");
        shown++;
    }
    graft_text_table_write(&table, 2, out);
    if (shown < count) graft_buffer_format(out, "  and %zu more (--fix FILE or --json)\n", count - shown);
}

graft_status graft_inspection_text(const graft_inspection *inspection, bool json, char **out) {
    /* The check's own text has the others. */
    static const graft_problem told[] = {GRAFT_PROBLEM_LEAK,    GRAFT_PROBLEM_SIMILAR, GRAFT_PROBLEM_BURST,
                                         GRAFT_PROBLEM_GROUP,   GRAFT_PROBLEM_LABEL,   GRAFT_PROBLEM_DOUBT,
                                         GRAFT_PROBLEM_BLURRED, GRAFT_PROBLEM_DARK};
    const graft_dataset *data = graft_inspection_dataset(inspection);
    graft_check_result check = {.struct_size = sizeof check};
    graft_dataset_check_result(data, &check);
    if (json) return check_json(data, &check, inspection, out);
    graft_buffer text;
    char *first = NULL;
    GRAFT_TRY(graft_check_text(data, false, &first));
    graft_buffer_init(&text, 0);
    graft_buffer_text(&text, first);
    graft_text_free(first);
    for (size_t i = 0; i < sizeof told / sizeof *told; i++)
        add_issues(&text, inspection, told[i]);
    if (!isnan(graft_inspection_accuracy(inspection)))
        graft_buffer_format(
            &text,
            "\nlabels were compared with a cross-validated model that is right on %.1f %%: the less, the "
            "more of its doubts are its own\nit takes %.2f %% of the labels to be wrong; of the %zu sure ones about "
            "%.0f %% may be right after all (--false-alarms)\n",
            100 * graft_inspection_accuracy(inspection), 100 * graft_inspection_noise(inspection),
            graft_inspection_count_of(inspection, GRAFT_PROBLEM_LABEL),
            100 * graft_inspection_false_alarms(inspection));
    const size_t reviewed = graft_inspection_reviewed(inspection);
    if (reviewed > 0)
        graft_buffer_format(&text, "\n%zu more %s reviewed before: same bytes, same label (--reviewed)\n", reviewed,
                            reviewed == 1 ? "was" : "were");
    return graft_buffer_take(&text, out, NULL);
}
