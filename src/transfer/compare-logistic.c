/* Arms that are a logistic regression on fixed features: raw pixels, or what a frozen network makes of them. */
#include "transfer/compare-internal.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "stats/held-out.h"
#include "stats/metrics.h"
#include "zoo/initialise.h"

#include <stdio.h>

/* Of each row held out whether the most probable class is its own. */
static void count_hits(const graft_crossval_rows *rows, const int *role, const float *probabilities,
                       unsigned char *hits) {
    size_t held = 0;
    for (size_t i = 0; i < rows->count; i++)
        if (role[i] == 0)
            hits[held++] += graft_argmax(probabilities + i * rows->classes, (int)rows->classes) == rows->label[i];
}

graft_status graft_compare_logistic(const graft_study *study, const graft_crossval_rows *rows, size_t size,
                                    const double *c, double *accuracy, double *chosen, unsigned char *hits) {
    const graft_crossval_rows *labelled = &study->raw;
    const graft_rows view = {.x = rows->x,
                             .label = labelled->label,
                             .group = labelled->group,
                             .count = labelled->count,
                             .width = rows->width,
                             .classes = (int)labelled->classes};
    int *role = graft_allocate(labelled->count, sizeof(*role));
    float *probabilities = hits ? graft_allocate(labelled->count, labelled->classes * sizeof(float)) : NULL;
    graft_status status = role && (probabilities || !hits) ? GRAFT_OK : graft_fail_memory("the folds");
    for (size_t f = 0; f < study->folds && status == GRAFT_OK; f++) {
        graft_crossval_fold figures;
        graft_study_roles(study, size, f, role);
        const graft_held_out how = {.fold = role,
                                    .folds = 1,
                                    .head = GRAFT_CROSSVAL_LOGISTIC,
                                    .c = c ? c[f] : study->options.c,
                                    .seed = study->options.seed};
        status = graft_held_out_score(study->context, &view, &how, probabilities, &figures);
        if (status != GRAFT_OK) break;
        accuracy[f] = figures.accuracy;
        if (chosen) chosen[f] = figures.c;
        if (hits) count_hits(labelled, role, probabilities, hits);
        if (study->phase) status = graft_phase_add(study->phase, 1, 0);
    }
    graft_release(role);
    graft_release(probabilities);
    return status;
}

graft_status graft_compare_scores_new(const graft_study *study, graft_compare_scores *scores) {
    scores->accuracy = graft_allocate(study->sizes, study->folds * sizeof(double));
    scores->c = graft_allocate(study->sizes, study->folds * sizeof(double));
    scores->hits = study->drawn ? graft_allocate_zero(study->sizes, study->held) : NULL;
    return scores->accuracy && scores->c && (scores->hits || !study->drawn) ? GRAFT_OK
                                                                            : graft_fail_memory("an arm's figures");
}

graft_status graft_compare_logistic_arm(graft_study *study, int arm, const graft_crossval_rows *rows) {
    graft_compare_scores *scores = &study->arm[arm];
    const double begun = graft_now();
    GRAFT_TRY(graft_compare_scores_new(study, scores));
    for (size_t s = 0; s < study->sizes; s++)
        GRAFT_TRY(graft_compare_logistic(study, rows, s, NULL, scores->accuracy + s * study->folds,
                                         scores->c + s * study->folds,
                                         scores->hits ? scores->hits + s * study->held : NULL));
    scores->seconds += graft_now() - begun;
    scores->done = true;
    return GRAFT_OK;
}

graft_status graft_compare_features(const graft_study *study, const graft_graph *graph, const graft_preprocess *spec,
                                    const graft_cut *cuts, size_t count, const size_t *sample, size_t samples,
                                    graft_crossval_rows *const *rows) {
    graft_features *features = NULL;
    graft_features_result result;
    GRAFT_TRY(graft_features_open(study->context, graph, spec, cuts, count, NULL, &features));
    graft_status status = graft_features_compute(features, study->data, sample, samples, 1, &result);
    for (size_t i = 0; i < count && status == GRAFT_OK; i++) {
        if (!rows[i]) continue;
        rows[i]->count = samples;
        rows[i]->width = cuts[i].width;
        status = graft_crossval_room(study->context, samples, cuts[i].width);
        if (status == GRAFT_OK) rows[i]->x = graft_allocate_aligned(samples * cuts[i].width, sizeof(float));
        if (status == GRAFT_OK && !rows[i]->x) status = graft_fail_memory("features");
        if (status == GRAFT_OK) status = graft_features_read(features, i, study->data, sample, samples, rows[i]->x);
    }
    graft_features_close(features);
    return status;
}

graft_status graft_compare_random_network(const graft_study *study, int node, graft_graph **out) {
    GRAFT_TRY(graft_graph_prefix(study->backbone->graph, &node, 1, out, NULL));
    graft_status status = graft_graph_redraw(*out, GRAFT_INIT_HE, study->options.seed + 1);
    if (status == GRAFT_OK) return GRAFT_OK;
    graft_graph_free(*out);
    *out = NULL;
    return status;
}
