/* What a comparison hands over: figures, curves, findings, and their texts. */
#include "transfer/compare-internal.h"

#include "base/alloc.h"
#include "base/error.h"
#include "stats/metrics.h"

#include <math.h>
#include <string.h>

/* What the result's members borrow from. */
typedef struct owner {
    graft_compare_result result;
    graft_compare_arm arms[GRAFT_COMPARE_ARMS];
    graft_compare_point *points;
    graft_compare_finding causes[GRAFT_COMPARE_FINDINGS], remedies[GRAFT_COMPARE_FINDINGS];
    char *texts[2 * GRAFT_COMPARE_FINDINGS];
    size_t text_count;
    char *what[GRAFT_COMPARE_ARMS];
    char *data, *base, *words;
} owner;

void graft_compare_free(graft_compare_result *result) {
    owner *self = (owner *)result; /* its first member */
    if (!self) return;
    for (size_t i = 0; i < self->text_count; i++)
        graft_release(self->texts[i]);
    for (int i = 0; i < GRAFT_COMPARE_ARMS; i++)
        graft_release(self->what[i]);
    graft_release(self->points);
    graft_release(self->data);
    graft_release(self->base);
    graft_release(self->words);
    graft_release(self);
}

static graft_compare_point point_of(const graft_study *study, size_t size, double x, const double *accuracy,
                                    const unsigned char *hits) {
    graft_compare_point point = {.x = x, .accuracy = accuracy[0]};
    if (graft_study_once(study))
        graft_wilson_interval((size_t)(accuracy[0] * (double)study->held + 0.5), study->held, point.interval95);
    else
        graft_compare_interval(study, size, accuracy, hits, &point.accuracy, point.interval95);
    return point;
}

/* Of a curve's point; NULL where every fold holds out its own. */
static const unsigned char *hits_of(const graft_study *study, const unsigned char *hits, size_t point) {
    return study->drawn ? hits + point * study->held : NULL;
}

static graft_status add_arms(graft_study *study, owner *self) {
    self->points =
        graft_allocate((size_t)GRAFT_COMPARE_ARMS, (study->sizes + study->epochs + 1) * sizeof(*self->points));
    if (!self->points) return graft_fail_memory("the curves");
    graft_compare_point *next = self->points;
    for (int i = 0; i < GRAFT_COMPARE_ARMS; i++) {
        graft_compare_scores *scores = &study->arm[i];
        if (!scores->done) continue;
        graft_compare_arm *arm = &self->arms[self->result.arm_count];
        self->what[self->result.arm_count++] = scores->what;
        *arm = (graft_compare_arm){.name = graft_compare_arm_name[i],
                                   .what = scores->what,
                                   .transfers = graft_compare_transfers(i),
                                   .above_majority = graft_compare_above_majority(study, i),
                                   .sizes = next,
                                   .size_count = study->sizes,
                                   .seconds = scores->seconds};
        scores->what = NULL;
        for (size_t s = 0; s < study->sizes; s++)
            *next++ = point_of(study, s, study->train[s], scores->accuracy + s * study->folds,
                               hits_of(study, scores->hits, s));
        arm->accuracy = next[-1].accuracy;
        memcpy(arm->interval95, next[-1].interval95, sizeof(arm->interval95));
        arm->epochs = next;
        arm->epoch_count = scores->epoch_count;
        for (size_t e = 0; e < scores->epoch_count; e++)
            *next++ = point_of(study, study->sizes - 1, (double)e, scores->epochs + e * study->folds,
                               hits_of(study, scores->epoch_hits, e));
    }
    return GRAFT_OK;
}

static size_t place_of(const owner *self, int arm) {
    size_t at = 0;
    while (at < self->result.arm_count && strcmp(self->arms[at].name, graft_compare_arm_name[arm]) != 0)
        at++;
    return at;
}

static void add_factors(const graft_study *study, owner *self) {
    const graft_compare_scores *scratch = &study->arm[GRAFT_ARM_SCRATCH], *tuned = &study->arm[GRAFT_ARM_FINETUNED];
    graft_compare_result *result = &self->result;
    double doublings[GRAFT_COMPARE_SIZES], epochs[GRAFT_COMPARE_POINTS];
    int with = 0, without = 0;
    if (graft_compare_pair(study, &with, &without, &result->pairs)) {
        for (size_t s = 0; s < study->sizes; s++)
            doublings[s] = log2(study->train[s]);
        /* Of one division the samples say nothing of a curve's start and slope. */
        if (graft_study_once(study))
            result->by_size.asymptote = graft_compare_arms_differ(study, with, without);
        else
            graft_compare_factors_of(study,
                                     &(graft_compare_curves){.with = study->arm[with].accuracy,
                                                             .without = study->arm[without].accuracy,
                                                             .x = doublings,
                                                             .with_hits = study->arm[with].hits,
                                                             .without_hits = study->arm[without].hits,
                                                             .points = study->sizes,
                                                             .slope_points = study->sizes,
                                                             .of_sizes = true},
                                     &result->by_size);
        result->with = place_of(self, with);
        result->without = place_of(self, without);
        result->by_size.with = graft_compare_arm_name[with];
        result->by_size.without = graft_compare_arm_name[without];
    }
    if (!scratch->done || !tuned->done || !scratch->epochs || !tuned->epochs) return;
    for (size_t e = 0; e <= study->epochs; e++)
        epochs[e] = (double)e;
    graft_compare_factors_of(study,
                             &(graft_compare_curves){.with = tuned->epochs,
                                                     .without = scratch->epochs,
                                                     .x = epochs,
                                                     .with_hits = tuned->epoch_hits,
                                                     .without_hits = scratch->epoch_hits,
                                                     .points = study->epochs + 1,
                                                     .slope_points = study->epochs / 2 + 1},
                             &result->by_epoch);
    result->by_epoch.with = graft_compare_arm_name[GRAFT_ARM_FINETUNED];
    result->by_epoch.without = graft_compare_arm_name[GRAFT_ARM_SCRATCH];
}

static graft_status fill(graft_study *study, owner *self) {
    graft_compare_result *result = &self->result;
    const graft_compare_figure unknown = {(double)NAN, {(double)NAN, (double)NAN}, (double)NAN};
    self->data = graft_text_copy(study->path);
    self->base = study->base ? graft_text_copy(study->base) : NULL;
    if (!self->data || (study->base && !self->base)) return graft_fail_memory("a text");
    result->data = self->data;
    result->base = self->base;
    result->n = study->raw.count;
    result->classes = study->raw.classes;
    result->folds = study->folds;
    result->held_out = study->held;
    result->majority = study->majority;
    result->arms = self->arms;
    result->by_size = result->by_epoch =
        (graft_compare_factors){.start = unknown, .slope = unknown, .asymptote = unknown};
    GRAFT_TRY(add_arms(study, self));
    add_factors(study, self);
    result->verdict = graft_compare_verdict_of(study, &result->difference, &result->p_value);
    memcpy(self->causes, study->causes, sizeof(self->causes));
    memcpy(self->remedies, study->remedies, sizeof(self->remedies));
    memcpy(self->texts, study->texts, sizeof(self->texts));
    self->text_count = study->text_count;
    study->text_count = 0;
    result->causes = self->causes;
    result->cause_count = study->cause_count;
    result->remedies = self->remedies;
    result->remedy_count = study->remedy_count;
    GRAFT_TRY(graft_compare_say(result, &self->words));
    result->words = self->words;
    return GRAFT_OK;
}

graft_status graft_compare_conclude(graft_study *study, graft_compare_result **out) {
    owner *self = graft_allocate_zero(1, sizeof(*self));
    if (!self) return graft_fail_memory("a comparison");
    graft_status status = fill(study, self);
    if (status != GRAFT_OK) {
        graft_compare_free(&self->result);
        return status;
    }
    *out = &self->result;
    return GRAFT_OK;
}
