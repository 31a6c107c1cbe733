/* What an inspection found, as a page: a gallery a problem. */
#include <graft/report.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "report/sheet.h"
#include "report/thumbnails.h"

#include <math.h>

enum { SHOWN = 120, BYTES_MOST = 10 * 1024 * 1024 };

typedef struct page {
    graft_sheet sheet;
    const graft_inspection *inspection;
    const graft_dataset *data;
    graft_thumbnails pictures; /* two an issue that is shown: the sample and the other (or itself again) */
    size_t next;
} page;

static bool is_shown(const page *self, size_t index, size_t counts[GRAFT_PROBLEM_COUNT]) {
    const graft_issue *issue = graft_inspection_issue(self->inspection, index);
    return issue->problem != GRAFT_PROBLEM_CORRUPT && issue->problem != GRAFT_PROBLEM_ROTATED &&
           counts[issue->problem]++ < SHOWN;
}

static graft_status make_pictures(page *self, graft_context *context) {
    size_t counts[GRAFT_PROBLEM_COUNT] = {0}, found = 0, issues = graft_inspection_count(self->inspection);
    size_t *sample = graft_allocate(2 * issues + 1, sizeof(*sample));
    if (!sample) return graft_fail_memory("a page");
    for (size_t i = 0; i < issues; i++) {
        const graft_issue *issue = graft_inspection_issue(self->inspection, i);
        if (!is_shown(self, i, counts)) continue;
        sample[found++] = issue->sample;
        if (issue->other >= 0) sample[found++] = (size_t)issue->other;
    }
    graft_status status =
        graft_thumbnails_of(context, self->data, sample, found, GRAFT_THUMBNAIL_SIDE, BYTES_MOST, &self->pictures);
    graft_release(sample);
    return status;
}

static void add_picture(page *self) {
    graft_buffer *out = &self->sheet.out;
    const graft_thumbnail *item = &self->pictures.item[self->next++];
    if (!item->jpeg) {
        graft_buffer_text(out, "<span>not shown</span>");
        return;
    }
    graft_buffer_text(out, "<img loading=\"lazy\" alt=\"");
    graft_html_text(out, item->sample->name);
    graft_buffer_text(out, "\" src=\"data:image/jpeg;base64,");
    graft_buffer_base64(out, item->jpeg, item->length);
    graft_buffer_text(out, "\">");
}

static void add_class(page *self, int label) {
    if (label >= 0) graft_html_text(&self->sheet.out, graft_dataset_class(self->data, (size_t)label));
}

static void add_issue(page *self, const graft_issue *issue) {
    graft_buffer *out = &self->sheet.out;
    const graft_sample *sample = graft_dataset_sample(self->data, issue->sample);
    graft_buffer_format(out, "<figure%s><div class=\"thumb\">", issue->other >= 0 ? " class=\"pair\"" : "");
    add_picture(self);
    if (issue->other >= 0) add_picture(self);
    graft_buffer_text(out, "</div><figcaption><b>");
    add_class(self, sample->label);
    graft_buffer_text(out, "</b>");
    if (issue->suggested >= 0) {
        graft_buffer_text(out, "<br><span class=\"truth\">looks like ");
        add_class(self, issue->suggested);
        graft_buffer_text(out, "</span>");
    } else if (issue->other >= 0) {
        graft_buffer_text(out, ", ");
        add_class(self, graft_dataset_sample(self->data, (size_t)issue->other)->label);
    }
    if (issue->score != 0) graft_buffer_format(out, " %.3g", issue->score);
    graft_buffer_text(out, "<br><small title=\"");
    graft_html_text(out, sample->name);
    graft_buffer_text(out, "\">");
    graft_html_text(out, sample->name);
    graft_buffer_text(out, "</small></figcaption></figure>\n");
}

/* Issues lie problem by problem, so that their pictures come in the order in which they were made. */
static void add_problem(page *self, graft_problem problem) {
    graft_buffer *out = &self->sheet.out;
    const char *name = graft_problem_name(problem);
    size_t count = graft_inspection_count_of(self->inspection, problem), shown = 0;
    if (count == 0) return;
    graft_sheet_begin(&self->sheet, name, name, name);
    graft_buffer_format(out, "<p class=\"hint\">%zu: %s.</p>\n", count, graft_problem_help(problem));
    const bool pictures = problem != GRAFT_PROBLEM_CORRUPT && problem != GRAFT_PROBLEM_ROTATED;
    graft_buffer_text(out, pictures ? "<div class=\"gallery\">\n" : "<ul>\n");
    for (size_t i = 0; i < graft_inspection_count(self->inspection) && shown < SHOWN; i++) {
        const graft_issue *issue = graft_inspection_issue(self->inspection, i);
        if (issue->problem != problem) continue;
        shown++;
        if (pictures) {
            add_issue(self, issue);
            continue;
        }
        const graft_sample *sample = graft_dataset_sample(self->data, issue->sample);
        graft_buffer_text(out, "<li><code>");
        graft_html_text(out, sample->name);
        graft_buffer_text(out, "</code> ");
        graft_html_text(out, sample->fault);
        graft_buffer_text(out, "</li>\n");
    }
    graft_buffer_text(out, pictures ? "</div>\n" : "</ul>\n");
    if (shown < count)
        graft_buffer_format(out, "<p class=\"hint\">and %zu more: the fix list has them all</p>\n", count - shown);
    graft_sheet_end(&self->sheet);
}

static void add_counts(page *self) {
    graft_buffer *out = &self->sheet.out;
    graft_check_result check = GRAFT_CHECK_RESULT_INIT;
    const double accuracy = graft_inspection_accuracy(self->inspection);
    const char *name = graft_path_name(graft_dataset_path(self->data));
    graft_dataset_check_result(self->data, &check);
    graft_buffer_text(out, "<header><p class=\"kicker\">graft check</p><h1>");
    graft_html_text(out, name);
    graft_buffer_format(out, "</h1><p>%zu pictures in %zu classes, %zu of them sound.", check.files,
                        graft_dataset_class_count(self->data), check.sound);
    if (!isnan(accuracy)) {
        graft_buffer_text(out, " Labels were compared with a cross-validated model that is right on ");
        graft_html_percent(out, accuracy);
        graft_buffer_text(out, ": the less, the more of its doubts are its own. It takes ");
        graft_html_percent(out, graft_inspection_noise(self->inspection));
        graft_buffer_text(out, " of the labels to be wrong; of the sure ones about ");
        graft_html_percent(out, graft_inspection_false_alarms(self->inspection));
        graft_buffer_text(out, " may be right after all.");
    }
    if (graft_inspection_reviewed(self->inspection) > 0)
        graft_buffer_format(out, " %zu more were reviewed before and are not shown.",
                            graft_inspection_reviewed(self->inspection));
    graft_buffer_text(out, "</p>\n<ul class=\"findings\">\n");
    for (int i = 0; i < GRAFT_PROBLEM_COUNT; i++) {
        const size_t count = graft_inspection_count_of(self->inspection, (graft_problem)i);
        const char *tone = count == 0                   ? "quiet"
                           : i == GRAFT_PROBLEM_ROTATED ? "note"
                           : i <= GRAFT_PROBLEM_LEAK    ? "bad"
                                                        : "warn";
        graft_buffer_format(out, "<li class=\"%s\"><b>%zu</b> %s<small>%s</small></li>\n", tone, count,
                            graft_problem_name((graft_problem)i), graft_problem_help((graft_problem)i));
    }
    graft_buffer_text(out, "</ul></header>\n");
}

graft_status graft_inspection_page(graft_context *context, const graft_inspection *inspection, const char *path) {
    page self = {.inspection = inspection, .data = graft_inspection_dataset(inspection)};
    GRAFT_TRY(make_pictures(&self, context));
    graft_sheet_open(&self.sheet, graft_path_name(graft_dataset_path(self.data)));
    add_counts(&self);
    graft_sheet_navigation(&self.sheet);
    for (int i = 0; i < GRAFT_PROBLEM_COUNT; i++)
        add_problem(&self, (graft_problem)i);
    graft_thumbnails_clear(&self.pictures);
    return graft_sheet_write(&self.sheet, path);
}
