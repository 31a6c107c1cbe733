/* Predictions as tables for people. */
#include <graft/report.h>

#include "base/alloc.h"
#include "base/error.h"
#include "report/text-table.h"
#include "transfer/series-internal.h"

/* The index of the most probable class that is less probable than `previous` (ties: the next index). */
static int next_best(const float *row, size_t classes, int previous) {
    int best = -1;
    for (int i = 0; i < (int)classes; i++) {
        if (previous >= 0 && (row[i] > row[previous] || (row[i] == row[previous] && i <= previous))) continue;
        if (best < 0 || row[i] > row[best]) best = i;
    }
    return best;
}

static void add_row(graft_text_table *table, const graft_predictions *predictions, size_t row, int top,
                    const char *name) {
    const float *probability = graft_predictions_row(predictions, row);
    const size_t classes = graft_predictions_class_count(predictions);
    int best = -1;
    for (int k = 0; k < top && (size_t)k < classes; k++) {
        best = next_best(probability, classes, best);
        if (best < 0) break;
        const char *class = graft_predictions_class(predictions, (size_t)best);
        graft_text_table_add(table, "%s", k == 0 ? name : "");
        if (class)
            graft_text_table_add(table, "%s", class);
        else
            graft_text_table_add(table, "class %d", best);
        graft_text_table_add(table, "%.4f", (double)probability[best]);
    }
}

static graft_status write(graft_text_table *table, char **out) {
    graft_buffer text;
    graft_buffer_init(&text, 0);
    graft_text_table_write(table, 0, &text);
    return graft_buffer_take(&text, out, NULL);
}

graft_status graft_predictions_text(const graft_predictions *predictions, const graft_dataset *data, int top,
                                    char **out) {
    graft_text_table table;
    graft_text_table_init(&table, "llr");
    for (size_t row = 0; row < graft_predictions_count(predictions); row++)
        add_row(&table, predictions, row, top,
                graft_dataset_sample(data, graft_predictions_sample(predictions, row))->path);
    return write(&table, out);
}

graft_status graft_series_outcome_text(const graft_series_outcome *outcome, int top, char **out) {
    const graft_predictions *predictions = graft_series_outcome_predictions(outcome);
    graft_text_table table;
    graft_text_table_init(&table, "llr");
    for (size_t row = 0; row < graft_predictions_count(predictions); row++) {
        const graft_series *series = &outcome->set->series[graft_predictions_sample(predictions, row)];
        char *name = graft_text_format("%s:%zu", graft_series_file(outcome->set, series), series->line);
        if (name)
            add_row(&table, predictions, row, top, name);
        else
            table.failed = GRAFT_E_MEMORY;
        graft_release(name);
    }
    return write(&table, out);
}
