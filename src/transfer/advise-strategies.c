/* The four strategies on the data at hand: what learns, how long it takes, and which one training would take. */
#include "transfer/advise-internal.h"

#include "base/alloc.h"
#include "base/error.h"
#include "transfer/tune-internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static graft_status name_layers(graft_advice_owner *self, graft_strategy which, const char *layer,
                                const char *boundary) {
    char **texts = self->texts + 2 * (int)which;
    texts[0] = layer ? graft_text_copy(layer) : NULL;
    texts[1] = boundary ? graft_text_copy(boundary) : NULL;
    if ((layer && !texts[0]) || (boundary && !texts[1])) return graft_fail_memory("the advice");
    self->advice.strategies[which].layer = texts[0];
    self->advice.strategies[which].boundary = texts[1];
    return GRAFT_OK;
}

/* Seconds until frozen features and their head are there, and measured. */
static double frozen_seconds(const graft_run *run) {
    double rate = run->timing.images_per_second, pictures = 0;
    for (int split = 0; split < 3; split++)
        if (run->evaluations[split]) pictures += (double)run->evaluations[split]->n;
    return rate > 0 ? run->timing.check + pictures / rate + run->timing.head + run->timing.evaluate : (double)NAN;
}

/* The best try of a layer, or (`but`) of every other. */
static const graft_candidate *best_candidate(const graft_run *run, const char *layer, bool but) {
    const graft_candidate *best = NULL;
    for (size_t i = 0; i < run->candidate_count; i++) {
        const graft_candidate *one = &run->candidates[i];
        if ((strcmp(one->layer, layer) == 0) == but) continue;
        if (!best || one->chosen || (!best->chosen && one->accuracy > best->accuracy)) best = one;
    }
    return best;
}

static graft_status add_heads(graft_advice_owner *self, const graft_choice *choice) {
    const graft_run *run = self->run;
    const char *asked = run->options.layer, *last;
    graft_advice_strategy *head = &self->advice.strategies[GRAFT_STRATEGY_HEAD];
    graft_advice_strategy *earlier = &self->advice.strategies[GRAFT_STRATEGY_EARLIER];
    const graft_graph *graph = run->backbone->graph;
    last = asked && strcmp(asked, "auto") != 0 ? asked : graft_graph_node(graph, graft_cut_last(graph))->name;
    const graft_candidate *of_last = best_candidate(run, last, false), *before = best_candidate(run, last, true);
    *head = (graft_advice_strategy){.possible = true, .fine_tune = "none", .seconds = frozen_seconds(run)};
    head->accuracy = of_last ? of_last->accuracy : (double)NAN;
    head->deviation = of_last ? of_last->deviation : (double)NAN;
    head->rate = earlier->rate = (double)NAN;
    GRAFT_TRY(name_layers(self, GRAFT_STRATEGY_HEAD, last, last));
    (void)choice;
    if (!before) return GRAFT_OK;
    *earlier = (graft_advice_strategy){.possible = true,
                                       .fine_tune = "none",
                                       .accuracy = before->accuracy,
                                       .deviation = before->deviation,
                                       .rate = (double)NAN,
                                       .seconds = head->seconds};
    return name_layers(self, GRAFT_STRATEGY_EARLIER, before->layer, before->layer);
}

static graft_status add_tuning(graft_advice_owner *self, graft_tuning *tuning, graft_strategy which,
                               const char *fine_tune) {
    const graft_graph *network = tuning->network.graph;
    graft_advice_strategy *out = &self->advice.strategies[which];
    graft_freeze_plan freeze;
    graft_freeze_count counts;
    double epoch, fill, measuring;
    int from;
    *out = (graft_advice_strategy){.fine_tune = fine_tune, .accuracy = (double)NAN, .deviation = (double)NAN};
    GRAFT_TRY(graft_freeze_fine_tune(network, tuning->network.head, "fine-tune", fine_tune, &from));
    if (from >= tuning->network.head) return GRAFT_OK;
    GRAFT_TRY(graft_tuning_schedule(tuning, from));
    GRAFT_TRY(graft_tune_epoch_time(tuning, self->run, from, &epoch, &fill));
    GRAFT_TRY(graft_tune_measuring_time(tuning, self->run, from, &measuring));
    GRAFT_TRY(graft_freeze_make(network, from, &freeze));
    graft_status status =
        graft_freeze_check(network, &freeze, (graft_batchnorm_mode)tuning->options->batchnorm, &counts);
    if (status == GRAFT_OK) {
        out->possible = true;
        out->trainable = counts.trainable;
        out->frozen = counts.frozen;
        out->epochs = tuning->epochs;
        out->rate = graft_tune_rate(tuning, &tuning->specs[tuning->spec_count - 1]);
        out->seconds = frozen_seconds(self->run) + fill + measuring + epoch * tuning->epochs;
        status = name_layers(self, which, graft_graph_node(network, freeze.first)->name,
                             graft_graph_node(network, freeze.boundary)->name);
    }
    graft_freeze_clear(&freeze);
    return status;
}

/* What training would decide, in its own words. */
static graft_status decide(graft_advice_owner *self, graft_tuning *tuning, const graft_choice *choice) {
    graft_run *run = self->run;
    bool wanted;
    int from;
    GRAFT_TRY(graft_tune_advise(run, tuning, &wanted, &from));
    const graft_decision *found = &run->decisions[run->decision_count - 1];
    bool named = strcmp(found->what, "fine-tune") == 0;
    snprintf(self->fine_tune, sizeof(self->fine_tune), "%s", named ? found->choice : "");
    snprintf(self->reason, sizeof(self->reason), "%s", found->reason);
    self->advice.reason = self->reason;
    self->advice.strategy = from >= tuning->network.head
                                ? choice->cut == 0 ? GRAFT_STRATEGY_HEAD : GRAFT_STRATEGY_EARLIER
                            : strcmp(found->choice, "all") == 0 || from <= graft_graph_input(tuning->network.graph) + 1
                                ? GRAFT_STRATEGY_ALL
                                : GRAFT_STRATEGY_STAGES;
    return GRAFT_OK;
}

static graft_status strategies(graft_advice_owner *self, graft_tuning *tuning, const graft_choice *choice) {
    graft_run *run = self->run;
    if (!(run->timing.images_per_second > 0)) /* all features were in the cache */
        GRAFT_TRY(graft_bench_rate(run->context, run->backbone->graph, 0.5, &run->timing.images_per_second));
    self->advice.images_per_second = run->timing.images_per_second;
    GRAFT_TRY(graft_run_tuning_open(run, tuning));
    GRAFT_TRY(decide(self, tuning, choice));
    bool stages = self->advice.strategy == GRAFT_STRATEGY_STAGES && self->fine_tune[0];
    GRAFT_TRY(add_heads(self, choice));
    GRAFT_TRY(add_tuning(self, tuning, GRAFT_STRATEGY_STAGES, stages ? self->fine_tune : "stage:1"));
    GRAFT_TRY(add_tuning(self, tuning, GRAFT_STRATEGY_ALL, "all"));
    self->advice.strategies[self->advice.strategy].chosen = true;
    return GRAFT_OK;
}

graft_status graft_advice_strategies(graft_advice_owner *self, const graft_choice *choice) {
    graft_tuning tuning = {0};
    graft_status status = strategies(self, &tuning, choice);
    graft_tuning_clear(&tuning);
    return status;
}
