/* The page of a classifier of series: how right it is, the series themselves with its answers, how it learned. */
#include "report/page-internal.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "report/series-drawing.h"
#include "transfer/series-internal.h"

#include <math.h>
#include <stdio.h>

/* What the drawings have in common. */
typedef struct scene {
    const graft_series_outcome *outcome;
    const graft_drawing_choice *choice; /* of the thumbnails, one each */
    size_t longest;
    double range[2]; /* of all that is drawn */
    bool common;     /* that is the height of every drawing */
} scene;

/* ---- a drawing ---- */

static char *alternative(const graft_series_outcome *outcome, const graft_series *series, const graft_thumbnail *item) {
    const graft_predictions *answers = outcome->predictions;
    const size_t channels = outcome->set->channels;
    double range[2] = {(double)NAN, (double)NAN};
    size_t missing = 0;
    for (size_t c = 0; c < channels; c++) {
        double one[2];
        graft_series_range(series, c, one, &missing);
        range[0] = fmin(range[0], one[0]);
        range[1] = fmax(range[1], one[1]);
    }
    char gaps[48] = "", many[48] = "";
    if (missing > 0) snprintf(gaps, sizeof gaps, ", %zu numbers missing", missing);
    if (channels > 1) snprintf(many, sizeof many, " of %zu channels", channels);
    return graft_text_format("%s line %zu: predicted %s with %.1f %%, is %s; %zu steps%s between %.4g and %.4g%s",
                             graft_path_name(graft_series_file(outcome->set, series)), series->line,
                             graft_predictions_class(answers, (size_t)item->predicted), 100 * (double)item->probability,
                             graft_predictions_class(answers, (size_t)item->true_class), series->length, many, range[0],
                             range[1], gaps);
}

static void draw(graft_page *page, const graft_thumbnail *item, bool with_truth) {
    const scene *self = page->drawn;
    const graft_series_set *set = self->outcome->set;
    const graft_series *series = &set->series[item->index];
    graft_buffer *out = &page->sheet.out;
    const bool missed = item->true_class != item->predicted;
    char *label = alternative(self->outcome, series, item);
    if (!label) {
        out->failed = GRAFT_E_MEMORY;
        return;
    }
    graft_buffer_text(out, "<figure>");
    graft_series_drawing(out, series, set->channels, self->longest, self->common ? self->range : NULL, missed, label);
    graft_release(label);
    graft_buffer_text(out, "<figcaption><b>");
    graft_page_class(page, (size_t)item->predicted);
    graft_buffer_text(out, "</b> ");
    graft_html_percent(out, (double)item->probability);
    if (with_truth) {
        graft_buffer_format(out, "<br><span%s>is ", missed ? " class=\"truth\"" : "");
        graft_page_class(page, (size_t)item->true_class);
        graft_buffer_text(out, "</span>");
    }
    graft_buffer_format(out, "<small>line %zu of ", series->line);
    graft_html_text(out, graft_path_name(graft_series_file(set, series)));
    graft_buffer_text(out, "</small></figcaption></figure>\n");
}

/* ---- sections ---- */

static void add_verdict(graft_page *page, const graft_series_outcome *outcome) {
    graft_buffer *out = &page->sheet.out;
    const graft_evaluation *e = page->evaluation;
    const double near = 100 * (e->accuracy - e->knn_baseline);
    const bool learned_from = outcome->part == GRAFT_SERIES_TRAIN;
    graft_standing standing = graft_page_standing(e);
    if (standing == GRAFT_STANDING_BETTER && (learned_from || near < 0)) standing = GRAFT_STANDING_UNSURE;
    graft_buffer_format(out, "<p class=\"verdict %s\">", graft_standing_tone(standing));
    if (learned_from)
        graft_buffer_text(out, "The data have no test part, so nothing is known about the accuracy on new series: ");
    graft_buffer_text(out, "<strong>");
    graft_html_percent(out, e->accuracy);
    graft_buffer_format(out, "</strong> of %zu %s series%s are labelled right", e->n, page->split,
                        learned_from       ? ", which it learned from,"
                        : outcome->trained ? ", which training never saw,"
                                           : "");
    graft_page_add_standing(page);
    if (near >= 0.05) graft_buffer_format(out, " and %.1f points more than the nearest neighbour", near);
    if (near <= -0.05) graft_buffer_format(out, ", but %.1f points less than the nearest neighbour", -near);
    graft_buffer_text(out, ".</p>\n");
}

static void add_tiles(graft_page *page, const graft_series_outcome *outcome) {
    graft_buffer *out = &page->sheet.out;
    const graft_series_result *figures = &outcome->figures;
    graft_buffer_text(out, "<div class=\"tiles\">\n<div class=\"tile\"><span>Accuracy</span><b>");
    graft_html_percent(out, page->evaluation->accuracy);
    graft_buffer_format(out,
                        "</b><small>95&#8239;%% interval %.1f to %.1f</small></div>\n"
                        "<div class=\"tile\"><span>Series</span><b>%zu</b><small>in %zu classes, %zu of them in the "
                        "test part</small></div>\n<div class=\"tile\"><span>Steps</span><b>",
                        100 * page->evaluation->interval95[0], 100 * page->evaluation->interval95[1], figures->series,
                        page->evaluation->classes, figures->tests);
    if (figures->shortest < figures->longest) graft_buffer_format(out, "%zu&ndash;", figures->shortest);
    graft_buffer_format(out,
                        "%zu</b><small>of %zu channel%s</small></div>\n<div class=\"tile\"><span>Network</span><b>%s"
                        "</b><small>%s</small></div>\n<div class=\"tile\"><span>Time</span><b>",
                        figures->longest, figures->channels, figures->channels == 1 ? "" : "s", outcome->arch->name,
                        outcome->head ? "frozen, a logistic head on its code" : "all of it a classifier");
    graft_html_seconds(out, figures->seconds);
    graft_buffer_text(out, "</b><small>all together</small></div>\n</div></header>\n");
}

static void add_accuracy(graft_page *page, const char *part) {
    graft_sheet_begin(&page->sheet, "accuracy", "Accuracy", "Accuracy");
    graft_buffer_text(&page->sheet.out,
                      "<p class=\"hint\">The whisker is the 95&#8239;% interval (Wilson): another set of as many "
                      "series would mostly land in it. The baselines are what costs no training: always answering the "
                      "largest class, and the class of the training series that is nearest by Euclid's "
                      "distance, where the data have a train part.</p>\n");
    graft_page_accuracy_chart(page, part, page->evaluation);
    graft_sheet_end(&page->sheet);
}

static void add_drawings(graft_page *page) {
    static const char *const titles[] = {"Labelled wrong", "Labelled right, but the least sure", "Labelled right"};
    const scene *self = page->drawn;
    const graft_series_set *set = self->outcome->set;
    graft_buffer *out = &page->sheet.out;
    graft_sheet_begin(&page->sheet, "series", "Series", "Series and answers");
    graft_buffer_format(
        out,
        "<p class=\"hint\">%zu of %zu %s series as they were recorded, each with the class it was given, "
        "how sure the model was, and the class it is. %s Missing numbers are gaps%s; long "
        "series keep the least and the greatest number of every column.</p>\n",
        page->thumbnails.count, page->evaluation->n, page->split,
        self->common ? "All have one height." : "Each fills its height.",
        graft_series_shortest(set) < self->longest ? ", short series end early" : "");
    for (size_t i = 0; i < page->thumbnails.count; i++) {
        const bool first = i == 0 || self->choice[i].kind != self->choice[i - 1].kind;
        if (first)
            graft_buffer_format(out, "%s<h3>%s</h3>\n<div class=\"gallery wide\">\n", i == 0 ? "" : "</div>\n",
                                titles[self->choice[i].kind]);
        draw(page, &page->thumbnails.item[i], true);
    }
    if (page->thumbnails.count > 0) graft_buffer_text(out, "</div>\n");
    graft_sheet_end(&page->sheet);
}

static void add_curve(graft_buffer *out, const char *title, bool share, const double *x, const double *y,
                      size_t count) {
    const graft_chart_series curve = {.name = "training", .tone = "own", .x = x, .y = y, .count = count};
    graft_chart_add(out, &(graft_chart){.kind = GRAFT_CHART_LINES,
                                        .title = title,
                                        .x_name = "epoch",
                                        .y_name = share ? "accuracy" : "loss",
                                        .series = &curve,
                                        .series_count = 1,
                                        .percent = share});
}

static graft_status add_history(graft_page *page, const graft_history *history) {
    const size_t count = history->count;
    if (count == 0) return GRAFT_OK;
    double *x = graft_allocate(count, 3 * sizeof *x);
    if (!x) return graft_fail_memory("a chart");
    double *accuracy = x + count, *loss = accuracy + count;
    for (size_t i = 0; i < count; i++) {
        x[i] = history->epochs[i].epoch;
        accuracy[i] = history->epochs[i].accuracy;
        loss[i] = history->epochs[i].loss;
    }
    graft_sheet_begin(&page->sheet, "training", "Training", "Training");
    graft_buffer_text(&page->sheet.out,
                      "<p class=\"hint\">Of the series that train, taken as training runs. The weights of the epoch "
                      "with the least loss are kept; the test part is looked at once, at the end.</p>\n");
    add_curve(&page->sheet.out, "Accuracy by epoch", true, x, accuracy, count);
    add_curve(&page->sheet.out, "Loss by epoch", false, x, loss, count);
    graft_sheet_end(&page->sheet);
    graft_release(x);
    return GRAFT_OK;
}

static void add_row(graft_buffer *out, const char *name, const char *value) {
    if (!value) return;
    graft_buffer_format(out, "<dt>%s</dt><dd>", name);
    graft_html_text(out, value);
    graft_buffer_text(out, "</dd>\n");
}

static void add_preparation(graft_buffer *out, const graft_series_outcome *outcome) {
    const graft_series_preparation *how = &outcome->how;
    graft_buffer_text(out, "<dt>Preparation</dt><dd>");
    if (how->window > 0)
        graft_buffer_format(out, "windows of %zu steps, one each %zu; ", how->window,
                            how->stride > 0 ? how->stride : how->window);
    if (how->length > 0) graft_buffer_format(out, "resampled to %zu steps; ", how->length);
    if (outcome->spec.resampled)
        graft_buffer_format(out, "resampled to %lld steps, being of several lengths; ", (long long)outcome->spec.steps);
    graft_buffer_format(out, "%s; %zu numbers filled in, %zu channels that do not vary</dd>\n",
                        how->raw ? "numbers as they are" : "each series' channels z-normalised",
                        outcome->figures.missing, outcome->figures.constant);
}

static void add_run(graft_page *page, const graft_series_outcome *outcome) {
    graft_buffer *out = &page->sheet.out;
    graft_sheet_begin(&page->sheet, "run", "Run", "Run");
    graft_buffer_text(out, "<dl>\n");
    add_row(out, "Data", outcome->set->path);
    add_row(out, "Model", outcome->model);
    add_row(out, "Began with", outcome->base);
    add_row(out, "Network", outcome->arch->help);
    add_preparation(out, outcome);
    graft_page_machine(page);
    graft_buffer_text(out, "</dl>\n");
    graft_sheet_end(&page->sheet);
}

/* ---- the page ---- */

static void measure_range(scene *self, const graft_thumbnails *items) {
    const graft_series_set *set = self->outcome->set;
    self->longest = graft_series_longest(set);
    self->common = self->outcome->how.raw && set->channels == 1;
    self->range[0] = self->range[1] = (double)NAN;
    for (size_t i = 0; self->common && i < items->count; i++) {
        double one[2];
        size_t missing = 0;
        graft_series_range(&set->series[items->item[i].index], 0, one, &missing);
        self->range[0] = fmin(self->range[0], one[0]);
        self->range[1] = fmax(self->range[1], one[1]);
    }
}

/* What is drawn, as the sections that pages share take it. */
static graft_status choose(graft_page *page, graft_drawing_choice *choice) {
    size_t count;
    GRAFT_TRY(graft_drawings_choose(page->predictions, choice, &count));
    page->thumbnails.item = graft_allocate_zero(count, sizeof *page->thumbnails.item);
    if (!page->thumbnails.item) return graft_fail_memory("drawings");
    for (size_t i = 0; i < count; i++)
        page->thumbnails.item[i] =
            (graft_thumbnail){.index = graft_predictions_sample(page->predictions, choice[i].row),
                              .true_class = choice[i].label,
                              .predicted = choice[i].predicted,
                              .probability = (float)choice[i].probability};
    page->thumbnails.count = count;
    return GRAFT_OK;
}

graft_status graft_series_page_write(graft_context *context, const graft_series_outcome *outcome, const char *path) {
    static const char *const splits[] = {"measured", "training", "test"};
    static const char *const parts[] = {"All of it", "Train part", "Test part"};
    graft_drawing_choice choice[GRAFT_DRAWINGS_MOST];
    scene drawn = {.outcome = outcome, .choice = choice};
    graft_page page = {.context = context,
                       .one = "series",
                       .many = "series",
                       .draw = draw,
                       .drawn = &drawn,
                       .evaluation = outcome->evaluation,
                       .predictions = outcome->predictions,
                       .split = splits[outcome->part]};
    if (!outcome->evaluation)
        return graft_fail(GRAFT_E_USAGE, "%s: predictions without an evaluation, expected what was trained or measured",
                          path);
    GRAFT_TRY(choose(&page, choice));
    measure_range(&drawn, &page.thumbnails);
    graft_sheet_open(&page.sheet, graft_path_name(outcome->set->path));
    graft_buffer_format(&page.sheet.out, "<header><p class=\"kicker\">graft series %s</p><h1>",
                        outcome->trained ? "train" : "evaluate");
    graft_html_text(&page.sheet.out, graft_path_name(outcome->set->path));
    graft_buffer_text(&page.sheet.out, "</h1>\n");
    add_verdict(&page, outcome);
    add_tiles(&page, outcome);
    graft_sheet_navigation(&page.sheet);
    add_accuracy(&page, parts[outcome->part]);
    add_drawings(&page);
    graft_page_confusion(&page);
    graft_page_classes(&page);
    graft_page_calibration(&page);
    graft_status status = add_history(&page, &outcome->history);
    add_run(&page, outcome);
    graft_thumbnails_clear(&page.thumbnails);
    if (status == GRAFT_OK) return graft_sheet_write(&page.sheet, path);
    graft_sheet_clear(&page.sheet);
    return status;
}
