/* A comparison as tables for people. */
#include <graft/report.h>

#include "base/error.h"
#include "report/text-table.h"

#include <math.h>

static void add_arms(graft_buffer *out, const graft_compare_result *result) {
    graft_text_table table;
    graft_text_table_init(&table, "lrllr");
    const char *const heads[] = {"arm", "accuracy", "95 % interval", "what", "seconds"};
    for (int i = 0; i < 5; i++)
        graft_text_table_add(&table, "%s", heads[i]);
    for (size_t i = 0; i < result->arm_count; i++) {
        const graft_compare_arm *arm = &result->arms[i];
        graft_text_table_add(&table, "%s", arm->name);
        graft_text_table_add(&table, "%.4f", arm->accuracy);
        graft_text_table_add(&table, "%.4f to %.4f", arm->interval95[0], arm->interval95[1]);
        graft_text_table_add(&table, "%s", arm->what);
        graft_text_table_add(&table, "%.1f", arm->seconds);
    }
    graft_text_table_write(&table, 0, out);
}

static const char column_kinds[] = "rrrrrrr"; /* of all arms, and what they stand over */

/* A line a point, a column an arm. */
static void add_curves(graft_buffer *out, const graft_compare_result *result, bool epochs) {
    graft_text_table table;
    size_t points = 0, columns = 0;
    for (size_t i = 0; i < result->arm_count; i++) {
        const size_t count = epochs ? result->arms[i].epoch_count : result->arms[i].size_count;
        if (count > points) points = count;
        columns += count > 0;
    }
    if (points < 2) return;
    graft_buffer_format(out, "\naccuracy by %s\n", epochs ? "epochs" : "training samples");
    graft_text_table_init(&table, column_kinds + (sizeof(column_kinds) - 2 - columns));
    graft_text_table_add(&table, "%s", epochs ? "epoch" : "samples");
    for (size_t i = 0; i < result->arm_count; i++)
        if (!epochs || result->arms[i].epoch_count > 0) graft_text_table_add(&table, "%s", result->arms[i].name);
    for (size_t p = 0; p < points; p++) {
        bool first = true;
        for (size_t i = 0; i < result->arm_count; i++) {
            const graft_compare_arm *arm = &result->arms[i];
            if (epochs && arm->epoch_count == 0) continue;
            const graft_compare_point *point = epochs ? &arm->epochs[p] : &arm->sizes[p];
            if (first) graft_text_table_add(&table, "%.0f", point->x);
            graft_text_table_add(&table, "%.4f", point->accuracy);
            first = false;
        }
    }
    graft_text_table_write(&table, 2, out);
}

static void add_figure(graft_text_table *table, const char *name, const graft_compare_figure *figure) {
    if (!isfinite(figure->value)) return;
    graft_text_table_add(table, "%s", name);
    graft_text_table_add(table, "%+.4f", figure->value);
    graft_text_table_add(table, "%+.4f to %+.4f", figure->interval95[0], figure->interval95[1]);
    graft_text_table_add(table, "%.2g", figure->p);
}

static void add_factors(graft_buffer *out, const graft_compare_factors *factors, const char *over, const char *slope) {
    graft_text_table table;
    if (!factors->with) return;
    graft_buffer_format(out, "\nfactors over %s: %s less %s\n", over, factors->with, factors->without);
    graft_text_table_init(&table, "lrlr");
    const char *const heads[] = {"factor", "difference", "95 % interval", "p"};
    for (int i = 0; i < 4; i++)
        graft_text_table_add(&table, "%s", heads[i]);
    add_figure(&table, "higher start", &factors->start);
    add_figure(&table, slope, &factors->slope);
    add_figure(&table, "higher asymptote", &factors->asymptote);
    graft_text_table_write(&table, 2, out);
}

static void add_findings(graft_buffer *out, const char *title, const char *yes, const graft_compare_finding *findings,
                         size_t count) {
    graft_text_table table;
    if (count == 0) return;
    graft_buffer_format(out, "\n%s\n", title);
    graft_text_table_init(&table, "llrl");
    for (size_t i = 0; i < count; i++) {
        const graft_compare_finding *one = &findings[i];
        graft_text_table_add(&table, "%s", one->name);
        graft_text_table_add(&table, "%s",
                             one->state == GRAFT_COMPARE_YES ? yes : graft_compare_state_name(one->state));
        if (isfinite(one->effect.value))
            graft_text_table_add(&table, "%+.4f (%+.4f to %+.4f)", one->effect.value, one->effect.interval95[0],
                                 one->effect.interval95[1]);
        else
            graft_text_table_add(&table, "-");
        graft_text_table_add(&table, "%s", one->text);
    }
    graft_text_table_write(&table, 2, out);
}

graft_status graft_compare_text(const graft_compare_result *result, char **out) {
    static const char *const verdicts[] = {"none", "positive", "negative"};
    graft_buffer text;
    graft_buffer_init(&text, 0);
    graft_buffer_format(&text, "data       %zu samples of %zu classes, ", result->n, result->classes);
    if (result->held_out > 0 && result->folds == 1)
        graft_buffer_format(&text, "%zu of them held out, as the data say", result->held_out);
    else if (result->held_out > 0)
        graft_buffer_format(&text, "%zu of them held out, %zu draws of what trains", result->held_out, result->folds);
    else
        graft_buffer_format(&text, "%zu folds", result->folds);
    graft_buffer_format(&text, "; the largest class is %.4f\n\n", result->majority);
    add_arms(&text, result);
    add_curves(&text, result, false);
    add_curves(&text, result, true);
    add_factors(&text, &result->by_size, "training samples", "higher slope, a doubling");
    add_factors(&text, &result->by_epoch, "epochs", "higher slope, an epoch");
    graft_buffer_format(&text, "\nverdict    %s\n%s\n", verdicts[result->verdict], result->words);
    add_findings(&text, "causes, checked one by one", "CAUSE", result->causes, result->cause_count);
    add_findings(&text, "remedies, tried on the same folds", "HELPS", result->remedies, result->remedy_count);
    return graft_buffer_take(&text, out, NULL);
}
