/* What to train: asked for, or decided by the size of the data, its likeness to what the network knows, and the time.
 */
#include "transfer/rule.h"
#include "transfer/tune-internal.h"

#include "base/context.h"
#include "base/error.h"

#include <stdio.h>
#include <string.h>

const char *const graft_tune_choices[GRAFT_TUNE_CHOICES] = {"all", "stage:2", "stage:1", "last:1", "none"};

static bool is_given(const char *text) {
    return text && *text;
}

/* ---- cost, in passes of the whole network over the training pictures ---- */

/* Multiply-adds of the nodes after the boundary. */
static int64_t work_after(const graft_graph *network, int boundary) {
    int64_t work = 0;
    for (int i = boundary + 1; i < graft_graph_count(network); i++)
        work += graft_node_multiply_adds(network, i);
    return work;
}

/* Backward costs twice what forward does: by the input and by the weights. */
static double passes_an_epoch(const graft_graph *network, int boundary) {
    int64_t whole = work_after(network, graft_graph_input(network));
    return whole > 0 ? 3.0 * (double)work_after(network, boundary) / (double)whole : 0;
}

static graft_status cost_of(const graft_tuning *tuning, int from, double *passes) {
    graft_freeze_plan freeze;
    GRAFT_TRY(graft_freeze_make(tuning->network.graph, from, &freeze));
    *passes = passes_an_epoch(tuning->network.graph, freeze.boundary);
    graft_freeze_clear(&freeze);
    return GRAFT_OK;
}

/* ---- the rule ---- */

static void apply_rule(const graft_run *run, const graft_tuning *tuning, graft_rule *out) {
    const graft_evaluation *frozen = run->evaluations[GRAFT_SPLIT_VALIDATION];
    graft_rule_facts facts = {.count = tuning->train_count, .classes = run->model->class_count, .measured = frozen};
    if (frozen) {
        facts.accuracy = frozen->accuracy;
        facts.majority = frozen->majority_baseline;
        facts.knn = frozen->knn_baseline;
    }
    graft_rule_apply(&facts, out);
}

/* Held back pictures go through the whole network, training pictures through what follows the boundary. */
graft_status graft_tune_measuring_time(const graft_tuning *tuning, const graft_run *run, int from, double *seconds) {
    double passes, rate = run->timing.images_per_second;
    GRAFT_TRY(cost_of(tuning, from, &passes));
    double pictures = passes / 3 * (double)tuning->train_count + (double)tuning->validation_count;
    *seconds = rate > 0 ? pictures / rate : 0;
    return GRAFT_OK;
}

graft_status graft_tune_epoch_time(const graft_tuning *tuning, const graft_run *run, int from, double *epoch,
                                   double *fill) {
    double passes, rate = run->timing.images_per_second;
    GRAFT_TRY(cost_of(tuning, from, &passes));
    double pictures = (double)tuning->train_count;
    /* Training reaches about half of what inference does on the same multiply-adds. */
    *epoch = rate > 0 ? 2 * passes * pictures / rate : (double)NAN;
    *fill = rate > 0 ? pictures * tuning->views.count / rate : 0;
    return GRAFT_OK;
}

static void leave_frozen(graft_rule *found) {
    found->choice = "none";
    snprintf(found->reason, sizeof(found->reason), "the time left does not hold three epochs of any layer");
}

/* As many epochs as the time allows, at least three; fewer layers when it does not. */
static graft_status fit_into_time(graft_tuning *tuning, const graft_run *run, graft_rule *found, int *from) {
    size_t at = 0;
    while (at < GRAFT_TUNE_CHOICES - 1 && strcmp(graft_tune_choices[at], found->choice) != 0)
        at++;
    for (; at < GRAFT_TUNE_CHOICES; at++) {
        const char *smaller = graft_tune_choices[at];
        double epoch, fill, measuring, left = tuning->deadline - graft_now();
        GRAFT_TRY(graft_freeze_fine_tune(tuning->network.graph, tuning->network.head, "fine-tune", smaller, from));
        if (*from >= tuning->network.head) break;
        GRAFT_TRY(graft_tune_epoch_time(tuning, run, *from, &epoch, &fill));
        if (isnan(epoch)) return GRAFT_OK; /* all features were cached: the fit's own clock decides */
        GRAFT_TRY(graft_tune_measuring_time(tuning, run, *from, &measuring));
        double possible = (left - fill - measuring) / epoch;
        if (possible < 3) continue;
        found->choice = smaller;
        if (possible < tuning->epochs) tuning->epochs = (uint32_t)possible;
        return GRAFT_OK;
    }
    leave_frozen(found);
    return GRAFT_OK;
}

static graft_status advise(graft_run *run, graft_tuning *tuning, bool *wanted, int *from) {
    graft_rule found;
    const char *before;
    const uint32_t asked = tuning->epochs;
    apply_rule(run, tuning, &found);
    GRAFT_TRY(graft_tune_recall(tuning, &before));
    if (before && strcmp(before, "none") == 0 && strcmp(found.choice, "none") != 0) leave_frozen(&found);
    if (before) found.choice = before;
    GRAFT_TRY(graft_freeze_fine_tune(tuning->network.graph, tuning->network.head, "fine-tune", found.choice, from));
    if (!before && tuning->deadline > 0 && *from < tuning->network.head)
        GRAFT_TRY(fit_into_time(tuning, run, &found, from));
    if (!before) GRAFT_TRY(graft_tune_remember(tuning, found.choice, asked));
    *wanted = *from < tuning->network.head;
    return graft_run_decide(run, "fine-tune", found.choice, "%s", found.reason);
}

/* Not asked for: say what it would be and cost. */
static graft_status hint(graft_run *run, graft_tuning *tuning) {
    graft_rule found;
    int from;
    double passes;
    apply_rule(run, tuning, &found);
    if (strcmp(found.choice, "none") == 0) return graft_run_decide(run, "fine-tune", "none", "%s", found.reason);
    GRAFT_TRY(graft_freeze_fine_tune(tuning->network.graph, tuning->network.head, "fine-tune", found.choice, &from));
    GRAFT_TRY(cost_of(tuning, from, &passes));
    return graft_run_decide(
        run, "fine-tune", "none",
        "not asked for; %s would be worth a try: each of %u epochs costs about %.1f times the work of the "
        "features' pass (--fine-tune %s, or --time 10m)",
        found.choice, tuning->epochs, passes, found.choice);
}

graft_status graft_tune_asked(const graft_tuning *tuning, bool *given, int *from) {
    const graft_tune_options *o = tuning->options;
    const graft_graph *network = tuning->network.graph;
    *from = tuning->network.head;
    if (is_given(o->freeze) && is_given(o->fine_tune))
        return graft_fail(GRAFT_E_USAGE, "--freeze and --fine-tune say the same: give one of them");
    *given = is_given(o->freeze) || (is_given(o->fine_tune) && strcmp(o->fine_tune, "auto") != 0);
    if (!*given) return GRAFT_OK;
    if (is_given(o->freeze)) return graft_freeze_freeze(network, tuning->network.head, o->freeze, from);
    return graft_freeze_fine_tune(network, tuning->network.head, "fine-tune", o->fine_tune, from);
}

graft_status graft_tune_advise(graft_run *run, graft_tuning *tuning, bool *wanted, int *from) {
    const graft_tune_options *o = tuning->options;
    bool given, later = is_given(o->unfreeze_at);
    GRAFT_TRY(graft_tune_asked(tuning, &given, from));
    *wanted = *from < tuning->network.head;
    if (given) {
        bool freeze = is_given(o->freeze);
        GRAFT_TRY(
            graft_run_decide(run, freeze ? "freeze" : "fine-tune", freeze ? o->freeze : o->fine_tune, "as asked for"));
    } else if (is_given(o->fine_tune) || is_given(o->time)) {
        GRAFT_TRY(advise(run, tuning, wanted, from));
    } else {
        GRAFT_TRY(hint(run, tuning));
    }
    /* A head of layers is trained in any case, and so is what will be unfrozen later. */
    if (run->head_chain || later) *wanted = true;
    return GRAFT_OK;
}
