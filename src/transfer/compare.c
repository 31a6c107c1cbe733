/* Does transfer help? Arms, verdict and, where it does not help, why. */
#include "transfer/compare-internal.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"

#include <math.h>

enum { DEFAULT_FOLDS = 5, DEFAULT_SIZES = 5, DEFAULT_EPOCHS = 8, FOLDS_MOST = 100, EPOCHS_MOST = 1000 };

const char *graft_compare_state_name(int state) {
    static const char *const names[] = {"no", "possible", "yes", "unknown"};
    return state >= 0 && state <= GRAFT_COMPARE_UNKNOWN ? names[state] : "unknown";
}

static graft_status check(const graft_compare_options *o, const graft_backbone *backbone) {
    const struct {
        const char *name;
        double value, low, high;
    } ranges[] = {
        {"folds", (double)o->folds, 0, FOLDS_MOST},
        {"sizes", (double)o->sizes, 0, GRAFT_COMPARE_SIZES},
        {"epochs", (double)o->epochs, 0, EPOCHS_MOST},
        {"scratch", o->scratch, 0, GRAFT_COMPARE_SCRATCH_SAME},
        {"diagnose", o->diagnose, 0, GRAFT_COMPARE_DIAGNOSE_NEVER},
        {"lr", o->lr, 0, 1000},
        {"held", (double)o->held, 0, 1e9},
        {"seconds", o->seconds, 0, 1e9},
        {"c", o->c, 0, 1e9},
    };
    for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++)
        if (!(ranges[i].value >= ranges[i].low && ranges[i].value <= ranges[i].high))
            return graft_fail(GRAFT_E_USAGE, "%s: received %g, expected %g to %g", ranges[i].name, ranges[i].value,
                              ranges[i].low, ranges[i].high);
    if (o->folds == 1) return graft_fail(GRAFT_E_USAGE, "folds: received 1, expected 2 to %d", FOLDS_MOST);
    /* Arms that are asked for by name are judged one by one. */
    if (!backbone && !o->features && !(o->arms && *o->arms))
        return graft_fail(GRAFT_E_USAGE, "nothing to transfer from: give a network (--base) or features (--features)");
    if (backbone && o->features)
        return graft_fail(GRAFT_E_USAGE, "a network (--base) and features (--features): give one of the two");
    return GRAFT_OK;
}

static graft_status diagnose(graft_study *study) {
    graft_compare_figure difference;
    double p;
    const int verdict = graft_compare_verdict_of(study, &difference, &p);
    if (study->options.diagnose == GRAFT_COMPARE_DIAGNOSE_NEVER) return GRAFT_OK;
    if (study->options.diagnose == GRAFT_COMPARE_DIAGNOSE_AUTO && (verdict == GRAFT_COMPARE_POSITIVE || isnan(p)))
        return GRAFT_OK;
    GRAFT_TRY(graft_compare_causes(study));
    return graft_compare_remedies(study);
}

static graft_status run(graft_study *study) {
    GRAFT_TRY(graft_study_sizes(study));
    GRAFT_TRY(graft_study_open(study));
    GRAFT_TRY(graft_compare_arms_run(study));
    return diagnose(study);
}

graft_status graft_compare(graft_compare_result **out, graft_context *context, const char *path,
                           const graft_backbone *backbone, const graft_compare_options *options) {
    graft_compare_options given = GRAFT_COMPARE_OPTIONS_INIT;
    const double begun = graft_now();
    *out = NULL;
    GRAFT_TRY(graft_options_copy(&given, sizeof(given), options, "GRAFT_COMPARE_OPTIONS_INIT"));
    GRAFT_TRY(check(&given, backbone));
    graft_study study = {.context = context,
                         .path = path,
                         .backbone = backbone,
                         .base = backbone ? backbone->name : NULL,
                         .options = given,
                         .folds = given.folds > 0 ? (size_t)given.folds : DEFAULT_FOLDS,
                         .sizes = given.sizes > 0 ? (size_t)given.sizes : DEFAULT_SIZES,
                         .epochs = given.epochs > 0 ? (size_t)given.epochs : DEFAULT_EPOCHS};
    graft_status status = run(&study);
    if (status == GRAFT_OK) status = graft_compare_conclude(&study, out);
    graft_study_clear(&study);
    if (status == GRAFT_OK) (*out)->seconds = graft_now() - begun;
    return status;
}
