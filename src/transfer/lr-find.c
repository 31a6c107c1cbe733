/* graft lr-find: the range test of the rate on the phase that training would begin with. */
#include "transfer/tune-internal.h"

#include "base/alloc.h"
#include "base/error.h"
#include "train/rate-finder.h"

#include <string.h>

struct graft_lr_curve {
    graft_rate_curve found;
};

static const double mild_c = 0.01; /* the head's start; the rate hardly depends on it */

static graft_status search(graft_tuning *tuning, graft_run *trial, const graft_lr_options *options,
                           graft_lr_curve *curve) {
    graft_tune_phase phase = {0};
    graft_fit_options fit;
    bool wanted;
    int from;
    double low = options->low > 0 ? options->low : 1e-7, high = options->high > 0 ? options->high : 1;
    size_t steps = options->steps > 0 ? (size_t)options->steps : 100;
    GRAFT_TRY(graft_tune_advise(trial, tuning, &wanted, &from));
    if (from < tuning->network.head) GRAFT_TRY(graft_tuning_warm_head(tuning, mild_c));
    GRAFT_TRY(graft_tuning_schedule(tuning, from));
    graft_status status = graft_tune_phase_open(tuning, &tuning->specs[tuning->spec_count - 1], &phase);
    if (status == GRAFT_OK) {
        graft_tune_phase_options(tuning, &phase, &fit);
        status = graft_rate_find(tuning->context, phase.plan, phase.suffix, &phase.train.source, &fit, low, high, steps,
                                 &curve->found);
    }
    graft_tune_phase_close(&phase);
    return status;
}

graft_status graft_lr_find(graft_lr_curve **out, graft_context *context, graft_dataset *data,
                           const graft_backbone *backbone, const graft_train_options *options,
                           const graft_lr_options *range) {
    graft_train_options given = GRAFT_TRAIN_OPTIONS_INIT;
    graft_lr_options span = GRAFT_LR_OPTIONS_INIT;
    graft_tuning tuning = {0};
    graft_tune_network network;
    *out = NULL;
    GRAFT_TRY(graft_options_copy(&given, sizeof(given), options, "GRAFT_TRAIN_OPTIONS_INIT"));
    GRAFT_TRY(graft_options_copy(&span, sizeof(span), range, "GRAFT_LR_OPTIONS_INIT"));
    if (!given.tune.fine_tune && !given.tune.freeze) given.tune.fine_tune = backbone->untrained ? "all" : "stage:1";
    bool layers = given.head && !graft_head_find(given.head);
    const char *chain = layers ? given.head : NULL;
    GRAFT_TRY(graft_dataset_check(data));
    graft_run *trial = graft_allocate_zero(1, sizeof(*trial)); /* holds decisions that nobody asks for */
    graft_lr_curve *curve = graft_allocate_zero(1, sizeof(*curve));
    graft_status status = trial && curve ? GRAFT_OK : graft_fail_memory("a range test");
    if (status == GRAFT_OK)
        status = graft_tune_network_new(backbone->graph, graft_tune_network_place(backbone->graph, chain), chain,
                                        graft_dataset_class_count(data), given.seed, &network);
    if (status == GRAFT_OK)
        status = graft_tuning_init(&tuning, context, data, &backbone->spec, &given.tune, given.seed, &network);
    tuning.untrained = backbone->untrained;
    if (status == GRAFT_OK) status = search(&tuning, trial, &span, curve);
    graft_tuning_clear(&tuning);
    graft_run_free(trial);
    if (status != GRAFT_OK) {
        graft_lr_curve_free(curve);
        return status;
    }
    *out = curve;
    return GRAFT_OK;
}

void graft_lr_curve_free(graft_lr_curve *curve) {
    if (!curve) return;
    graft_rate_curve_clear(&curve->found);
    graft_release(curve);
}

size_t graft_lr_curve_count(const graft_lr_curve *curve) {
    return curve->found.count;
}

void graft_lr_curve_at(const graft_lr_curve *curve, size_t index, double *rate, double *loss) {
    *rate = curve->found.points[index].rate;
    *loss = curve->found.points[index].loss;
}

double graft_lr_curve_suggested(const graft_lr_curve *curve) {
    return curve->found.suggested;
}
