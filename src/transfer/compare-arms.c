/* All arms that are wanted and that the data allow. */
#include "transfer/compare-internal.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "nn/train-plan.h"

#include <string.h>

const char *const graft_compare_arm_name[GRAFT_COMPARE_ARMS] = {"raw",    "scratch",   "random_frozen",
                                                                "frozen", "finetuned", "nearest"};

/* A pass forward and back costs about three forward; about a minute on an ordinary machine. */
static const double cheap = 2e11; /* multiply-adds */

/* Why an arm is not possible; NULL: it is. */
static const char *obstacle(const graft_study *study, int arm) {
    if (arm == GRAFT_ARM_NEAREST) return "it is for series";
    if (arm == GRAFT_ARM_SCRATCH && study->picture.rank == 0) return "training from scratch needs pictures";
    if (arm == GRAFT_ARM_RANDOM && !study->backbone) return "it needs a network (--base)";
    if (arm == GRAFT_ARM_FINETUNED && !study->backbone) return "it needs a network (--base)";
    if (arm == GRAFT_ARM_FROZEN && !study->backbone && !study->deep.x) return "it needs a network or --features";
    return NULL;
}

graft_status graft_compare_choose_arms(graft_study *study, const char *names,
                                       const char *(*hindrance)(const graft_study *study, int arm)) {
    const char *text = study->options.arms;
    for (int i = 0; i < GRAFT_COMPARE_ARMS; i++)
        study->arm[i].wanted = (!text || !*text) && !hindrance(study, i);
    if (!text || !*text) return GRAFT_OK;
    char *copy = graft_text_copy(text), *rest = NULL;
    graft_status status = copy ? GRAFT_OK : graft_fail_memory("the arms");
    for (char *word = copy ? strtok_r(copy, ",", &rest) : NULL; word && status == GRAFT_OK;
         word = strtok_r(NULL, ",", &rest)) {
        int arm = 0;
        while (arm < GRAFT_COMPARE_ARMS && strcmp(word, graft_compare_arm_name[arm]) != 0)
            arm++;
        if (arm == GRAFT_COMPARE_ARMS)
            status = graft_fail(GRAFT_E_USAGE, "arms: received \"%.40s\", expected %s", word, names);
        else if (hindrance(study, arm))
            status = graft_fail(GRAFT_E_USAGE, "arms: %s: %s", word, hindrance(study, arm));
        else
            study->arm[arm].wanted = true;
    }
    graft_release(copy);
    return status;
}

graft_status graft_compare_describe(graft_study *study, int arm, char *what) {
    study->arm[arm].what = what;
    return what ? GRAFT_OK : graft_fail_memory("an arm");
}

/* ---- frozen features ---- */

static graft_status choose_cut(graft_study *study) {
    const graft_graph *graph = study->backbone->graph;
    if (study->options.layer && *study->options.layer)
        return graft_cut_named(graph, study->options.layer, GRAFT_POOL_AVG, &study->cut);
    return graft_cut_make(graph, graft_cut_last(graph), GRAFT_POOL_AVG, &study->cut);
}

/* One pass for the frozen arm and for the earlier layers that a diagnosis may ask for. */
static graft_status pass(graft_study *study) {
    graft_cut cuts[GRAFT_CUT_LIMIT + 1];
    graft_crossval_rows *rows[GRAFT_CUT_LIMIT] = {&study->deep};
    size_t count = 0, kept = 1;
    graft_cut candidates[GRAFT_CUT_LIMIT];
    cuts[0] = study->cut;
    GRAFT_TRY(graft_cut_candidates(study->backbone->graph, GRAFT_POOL_AVG, candidates, &count));
    for (size_t i = 0; i < count && kept < GRAFT_CUT_LIMIT; i++)
        if (candidates[i].node < study->cut.node) cuts[kept++] = candidates[i];
    if (study->options.diagnose == GRAFT_COMPARE_DIAGNOSE_NEVER) kept = 1;
    return graft_compare_features(study, study->backbone->graph, &study->backbone->spec, cuts, kept, study->sample,
                                  study->raw.count, rows);
}

static graft_status run_frozen(graft_study *study) {
    if (study->backbone) {
        GRAFT_TRY(pass(study));
        GRAFT_TRY(
            graft_compare_describe(study, GRAFT_ARM_FROZEN,
                                   graft_text_format("layer %s of %s, %zu features, logistic regression",
                                                     graft_graph_node(study->backbone->graph, study->cut.node)->name,
                                                     study->backbone->name, study->deep.width)));
    } else {
        GRAFT_TRY(graft_compare_describe(study, GRAFT_ARM_FROZEN,
                                         graft_text_format("%s, logistic regression", study->deep.features)));
    }
    return graft_compare_logistic_arm(study, GRAFT_ARM_FROZEN, &study->deep);
}

static graft_status run_random(graft_study *study) {
    graft_graph *graph = NULL;
    graft_crossval_rows rows = {0}, *wanted[] = {&rows};
    graft_cut cut;
    const double begun = graft_now();
    GRAFT_TRY(graft_compare_random_network(study, study->cut.node, &graph));
    graft_status status = graft_cut_make(graph, graft_graph_output(graph), GRAFT_POOL_AVG, &cut);
    if (status == GRAFT_OK)
        status = graft_compare_features(study, graph, &study->backbone->spec, &cut, 1, study->sample, study->raw.count,
                                        wanted);
    study->arm[GRAFT_ARM_RANDOM].seconds = graft_now() - begun;
    if (status == GRAFT_OK)
        status = graft_compare_describe(
            study, GRAFT_ARM_RANDOM,
            graft_text_format("the same layer of the same network with random weights, %zu features, "
                              "logistic regression",
                              rows.width));
    if (status == GRAFT_OK) status = graft_compare_logistic_arm(study, GRAFT_ARM_RANDOM, &rows);
    graft_crossval_rows_clear(&rows);
    graft_graph_free(graph);
    return status;
}

/* ---- trained ---- */

static bool trains_the_same(const graft_study *study) {
    graft_graph_totals totals;
    if (!study->backbone || study->options.scratch == GRAFT_COMPARE_SCRATCH_SMALL) return false;
    if (study->options.scratch == GRAFT_COMPARE_SCRATCH_SAME) return true;
    graft_graph_totals_of(study->backbone->graph, &totals);
    return 3 * (double)totals.multiply_adds * (double)study->raw.count * (double)(study->epochs * study->folds * 2) <
           cheap;
}

static graft_status run_scratch(graft_study *study) {
    graft_graph *graph = NULL;
    if (!trains_the_same(study)) {
        GRAFT_TRY(graft_compare_describe(
            study, GRAFT_ARM_SCRATCH,
            graft_text_format("two convolutions and two dense layers on raw pixels %lldx%lld, %zu epochs",
                              (long long)study->picture.dim[2], (long long)study->picture.dim[1], study->epochs)));
        return graft_compare_fit_arm(study, GRAFT_ARM_SCRATCH, &(graft_compare_fit){0});
    }
    GRAFT_TRY(graft_compare_describe(study, GRAFT_ARM_SCRATCH,
                                     graft_text_format("%s with random weights, all of it trained, %zu epochs",
                                                       study->backbone->name, study->epochs)));
    GRAFT_TRY(graft_compare_random_network(study, study->cut.node, &graph));
    const graft_compare_fit fit = {.graph = graph,
                                   .node = graft_graph_output(graph),
                                   .fine_tune = "all",
                                   .untrained = true,
                                   .batchnorm = GRAFT_BATCHNORM_TRAIN};
    graft_status status = graft_compare_fit_arm(study, GRAFT_ARM_SCRATCH, &fit);
    graft_graph_free(graph);
    return status;
}

static graft_status run_finetuned(graft_study *study) {
    const graft_compare_fit fit = graft_compare_finetuning(study);
    GRAFT_TRY(graft_compare_describe(study, GRAFT_ARM_FINETUNED,
                                     graft_text_format("%s fine-tuned (%s) from the frozen arm's head on, %zu epochs",
                                                       study->backbone->name, fit.fine_tune, study->epochs)));
    return graft_compare_fit_arm(study, GRAFT_ARM_FINETUNED, &fit);
}

uint64_t graft_compare_units(const graft_study *study) {
    uint64_t arms = 0;
    for (int i = 0; i < GRAFT_COMPARE_ARMS; i++)
        arms += study->arm[i].wanted;
    return arms * study->sizes * study->folds;
}

graft_status graft_compare_arms_run(graft_study *study) {
    GRAFT_TRY(graft_compare_choose_arms(study, "raw, scratch, random_frozen, frozen or finetuned", obstacle));
    if (study->backbone) GRAFT_TRY(choose_cut(study));
    GRAFT_TRY(graft_phase_begin(study->context, "compare", graft_compare_units(study), &study->phase));
    graft_status status = GRAFT_OK;
    if (study->arm[GRAFT_ARM_RAW].wanted) {
        const char *what = study->raw.features;
        status = graft_compare_describe(study, GRAFT_ARM_RAW, graft_text_format("%s, logistic regression", what));
        if (status == GRAFT_OK) status = graft_compare_logistic_arm(study, GRAFT_ARM_RAW, &study->raw);
    }
    if (status == GRAFT_OK && study->arm[GRAFT_ARM_RANDOM].wanted) status = run_random(study);
    if (status == GRAFT_OK && study->arm[GRAFT_ARM_FROZEN].wanted) status = run_frozen(study);
    if (status == GRAFT_OK && study->arm[GRAFT_ARM_SCRATCH].wanted) status = run_scratch(study);
    if (status == GRAFT_OK && study->arm[GRAFT_ARM_FINETUNED].wanted) status = run_finetuned(study);
    graft_phase_end(study->phase);
    study->phase = NULL;
    return status;
}
