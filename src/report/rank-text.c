/* A ranking of networks and layers as tables for people. */
#include <graft/report.h>

#include "base/error.h"
#include "report/text-table.h"

#include <math.h>
#include <string.h>

static void add_number(graft_text_table *table, double value, int digits) {
    if (isfinite(value))
        graft_text_table_add(table, "%.*f", digits, value);
    else
        graft_text_table_add(table, "-");
}

static void add_interval(graft_text_table *table, const graft_rank_figure *figure, int digits) {
    if (isfinite(figure->value) && isfinite(figure->interval95[0]))
        graft_text_table_add(table, "%.*f..%.*f", digits, figure->interval95[0], digits, figure->interval95[1]);
    else
        graft_text_table_add(table, "-");
}

/* What all networks' names begin with, up to a slash: it tells none from another. */
static size_t common_folder(const graft_rank_result *result) {
    const char *first = result->rows[0].base;
    size_t length = strlen(first);
    for (size_t i = 1; i < result->row_count; i++)
        for (size_t k = 0; k < length; k++)
            if (result->rows[i].base[k] != first[k]) length = k;
    while (length > 0 && first[length - 1] != '/')
        length--;
    return length;
}

static void add_rows(graft_buffer *out, const graft_rank_result *result) {
    graft_text_table table;
    size_t folder = common_folder(result);
    graft_text_table_init(&table, "rllrrlrrrrrrr");
    static const char *const heads[] = {"", "base", "layer", "width", "accuracy", "95 %", "first"};
    for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++)
        graft_text_table_add(&table, "%s", heads[i]);
    for (size_t s = 1; s < result->score_count; s++)
        graft_text_table_add(&table, "%s", result->score_names[s]);
    for (size_t i = 0; i < result->row_count; i++) {
        const graft_rank_row *row = &result->rows[i];
        graft_text_table_add(&table, "%zu", i + 1);
        graft_text_table_add(&table, "%s", row->base + folder);
        graft_text_table_add(&table, "%s", row->layer);
        graft_text_table_add(&table, "%zu", row->width);
        add_number(&table, row->scores[0].value, 4);
        add_interval(&table, &row->scores[0], 3);
        graft_text_table_add(&table, "%.0f %%", 100 * row->first);
        for (size_t s = 1; s < result->score_count; s++)
            add_number(&table, row->scores[s].value, 4);
    }
    graft_text_table_write(&table, 0, out);
}

static void add_correlations(graft_buffer *out, const graft_rank_result *result) {
    graft_text_table table;
    graft_text_table_init(&table, "lrrlrl");
    static const char *const heads[] = {"score", "rows", "Spearman", "95 %", "Kendall", "95 %"};
    for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++)
        graft_text_table_add(&table, "%s", heads[i]);
    for (size_t s = 1; s < result->score_count; s++) {
        const graft_rank_correlation *row = &result->correlations[s];
        graft_text_table_add(&table, "%s", result->score_names[s]);
        graft_text_table_add(&table, "%zu", row->n);
        add_number(&table, row->spearman.value, 2);
        add_interval(&table, &row->spearman, 2);
        add_number(&table, row->kendall.value, 2);
        add_interval(&table, &row->kendall, 2);
    }
    graft_text_table_write(&table, 0, out);
}

graft_status graft_rank_text(const graft_rank_result *result, char **out) {
    graft_buffer text;
    graft_buffer_init(&text, 0);
    graft_buffer_format(&text, "pictures  %zu of %zu classes, the largest has %.3f of them; %zu folds\n\n", result->n,
                        result->classes, result->baseline, result->folds);
    add_rows(&text, result);
    const graft_rank_row *best = &result->rows[0];
    graft_buffer_format(&text,
                        "\nbest      %s at %s: accuracy %.4f of a logistic regression, cross-validated; the first in "
                        "%.0f %% of the resamples\n",
                        best->base, best->layer, best->scores[0].value, 100 * best->first);
    if (result->row_count >= 3) {
        graft_buffer_text(&text, "\nHow the scores order these rows, against how the accuracy does:\n");
        add_correlations(&text, result);
    }
    graft_buffer_format(&text, "\nfeatures  %zu computed, %zu from the cache\nseconds   features %.1f, scores %.1f\n",
                        result->computed, result->cached, result->features_seconds, result->scores_seconds);
    return graft_buffer_take(&text, out, NULL);
}
