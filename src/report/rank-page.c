/* The page of a ranking: the rows by accuracy with their intervals, all scores, and what the scores are worth. */
#include <graft/report.h>

#include "base/alloc.h"
#include "base/error.h"
#include "report/sheet.h"

#include <math.h>
#include <string.h>

/* What the charts and tables show: names and figures, a member a row. */
typedef struct rows {
    char **name; /* "network, layer" */
    const char **label;
    double *y, *low, *high;
    size_t count;
} rows;

static void rows_clear(rows *self) {
    for (size_t i = 0; self->name && i < self->count; i++)
        graft_release(self->name[i]);
    graft_release(self->name);
    graft_release(self->label);
    graft_release(self->y);
    graft_release(self->low);
    graft_release(self->high);
}

static graft_status rows_init(rows *self, size_t count) {
    *self = (rows){.count = count};
    self->name = graft_allocate_zero(count, sizeof(*self->name));
    self->label = graft_allocate_zero(count, sizeof(*self->label));
    self->y = graft_allocate(count, sizeof(*self->y));
    self->low = graft_allocate(count, sizeof(*self->low));
    self->high = graft_allocate(count, sizeof(*self->high));
    return self->name && self->label && self->y && self->low && self->high ? GRAFT_OK : graft_fail_memory("a chart");
}

static void set(rows *self, size_t i, const char *label, const graft_rank_figure *figure) {
    self->label[i] = label;
    self->y[i] = figure->value;
    self->low[i] = figure->interval95[0];
    self->high[i] = figure->interval95[1];
}

static void add_dots(graft_buffer *out, const rows *self, const graft_chart *chart, const char *name) {
    const graft_chart_series series = {
        .name = name, .tone = "own", .y = self->y, .low = self->low, .high = self->high, .count = self->count};
    graft_chart whole = *chart;
    whole.kind = GRAFT_CHART_DOTS;
    whole.category = self->label;
    whole.category_count = self->count;
    whole.series = &series;
    whole.series_count = 1;
    graft_chart_add(out, &whole);
}

static const char *file_name(const char *base) {
    const char *slash = strrchr(base, '/');
    return slash && slash[1] ? slash + 1 : base;
}

static void add_header(graft_buffer *out, const graft_rank_result *result, const char *title) {
    const graft_rank_row *best = &result->rows[0];
    graft_buffer_text(out, "<header><p class=\"kicker\">Which network transfers best?</p><h1>");
    graft_html_text(out, title);
    graft_buffer_format(out, "</h1><p class=\"verdict %s\"><strong>", best->first >= 0.95 ? "good" : "warn");
    graft_html_text(out, file_name(best->base));
    graft_buffer_text(out, "</strong> at <strong>");
    graft_html_text(out, best->layer);
    graft_buffer_text(out, "</strong>: a logistic regression on its features is right on ");
    graft_html_percent(out, best->scores[0].value);
    graft_buffer_format(out, ". It is the first in %.0f&#8239;%% of the resamples%s.</p>\n", 100 * best->first,
                        best->first >= 0.95 ? "" : ": others may be as good");
    graft_buffer_format(out,
                        "<p class=\"hint\">%zu pictures of %zu classes, cross-validated over %zu folds; always "
                        "answering the largest class reaches ",
                        result->n, result->classes, result->folds);
    graft_html_percent(out, result->baseline);
    graft_buffer_text(out, ".</p></header>\n");
}

static void add_table(graft_buffer *out, const graft_rank_result *result) {
    graft_buffer_text(out, "<div class=\"scroll\"><table class=\"data\"><thead><tr><th>network</th><th>layer</th>"
                           "<th class=\"n\">width</th><th class=\"n\">accuracy</th><th class=\"n\">first</th>");
    for (size_t s = 1; s < result->score_count; s++)
        graft_buffer_format(out, "<th class=\"n\">%s</th>", result->score_names[s]);
    graft_buffer_text(out, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < result->row_count; i++) {
        const graft_rank_row *row = &result->rows[i];
        graft_buffer_format(out, "<tr%s><th scope=\"row\" title=\"", i == 0 ? " class=\"chosen\"" : "");
        graft_html_text(out, row->base);
        graft_buffer_text(out, "\">");
        graft_html_text(out, file_name(row->base));
        graft_buffer_text(out, "</th><td>");
        graft_html_text(out, row->layer);
        graft_buffer_format(out, "</td><td class=\"n\">%zu</td><td class=\"n\">", row->width);
        graft_html_percent(out, row->scores[0].value);
        graft_buffer_format(out, "</td><td class=\"n\">%.0f&#8239;%%</td>", 100 * row->first);
        for (size_t s = 1; s < result->score_count; s++) {
            graft_buffer_text(out, "<td class=\"n\">");
            graft_html_number(out, row->scores[s].value, 4);
            graft_buffer_text(out, "</td>");
        }
        graft_buffer_text(out, "</tr>\n");
    }
    graft_buffer_text(out, "</tbody></table></div>\n");
}

static graft_status name_row(rows *self, size_t i, const graft_rank_row *row) {
    graft_buffer text;
    graft_buffer_init(&text, 0);
    graft_buffer_format(&text, "%s, %s", file_name(row->base), row->layer);
    GRAFT_TRY(graft_buffer_take(&text, &self->name[i], NULL));
    set(self, i, self->name[i], &row->scores[0]);
    return GRAFT_OK;
}

static graft_status add_ranking(graft_sheet *sheet, const graft_rank_result *result) {
    rows shown;
    graft_status status = rows_init(&shown, result->row_count);
    for (size_t i = 0; i < result->row_count && status == GRAFT_OK; i++)
        status = name_row(&shown, i, &result->rows[i]);
    if (status == GRAFT_OK) {
        graft_sheet_begin(sheet, "ranking", "Ranking", "Networks and layers");
        graft_buffer_text(&sheet->out, "<p class=\"hint\">Rows whose intervals overlap can hardly be told apart by "
                                       "these pictures: <i>first</i> is the share of resamples of the pictures in "
                                       "which a row has the highest accuracy.</p>\n");
        add_dots(&sheet->out, &shown,
                 &(graft_chart){.title = "Cross-validated accuracy and 95 % interval of the bootstrap",
                                .y_name = "accuracy",
                                .percent = true,
                                .marked = 1},
                 "accuracy");
        graft_buffer_text(&sheet->out, "<h3>All scores</h3>\n");
        add_table(&sheet->out, result);
        graft_sheet_end(sheet);
    }
    rows_clear(&shown);
    return status;
}

/* How well each score foretells the accuracy, over the rows above: nothing to say of fewer than three. */
static graft_status add_scores(graft_sheet *sheet, const graft_rank_result *result) {
    rows shown;
    size_t found = 0;
    if (result->row_count < 3 || result->score_count < 2) return GRAFT_OK;
    graft_status status = rows_init(&shown, result->score_count);
    for (size_t s = 1; s < result->score_count && status == GRAFT_OK; s++)
        if (isfinite(result->correlations[s].spearman.value))
            set(&shown, found++, result->score_names[s], &result->correlations[s].spearman);
    if (status == GRAFT_OK && found > 0) {
        graft_sheet_begin(sheet, "scores", "Scores", "What the scores are worth here");
        graft_buffer_text(&sheet->out, "<p class=\"hint\">How each score orders the rows, against how the accuracy "
                                       "orders them: 1 is the same order, 0 none in common.</p>\n");
        rows some = shown;
        some.count = found;
        add_dots(&sheet->out, &some,
                 &(graft_chart){.title = "Spearman's correlation with the accuracy, 95 % interval",
                                .y_name = "correlation",
                                .lowest = -1,
                                .highest = 1},
                 "Spearman");
        graft_sheet_end(sheet);
    }
    rows_clear(&shown);
    return status;
}

static void add_run(graft_sheet *sheet, const graft_rank_result *result) {
    graft_buffer *out = &sheet->out;
    graft_sheet_begin(sheet, "run", "Run", "Run");
    graft_buffer_format(out, "<dl><dt>Features</dt><dd>%zu computed, %zu from the cache, ", result->computed,
                        result->cached);
    graft_html_seconds(out, result->features_seconds);
    graft_buffer_text(out, "</dd><dt>Scores</dt><dd>");
    graft_html_seconds(out, result->scores_seconds);
    graft_buffer_text(out, "</dd></dl>\n");
    graft_sheet_end(sheet);
}

graft_status graft_rank_page_write(const graft_rank_result *result, const char *title, const char *path) {
    graft_sheet sheet;
    graft_sheet_open(&sheet, title);
    add_header(&sheet.out, result, title);
    graft_sheet_navigation(&sheet);
    graft_status status = add_ranking(&sheet, result);
    if (status == GRAFT_OK) status = add_scores(&sheet, result);
    add_run(&sheet, result);
    if (status == GRAFT_OK) return graft_sheet_write(&sheet, path);
    graft_sheet_clear(&sheet);
    return status;
}
