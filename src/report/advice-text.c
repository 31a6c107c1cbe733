/* Advice for people. */
#include <graft/report.h>

#include "base/error.h"
#include "report/advice-words.h"
#include "report/text-table.h"

#include <math.h>
#include <stdio.h>

const char *graft_advice_size_name(graft_advice_size size) {
    static const char *const names[] = {"small", "medium", "large"};
    return names[size];
}

const char *graft_advice_strategy_words(graft_strategy strategy) {
    static const char *const words[] = {"head on the last layer", "head on an earlier layer", "the last stages learn",
                                        "everything learns"};
    return words[strategy];
}

static void add_data(graft_buffer *out, const graft_advice *advice) {
    size_t each = advice->train / (advice->classes ? advice->classes : 1);
    graft_buffer_format(out, "data        train %zu, validation %zu, test %zu pictures in %zu classes\n", advice->train,
                        advice->validation, advice->test, advice->classes);
    graft_buffer_format(out, "size        %s: %zu training pictures a class, from %zu to %zu",
                        graft_advice_size_name(advice->size), each, advice->smallest, advice->largest);
    if (advice->smallest > 0 && advice->largest >= 3 * advice->smallest)
        graft_buffer_format(out, " (%.1f to 1: think of --class-weight auto)",
                            (double)advice->largest / (double)advice->smallest);
    graft_buffer_text(out, "\n");
}

static void add_likeness(graft_buffer *out, const graft_advice *advice) {
    if (isfinite(advice->pixels))
        graft_buffer_format(out, "pixels      k-NN on raw pixels %.3f, cross-validated; largest class %.3f\n",
                            advice->pixels, advice->majority);
    if (!isfinite(advice->skill)) {
        graft_buffer_text(out, "likeness    not known\n");
    } else {
        graft_buffer_format(
            out,
            "likeness    %s: a head on frozen features reaches %.3f (95 %% %.3f to %.3f), k-NN %.3f, the "
            "largest class %.3f:\n            %.0f %% of the way from guessing to always right (similar "
            "from 70 %%)\n",
            advice->likeness == GRAFT_ADVICE_SIMILAR ? "similar" : "different", advice->accuracy, advice->interval95[0],
            advice->interval95[1], advice->knn, advice->majority, 100 * advice->skill);
    }
    if (isfinite(advice->domain.mmd2))
        graft_buffer_format(
            out,
            "distance    MMD %.4f to the %zu pictures that the model keeps of what it learned from (95 %% "
            "of random divisions stay below %.4f, p %.3f)\n",
            sqrt(fmax(advice->domain.mmd2, 0)), advice->domain.source, sqrt(fmax(advice->domain.null95, 0)),
            advice->domain.p_value);
    if (isfinite(advice->domain.cka))
        graft_buffer_format(out,
                            "alignment   CKA %.4f of the features, theirs and yours (95 %% of random divisions stay "
                            "above %.4f, p %.3f)\n",
                            advice->domain.cka, advice->domain.cka_null5, advice->domain.cka_p_value);
    if (isfinite(advice->images_per_second))
        graft_buffer_format(out, "speed       %.0f pictures a second through the frozen network, measured\n",
                            advice->images_per_second);
}

static void add_matrix(graft_buffer *out, const graft_advice *advice) {
    graft_text_table table;
    graft_text_table_init(&table, "lll");
    graft_text_table_add(&table, "fine-tune");
    graft_text_table_add(&table, "similar");
    graft_text_table_add(&table, "different");
    for (int size = GRAFT_ADVICE_SMALL; size <= GRAFT_ADVICE_LARGE; size++) {
        graft_text_table_add(&table, "%s", graft_advice_size_name((graft_advice_size)size));
        for (int like = GRAFT_ADVICE_SIMILAR; like <= GRAFT_ADVICE_DIFFERENT; like++) {
            bool here = size == (int)advice->size && like == (int)advice->likeness;
            graft_text_table_add(&table, "%s%s%s", here ? "[" : "",
                                 graft_advice_cell((graft_advice_size)size, (graft_advice_likeness)like),
                                 here ? "]" : "");
        }
    }
    graft_buffer_text(out, "\n");
    graft_text_table_write(&table, 0, out);
}

static void add_seconds(graft_text_table *table, double seconds) {
    if (!isfinite(seconds))
        graft_text_table_add(table, "-");
    else if (seconds < 120)
        graft_text_table_add(table, "%.0f s", seconds);
    else if (seconds < 7200)
        graft_text_table_add(table, "%.0f min", seconds / 60);
    else
        graft_text_table_add(table, "%.1f h", seconds / 3600);
}

static void add_strategy(graft_text_table *table, const graft_advice_strategy *row, graft_strategy which) {
    graft_text_table_add(table, "%s", row->chosen ? ">" : "");
    graft_text_table_add(table, "%s", graft_advice_strategy_words(which));
    graft_text_table_add(table, "%s", row->layer ? row->layer : "-");
    if (isfinite(row->accuracy))
        graft_text_table_add(table, "%.3f +- %.3f", row->accuracy, row->deviation);
    else
        graft_text_table_add(table, "-");
    if (row->epochs > 0) {
        graft_text_table_add(table, "%lld", (long long)row->trainable);
        graft_text_table_add(table, "%u", row->epochs);
        graft_text_table_add(table, "%g", row->rate);
    } else {
        graft_text_table_add(table, "-");
        graft_text_table_add(table, "-");
        graft_text_table_add(table, "-");
    }
    add_seconds(table, row->seconds);
}

static void add_strategies(graft_buffer *out, const graft_advice *advice) {
    static const char *const heads[] = {"",           "strategy", "layer", "cross-validated",
                                        "parameters", "epochs",   "rate",  "time, about"};
    graft_text_table table;
    graft_text_table_init(&table, "lllrrrrr");
    for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++)
        graft_text_table_add(&table, "%s", heads[i]);
    for (int i = 0; i < GRAFT_STRATEGY_COUNT; i++)
        if (advice->strategies[i].possible) add_strategy(&table, &advice->strategies[i], (graft_strategy)i);
    graft_buffer_text(out, "\n");
    graft_text_table_write(&table, 0, out);
}

void graft_advice_add_verdict(graft_buffer *out, const graft_advice *advice) {
    if (advice->strategy >= GRAFT_STRATEGY_COUNT) return;
    const graft_advice_strategy *chosen = &advice->strategies[advice->strategy];
    switch (advice->strategy) {
    case GRAFT_STRATEGY_HEAD:
        graft_buffer_format(out, "train a head on %s, the network stays as it is", chosen->layer);
        break;
    case GRAFT_STRATEGY_EARLIER:
        graft_buffer_format(out, "train a head on %s, an earlier layer: the last ones know something else",
                            chosen->layer);
        break;
    case GRAFT_STRATEGY_STAGES:
        graft_buffer_format(out, "train a head, then all from %s on (--fine-tune %s); what lies before stays frozen",
                            chosen->layer, chosen->fine_tune);
        break;
    case GRAFT_STRATEGY_ALL:
        graft_buffer_text(out, "train a head, then everything");
        break;
    case GRAFT_STRATEGY_COUNT:
        break;
    }
}

graft_status graft_advice_text(const graft_advice *advice, char **out) {
    graft_buffer text;
    graft_buffer_init(&text, 0);
    add_data(&text, advice);
    add_likeness(&text, advice);
    add_matrix(&text, advice);
    if (advice->strategy < GRAFT_STRATEGY_COUNT) {
        add_strategies(&text, advice);
        graft_buffer_text(&text, "\nadvice      ");
        graft_advice_add_verdict(&text, advice);
        graft_buffer_text(&text, "\n");
    } else {
        graft_buffer_text(&text, "\n");
    }
    graft_buffer_format(&text, "why         %s\n", advice->reason);
    for (size_t i = 0; advice->run && i < graft_run_decision_count(advice->run); i++) {
        const graft_decision *decision = graft_run_decision(advice->run, i);
        if (decision->what[0] == 'l' || decision->what[0] == 'c')
            graft_buffer_format(&text, "%-10s  %s: %s\n", decision->what, decision->choice, decision->reason);
    }
    return graft_buffer_take(&text, out, NULL);
}
