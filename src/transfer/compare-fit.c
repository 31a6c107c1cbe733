/* Arms that are trained step by step, from pictures or from the cached boundary. What a fold holds out is scored after
 * every epoch and chooses nothing: the last epoch counts. */
#include "transfer/tune-internal.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "stats/metrics.h"
#include "transfer/compare-internal.h"

#include <math.h>
#include <string.h>

/* Samples and labels of some of the study's rows; the tuning owns them. */
static graft_status take_samples(const graft_study *study, const size_t *row, size_t count, size_t **sample,
                                 int **label) {
    *sample = graft_allocate(count, sizeof(**sample));
    *label = graft_allocate(count, sizeof(**label));
    if (!*sample || !*label) return graft_fail_memory("the folds");
    for (size_t i = 0; i < count; i++) {
        (*sample)[i] = study->sample[row[i]];
        (*label)[i] = study->raw.label[row[i]];
    }
    return GRAFT_OK;
}

static graft_status choose_samples(const graft_study *study, size_t size, size_t fold, graft_tuning *tuning) {
    size_t *train, *held;
    GRAFT_TRY(graft_study_parts(study, size, fold, &train, &tuning->train_count, &held, &tuning->validation_count));
    graft_status status = take_samples(study, train, tuning->train_count, &tuning->train, &tuning->train_label);
    if (status == GRAFT_OK)
        status = take_samples(study, held, tuning->validation_count, &tuning->validation, &tuning->validation_label);
    graft_release(train);
    graft_release(held);
    return status;
}

static void take_history(const graft_study *study, const graft_history *history, double *accuracy) {
    for (size_t i = 0; i < history->count && i < study->epochs; i++)
        accuracy[1 + i] = history->epochs[i].val_accuracy;
    /* A run that ended before its time stays where it stood. */
    for (size_t i = history->count; i < study->epochs; i++)
        accuracy[1 + i] = accuracy[i];
}

/* ---- what each epoch has right ---- */

graft_status graft_compare_count_open(const graft_study *study, const int *label, size_t count, unsigned char *hits,
                                      graft_compare_count *out) {
    *out = (graft_compare_count){
        .label = label, .count = count, .classes = study->raw.classes, .points = study->epochs + 1};
    out->hits = hits;
    if (!hits) return GRAFT_OK;
    out->outputs = graft_allocate(count, out->classes * sizeof(*out->outputs));
    return out->outputs ? GRAFT_OK : graft_fail_memory("outputs");
}

void graft_compare_count_add(graft_compare_count *self, bool rest) {
    if (!self->outputs) return;
    for (bool more = true; more && self->point < self->points; more = rest) {
        unsigned char *hits = self->hits + self->point++ * self->count;
        for (size_t i = 0; i < self->count; i++)
            hits[i] += graft_argmax(self->outputs + i * self->classes, (int)self->classes) == self->label[i];
    }
}

void graft_compare_count_epoch(void *user, const graft_epoch *epoch, double seconds) {
    (void)epoch;
    (void)seconds;
    graft_compare_count_add(user, false);
}

/* ---- a run ---- */

static graft_status run_phase(const graft_study *study, graft_tuning *tuning, const graft_tune_spec *spec,
                              double *accuracy, unsigned char *hits) {
    graft_compare_count counted;
    graft_tune_phase phase;
    graft_fit_options options;
    graft_fit_result result;
    graft_score before;
    graft_status status;
    GRAFT_TRY(graft_compare_count_open(study, tuning->validation_label, tuning->validation_count, hits, &counted));
    GRAFT_TRY_TO(done, status, graft_tune_phase_open(tuning, spec, &phase));
    GRAFT_TRY_TO(done, status,
                 graft_fit_score(tuning->context, phase.plan, &phase.validation.source, &tuning->recipe,
                                 counted.outputs, &before));
    accuracy[0] = before.accuracy;
    graft_compare_count_add(&counted, false);
    graft_tune_phase_options(tuning, &phase, &options);
    options.seconds = study->options.seconds;
    options.outputs = counted.outputs;
    options.user = &counted;
    options.on_epoch = graft_compare_count_epoch;
    GRAFT_TRY_TO(done, status,
                 graft_fit_run(tuning->context, phase.plan, phase.suffix, &phase.train.source, &phase.validation.source,
                               &options, false, &tuning->history, &result));
    take_history(study, &tuning->history, accuracy);
    graft_compare_count_add(&counted, true);
done:
    graft_release(counted.outputs);
    graft_tune_phase_close(&phase);
    return status;
}

static graft_status run(const graft_study *study, const graft_compare_fit *fit, graft_tuning *tuning, size_t size,
                        size_t fold, double *accuracy, unsigned char *hits) {
    int from;
    GRAFT_TRY(
        graft_tune_network_new(fit->graph, fit->node, NULL, study->raw.classes, study->options.seed, &tuning->network));
    GRAFT_TRY(graft_tuning_parse(tuning));
    GRAFT_TRY(graft_tuning_keep_origin(tuning));
    GRAFT_TRY(choose_samples(study, size, fold, tuning));
    if (fit->c > 0) GRAFT_TRY(graft_tuning_warm_head(tuning, fit->c));
    tuning->warm = true; /* no epochs for the head alone: every arm has the same number */
    GRAFT_TRY(graft_freeze_fine_tune(tuning->network.graph, tuning->network.head, "fine-tune", fit->fine_tune, &from));
    GRAFT_TRY(graft_tuning_schedule(tuning, from));
    return run_phase(study, tuning, &tuning->specs[0], accuracy, hits);
}

graft_status graft_compare_fit_run(const graft_study *study, const graft_compare_fit *fit, size_t size, size_t fold,
                                   double *accuracy, unsigned char *hits) {
    if (!fit->graph) return graft_compare_fit_pixels(study, size, fold, accuracy, hits);
    graft_tune_options options = GRAFT_TUNE_OPTIONS_INIT;
    options.epochs = (int64_t)study->epochs;
    options.monitor = GRAFT_MONITOR_LOSS;
    options.batchnorm = fit->batchnorm;
    options.lr = fit->lr;
    options.regularize = fit->regularize;
    graft_tuning tuning = {.context = study->context,
                           .data = study->data,
                           .spec = &study->backbone->spec,
                           .options = &options,
                           .seed = study->options.seed,
                           .baseline = (double)NAN,
                           .untrained = fit->untrained};
    graft_status status = run(study, fit, &tuning, size, fold, accuracy, hits);
    graft_tuning_clear(&tuning);
    return status;
}

graft_compare_fit graft_compare_finetuning(const graft_study *study) {
    const graft_compare_options *o = &study->options;
    return (graft_compare_fit){.graph = study->backbone->graph,
                               .node = study->cut.node,
                               .fine_tune = o->fine_tune && *o->fine_tune ? o->fine_tune : "stage:1",
                               .lr = o->lr,
                               .regularize = o->regularize};
}

graft_status graft_compare_fit_arm(graft_study *study, int arm, const graft_compare_fit *fit) {
    graft_compare_scores *scores = &study->arm[arm];
    const graft_compare_scores *frozen = &study->arm[GRAFT_ARM_FROZEN];
    const size_t points = study->epochs + 1, folds = study->folds;
    const double begun = graft_now();
    scores->accuracy = graft_allocate(study->sizes, folds * sizeof(double));
    scores->epochs = graft_allocate(points, folds * sizeof(double));
    if (study->drawn) {
        scores->hits = graft_allocate(study->sizes, study->held);
        scores->epoch_hits = graft_allocate(points, study->held);
    }
    const bool counted = !study->drawn || (scores->hits && scores->epoch_hits);
    double *curve = graft_allocate(points, sizeof(*curve));
    graft_status status =
        scores->accuracy && scores->epochs && curve && counted ? GRAFT_OK : graft_fail_memory("an arm's figures");
    for (size_t s = 0; s < study->sizes && status == GRAFT_OK; s++) {
        if (study->drawn) memset(scores->epoch_hits, 0, points * study->held);
        for (size_t f = 0; f < folds && status == GRAFT_OK; f++) {
            graft_compare_fit one = *fit;
            if (arm == GRAFT_ARM_FINETUNED && frozen->done) one.c = frozen->c[s * folds + f];
            status = graft_compare_fit_run(study, &one, s, f, curve, scores->epoch_hits);
            if (status != GRAFT_OK) break;
            scores->accuracy[s * folds + f] = curve[points - 1];
            for (size_t e = 0; e < points; e++)
                scores->epochs[e * folds + f] = curve[e]; /* the last size stays */
            status = graft_phase_add(study->phase, 1, 0);
        }
        if (study->drawn)
            memcpy(scores->hits + s * study->held, scores->epoch_hits + (points - 1) * study->held, study->held);
    }
    graft_release(curve);
    scores->epoch_count = points;
    scores->seconds += graft_now() - begun;
    scores->done = status == GRAFT_OK;
    return status;
}
