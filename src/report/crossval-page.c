/* The page of a cross-validation: mean and interval, and the folds that they come from. */
#include <graft/report.h>

#include "base/alloc.h"
#include "base/error.h"
#include "report/sheet.h"
#include "stats/metrics.h"

#include <math.h>
#include <stdio.h>

enum { NAME_ROOM = 24 };

static void add_header(graft_buffer *out, const graft_crossval_result *result, const char *title) {
    const bool better = result->interval95[0] > result->baseline;
    graft_buffer_text(out, "<header><p class=\"kicker\">Cross-validation</p><h1>");
    graft_html_text(out, title);
    graft_buffer_format(out, "</h1><p class=\"verdict %s\"><strong>", better ? "good" : "bad");
    graft_html_percent(out, result->mean);
    graft_buffer_text(out, "</strong> of what each fold holds out is labelled right; 95&#8239;% interval ");
    graft_html_percent(out, result->interval95[0]);
    graft_buffer_text(out, " to ");
    graft_html_percent(out, result->interval95[1]);
    graft_buffer_text(out, better ? ", more than always answering the largest class ("
                                  : ", not surely more than always "
                                    "answering the largest class (");
    graft_html_percent(out, result->baseline);
    graft_buffer_format(
        out, ").</p>\n<p class=\"hint\">%zu samples of %zu classes, %zu folds, head %s on %zu features: ", result->n,
        result->classes, result->fold_count, result->head, result->width);
    graft_html_text(out, result->features);
    graft_buffer_text(out, ".</p></header>\n");
}

static void add_table(graft_buffer *out, const graft_crossval_result *result) {
    const bool strength = result->folds[0].c > 0;
    graft_buffer_format(out,
                        "<h3>Figures of the folds</h3>\n<div class=\"scroll\"><table class=\"data\"><thead><tr>"
                        "<th>fold</th><th class=\"n\">samples</th><th class=\"n\">right</th><th class=\"n\">accuracy"
                        "</th><th class=\"n\">largest class</th><th class=\"n\">loss</th>%s</tr></thead><tbody>\n",
                        strength ? "<th class=\"n\">C</th>" : "");
    for (size_t i = 0; i < result->fold_count; i++) {
        const graft_crossval_fold *fold = &result->folds[i];
        graft_buffer_format(out,
                            "<tr><th scope=\"row\">%zu</th><td class=\"n\">%zu</td><td class=\"n\">%zu</td>"
                            "<td class=\"n\">",
                            i + 1, fold->n, fold->correct);
        graft_html_percent(out, fold->accuracy);
        graft_buffer_text(out, "</td><td class=\"n\">");
        graft_html_percent(out, fold->baseline);
        graft_buffer_text(out, "</td><td class=\"n\">");
        graft_html_number(out, fold->loss, 4);
        graft_buffer_text(out, "</td>");
        if (strength) graft_buffer_format(out, "<td class=\"n\">%g%s</td>", fold->c, fold->blind ? " (default)" : "");
        graft_buffer_text(out, "</tr>\n");
    }
    graft_buffer_text(out, "</tbody></table></div>\n");
}

static void add_notes(graft_sheet *sheet, const graft_crossval_result *result) {
    graft_buffer *out = &sheet->out;
    if (result->duplicates == 0 && result->rare_count == 0) return;
    graft_sheet_begin(sheet, "notes", "Notes", "What to know of the data");
    graft_buffer_text(out, "<ul>\n");
    if (result->duplicates > 0)
        graft_buffer_format(out,
                            "<li>%zu samples repeat an earlier one, or are of its group, and stay in its fold.</li>\n",
                            result->duplicates);
    for (size_t i = 0; i < result->rare_count; i++) {
        graft_buffer_text(out, "<li>");
        graft_html_text(out, result->rare[i].name);
        graft_buffer_format(out, ": %zu distinct samples for %zu folds: some folds have none.</li>\n",
                            result->rare[i].n, result->fold_count);
    }
    graft_buffer_text(out, "</ul>\n");
    graft_sheet_end(sheet);
}

/* `room`: four columns of the folds' figures; `names`: NAME_ROOM bytes a fold. */
static void add_chart(graft_buffer *out, const graft_crossval_result *result, double *room, char *names,
                      const char **label) {
    const size_t count = result->fold_count;
    double *y = room, *low = y + count, *high = low + count, *other = high + count;
    for (size_t i = 0; i < count; i++) {
        const graft_crossval_fold *fold = &result->folds[i];
        double interval[2];
        graft_wilson_interval(fold->correct, fold->n, interval);
        y[i] = fold->accuracy;
        low[i] = interval[0];
        high[i] = interval[1];
        other[i] = fold->baseline;
        snprintf(names + i * NAME_ROOM, NAME_ROOM, "fold %zu", i + 1);
        label[i] = names + i * NAME_ROOM;
    }
    const graft_chart_series series[] = {
        {.name = "accuracy", .tone = "own", .y = y, .low = low, .high = high, .count = count},
        {.name = "largest class", .tone = "other", .y = other, .count = count},
    };
    graft_chart_add(out, &(graft_chart){.kind = GRAFT_CHART_DOTS,
                                        .title = "Accuracy of each fold, Wilson's 95 % interval",
                                        .y_name = "accuracy",
                                        .category = label,
                                        .category_count = count,
                                        .series = series,
                                        .series_count = sizeof(series) / sizeof(*series),
                                        .percent = true});
}

graft_status graft_crossval_page_write(const graft_crossval_result *result, const char *title, const char *path) {
    graft_sheet sheet;
    double *room = graft_allocate(result->fold_count, 4 * sizeof(*room));
    char *names = graft_allocate(result->fold_count, NAME_ROOM);
    const char **label = graft_allocate(result->fold_count, sizeof(*label));
    graft_status status = room && names && label ? GRAFT_OK : graft_fail_memory("a chart");
    if (status == GRAFT_OK) {
        graft_sheet_open(&sheet, title);
        add_header(&sheet.out, result, title);
        graft_sheet_navigation(&sheet);
        graft_sheet_begin(&sheet, "folds", "Folds", "Fold by fold");
        graft_buffer_format(&sheet.out,
                            "<p class=\"hint\">Deviation over folds %.4f. The interval above is Nadeau and Bengio's: "
                            "the folds' training sets overlap, so that their figures are no independent ones.</p>\n",
                            result->std);
        add_chart(&sheet.out, result, room, names, label);
        add_table(&sheet.out, result);
        graft_sheet_end(&sheet);
        add_notes(&sheet, result);
        status = graft_sheet_write(&sheet, path);
    }
    graft_release(room);
    graft_release(names);
    graft_release(label);
    return status;
}
