/* A run on the terminal: the plan with its reasons, the figures, the seconds. */
#include <graft/report.h>

#include "report/run-words.h"
#include "report/text-table.h"

#include <math.h>

static void add_plan(graft_buffer *out, const graft_run *run) {
    graft_text_table table;
    graft_text_table_init(&table, "lll");
    for (size_t i = 0; i < graft_run_decision_count(run); i++) {
        const graft_decision *decision = graft_run_decision(run, i);
        graft_text_table_add(&table, "%s", decision->what);
        graft_text_table_add(&table, "%s", decision->choice);
        graft_text_table_add(&table, "%s", decision->reason);
    }
    if (table.count > 0) graft_buffer_text(out, "plan\n");
    graft_text_table_write(&table, 2, out);
}

static void add_accuracy(graft_buffer *out, const graft_run *run, const char *split,
                         const graft_evaluation *evaluation) {
    if (!evaluation) return;
    graft_buffer_format(out, "accuracy  %.4f on %s (95 %% interval %.4f to %.4f, %zu pictures)\n", evaluation->accuracy,
                        split, evaluation->interval95[0], evaluation->interval95[1], evaluation->n);
    graft_buffer_format(out, "          beside it: largest class %.4f", evaluation->majority_baseline);
    if (!isnan(evaluation->knn_baseline)) {
        graft_buffer_format(out, ", k-NN %.4f", evaluation->knn_baseline);
        graft_run_add_neighbours(out, run, evaluation);
    }
    graft_buffer_text(out, "\n");
    if (evaluation->collapsed)
        graft_buffer_format(out, "alarm     only %zu of %zu classes are ever predicted\n",
                            evaluation->predicted_classes, evaluation->classes);
}

graft_status graft_run_text(const graft_run *run, char **out) {
    const graft_run_timing *time = graft_run_timing_of(run);
    graft_buffer text;
    graft_buffer_init(&text, 0);
    add_plan(&text, run);
    add_accuracy(&text, run, "validation", graft_run_evaluation(run, GRAFT_SPLIT_VALIDATION));
    add_accuracy(&text, run, "test", graft_run_evaluation(run, GRAFT_SPLIT_TEST));
    if (graft_run_is_optimistic(run)) {
        graft_buffer_text(&text, "note      these pictures also ");
        graft_run_add_optimism(&text, run);
        graft_buffer_text(&text, "\n");
    }
    graft_buffer_format(&text, "features  %zu computed", time->features_computed);
    if (time->features_computed > 0)
        graft_buffer_format(&text, " (%.0f images/s, %.0f %% of the time waiting for data)", time->images_per_second,
                            100 * time->waiting_share);
    graft_buffer_format(&text, ", %zu from the cache\n", time->features_cached);
    graft_buffer_format(&text,
                        "seconds   %.1f: check %.1f, features %.1f, head %.1f, fine-tuning %.1f, evaluate %.1f\n",
                        time->total, time->check, time->features, time->head, time->tune, time->evaluate);
    return graft_buffer_take(&text, out, NULL);
}
