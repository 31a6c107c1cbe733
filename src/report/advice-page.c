/* The page of advice: what was measured, the matrix and the data's place in it, the strategies and the chosen one. */
#include <graft/report.h>

#include "base/alloc.h"
#include "base/error.h"
#include "report/advice-words.h"
#include "report/sheet.h"

#include <math.h>

static void add_header(graft_buffer *out, const graft_advice *advice, const char *title) {
    graft_buffer words;
    graft_buffer_init(&words, 0);
    graft_advice_add_verdict(&words, advice);
    graft_buffer_text(out, "<header><p class=\"kicker\">How much of the network should learn?</p><h1>");
    graft_html_text(out, title);
    graft_buffer_format(out, "</h1><p class=\"verdict %s\">", words.length > 0 ? "good" : "warn");
    graft_html_text(out, words.length > 0 ? words.data : "no network was given, so that nothing is advised");
    graft_buffer_text(out, ".</p>\n<p class=\"hint\">");
    graft_html_text(out, advice->reason);
    graft_buffer_format(out, ".</p>\n<p class=\"hint\">%zu pictures to train, %zu to validate, %zu to test, in %zu ",
                        advice->train, advice->validation, advice->test, advice->classes);
    graft_buffer_format(out, "classes of %zu to %zu training pictures.</p></header>\n", advice->smallest,
                        advice->largest);
    if (words.failed && !out->failed) out->failed = words.failed;
    graft_buffer_clear(&words);
}

static void add_cell(graft_buffer *out, const graft_advice *advice, graft_advice_size size,
                     graft_advice_likeness likeness) {
    const bool here = size == advice->size && likeness == advice->likeness;
    graft_buffer_text(out, here ? "<td class=\"here\" aria-current=\"true\">" : "<td>");
    graft_html_text(out, graft_advice_cell(size, likeness));
    graft_buffer_text(out, here ? " <small>this data</small></td>" : "</td>");
}

static void add_matrix(graft_sheet *sheet, const graft_advice *advice) {
    static const char *const ranges[] = {"fewer than 100 a class", "fewer than 5000", "5000 and more"};
    graft_buffer *out = &sheet->out;
    graft_sheet_begin(sheet, "matrix", "Matrix", "Size and likeness");
    graft_buffer_text(out, "<p class=\"hint\">What learns (<code>--fine-tune</code>) by the size of the data and by "
                           "how much of it the network knows already: similar is where a head on frozen features comes "
                           "at least 70&#8239;% of the way from guessing to always being right.</p>\n"
                           "<div class=\"scroll\"><table class=\"data advice\"><thead><tr><th>training pictures</th>"
                           "<th>similar</th><th>different</th></tr></thead><tbody>\n");
    for (int size = GRAFT_ADVICE_SMALL; size <= GRAFT_ADVICE_LARGE; size++) {
        const bool row = size == (int)advice->size;
        graft_buffer_format(out, "<tr%s><th scope=\"row\">%s <small>%s</small></th>", row ? " class=\"chosen\"" : "",
                            graft_advice_size_name((graft_advice_size)size), ranges[size]);
        add_cell(out, advice, (graft_advice_size)size, GRAFT_ADVICE_SIMILAR);
        add_cell(out, advice, (graft_advice_size)size, GRAFT_ADVICE_DIFFERENT);
        graft_buffer_text(out, "</tr>\n");
    }
    graft_buffer_text(out, "</tbody></table></div>\n");
    if (advice->likeness == GRAFT_ADVICE_UNKNOWN)
        graft_buffer_text(out, "<p class=\"hint\">How alike the data is to what the network knows is not known: its "
                               "row is marked, the column is not.</p>\n");
    graft_sheet_end(sheet);
}

static void add_distance(graft_buffer *out, const graft_advice_domain *domain) {
    if (!isfinite(domain->mmd2)) return;
    graft_buffer_format(out,
                        "<h3>Distance</h3>\n<dl><dt>MMD</dt><dd>%.4f; 95&#8239;%% of random divisions of the same "
                        "pictures stay below %.4f (p %.3f)</dd>",
                        sqrt(fmax(domain->mmd2, 0)), sqrt(fmax(domain->null95, 0)), domain->p_value);
    if (isfinite(domain->cka))
        graft_buffer_format(out, "<dt>CKA</dt><dd>%.4f; 95&#8239;%% of random divisions stay above %.4f (p %.3f)</dd>",
                            domain->cka, domain->cka_null5, domain->cka_p_value);
    graft_buffer_format(out,
                        "</dl>\n<p class=\"hint\">From %zu of these pictures to the %zu that the network's file keeps "
                        "of what it learned from. The distance decides nothing.</p>\n",
                        domain->own, domain->source);
}

static void add_measured(graft_sheet *sheet, const graft_advice *advice) {
    enum { BARS = 4 };
    const char *const names[BARS] = {"head on frozen features", "nearest neighbours", "raw pixels, nearest neighbours",
                                     "largest class"};
    const double values[BARS] = {advice->accuracy, advice->knn, advice->pixels, advice->majority};
    const char *category[BARS];
    double y[BARS], low[BARS], high[BARS];
    size_t count = 0;
    for (int i = 0; i < BARS; i++) {
        if (!isfinite(values[i])) continue;
        category[count] = names[i];
        y[count] = values[i];
        low[count] = i == 0 ? advice->interval95[0] : (double)NAN;
        high[count++] = i == 0 ? advice->interval95[1] : (double)NAN;
    }
    if (count == 0) return;
    const graft_chart_series series = {
        .name = "accuracy", .tone = "own", .y = y, .low = low, .high = high, .count = count};
    graft_sheet_begin(sheet, "measured", "Measured", "What was measured");
    graft_chart_add(&sheet->out, &(graft_chart){.kind = GRAFT_CHART_BARS,
                                                .title = "Accuracy on pictures held back",
                                                .y_name = "accuracy",
                                                .category = category,
                                                .category_count = count,
                                                .series = &series,
                                                .series_count = 1,
                                                .percent = true,
                                                .highest = 1});
    add_distance(&sheet->out, &advice->domain);
    if (isfinite(advice->images_per_second))
        graft_buffer_format(&sheet->out, "<p class=\"hint\">%.0f pictures a second through the frozen network.</p>\n",
                            advice->images_per_second);
    graft_sheet_end(sheet);
}

static void add_strategy(graft_buffer *out, const graft_advice_strategy *row, graft_strategy which) {
    graft_buffer_format(out, "<tr%s><th scope=\"row\">%s%s</th><td>", row->chosen ? " class=\"chosen\"" : "",
                        graft_advice_strategy_words(which), row->chosen ? " <small>advised</small>" : "");
    graft_html_text(out, row->fine_tune);
    graft_buffer_text(out, "</td><td>");
    graft_html_text(out, row->layer);
    graft_buffer_text(out, "</td><td class=\"n\">");
    graft_html_percent(out, row->accuracy);
    if (isfinite(row->deviation)) graft_buffer_format(out, " <small>&plusmn; %.1f</small>", 100 * row->deviation);
    graft_buffer_text(out, "</td>");
    if (row->epochs > 0)
        graft_buffer_format(out, "<td class=\"n\">%lld</td><td class=\"n\">%u</td><td class=\"n\">%g</td>",
                            (long long)row->trainable, row->epochs, row->rate);
    else
        graft_buffer_text(out, "<td class=\"n\">&ndash;</td><td class=\"n\">&ndash;</td><td class=\"n\">&ndash;</td>");
    graft_buffer_text(out, "<td class=\"n\">");
    graft_html_seconds(out, row->seconds);
    graft_buffer_text(out, "</td></tr>\n");
}

static void add_strategies(graft_sheet *sheet, const graft_advice *advice) {
    graft_buffer *out = &sheet->out;
    if (advice->strategy >= GRAFT_STRATEGY_COUNT) return;
    graft_sheet_begin(sheet, "strategies", "Strategies", "Strategies");
    graft_buffer_text(out, "<div class=\"scroll\"><table class=\"data\"><thead><tr><th>strategy</th><th>what learns"
                           "</th><th>layer</th><th class=\"n\">cross-validated</th><th class=\"n\">parameters</th>"
                           "<th class=\"n\">epochs</th><th class=\"n\">rate</th><th class=\"n\">time, about</th></tr>"
                           "</thead><tbody>\n");
    for (int i = 0; i < GRAFT_STRATEGY_COUNT; i++)
        if (advice->strategies[i].possible) add_strategy(out, &advice->strategies[i], (graft_strategy)i);
    graft_buffer_text(out, "</tbody></table></div>\n");
    graft_sheet_end(sheet);
}

static void add_decisions(graft_sheet *sheet, const graft_advice *advice) {
    graft_buffer *out = &sheet->out;
    if (!advice->run || graft_run_decision_count(advice->run) == 0) return;
    graft_sheet_begin(sheet, "plan", "Plan", "What training would do, and why");
    graft_buffer_text(out, "<table class=\"data plan\"><thead><tr><th>what</th><th>choice</th><th>why</th></tr></thead>"
                           "<tbody>\n");
    for (size_t i = 0; i < graft_run_decision_count(advice->run); i++) {
        const graft_decision *decision = graft_run_decision(advice->run, i);
        graft_buffer_text(out, "<tr><th scope=\"row\">");
        graft_html_text(out, decision->what);
        graft_buffer_text(out, "</th><td>");
        graft_html_text(out, decision->choice);
        graft_buffer_text(out, "</td><td>");
        graft_html_text(out, decision->reason);
        graft_buffer_text(out, "</td></tr>\n");
    }
    graft_buffer_text(out, "</tbody></table>\n");
    graft_sheet_end(sheet);
}

graft_status graft_advice_page_write(const graft_advice *advice, const char *title, const char *path) {
    graft_sheet sheet;
    graft_sheet_open(&sheet, title);
    add_header(&sheet.out, advice, title);
    graft_sheet_navigation(&sheet);
    add_matrix(&sheet, advice);
    add_measured(&sheet, advice);
    add_strategies(&sheet, advice);
    add_decisions(&sheet, advice);
    return graft_sheet_write(&sheet, path);
}
