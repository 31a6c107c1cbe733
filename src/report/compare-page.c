/* The page of a comparison: verdict, arms, curves of all arms, factors, causes and remedies. Figures are gathered into
 * charts here and drawn elsewhere. */
#include <graft/report.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "report/sheet.h"

#include <math.h>

enum { CURVES = 8 };

static void add_interval(graft_buffer *out, const double *interval) {
    graft_html_percent(out, interval[0]);
    graft_buffer_text(out, " to ");
    graft_html_percent(out, interval[1]);
}

static void add_verdict(graft_buffer *out, const graft_compare_result *result) {
    static const char *const classes[] = {"warn", "good", "bad"};
    graft_buffer_text(out, "<header><p class=\"kicker\">Does transfer help?</p><h1>");
    graft_html_text(out, graft_path_name(result->data));
    graft_buffer_format(out, "</h1><p class=\"verdict %s\">", classes[result->verdict]);
    graft_html_text(out, result->words);
    graft_buffer_format(out, "</p><p class=\"hint\">%zu samples of %zu classes, ", result->n, result->classes);
    if (result->held_out > 0 && result->folds == 1)
        graft_buffer_format(out, "%zu of them held out, as the data say", result->held_out);
    else if (result->held_out > 0)
        graft_buffer_format(out, "%zu of them held out, %zu draws of what trains", result->held_out, result->folds);
    else
        graft_buffer_format(out, "%zu folds", result->folds);
    graft_buffer_text(out, "; always answering the largest class reaches ");
    graft_html_percent(out, result->majority);
    graft_buffer_text(out, ".</p></header>\n");
}

static size_t longest_curve(const graft_compare_result *result) {
    size_t longest = 0;
    for (size_t i = 0; i < result->arm_count; i++) {
        const graft_compare_arm *arm = &result->arms[i];
        if (arm->epoch_count > longest) longest = arm->epoch_count;
        if (arm->size_count > longest) longest = arm->size_count;
    }
    return longest;
}

/* Without curves, at least what all arms reach. */
static void add_accuracies(graft_buffer *out, const graft_compare_result *result) {
    const char *name[CURVES];
    double y[CURVES], low[CURVES], high[CURVES];
    size_t count = 0;
    for (; count < result->arm_count && count < CURVES; count++) {
        const graft_compare_arm *arm = &result->arms[count];
        name[count] = arm->name;
        y[count] = arm->accuracy;
        low[count] = arm->interval95[0];
        high[count] = arm->interval95[1];
    }
    const graft_chart_series series = {.name = "accuracy", .y = y, .low = low, .high = high, .count = count};
    graft_chart_add(out, &(graft_chart){.kind = GRAFT_CHART_DOTS,
                                        .title = "Accuracy of the arms, 95 % intervals",
                                        .y_name = "accuracy",
                                        .category = name,
                                        .category_count = count,
                                        .series = &series,
                                        .series_count = 1,
                                        .percent = true});
}

static void add_arms(graft_sheet *sheet, const graft_compare_result *result) {
    graft_buffer *out = &sheet->out;
    graft_sheet_begin(sheet, "arms", "Arms", "Arms");
    graft_buffer_text(
        out, "<div class=\"scroll\"><table class=\"data compare\"><thead><tr><th>arm</th><th class=\"n\">accuracy</th>"
             "<th>95 % interval</th><th>what</th><th class=\"n\">time</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < result->arm_count; i++) {
        const graft_compare_arm *arm = &result->arms[i];
        graft_buffer_format(out, "<tr><th scope=\"row\">%s</th><td class=\"n\">", arm->name);
        graft_html_percent(out, arm->accuracy);
        graft_buffer_text(out, "</td><td>");
        add_interval(out, arm->interval95);
        graft_buffer_text(out, "</td><td class=\"words\">");
        graft_html_text(out, arm->what);
        graft_buffer_text(out, "</td><td class=\"n\">");
        graft_html_seconds(out, arm->seconds);
        graft_buffer_text(out, "</td></tr>\n");
    }
    graft_buffer_text(out, "</tbody></table></div>\n");
    if (longest_curve(result) < 2) add_accuracies(out, result);
    graft_sheet_end(sheet);
}

/* Where a curve's values lie in the room that all of them share: four columns, x, y and its interval. */
static graft_chart_series lay_out(const graft_compare_arm *arm, const graft_compare_point *curve, size_t count,
                                  double *room) {
    double *x = room, *y = x + count, *low = y + count, *high = low + count;
    for (size_t i = 0; i < count; i++) {
        x[i] = curve[i].x;
        y[i] = curve[i].accuracy;
        low[i] = curve[i].interval95[0];
        high[i] = curve[i].interval95[1];
    }
    return (graft_chart_series){.name = arm->name, .x = x, .y = y, .low = low, .high = high, .count = count};
}

/* One chart of the arms that have such a curve; `room` is for all of them. */
static void add_chart(graft_buffer *out, const graft_compare_result *result, bool epochs, double *room) {
    graft_chart_series series[CURVES];
    size_t count = 0;
    for (size_t i = 0; i < result->arm_count && count < CURVES; i++) {
        const graft_compare_arm *arm = &result->arms[i];
        const size_t length = epochs ? arm->epoch_count : arm->size_count;
        if (length < 2) continue;
        series[count++] = lay_out(arm, epochs ? arm->epochs : arm->sizes, length, room);
        room += 4 * length;
    }
    if (count == 0) return;
    graft_chart_add(out, &(graft_chart){.kind = GRAFT_CHART_LINES,
                                        .title = epochs ? "Accuracy by epochs" : "Accuracy by training samples",
                                        .x_name = epochs ? "epoch" : "training samples",
                                        .y_name = "accuracy",
                                        .series = series,
                                        .series_count = count,
                                        .percent = true,
                                        .logarithmic = !epochs});
}

static graft_status add_charts(graft_sheet *sheet, const graft_compare_result *result) {
    size_t points = 1;
    if (longest_curve(result) < 2) return GRAFT_OK;
    for (size_t i = 0; i < result->arm_count; i++)
        points += result->arms[i].epoch_count + result->arms[i].size_count;
    double *room = graft_allocate(points, 4 * sizeof(*room));
    if (!room) return graft_fail_memory("a chart");
    graft_sheet_begin(sheet, "curves", "Curves", "Learning curves");
    graft_buffer_text(
        &sheet->out, result->folds == 1 ? "<p class=\"hint\">On what is held out, with Wilson's 95 % interval.</p>\n"
                     : result->held_out > 0 ? "<p class=\"hint\">On what is held out: mean over the draws of training "
                                              "samples and 95 % interval. Epoch 0 is before the first step.</p>\n"
                                            : "<p class=\"hint\">On what each fold holds out: mean over folds and 95 % "
                                              "interval. Epoch 0 is before the first step.</p>\n");
    add_chart(&sheet->out, result, false, room);
    add_chart(&sheet->out, result, true, room);
    graft_sheet_end(sheet);
    graft_release(room);
    return GRAFT_OK;
}

static void add_figure(graft_buffer *out, const char *name, const graft_compare_figure *figure) {
    if (!isfinite(figure->value)) return;
    graft_buffer_format(out,
                        "<tr><th scope=\"row\">%s</th><td class=\"n\">%+.2f points</td><td>%+.2f to %+.2f</td>"
                        "<td class=\"n\">%.2g</td></tr>\n",
                        name, 100 * figure->value, 100 * figure->interval95[0], 100 * figure->interval95[1], figure->p);
}

static void add_factors(graft_buffer *out, const graft_compare_factors *factors, const char *over, const char *slope) {
    if (!factors->with) return;
    graft_buffer_format(out, "<h3>Over %s: %s less %s</h3>\n", over, factors->with, factors->without);
    graft_buffer_text(
        out,
        "<div class=\"scroll\"><table class=\"data compare\"><thead><tr><th>factor</th><th class=\"n\">difference</th>"
        "<th>95 % interval</th><th class=\"n\">p</th></tr></thead><tbody>\n");
    add_figure(out, "higher start", &factors->start);
    add_figure(out, slope, &factors->slope);
    add_figure(out, "higher asymptote", &factors->asymptote);
    graft_buffer_text(out, "</tbody></table></div>\n");
}

/* Without two arms to compare there are none. */
static void add_all_factors(graft_sheet *sheet, const graft_compare_result *result) {
    if (!result->by_size.with && !result->by_epoch.with) return;
    graft_sheet_begin(sheet, "factors", "Factors", "Start, slope, asymptote");
    add_factors(&sheet->out, &result->by_size, "training samples", "higher slope, a doubling");
    add_factors(&sheet->out, &result->by_epoch, "epochs", "higher slope, an epoch");
    graft_sheet_end(sheet);
}

static void add_findings(graft_sheet *sheet, const char *id, const char *link, const char *title, const char *yes,
                         const graft_compare_finding *findings, size_t count) {
    graft_buffer *out = &sheet->out;
    if (count == 0) return;
    graft_sheet_begin(sheet, id, link, title);
    graft_buffer_text(out, "<div class=\"scroll\"><table class=\"data compare told\"><tbody>\n");
    for (size_t i = 0; i < count; i++) {
        const graft_compare_finding *one = &findings[i];
        const bool found = one->state == GRAFT_COMPARE_YES;
        graft_buffer_format(out, "<tr%s><th scope=\"row\">%s</th><td>%s</td><td class=\"n\">",
                            found ? " class=\"chosen\"" : "", one->name,
                            found ? yes : graft_compare_state_name(one->state));
        if (isfinite(one->effect.value)) graft_buffer_format(out, "%+.2f points", 100 * one->effect.value);
        graft_buffer_text(out, "</td><td class=\"words\">");
        graft_html_text(out, one->text);
        graft_buffer_text(out, "</td></tr>\n");
    }
    graft_buffer_text(out, "</tbody></table></div>\n");
    graft_sheet_end(sheet);
}

graft_status graft_compare_page_write(const graft_compare_result *result, const char *path) {
    graft_sheet sheet;
    graft_sheet_open(&sheet, graft_path_name(result->data));
    add_verdict(&sheet.out, result);
    graft_sheet_navigation(&sheet);
    add_arms(&sheet, result);
    graft_status status = add_charts(&sheet, result);
    add_all_factors(&sheet, result);
    add_findings(&sheet, "causes", "Causes", "Causes, checked one by one", "cause", result->causes,
                 result->cause_count);
    add_findings(&sheet, "remedies", "Remedies", "Remedies, tried on the same folds", "helps", result->remedies,
                 result->remedy_count);
    if (status == GRAFT_OK) return graft_sheet_write(&sheet, path);
    graft_sheet_clear(&sheet);
    return status;
}
