/* The verdict, the figures beside their baselines, the classes one by one. */
#include "report/page-internal.h"

#include "base/file.h"
#include "report/run-words.h"

#include <math.h>
#include <stdio.h>

graft_standing graft_page_standing(const graft_evaluation *evaluation) {
    if (evaluation->interval95[0] > evaluation->majority_baseline) return GRAFT_STANDING_BETTER;
    return evaluation->accuracy > evaluation->majority_baseline ? GRAFT_STANDING_UNSURE : GRAFT_STANDING_NO_BETTER;
}

const char *graft_standing_tone(graft_standing standing) {
    static const char *const tones[] = {"good", "warn", "bad"};
    return tones[standing];
}

void graft_page_add_standing(graft_page *page) {
    graft_buffer *out = &page->sheet.out;
    const graft_evaluation *evaluation = page->evaluation;
    const double gain = 100 * (evaluation->accuracy - evaluation->majority_baseline);
    switch (graft_page_standing(evaluation)) {
    case GRAFT_STANDING_BETTER:
        graft_buffer_format(out, ", %.0f points more than always answering the largest class", gain);
        break;
    case GRAFT_STANDING_UNSURE:
        graft_buffer_text(out, ": not surely better than always answering the largest class");
        break;
    case GRAFT_STANDING_NO_BETTER:
        graft_buffer_text(out, ": no better than always answering the largest class");
        break;
    }
}

static void add_verdict_sentence(graft_page *page) {
    graft_buffer *out = &page->sheet.out;
    const graft_evaluation *evaluation = page->evaluation;
    const bool optimistic = graft_run_is_optimistic(page->run);
    graft_standing standing = evaluation ? graft_page_standing(evaluation) : GRAFT_STANDING_NO_BETTER;
    if (standing == GRAFT_STANDING_BETTER && (evaluation->collapsed || page->check.leaking > 0 || optimistic))
        standing = GRAFT_STANDING_UNSURE;
    graft_buffer_format(out, "<p class=\"verdict %s\">", graft_standing_tone(standing));
    if (!evaluation) {
        graft_buffer_text(out, "No pictures were held back, so nothing is known about the accuracy.</p>\n");
        return;
    }
    graft_buffer_text(out, "<strong>");
    graft_html_percent(out, evaluation->accuracy);
    graft_buffer_format(out, "</strong> of %zu %s pictures%s are labelled right", evaluation->n, page->split,
                        optimistic ? "" : ", which training never saw,");
    graft_page_add_standing(page);
    double knn = 100 * (evaluation->accuracy - evaluation->knn_baseline);
    if (isfinite(knn) && knn >= 0.05) graft_buffer_format(out, " and %.1f points more than nearest neighbours", knn);
    if (isfinite(knn) && knn <= -0.05) graft_buffer_format(out, ", but %.1f points less than nearest neighbours", -knn);
    if (isfinite(knn) && fabs(knn) >= 0.05) graft_run_add_neighbours(out, page->run, evaluation);
    graft_buffer_text(out, ".");
    if (optimistic) {
        graft_buffer_text(out, " These pictures also ");
        graft_run_add_optimism(out, page->run);
        graft_buffer_text(out, ".");
    }
    if (evaluation->collapsed)
        graft_buffer_format(out, " Alarm: only %zu of %zu classes are ever predicted.", evaluation->predicted_classes,
                            evaluation->classes);
    if (page->check.leaking > 0)
        graft_buffer_format(out, " Take it with care: training saw a copy of %zu held-back picture%s.",
                            page->check.leaking, page->check.leaking == 1 ? "" : "s");
    graft_buffer_text(out, "</p>\n");
}

static void begin_tile(graft_page *page, const char *name) {
    graft_buffer_format(&page->sheet.out, "<div class=\"tile\"><span>%s</span><b>", name);
}

static void end_tile(graft_page *page, const char *remark) {
    graft_buffer_format(&page->sheet.out, "</b><small>%s</small></div>\n", remark);
}

static void add_tiles(graft_page *page) {
    graft_buffer *out = &page->sheet.out;
    const graft_evaluation *evaluation = page->evaluation;
    const graft_run_timing *time = graft_run_timing_of(page->run);
    graft_buffer_text(out, "<div class=\"tiles\">\n");
    if (evaluation) {
        begin_tile(page, "Accuracy");
        graft_html_percent(out, evaluation->accuracy);
        graft_buffer_format(out, "</b><small>95&#8239;%% interval %.1f to %.1f</small></div>\n",
                            100 * evaluation->interval95[0], 100 * evaluation->interval95[1]);
        if (isfinite(evaluation->top5)) {
            begin_tile(page, "Among the first five");
            graft_html_percent(out, evaluation->top5);
            end_tile(page, "top-5 accuracy");
        }
        begin_tile(page, "Calibration error");
        graft_html_percent(out, evaluation->ece);
        end_tile(page, "confidence against truth");
    }
    begin_tile(page, "Pictures");
    graft_buffer_format(out, "%zu", page->check.sound);
    graft_buffer_format(out, "</b><small>in %zu classes</small></div>\n", graft_dataset_class_count(page->data));
    begin_tile(page, "Time");
    graft_html_seconds(out, time->total);
    graft_buffer_format(out, "</b><small>%zu features computed, %zu cached</small></div>\n</div>\n",
                        time->features_computed, time->features_cached);
}

void graft_page_verdict(graft_page *page) {
    graft_buffer_text(&page->sheet.out, "<header><p class=\"kicker\">graft report</p><h1>");
    graft_html_text(&page->sheet.out, graft_path_name(graft_dataset_path(page->data)));
    graft_buffer_text(&page->sheet.out, "</h1>\n");
    add_verdict_sentence(page);
    add_tiles(page);
    graft_buffer_text(&page->sheet.out, "</header>\n");
}

void graft_page_accuracy_chart(graft_page *page, const char *split, const graft_evaluation *evaluation) {
    enum { MODEL, KNN, MAJORITY, ROWS };
    static const char *const names[ROWS] = {"this model", "nearest neighbours", "largest class"};
    if (!evaluation) return;
    const double nothing = (double)NAN;
    const double all[ROWS] = {evaluation->accuracy, evaluation->knn_baseline, evaluation->majority_baseline};
    const char *name[ROWS];
    double value[ROWS], low[ROWS], high[ROWS];
    size_t count = 0;
    for (int i = 0; i < ROWS; i++) {
        if (!isfinite(all[i])) continue;
        name[count] = names[i];
        value[count] = all[i];
        low[count] = i == MODEL ? evaluation->interval95[0] : nothing;
        high[count] = i == MODEL ? evaluation->interval95[1] : nothing;
        count++;
    }
    const graft_chart_series series = {.name = "accuracy", .y = value, .low = low, .high = high, .count = count};
    char title[64];
    snprintf(title, sizeof title, "%s, %zu %s", split, evaluation->n, evaluation->n == 1 ? page->one : page->many);
    graft_chart_add(&page->sheet.out, &(graft_chart){.kind = GRAFT_CHART_BARS,
                                                     .title = title,
                                                     .y_name = "accuracy",
                                                     .category = name,
                                                     .category_count = count,
                                                     .series = &series,
                                                     .series_count = 1,
                                                     .percent = true,
                                                     .marked = 1});
}

void graft_page_accuracy(graft_page *page) {
    graft_sheet_begin(&page->sheet, "accuracy", "Accuracy", "Accuracy");
    graft_buffer_text(
        &page->sheet.out,
        "<p class=\"hint\">The whisker is the 95&#8239;% interval (Wilson): another set of as many pictures would "
        "mostly land in it. The baselines are what costs no training: always answering the largest class, and the "
        "labels of the most similar training pictures");
    if (page->evaluation) graft_run_add_neighbours(&page->sheet.out, page->run, page->evaluation);
    graft_buffer_text(&page->sheet.out, ".</p>\n");
    graft_page_accuracy_chart(page, "Test", graft_run_evaluation(page->run, GRAFT_SPLIT_TEST));
    graft_page_accuracy_chart(page, "Validation", graft_run_evaluation(page->run, GRAFT_SPLIT_VALIDATION));
    if (!page->evaluation) graft_buffer_text(&page->sheet.out, "<p>No pictures were held back.</p>\n");
    graft_sheet_end(&page->sheet);
}

/* A share as a number over a faint bar; `interval` NULL: none. */
static void add_share_cell(graft_buffer *out, double share, const double *interval) {
    double width = isfinite(share) ? 100 * share : 0;
    graft_buffer_format(out, "<td class=\"share\" style=\"--w:%.1f%%\">", width);
    graft_html_number(out, share, 3);
    if (interval && isfinite(interval[0]))
        graft_buffer_format(out, " <small>(%.2f to %.2f)</small>", interval[0], interval[1]);
    graft_buffer_text(out, "</td>");
}

void graft_page_classes(graft_page *page) {
    graft_buffer *out = &page->sheet.out;
    const graft_evaluation *evaluation = page->evaluation;
    if (!evaluation) return;
    graft_sheet_begin(&page->sheet, "classes", "Classes", "Classes");
    graft_buffer_text(
        out, "<p class=\"hint\">Precision: how often the label is right when it is given. Recall: how many of the "
             "class are found. F1: their harmonic mean. In brackets the 95&#8239;% interval (Wilson).</p>\n"
             "<div class=\"scroll\"><table class=\"data\"><thead><tr><th>class</th><th class=\"n\">precision</th>"
             "<th class=\"n\">recall</th><th class=\"n\">F1</th>");
    graft_buffer_format(out, "<th class=\"n\">%s</th></tr></thead><tbody>\n", page->many);
    for (size_t i = 0; i < evaluation->classes; i++) {
        const graft_class_figures *figures = &evaluation->per_class[i];
        graft_buffer_text(out, "<tr><th scope=\"row\">");
        graft_page_class(page, i);
        graft_buffer_text(out, "</th>");
        add_share_cell(out, figures->precision, figures->precision95);
        add_share_cell(out, figures->recall, figures->recall95);
        add_share_cell(out, figures->f1, NULL);
        graft_buffer_format(out, "<td class=\"n\">%zu</td></tr>\n", figures->support);
    }
    graft_buffer_text(out, "</tbody></table></div>\n");
    graft_sheet_end(&page->sheet);
}
