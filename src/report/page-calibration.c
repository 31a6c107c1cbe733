/* How far confidence can be trusted, and what leaving the least certain pictures unanswered brings. */
#include "report/page-internal.h"

#include "base/alloc.h"
#include "stats/metrics.h"

#include <math.h>

enum { BINS = 15 }; /* as in the expected error */

typedef struct bins {
    size_t count[BINS], right[BINS];
    double confidence[BINS]; /* sums */
} bins;

static void fill_bins(const graft_predictions *predictions, bins *out) {
    const int classes = (int)graft_predictions_class_count(predictions);
    *out = (bins){0};
    for (size_t i = 0; i < graft_predictions_count(predictions); i++) {
        const float *row = graft_predictions_row(predictions, i);
        const int best = graft_argmax(row, classes);
        if (best < 0 || graft_predictions_label(predictions, i) < 0) continue;
        int bin = (int)ceil((double)row[best] * BINS) - 1;
        bin = bin < 0 ? 0 : bin >= BINS ? BINS - 1 : bin;
        out->count[bin]++;
        out->confidence[bin] += (double)row[best];
        out->right[bin] += best == graft_predictions_label(predictions, i);
    }
}

/* Points of bins that hold something, with Wilson's intervals. */
static void add_reliability(graft_page *page, const graft_predictions *predictions) {
    bins found;
    double x[BINS], y[BINS], low[BINS], high[BINS];
    size_t count = 0;
    fill_bins(predictions, &found);
    for (int i = 0; i < BINS; i++) {
        double interval[2];
        if (found.count[i] == 0) continue;
        graft_wilson_interval(found.right[i], found.count[i], interval);
        x[count] = found.confidence[i] / (double)found.count[i];
        y[count] = (double)found.right[i] / (double)found.count[i];
        low[count] = interval[0];
        high[count++] = interval[1];
    }
    const graft_chart_series series = {
        .name = "right", .tone = "own", .x = x, .y = y, .low = low, .high = high, .count = count};
    graft_chart_add(&page->sheet.out, &(graft_chart){.kind = GRAFT_CHART_LINES,
                                                     .title = "Right answers by confidence",
                                                     .x_name = "mean confidence",
                                                     .y_name = "share that is right",
                                                     .series = &series,
                                                     .series_count = 1,
                                                     .percent = true,
                                                     .percent_x = true,
                                                     .diagonal = true});
}

static void add_coverage(graft_page *page) {
    const graft_evaluation *evaluation = page->evaluation;
    const size_t count = evaluation->coverage_count;
    double *room = graft_allocate(count > 0 ? count : 1, 2 * sizeof(*room));
    if (!room) {
        page->sheet.out.failed = GRAFT_E_MEMORY;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        room[i] = evaluation->coverage[i].coverage;
        room[count + i] = evaluation->coverage[i].accuracy;
    }
    const graft_chart_series series = {.name = "accuracy", .tone = "own", .x = room, .y = room + count, .count = count};
    if (count > 0)
        graft_chart_add(&page->sheet.out, &(graft_chart){.kind = GRAFT_CHART_LINES,
                                                         .title = "Accuracy when only the surest are answered",
                                                         .x_name = "share that is answered",
                                                         .y_name = "accuracy",
                                                         .series = &series,
                                                         .series_count = 1,
                                                         .percent = true,
                                                         .percent_x = true});
    graft_release(room);
}

void graft_page_calibration(graft_page *page) {
    const graft_evaluation *evaluation = page->evaluation;
    if (!evaluation || !page->predictions) return;
    graft_sheet_begin(&page->sheet, "calibration", "Calibration", "Calibration");
    graft_buffer_text(&page->sheet.out, "<p class=\"hint\">On the dashed line confidence says how often the model is "
                                        "right; below it the model is too sure, above it too modest. The band is "
                                        "Wilson's 95&#8239;% interval. The expected error is ");
    graft_html_percent(&page->sheet.out, evaluation->ece);
    graft_buffer_text(&page->sheet.out,
                      page->run
                          ? "; <code>graft evaluate --calibrate</code> fits a temperature on other pictures.</p>\n"
                          : ".</p>\n");
    add_reliability(page, page->predictions);
    add_coverage(page);
    graft_sheet_end(&page->sheet);
}
