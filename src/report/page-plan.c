/* The plan with its reasons, and the cuts that were tried. */
#include "report/page-internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void graft_page_plan(graft_page *page) {
    graft_buffer *out = &page->out;
    graft_page_begin(page, "plan", "Plan");
    graft_buffer_text(
        out, "<div class=\"scroll\"><table class=\"data plan\"><thead><tr><th>what</th><th>choice</th><th>reason</th>"
             "</tr></thead><tbody>\n");
    for (size_t i = 0; i < graft_run_decision_count(page->run); i++) {
        const graft_decision *decision = graft_run_decision(page->run, i);
        graft_buffer_text(out, "<tr><th scope=\"row\">");
        graft_html_text(out, decision->what);
        graft_buffer_text(out, "</th><td><code>");
        graft_html_text(out, decision->choice);
        graft_buffer_text(out, "</code></td><td>");
        graft_html_text(out, decision->reason);
        graft_buffer_text(out, "</td></tr>\n");
    }
    graft_buffer_text(out, "</tbody></table></div>\n");
    graft_page_end(page);
}

/* The best candidate of the layer of candidate `index`, when `index` is the layer's first; else NULL. */
static const graft_candidate *best_of_layer(const graft_run *run, size_t index) {
    const graft_candidate *first = graft_run_candidate(run, index), *best = first;
    for (size_t i = 0; i < graft_run_candidate_count(run); i++) {
        const graft_candidate *other = graft_run_candidate(run, i);
        if (strcmp(other->layer, first->layer) != 0) continue;
        if (i < index) return NULL;
        if (other->chosen || (!best->chosen && other->accuracy > best->accuracy)) best = other;
    }
    return best;
}

enum { DOTS_LEFT = 250, DOTS_WIDTH = 460, DOTS_ROW = 30 };

typedef struct dot_axis {
    double low, high, step; /* of the ticks */
} dot_axis;

static double place(const dot_axis *axis, double value) {
    double share = (value - axis->low) / (axis->high - axis->low);
    if (!(share > 0)) share = 0;
    return DOTS_LEFT + DOTS_WIDTH * (share < 1 ? share : 1);
}

/* The range of all whiskers, rounded outwards to ticks of which there are at most seven. */
static dot_axis find_axis(const graft_run *run) {
    static const double steps[] = {0.01, 0.02, 0.05, 0.1, 0.2};
    dot_axis axis = {1, 0, 0};
    for (size_t i = 0; i < graft_run_candidate_count(run); i++) {
        const graft_candidate *candidate = best_of_layer(run, i);
        if (!candidate || !isfinite(candidate->accuracy)) continue;
        double spread = isfinite(candidate->deviation) ? candidate->deviation : 0;
        axis.low = fmin(axis.low, candidate->accuracy - spread);
        axis.high = fmax(axis.high, candidate->accuracy + spread);
    }
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        axis.step = steps[i];
        if ((axis.high - axis.low) / axis.step <= 5) break;
    }
    axis.low = fmax(0, axis.step * floor(axis.low / axis.step));
    axis.high = fmin(1, axis.step * ceil(axis.high / axis.step));
    if (!(axis.high > axis.low)) axis.high = axis.low + axis.step;
    return axis;
}

static void add_dot(graft_buffer *out, const dot_axis *axis, int row, const graft_candidate *candidate) {
    double y = 16 + row * DOTS_ROW, spread = isfinite(candidate->deviation) ? candidate->deviation : 0;
    char name[64];
    /* Long layer names keep their end, where they differ. */
    size_t length = strlen(candidate->layer);
    snprintf(name, sizeof name, "%s%s", length > 30 ? "..." : "",
             length > 30 ? candidate->layer + length - 27 : candidate->layer);
    graft_buffer_format(out, "<text x=\"%d\" y=\"%.0f\" text-anchor=\"end\"%s>", DOTS_LEFT - 14, y + 5,
                        candidate->chosen ? " class=\"chosen\"" : "");
    graft_html_text(out, name);
    graft_buffer_format(
        out,
        "</text><path class=\"whisker\" d=\"M%.1f %.0fH%.1f\"/><circle class=\"%s\" cx=\"%.1f\" cy=\"%.0f\" "
        "r=\"6\"/><text class=\"value\" x=\"%d\" y=\"%.0f\">%.1f %%</text>\n",
        place(axis, candidate->accuracy - spread), y, place(axis, candidate->accuracy + spread),
        candidate->chosen ? "own" : "other", place(axis, candidate->accuracy), y, DOTS_LEFT + DOTS_WIDTH + 16, y + 5,
        100 * candidate->accuracy);
}

static void add_dots(graft_page *page) {
    graft_buffer *out = &page->out;
    size_t count = graft_run_candidate_count(page->run);
    int rows = 0, row = 0;
    for (size_t i = 0; i < count; i++)
        rows += best_of_layer(page->run, i) != NULL;
    dot_axis axis = find_axis(page->run);
    graft_buffer_format(out,
                        "<div class=\"scroll\"><svg class=\"chart\" viewBox=\"0 0 800 %d\" role=\"img\" "
                        "aria-label=\"cross-validated accuracy by layer\">\n",
                        44 + rows * DOTS_ROW);
    int ticks = (int)((axis.high - axis.low) / axis.step + 1.5);
    for (int i = 0; i < ticks; i++) {
        double value = axis.low + axis.step * i, x = place(&axis, value);
        graft_buffer_format(
            out, "<path class=\"grid\" d=\"M%.1f 4V%d\"/><text class=\"tick\" x=\"%.1f\" y=\"%d\">%.0f %%</text>\n", x,
            8 + rows * DOTS_ROW, x, 28 + rows * DOTS_ROW, 100 * value);
    }
    for (size_t i = 0; i < count; i++) {
        const graft_candidate *candidate = best_of_layer(page->run, i);
        if (candidate) add_dot(out, &axis, row++, candidate);
    }
    graft_buffer_text(out, "</svg></div>\n");
}

void graft_page_candidates(graft_page *page) {
    graft_buffer *out = &page->out;
    size_t count = graft_run_candidate_count(page->run);
    graft_page_begin(page, "layers", "Layers tried");
    if (count == 0) {
        graft_buffer_text(out, "<p class=\"hint\">The layer was given; nothing was compared.</p>\n");
        graft_page_end(page);
        return;
    }
    graft_buffer_text(
        out, "<p class=\"hint\">Mean accuracy over the folds of a cross-validation inside the training pictures, with "
             "one standard deviation; each layer with its best regularisation.</p>\n");
    add_dots(page);
    graft_buffer_format(
        out,
        "<details><summary>All %zu tries</summary><div class=\"scroll\"><table class=\"data\"><thead><tr>"
        "<th>layer</th><th class=\"n\">C</th><th class=\"n\">accuracy</th><th class=\"n\">deviation</th>"
        "<th></th></tr></thead><tbody>\n",
        count);
    for (size_t i = 0; i < count; i++) {
        const graft_candidate *candidate = graft_run_candidate(page->run, i);
        graft_buffer_format(out, "<tr%s><th scope=\"row\">", candidate->chosen ? " class=\"chosen\"" : "");
        graft_html_text(out, candidate->layer);
        graft_buffer_format(out, "</th><td class=\"n\">%g</td><td class=\"n\">", candidate->c);
        graft_html_number(out, candidate->accuracy, 4);
        graft_buffer_text(out, "</td><td class=\"n\">");
        graft_html_number(out, candidate->deviation, 4);
        graft_buffer_format(out, "</td><td>%s</td></tr>\n", candidate->chosen ? "chosen" : "");
    }
    graft_buffer_text(out, "</tbody></table></div></details>\n");
    graft_page_end(page);
}
