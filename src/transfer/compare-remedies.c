/* What might be done about it, each tried on the same folds with all samples: changes of fine-tuning. */
#include "transfer/compare-internal.h"

#include "base/alloc.h"
#include "base/error.h"
#include "nn/op.h"
#include "nn/train-plan.h"
#include "transfer/freeze.h"
#include "transfer/tune-network.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double level = 0.05;

/* Accuracy with the change less that of the finetuned arm. */
static graft_status measure(const graft_study *study, const graft_compare_fit *fit, graft_compare_figure *effect,
                            double *mean) {
    const double *tuned = study->arm[GRAFT_ARM_FINETUNED].accuracy + (study->sizes - 1) * study->folds;
    double *curve = graft_allocate(study->epochs + 1, sizeof(*curve)), difference[100];
    const size_t last = study->epochs * study->held;
    unsigned char *hits = study->drawn ? graft_allocate_zero(study->epochs + 1, study->held) : NULL;
    graft_status status = curve && (hits || !study->drawn) ? GRAFT_OK : graft_fail_memory("a curve");
    *mean = 0;
    for (size_t f = 0; f < study->folds && status == GRAFT_OK; f++) {
        graft_compare_fit one = *fit;
        one.c = study->arm[GRAFT_ARM_FROZEN].done ? graft_compare_strengths(study)[f] : 0;
        status = graft_compare_fit_run(study, &one, study->sizes - 1, f, curve, hits);
        difference[f] = curve[study->epochs] - tuned[f];
        *mean += curve[study->epochs] / (double)study->folds;
    }
    if (status == GRAFT_OK)
        *effect = graft_compare_test(study, study->sizes - 1, difference,
                                     graft_compare_against(study, GRAFT_ARM_FINETUNED, hits ? hits + last : NULL));
    graft_release(curve);
    graft_release(hits);
    return status;
}

static int state_of(const graft_compare_figure *effect, size_t tried) {
    return effect->value > 0 && effect->p * (double)tried < level ? GRAFT_COMPARE_YES : GRAFT_COMPARE_NO;
}

/* ---- causes that only training shows ---- */

static bool normalises(const graft_study *study) {
    const graft_graph *graph = study->backbone->graph;
    for (int i = 0; i <= study->cut.node; i++)
        if (strcmp(graft_graph_node(graph, i)->op->name, "batchnorm") == 0) return true;
    return false;
}

static graft_status check_batchnorm(graft_study *study) {
    graft_compare_fit fit = graft_compare_finetuning(study);
    graft_compare_figure effect;
    double mean;
    if (!normalises(study))
        return graft_compare_cause(study, "batchnorm", GRAFT_COMPARE_NO, NULL, "the network has no BatchNorm layers");
    fit.batchnorm = GRAFT_BATCHNORM_TRAIN;
    GRAFT_TRY(measure(study, &fit, &effect, &mean));
    const int state = state_of(&effect, 1);
    return graft_compare_cause(study, "batchnorm", state, &effect,
                               "with statistics of the batch (--bn train): %.2f %%%s", 100 * mean,
                               state == GRAFT_COMPARE_YES ? "" : ", no better than held as they are");
}

/* A tenth of the rate, and three times. */
static graft_status check_rate(graft_study *study) {
    static const double factors[] = {0.1, 3};
    const double usual = study->options.lr > 0 ? study->options.lr : 1e-4; /* a tenth of Adam's */
    graft_compare_figure best = {.value = -INFINITY};
    double best_rate = 0, best_mean = 0;
    for (size_t i = 0; i < 2; i++) {
        graft_compare_fit fit = graft_compare_finetuning(study);
        graft_compare_figure effect;
        double mean;
        fit.lr = factors[i] * usual;
        GRAFT_TRY(measure(study, &fit, &effect, &mean));
        if (!(effect.value > best.value)) continue;
        best = effect;
        best_rate = fit.lr;
        best_mean = mean;
    }
    const int state = state_of(&best, 2);
    return graft_compare_cause(study, "rate", state, &best, "%s: of a tenth and three times %g, %g gives %.2f %%",
                               state == GRAFT_COMPARE_YES ? "another rate is better" : "not the rate", usual, best_rate,
                               100 * best_mean);
}

/* ---- remedies ---- */

static graft_status try_regularizer(graft_study *study, const char *name, const char *words) {
    graft_compare_fit fit = graft_compare_finetuning(study);
    graft_compare_figure effect;
    double mean;
    if (fit.regularize && strstr(fit.regularize, name)) return GRAFT_OK; /* it is in the arm already */
    fit.regularize = words;
    GRAFT_TRY(measure(study, &fit, &effect, &mean));
    return graft_compare_remedy(study, name, GRAFT_COMPARE_NO, &effect, "fine-tuning with --regularize %s: %.2f %%",
                                words, 100 * mean);
}

/* Half the layers with weights that the arm trains. */
static graft_status halve(const graft_study *study, char *out, size_t size, bool *possible) {
    const graft_compare_fit fit = graft_compare_finetuning(study);
    graft_tune_network network;
    int from, layers = 0;
    GRAFT_TRY(graft_tune_network_new(fit.graph, fit.node, NULL, study->raw.classes, 0, &network));
    graft_status status = graft_freeze_fine_tune(network.graph, network.head, "fine-tune", fit.fine_tune, &from);
    for (int i = from; status == GRAFT_OK && i < network.head; i++)
        layers += graft_graph_node(network.graph, i)->param_count > 0;
    graft_tune_network_clear(&network);
    *possible = layers > 1;
    snprintf(out, size, "last:%d", layers / 2);
    return status;
}

static graft_status try_fewer(graft_study *study) {
    graft_compare_fit fit = graft_compare_finetuning(study);
    graft_compare_figure effect;
    char words[32];
    double mean;
    bool possible;
    GRAFT_TRY(halve(study, words, sizeof(words), &possible));
    if (!possible)
        return graft_compare_remedy(study, "fewer_layers", GRAFT_COMPARE_UNKNOWN, NULL,
                                    "the arm trains a single layer already");
    fit.fine_tune = words;
    GRAFT_TRY(measure(study, &fit, &effect, &mean));
    return graft_compare_remedy(study, "fewer_layers", GRAFT_COMPARE_NO, &effect,
                                "half of the layers trained (--fine-tune %s): %.2f %%", words, 100 * mean);
}

void graft_compare_judge_remedies(graft_study *study, size_t first) {
    size_t tried = 0;
    for (size_t i = first; i < study->remedy_count; i++)
        tried += isfinite(study->remedies[i].effect.value) != 0;
    for (size_t i = first; i < study->remedy_count; i++)
        if (isfinite(study->remedies[i].effect.value))
            study->remedies[i].state = state_of(&study->remedies[i].effect, tried);
}

graft_status graft_compare_remedies(graft_study *study) {
    const size_t first = study->remedy_count; /* an earlier layer is judged among the layers */
    static const char *const causes[] = {"batchnorm", "rate"};
    static const struct {
        const char *name, *words;
    } regularizers[] = {{"l2-sp", "l2-sp:0.1"}, {"delta", "delta"}, {"bss", "bss"}};
    if (!study->arm[GRAFT_ARM_FINETUNED].done) {
        for (size_t i = 0; i < 2; i++)
            GRAFT_TRY(graft_compare_cause(study, causes[i], GRAFT_COMPARE_UNKNOWN, NULL, "needs the finetuned arm"));
        return GRAFT_OK;
    }
    GRAFT_TRY(graft_compare_settle_cause(study, "batchnorm", check_batchnorm(study)));
    GRAFT_TRY(graft_compare_settle_cause(study, "rate", check_rate(study)));
    for (size_t i = 0; i < sizeof(regularizers) / sizeof(*regularizers); i++)
        GRAFT_TRY(graft_compare_settle_remedy(study, regularizers[i].name,
                                              try_regularizer(study, regularizers[i].name, regularizers[i].words)));
    GRAFT_TRY(graft_compare_settle_remedy(study, "fewer_layers", try_fewer(study)));
    graft_compare_judge_remedies(study, first);
    return GRAFT_OK;
}
