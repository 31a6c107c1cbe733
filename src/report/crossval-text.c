/* A cross-validation as a table for people. */
#include <graft/report.h>

#include "base/error.h"
#include "report/text-table.h"

enum { RARE_LISTED = 8 };

static void add_folds(graft_buffer *out, const graft_crossval_result *result) {
    graft_text_table table;
    bool strength = result->folds[0].c > 0;
    graft_text_table_init(&table, strength ? "rrrrr" : "rrrr");
    const char *const heads[] = {"fold", "samples", "accuracy", "loss", "C"};
    for (int i = 0; i < 4 + strength; i++)
        graft_text_table_add(&table, "%s", heads[i]);
    for (size_t i = 0; i < result->fold_count; i++) {
        const graft_crossval_fold *fold = &result->folds[i];
        graft_text_table_add(&table, "%zu", i + 1);
        graft_text_table_add(&table, "%zu", fold->n);
        graft_text_table_add(&table, "%.4f", fold->accuracy);
        graft_text_table_add(&table, "%.4f", fold->loss);
        if (strength) graft_text_table_add(&table, "%g%s", fold->c, fold->blind ? " (default)" : "");
    }
    graft_text_table_write(&table, 0, out);
}

static void add_notes(graft_buffer *out, const graft_crossval_result *result) {
    if (result->duplicates > 0)
        graft_buffer_format(out,
                            "duplicates %zu samples repeat an earlier one, or are of its group, and stay in its fold\n",
                            result->duplicates);
    for (size_t i = 0; i < result->rare_count && i < RARE_LISTED; i++)
        graft_buffer_format(out, "rare       %.80s: %zu distinct samples for %zu folds: some folds have none\n",
                            result->rare[i].name, result->rare[i].n, result->fold_count);
    if (result->rare_count > RARE_LISTED)
        graft_buffer_format(out, "rare       and %zu classes more\n", result->rare_count - RARE_LISTED);
}

graft_status graft_crossval_text(const graft_crossval_result *result, char **out) {
    graft_buffer text;
    graft_buffer_init(&text, 0);
    graft_buffer_format(&text, "features   %s (%zu), %zu samples of %zu classes, head %s\n\n", result->features,
                        result->width, result->n, result->classes, result->head);
    add_folds(&text, result);
    graft_buffer_format(&text, "\nmean       %.4f, deviation over folds %.4f\n", result->mean, result->std);
    graft_buffer_format(&text, "interval   %.4f to %.4f (95 %%, corrected for training sets that overlap)\n",
                        result->interval95[0], result->interval95[1]);
    graft_buffer_format(&text, "baseline   largest class %.4f\n", result->baseline);
    add_notes(&text, result);
    return graft_buffer_take(&text, out, NULL);
}
