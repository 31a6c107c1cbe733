/* The plan with its reasons, and the cuts that were tried. */
#include "report/page-internal.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

void graft_page_plan(graft_page *page) {
    graft_buffer *out = &page->sheet.out;
    graft_sheet_begin(&page->sheet, "plan", "Plan", "Plan");
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
    graft_sheet_end(&page->sheet);
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

/* Room for a row a layer. */
typedef struct dots {
    const char **name;
    double *value, *low, *high;
    size_t count, chosen; /* chosen: 1 + the row of the layer that was; 0: none */
} dots;

static void gather(const graft_run *run, dots *out) {
    for (size_t i = 0; i < graft_run_candidate_count(run); i++) {
        const graft_candidate *best = best_of_layer(run, i);
        if (!best) continue;
        double spread = isfinite(best->deviation) ? best->deviation : (double)NAN;
        out->name[out->count] = best->layer;
        out->value[out->count] = best->accuracy;
        out->low[out->count] = best->accuracy - spread;
        out->high[out->count] = best->accuracy + spread;
        out->count++;
        if (best->chosen) out->chosen = out->count;
    }
}

static void add_dots(graft_page *page) {
    size_t most = graft_run_candidate_count(page->run);
    double *room = graft_allocate(most, 3 * sizeof(*room));
    const char **name = graft_allocate(most, sizeof(*name));
    dots found = {.name = name};
    if (room && name) {
        found.value = room;
        found.low = room + most;
        found.high = room + 2 * most;
        gather(page->run, &found);
        const graft_chart_series series = {
            .name = "accuracy", .y = found.value, .low = found.low, .high = found.high, .count = found.count};
        graft_chart_add(&page->sheet.out, &(graft_chart){.kind = GRAFT_CHART_DOTS,
                                                         .title = "Cross-validated accuracy by layer",
                                                         .y_name = "accuracy",
                                                         .category = found.name,
                                                         .category_count = found.count,
                                                         .series = &series,
                                                         .series_count = 1,
                                                         .percent = true,
                                                         .marked = found.chosen});
    } else {
        page->sheet.out.failed = GRAFT_E_MEMORY;
    }
    graft_release(room);
    graft_release(name);
}

void graft_page_candidates(graft_page *page) {
    graft_buffer *out = &page->sheet.out;
    size_t count = graft_run_candidate_count(page->run);
    graft_sheet_begin(&page->sheet, "layers", "Layers", "Layers tried");
    if (count == 0) {
        graft_buffer_text(out, "<p class=\"hint\">The layer was given; nothing was compared.</p>\n");
        graft_sheet_end(&page->sheet);
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
    graft_sheet_end(&page->sheet);
}
