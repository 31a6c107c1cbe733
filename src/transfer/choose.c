/* Choosing the cut and the regularisation by cross-validation on the training split alone: validation and test pictures
 * have no part in it. Of equally good cuts the later one is
 * taken. */
#include "transfer/run-internal.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "stats/folds.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { DEFAULT_FOLDS = 5 };

static const double fallback_c = 0.01; /* where nothing can be cross-validated */

/* A class of a single picture does not keep the others from being cross-validated: where it is held out it is wrong at
 * every layer and strength alike. */
static graft_status choose_folds(graft_run *run, const graft_rows *rows, int *folds) {
    size_t most, single;
    char text[24], lone[96] = "";
    GRAFT_TRY(graft_folds_most(rows->label, rows->group, rows->count, rows->classes, &most, &single));
    int wanted = run->options.folds ? (int)run->options.folds : DEFAULT_FOLDS;
    *folds = most < (size_t)wanted ? (int)most : wanted;
    if (*folds < 2) {
        *folds = 0;
        return graft_run_decide(run, "folds", "none",
                                "no two classes have two distinct training pictures: nothing can be held out");
    }
    if (single > 0)
        snprintf(lone, sizeof(lone), "; %zu class%s of a single picture %s wrong where %s held out", single,
                 single == 1 ? "" : "es", single == 1 ? "is" : "are", single == 1 ? "it is" : "they are");
    snprintf(text, sizeof(text), "%d", *folds);
    if (*folds == wanted)
        return graft_run_decide(run, "folds", text, "stratified, duplicates kept together%s%s",
                                wanted == DEFAULT_FOLDS ? "" : ", as asked for", lone);
    return graft_run_decide(run, "folds", text, "the second largest class has %zu distinct training pictures%s", most,
                            lone);
}

static graft_status try_cut(graft_run *run, const graft_features *features, size_t cut, const char *layer,
                            const size_t *sample, const graft_rows *rows, int folds, graft_logistic_cv *cv) {
    graft_feature_rows source = {features, cut, run->data, sample};
    graft_rows filled = *rows;
    filled.read = graft_feature_rows_read;
    filled.source = &source;
    filled.width = graft_features_width(features, cut);
    const double *grid = run->options.c > 0 ? &run->options.c : NULL;
    GRAFT_TRY(graft_logistic_crossval(run->context, &filled, grid, grid ? 1 : 0, folds, run->options.seed, cv));
    for (size_t i = 0; i < cv->grid_count && run->candidate_count < GRAFT_CANDIDATE_LIMIT; i++)
        run->candidates[run->candidate_count++] =
            (graft_candidate){layer, cv->c[i], cv->accuracy[i], cv->deviation[i], false};
    graft_log(run->context, GRAFT_LOG_INFO, "layer %s: cross-validated accuracy %.3f +- %.3f at C %g", layer,
              cv->accuracy[cv->best], cv->deviation[cv->best], cv->c[cv->best]);
    return graft_phase_add(run->phase, 1, 0);
}

/* The latest cut whose accuracy is within a standard error of the best: less than that is no evidence. */
static size_t best_cut(const graft_logistic_cv *cv, size_t count, int folds) {
    size_t best = 0, chosen = 0;
    for (size_t i = 1; i < count; i++)
        if (cv[i].accuracy[cv[i].best] > cv[best].accuracy[cv[best].best]) best = i;
    double error = cv[best].deviation[cv[best].best] / sqrt(folds);
    while (chosen < best && cv[chosen].accuracy[cv[chosen].best] < cv[best].accuracy[cv[best].best] - error)
        chosen++;
    return chosen;
}

static const char *layer_name(const graft_run *run, const graft_cut *cut) {
    return graft_graph_node(run->backbone->graph, cut->node)->name;
}

static graft_status explain(graft_run *run, const graft_cut *cuts, size_t cut_count, const graft_logistic_cv *cv,
                            const graft_choice *choice) {
    char text[32];
    const char *layer = layer_name(run, &cuts[choice->cut]);
    double accuracy = cv[choice->cut].accuracy[cv[choice->cut].best];
    double deviation = cv[choice->cut].deviation[cv[choice->cut].best];
    if (cut_count == 1)
        GRAFT_TRY(graft_run_decide(run, "layer", layer, "the only candidate; cross-validated accuracy %.3f +- %.3f",
                                   accuracy, deviation));
    else if (choice->cut == 0)
        GRAFT_TRY(graft_run_decide(
            run, "layer", layer,
            "cross-validated accuracy %.3f +- %.3f; none of %zu earlier layers is better by more than chance", accuracy,
            deviation, cut_count - 1));
    else
        GRAFT_TRY(graft_run_decide(run, "layer", layer,
                                   "cross-validated accuracy %.3f +- %.3f, against %.3f at the last layer (%s)",
                                   accuracy, deviation, cv[0].accuracy[cv[0].best], layer_name(run, &cuts[0])));
    if (run->head != &graft_head_logistic) return GRAFT_OK;
    snprintf(text, sizeof(text), "%g", choice->c);
    if (run->options.c > 0) return graft_run_decide(run, "c", text, "as asked for");
    return graft_run_decide(run, "c", text, "cross-validated among %zu values from %g to %g",
                            cv[choice->cut].grid_count, cv[choice->cut].c[0],
                            cv[choice->cut].c[cv[choice->cut].grid_count - 1]);
}

/* No cross-validation: the last layer and a mild regularisation, or what was asked for. */
static graft_status choose_blindly(graft_run *run, const graft_cut *cuts, const char *reason, graft_choice *out) {
    char text[32];
    double c = run->options.c > 0 ? run->options.c : fallback_c;
    *out = (graft_choice){.c = c, .last_c = c};
    GRAFT_TRY(graft_run_decide(run, "layer", layer_name(run, &cuts[0]), "%s", reason));
    if (run->head != &graft_head_logistic) return GRAFT_OK;
    snprintf(text, sizeof(text), "%g", out->c);
    return graft_run_decide(run, "c", text, "%s", run->options.c > 0 ? "as asked for" : "a mild default");
}

graft_status graft_run_choose(graft_run *run, const graft_features *features, const graft_cut *cuts, size_t cut_count,
                              const size_t *sample, const graft_rows *rows, graft_choice *out) {
    graft_logistic_cv cv[GRAFT_CUT_LIMIT] = {0};
    int folds;
    bool needs_c = run->head == &graft_head_logistic && run->options.c <= 0;
    if (run->head == &graft_head_majority) return choose_blindly(run, cuts, "the head looks at no features", out);
    if (cut_count == 1 && !needs_c) return choose_blindly(run, cuts, "the only candidate", out);
    GRAFT_TRY(choose_folds(run, rows, &folds));
    if (folds == 0) return choose_blindly(run, cuts, "the last layer: too few pictures to compare", out);
    *out = (graft_choice){0};
    for (size_t i = 0; i < cut_count; i++)
        GRAFT_TRY(try_cut(run, features, i, layer_name(run, &cuts[i]), sample, rows, folds, &cv[i]));
    out->cut = best_cut(cv, cut_count, folds);
    const graft_logistic_cv *best = &cv[out->cut];
    out->c = best->c[best->best];
    out->last_c = cv[0].c[cv[0].best];
    for (size_t i = 0; i < run->candidate_count; i++) {
        graft_candidate *candidate = &run->candidates[i];
        candidate->chosen = strcmp(candidate->layer, layer_name(run, &cuts[out->cut])) == 0 && candidate->c == out->c;
    }
    return explain(run, cuts, cut_count, cv, out);
}
