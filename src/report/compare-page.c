/* The page of a comparison: verdict, arms, curves of all arms, factors, causes and remedies. Figures are gathered into
 * charts here and drawn elsewhere. */
#include "report/page-internal.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "report/curve.h"

#include <math.h>

enum { PAGE_BYTES_MAX = 16 * 1024 * 1024, CURVES = 8 };

static void begin(graft_buffer *out, const char *id, const char *title) {
    graft_buffer_format(out, "<section id=\"%s\"><h2>%s</h2>\n", id, title);
}

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
    graft_buffer_format(out,
                        "</p><p class=\"hint\">%zu samples of %zu classes, %zu folds; always answering the largest ",
                        result->n, result->classes, result->folds);
    graft_buffer_text(out, "class reaches ");
    graft_html_percent(out, result->majority);
    graft_buffer_text(out, ".</p></header>\n");
}

static void add_arms(graft_buffer *out, const graft_compare_result *result) {
    begin(out, "arms", "Arms");
    graft_buffer_text(out, "<div class=\"scroll\"><table class=\"data\"><thead><tr><th>arm</th><th>accuracy</th>"
                           "<th>95 % interval</th><th>what</th><th>time</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < result->arm_count; i++) {
        const graft_compare_arm *arm = &result->arms[i];
        graft_buffer_format(out, "<tr><th scope=\"row\">%s</th><td class=\"n\">", arm->name);
        graft_html_percent(out, arm->accuracy);
        graft_buffer_text(out, "</td><td>");
        add_interval(out, arm->interval95);
        graft_buffer_text(out, "</td><td>");
        graft_html_text(out, arm->what);
        graft_buffer_text(out, "</td><td class=\"n\">");
        graft_html_seconds(out, arm->seconds);
        graft_buffer_text(out, "</td></tr>\n");
    }
    graft_buffer_text(out, "</tbody></table></div></section>\n");
}

/* One chart of the arms that have such a curve; `y` has room for all of them. */
static void add_chart(graft_buffer *out, const graft_compare_result *result, bool epochs, double *room) {
    graft_curve curves[CURVES];
    size_t points = 0, count = 0;
    double *x = room;
    for (size_t i = 0; i < result->arm_count && count < CURVES; i++) {
        const graft_compare_arm *arm = &result->arms[i];
        const graft_compare_point *curve = epochs ? arm->epochs : arm->sizes;
        const size_t length = epochs ? arm->epoch_count : arm->size_count;
        if (length < 2) continue;
        points = length;
        double *y = room + ++count * length;
        for (size_t p = 0; p < length; p++) {
            x[p] = curve[p].x;
            y[p] = curve[p].accuracy;
        }
        curves[count - 1] = (graft_curve){arm->name, arm->name, y};
    }
    if (count == 0) return;
    const char *title = epochs ? "Accuracy by epochs" : "Accuracy by training samples";
    const graft_curve_chart chart = {.label = title,
                                     .x = x,
                                     .count = points,
                                     .curves = curves,
                                     .curve_count = count,
                                     .share = true,
                                     .mark = (double)NAN};
    graft_buffer_format(out, "<h3>%s</h3>\n<div class=\"scroll\">", title);
    graft_curve_svg(out, &chart);
    graft_buffer_text(out, "</div>\n");
}

static graft_status add_charts(graft_buffer *out, const graft_compare_result *result) {
    size_t longest = 1;
    for (size_t i = 0; i < result->arm_count; i++) {
        if (result->arms[i].epoch_count > longest) longest = result->arms[i].epoch_count;
        if (result->arms[i].size_count > longest) longest = result->arms[i].size_count;
    }
    double *room = graft_allocate(longest, (CURVES + 1) * sizeof(*room));
    if (!room) return graft_fail_memory("a chart");
    begin(out, "curves", "Learning curves");
    graft_buffer_text(out,
                      "<p class=\"hint\">On what each fold holds out, mean over folds. Blue: with pretrained weights. "
                      "Epoch 0 is before the first step.</p>\n");
    add_chart(out, result, false, room);
    add_chart(out, result, true, room);
    graft_buffer_text(out, "</section>\n");
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
    graft_buffer_text(out, "<div class=\"scroll\"><table class=\"data\"><thead><tr><th>factor</th><th>difference</th>"
                           "<th>95 % interval</th><th>p</th></tr></thead><tbody>\n");
    add_figure(out, "higher start", &factors->start);
    add_figure(out, slope, &factors->slope);
    add_figure(out, "higher asymptote", &factors->asymptote);
    graft_buffer_text(out, "</tbody></table></div>\n");
}

static void add_findings(graft_buffer *out, const char *id, const char *title, const char *yes,
                         const graft_compare_finding *findings, size_t count) {
    if (count == 0) return;
    begin(out, id, title);
    graft_buffer_text(out, "<div class=\"scroll\"><table class=\"data\"><tbody>\n");
    for (size_t i = 0; i < count; i++) {
        const graft_compare_finding *one = &findings[i];
        const bool found = one->state == GRAFT_COMPARE_YES;
        graft_buffer_format(out, "<tr%s><th scope=\"row\">%s</th><td>%s</td><td class=\"n\">",
                            found ? " class=\"chosen\"" : "", one->name,
                            found ? yes : graft_compare_state_name(one->state));
        if (isfinite(one->effect.value)) graft_buffer_format(out, "%+.2f points", 100 * one->effect.value);
        graft_buffer_text(out, "</td><td>");
        graft_html_text(out, one->text);
        graft_buffer_text(out, "</td></tr>\n");
    }
    graft_buffer_text(out, "</tbody></table></div></section>\n");
}

graft_status graft_compare_page_write(const graft_compare_result *result, const char *path) {
    graft_buffer out;
    char *text = NULL;
    size_t length = 0;
    graft_buffer_init(&out, PAGE_BYTES_MAX);
    graft_page_head(&out, graft_path_name(result->data));
    add_verdict(&out, result);
    add_arms(&out, result);
    graft_status status = add_charts(&out, result);
    if (status == GRAFT_OK) {
        begin(&out, "factors", "Start, slope, asymptote");
        add_factors(&out, &result->by_size, "training samples", "higher slope, a doubling");
        add_factors(&out, &result->by_epoch, "epochs", "higher slope, an epoch");
        graft_buffer_text(&out, "</section>\n");
        add_findings(&out, "causes", "Causes, checked one by one", "cause", result->causes, result->cause_count);
        add_findings(&out, "remedies", "Remedies, tried on the same folds", "helps", result->remedies,
                     result->remedy_count);
        graft_page_tail(&out);
        status = graft_buffer_take(&out, &text, &length);
    } else {
        graft_buffer_clear(&out);
    }
    if (status == GRAFT_OK) status = graft_file_write(path, text, length);
    graft_release(text);
    return status;
}
