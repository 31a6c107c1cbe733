/* Why transfer did not help: what can be told from the figures and the rows themselves. */
#include "transfer/compare-internal.h"

#include "base/alloc.h"
#include "base/error.h"
#include "stats/dependence.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { ROWS_TESTED = 300, PERMUTATIONS = 199 };
static const double level = 0.05;
static const double paired_level = 0.01; /* rows that belong together reach the least p there is */
static const double negligible = 0.02;   /* an advantage over the largest class that is none */

GRAFT_PRINTF(7, 0)
static graft_status add(graft_study *study, graft_compare_finding *list, size_t *count, const char *name, int state,
                        const graft_compare_figure *effect, const char *format, va_list arguments) {
    const graft_compare_figure unknown = {(double)NAN, {(double)NAN, (double)NAN}, (double)NAN};
    char text[1024];
    vsnprintf(text, sizeof(text), format, arguments);
    if (*count == GRAFT_COMPARE_FINDINGS) return graft_fail(GRAFT_E_INTERNAL, "more findings than there is room for");
    char *copy = graft_text_copy(text);
    if (!copy) return graft_fail_memory("a finding");
    study->texts[study->text_count++] = copy;
    list[(*count)++] =
        (graft_compare_finding){.name = name, .state = state, .text = copy, .effect = effect ? *effect : unknown};
    return GRAFT_OK;
}

graft_status graft_compare_cause(graft_study *study, const char *name, int state, const graft_compare_figure *effect,
                                 const char *text, ...) {
    va_list arguments;
    va_start(arguments, text);
    graft_status status = add(study, study->causes, &study->cause_count, name, state, effect, text, arguments);
    va_end(arguments);
    return status;
}

graft_status graft_compare_remedy(graft_study *study, const char *name, int state, const graft_compare_figure *effect,
                                  const char *text, ...) {
    va_list arguments;
    va_start(arguments, text);
    graft_status status = add(study, study->remedies, &study->remedy_count, name, state, effect, text, arguments);
    va_end(arguments);
    return status;
}

graft_status graft_compare_settle_cause(graft_study *study, const char *name, graft_status status) {
    if (status != GRAFT_E_DATA) return status;
    return graft_compare_cause(study, name, GRAFT_COMPARE_UNKNOWN, NULL, "not to be measured: %s", graft_error_text());
}

graft_status graft_compare_settle_remedy(graft_study *study, const char *name, graft_status status) {
    if (status != GRAFT_E_DATA) return status;
    return graft_compare_remedy(study, name, GRAFT_COMPARE_UNKNOWN, NULL, "not to be measured: %s", graft_error_text());
}

/* ---- labels and rows ---- */

/* What the arms say about the labels: whether any, raw pixels and the features do better than the largest class. */
typedef struct evidence {
    bool any, raw, deep;              /* sure to beat the majority; adjusted for how many arms there are */
    double most;                      /* that any may be above it, by its interval */
    double best, raw_mean, deep_mean; /* accuracies */
    graft_dependence pairing;         /* of features and pixels; p NaN: not tested */
} evidence;

static double accuracy_of(const graft_study *study, int arm) {
    double sum = 0;
    for (size_t f = 0; f < study->folds; f++)
        sum += study->arm[arm].accuracy[(study->sizes - 1) * study->folds + f] / (double)study->folds;
    return sum;
}

/* Rows of pixels and of features of the same samples. */
static graft_status test_pairing(const graft_study *study, graft_dependence *out) {
    const size_t count = study->raw.count < ROWS_TESTED ? study->raw.count : ROWS_TESTED;
    *out = (graft_dependence){.correlation = (double)NAN, .p = (double)NAN};
    if (!study->deep.x || count < 20) return GRAFT_OK;
    float *pixels = graft_allocate(count, study->raw.width * sizeof(*pixels));
    float *features = graft_allocate(count, study->deep.width * sizeof(*features));
    graft_status status = pixels && features ? GRAFT_OK : graft_fail_memory("rows");
    for (size_t i = 0; i < count && status == GRAFT_OK; i++) {
        const size_t row = study->order[i];
        memcpy(pixels + i * study->raw.width, study->raw.x + row * study->raw.width,
               study->raw.width * sizeof(*pixels));
        memcpy(features + i * study->deep.width, study->deep.x + row * study->deep.width,
               study->deep.width * sizeof(*features));
    }
    if (status == GRAFT_OK)
        status = graft_dependence_test(pixels, study->raw.width, features, study->deep.width, count, PERMUTATIONS,
                                       study->options.seed, out);
    graft_release(pixels);
    graft_release(features);
    return status;
}

static graft_status gather(const graft_study *study, evidence *out) {
    size_t arms = 0;
    *out = (evidence){.raw_mean = (double)NAN, .deep_mean = (double)NAN, .most = -INFINITY};
    for (int i = 0; i < GRAFT_COMPARE_ARMS; i++)
        arms += study->arm[i].done;
    for (int i = 0; i < GRAFT_COMPARE_ARMS; i++) {
        if (!study->arm[i].done) continue;
        const graft_compare_figure above = graft_compare_above_majority(study, i);
        const double accuracy = accuracy_of(study, i);
        const bool beats = above.p * (double)arms < level && above.value > 0;
        out->most = fmax(out->most, above.interval95[1]);
        out->any = out->any || beats;
        out->best = fmax(out->best, accuracy);
        if (i == GRAFT_ARM_RAW) {
            out->raw = beats;
            out->raw_mean = accuracy;
        }
        if (i == GRAFT_ARM_FROZEN) {
            out->deep = beats;
            out->deep_mean = accuracy;
        }
    }
    return test_pairing(study, &out->pairing);
}

static graft_status check_labels(graft_study *study, const evidence *e) {
    if (e->any)
        return graft_compare_cause(study, "labels", GRAFT_COMPARE_NO, NULL,
                                   "the labels can be learned: an arm reaches %.2f %%, the largest class is %.2f %%",
                                   100 * e->best, 100 * study->majority);
    /* That none is seen to be above it is no proof that none is. */
    const bool certain = e->most < negligible, paired = e->pairing.p < paired_level;
    return graft_compare_cause(
        study, "labels", certain ? GRAFT_COMPARE_YES : GRAFT_COMPARE_POSSIBLE, NULL,
        "no arm is sure to beat the largest class (%.2f %%, the best arm %.2f %%; by the intervals at most %+.1f "
        "points "
        "above it): %s nothing to do with the pictures%s. Were they shuffled, or joined with the wrong rows?%s",
        100 * study->majority, 100 * e->best, 100 * e->most, certain ? "the labels have" : "the labels may have",
        paired ? ", while features and pixels belong to each other row by row" : "",
        certain ? "" : " Or the samples are too few to tell");
}

static graft_status check_rows(graft_study *study, const evidence *e) {
    if (study->conflicts > 0)
        return graft_compare_cause(study, "rows", GRAFT_COMPARE_YES, NULL,
                                   "the table beside the features tells another class in %lld of %zu rows: the rows of "
                                   "features and data are not in the same order",
                                   study->conflicts, study->raw.count);
    if (study->backbone)
        return graft_compare_cause(study, "rows", GRAFT_COMPARE_NO, NULL,
                                   "every row of features carries its picture's id: none can be in another order");
    if (isnan(e->pairing.p))
        return graft_compare_cause(study, "rows", GRAFT_COMPARE_UNKNOWN, NULL,
                                   "needs a frozen arm and at least 20 samples");
    if (e->pairing.p < paired_level)
        return graft_compare_cause(study, "rows", GRAFT_COMPARE_NO, NULL,
                                   "features and pixels of the same row belong together: distance correlation %.2f, p "
                                   "%.3f by %d permutations",
                                   e->pairing.correlation, e->pairing.p, PERMUTATIONS);
    const bool certain = e->raw && !e->deep;
    return graft_compare_cause(
        study, "rows", certain ? GRAFT_COMPARE_YES : GRAFT_COMPARE_POSSIBLE, NULL,
        "features have nothing to do with the pixels of their own rows (distance correlation %.2f, p %.2f)%s: %.2f %% "
        "against %.2f %% for raw pixels. Rows in another order than the labels (a generator that shuffles, a last "
        "batch that is dropped) give exactly this",
        e->pairing.correlation, e->pairing.p, certain ? " nor with the labels" : "", 100 * e->deep_mean,
        100 * e->raw_mean);
}

/* ---- the layer ---- */

static graft_status measure_layer(graft_study *study, const graft_cut *cut, graft_compare_figure *effect,
                                  double *accuracy) {
    graft_crossval_rows rows = {0}, *wanted[] = {&rows};
    double figures[100], difference[100];
    const double *frozen = study->arm[GRAFT_ARM_FROZEN].accuracy + (study->sizes - 1) * study->folds;
    unsigned char *hits = study->drawn ? graft_allocate_zero(study->held, sizeof(*hits)) : NULL;
    graft_status status = hits || !study->drawn ? GRAFT_OK : graft_fail_memory("a layer's figures");
    if (status == GRAFT_OK)
        status = graft_compare_features(study, study->backbone->graph, &study->backbone->spec, cut, 1, study->sample,
                                        study->raw.count, wanted);
    if (status == GRAFT_OK)
        status =
            graft_compare_logistic(study, &rows, study->sizes - 1, graft_compare_strengths(study), figures, NULL, hits);
    *accuracy = 0;
    for (size_t f = 0; f < study->folds && status == GRAFT_OK; f++) {
        difference[f] = figures[f] - frozen[f];
        *accuracy += figures[f] / (double)study->folds;
    }
    if (status == GRAFT_OK)
        *effect = graft_compare_test(study, study->sizes - 1, difference,
                                     graft_compare_against(study, GRAFT_ARM_FROZEN, hits));
    graft_release(hits);
    graft_crossval_rows_clear(&rows);
    return status;
}

/* The best of the earlier layers; adjusted for how many there are. */
static graft_status check_layer(graft_study *study) {
    graft_cut cuts[GRAFT_CUT_LIMIT];
    size_t count = 0, tried = 0;
    graft_compare_figure best = {.value = -INFINITY};
    double best_accuracy = 0;
    const char *name = NULL;
    if (!study->backbone || !study->arm[GRAFT_ARM_FROZEN].done)
        return graft_compare_cause(study, "layer", GRAFT_COMPARE_UNKNOWN, NULL, "needs a network and a frozen arm");
    GRAFT_TRY(graft_cut_candidates(study->backbone->graph, GRAFT_POOL_AVG, cuts, &count));
    for (size_t i = 0; i < count; i++) {
        graft_compare_figure effect;
        double accuracy;
        if (cuts[i].node >= study->cut.node) continue;
        GRAFT_TRY(measure_layer(study, &cuts[i], &effect, &accuracy));
        tried++;
        if (!(effect.value > best.value)) continue;
        best = effect;
        best_accuracy = accuracy;
        name = graft_graph_node(study->backbone->graph, cuts[i].node)->name;
    }
    if (!name)
        return graft_compare_cause(study, "layer", GRAFT_COMPARE_UNKNOWN, NULL,
                                   "no earlier layer to take features from");
    const bool helps = best.p * (double)tried < level && best.value > 0;
    GRAFT_TRY(graft_compare_cause(study, "layer", helps ? GRAFT_COMPARE_YES : GRAFT_COMPARE_NO, &best,
                                  "%s: the best of %zu earlier layers, %s, reaches %.2f %%",
                                  helps ? "the features are taken too deep" : "not too deep", tried, name,
                                  100 * best_accuracy));
    return graft_compare_remedy(study, "earlier_layer", helps ? GRAFT_COMPARE_YES : GRAFT_COMPARE_NO, &best,
                                "frozen features of %s: %.2f %% (--layer %s)", name, 100 * best_accuracy, name);
}

graft_status graft_compare_causes(graft_study *study) {
    evidence e;
    GRAFT_TRY(gather(study, &e));
    GRAFT_TRY(check_labels(study, &e));
    GRAFT_TRY(check_rows(study, &e));
    GRAFT_TRY(graft_compare_input_causes(study));
    return graft_compare_settle_cause(study, "layer", check_layer(study));
}
