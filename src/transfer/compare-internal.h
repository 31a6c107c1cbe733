/* The insides of comparing ways to learn the same data. */
#ifndef GRAFT_SRC_TRANSFER_COMPARE_INTERNAL_H
#define GRAFT_SRC_TRANSFER_COMPARE_INTERNAL_H

#include "base/context.h"
#include "stats/student.h"
#include "train/history.h"
#include "transfer/crossval-rows.h"
#include <graft/compare.h>

enum { GRAFT_COMPARE_ARMS = 6, GRAFT_COMPARE_SIZES = 10, GRAFT_COMPARE_FINDINGS = 16 };
enum { GRAFT_COMPARE_POINTS = 1001 }; /* of a curve over epochs, at most */
enum {
    GRAFT_ARM_RAW,
    GRAFT_ARM_SCRATCH,
    GRAFT_ARM_RANDOM,
    GRAFT_ARM_FROZEN,
    GRAFT_ARM_FINETUNED,
    GRAFT_ARM_NEAREST, /* of series alone */
};

/* Figures of one arm: of every size and fold, and after every epoch with all samples. Owned. */
typedef struct graft_compare_scores {
    bool wanted, done;
    char *what;
    double *accuracy; /* sizes x folds */
    double *c;        /* sizes x folds: the strengths chosen; logistic arms alone */
    double *epochs;   /* (epochs + 1) x folds; arms with epochs alone */
    /* Where a part of the rows is held out in every fold: how many folds have each row of it right. */
    unsigned char *hits;       /* sizes x held */
    unsigned char *epoch_hits; /* (epochs + 1) x held */
    size_t epoch_count;
    double seconds;
} graft_compare_scores;

/* The data, cut up the same way for everything that is measured. */
typedef struct graft_study {
    graft_context *context;
    const char *path;
    const graft_backbone *backbone; /* NULL: features of a file, or series */
    const char *base;               /* what is transferred from, for people; NULL: features of a file */
    graft_compare_options options;
    graft_dataset *data; /* NULL: rows of numbers */
    size_t *sample;      /* of data, a row each */
    graft_crossval_rows raw, deep;
    graft_shape picture; /* of a raw row; rank 0: it is none */
    graft_cut cut;       /* of the frozen arms */
    size_t folds, sizes, epochs;
    bool by_class;                         /* sizes are samples a class */
    size_t per_class[GRAFT_COMPARE_SIZES]; /* then */
    double train[GRAFT_COMPARE_SIZES];     /* training samples of each size, mean over folds */
    bool drawn;                            /* a part of the rows is held out in every fold */
    size_t held;                           /* rows of it */
    int *fold;     /* of each row: the one that holds it out; drawn: the one that trains on it, -1: held out in all */
    size_t *order; /* rows at random: parts of the training rows are taken in this order */
    double majority;
    double *baseline;             /* folds: share of the largest training class among what is held out */
    unsigned char *baseline_hits; /* drawn: of each row held out, in how many folds it is of that class */
    long long conflicts;          /* rows whose class the features' own table tells otherwise; -1: it has none */
    graft_compare_scores arm[GRAFT_COMPARE_ARMS];
    graft_phase *phase;
    graft_compare_finding causes[GRAFT_COMPARE_FINDINGS], remedies[GRAFT_COMPARE_FINDINGS];
    size_t cause_count, remedy_count;
    char *texts[2 * GRAFT_COMPARE_FINDINGS]; /* of the findings; owned */
    size_t text_count;
} graft_study;

extern const char *const graft_compare_arm_name[GRAFT_COMPARE_ARMS];
static inline bool graft_compare_transfers(int arm) {
    return arm == GRAFT_ARM_FROZEN || arm == GRAFT_ARM_FINETUNED;
}

/* One division that the data name themselves, in place of folds: then tests are paired sample by sample. */
static inline bool graft_study_once(const graft_study *study) {
    return study->folds == 1;
}
static inline bool graft_study_holds(const graft_study *study, size_t row, size_t fold) {
    return study->drawn ? study->fold[row] < 0 : study->fold[row] == (int)fold;
}
static inline bool graft_study_trains(const graft_study *study, size_t row, size_t fold) {
    return study->drawn ? study->fold[row] == (int)fold : study->fold[row] != (int)fold;
}

/* compare-draws.c: sizes that the options give by the class. */
GRAFT_MUST_CHECK graft_status graft_study_sizes(graft_study *study);
/* Chooses the rows' samples and their folds where sizes are by the class and the data name what is held out (drawn). */
GRAFT_MUST_CHECK graft_status graft_study_draw(graft_study *study);

/* compare-data.c. Release with clear, also after a failure. */
GRAFT_MUST_CHECK graft_status graft_study_open(graft_study *study);
/* Folds, sizes and what the largest class reaches, from the rows in study->raw (and, drawn, study->fold). */
GRAFT_MUST_CHECK graft_status graft_study_divide(graft_study *study);
void graft_study_clear(graft_study *study);
/* Held-out by training samples of a fold: what Nadeau and Bengio's correction for overlap takes. Draws share none: 0.
 */
double graft_study_overlap(const graft_study *study, size_t size);
/* Samples that all folds together hold out. */
static inline size_t graft_study_tested(const graft_study *study) {
    return study->drawn ? study->held : study->raw.count;
}
/* role[i]: 0 held out in fold f, 1 among the part of those that may train that size s takes, -1 neither. */
void graft_study_roles(const graft_study *study, size_t size, size_t fold, int *role);
/* The same as rows of `study`, ascending. Release both. */
GRAFT_MUST_CHECK graft_status graft_study_parts(const graft_study *study, size_t size, size_t fold, size_t **train,
                                                size_t *train_count, size_t **held, size_t *held_count);

/* compare-logistic.c: rows (as many as the study's) by logistic regression. c: of each fold; NULL: chosen inside each.
 * `accuracy` and `chosen` (may be NULL) get an entry a fold. `hits` (may be NULL): of a drawn study, one more for each
 * row held out that a fold has right. */
GRAFT_MUST_CHECK graft_status graft_compare_logistic(const graft_study *study, const graft_crossval_rows *rows,
                                                     size_t size, const double *c, double *accuracy, double *chosen,
                                                     unsigned char *hits);
/* An arm at all sizes. */
GRAFT_MUST_CHECK graft_status graft_compare_logistic_arm(graft_study *study, int arm, const graft_crossval_rows *rows);
/* The strengths that the frozen arm chose in the folds with all samples. */
static inline const double *graft_compare_strengths(const graft_study *study) {
    return study->arm[GRAFT_ARM_FROZEN].c + (study->sizes - 1) * study->folds;
}
/* Features of samples at cuts of a network, in one pass: count, width and x of rows[i]; NULL: into the cache alone. */
GRAFT_MUST_CHECK graft_status graft_compare_features(const graft_study *study, const graft_graph *graph,
                                                     const graft_preprocess *spec, const graft_cut *cuts, size_t count,
                                                     const size_t *sample, size_t samples,
                                                     graft_crossval_rows *const *rows);
/* The network up to `node` with values drawn anew. */
GRAFT_MUST_CHECK graft_status graft_compare_random_network(const graft_study *study, int node, graft_graph **out);

/* compare-fit.c: one training run. */
typedef struct graft_compare_fit {
    const graft_graph *graph; /* NULL: a small network on raw pixels */
    int node;                 /* that the head stands on */
    const char *fine_tune;
    bool untrained;
    double c; /* the head starts as a logistic regression of this strength; 0: as it is drawn */
    int batchnorm;
    double lr;
    const char *regularize;
} graft_compare_fit;
/* Accuracy on what fold `fold` holds out, before the first epoch and after each: study->epochs + 1 entries. `hits` (may
 * be NULL): of a drawn study, so many times the rows held out, one more for each that is right. */
GRAFT_MUST_CHECK graft_status graft_compare_fit_run(const graft_study *study, const graft_compare_fit *fit, size_t size,
                                                    size_t fold, double *accuracy, unsigned char *hits);
/* Counts hits after each epoch of a training run. `outputs` NULL: it does not. Release with graft_release(outputs). */
typedef struct graft_compare_count {
    float *outputs; /* count x classes */
    const int *label;
    size_t count, classes, point, points;
    unsigned char *hits; /* points x count */
} graft_compare_count;
GRAFT_MUST_CHECK graft_status graft_compare_count_open(const graft_study *study, const int *label, size_t count,
                                                       unsigned char *hits, graft_compare_count *out);
/* The next point is what the outputs say; `rest`: and all that follow. */
void graft_compare_count_add(graft_compare_count *self, bool rest);
/* The same, for a fit's on_epoch. */
void graft_compare_count_epoch(void *user, const graft_epoch *epoch, double seconds);
/* An arm at all sizes. */
GRAFT_MUST_CHECK graft_status graft_compare_fit_arm(graft_study *study, int arm, const graft_compare_fit *fit);
/* The finetuned arm, as the options say. */
graft_compare_fit graft_compare_finetuning(const graft_study *study);
/* compare-pixels.c: the small network; epochs as above, of smaller sizes the last one's figure alone. */
GRAFT_MUST_CHECK graft_status graft_compare_fit_pixels(const graft_study *study, size_t size, size_t fold,
                                                       double *accuracy, unsigned char *hits);

/* compare-arms.c: all that are wanted and possible. */
GRAFT_MUST_CHECK graft_status graft_compare_arms_run(graft_study *study);
/* Sets which arms are wanted: those of options.arms, else all without an obstacle (the text says why not; NULL: none).
 * Errors: GRAFT_E_USAGE: another word than `names`, an arm with an obstacle. */
GRAFT_MUST_CHECK graft_status graft_compare_choose_arms(graft_study *study, const char *names,
                                                        const char *(*obstacle)(const graft_study *study, int arm));
/* Takes over what an arm is, for people; NULL: no memory. */
GRAFT_MUST_CHECK graft_status graft_compare_describe(graft_study *study, int arm, char *what);
/* Room for an arm's figures. */
GRAFT_MUST_CHECK graft_status graft_compare_scores_new(const graft_study *study, graft_compare_scores *scores);
/* Folds and sizes of every arm that is wanted: the units of study->phase. */
uint64_t graft_compare_units(const graft_study *study);

/* compare-factors.c: pure functions of figures. */
/* Differences of the study's folds at a size. `shared`: graft_compare_shared of the same. */
graft_compare_figure graft_compare_test(const graft_study *study, size_t size, const double *difference, double shared);
/* Draws hold out the same rows: variance of a mean over draws of hits with less without (NULL: no hits), of points x
 * held weighted and added up, for these rows being a sample. 0 where every fold holds out rows of its own. */
double graft_compare_shared(const graft_study *study, const unsigned char *with, const unsigned char *without,
                            size_t points, const double *weight);
/* The mean of a size's folds, with its interval within 0..1. */
void graft_compare_interval(const graft_study *study, size_t size, const double *accuracy, const unsigned char *hits,
                            double *mean, double interval[2]);
/* The same of samples that two arms have right or not: mean difference with Student's interval, p by McNemar. */
graft_compare_figure graft_compare_test_samples(const unsigned char *with, const unsigned char *without, size_t count);
/* Two curves over x, each points x folds. A curve over sizes has the study's; a slope is that of the first points. */
typedef struct graft_compare_curves {
    const double *with, *without, *x;
    const unsigned char *with_hits, *without_hits; /* points x held; NULL: not drawn */
    size_t points, slope_points;
    bool of_sizes;
} graft_compare_curves;
void graft_compare_factors_of(const graft_study *study, const graft_compare_curves *curves, graft_compare_factors *out);
/* compare-verdict.c: what the study came to. */
GRAFT_MUST_CHECK graft_status graft_compare_conclude(graft_study *study, graft_compare_result **out);
/* compare-words.c: the verdict for people; owned by the caller. */
GRAFT_MUST_CHECK graft_status graft_compare_say(const graft_compare_result *result, char **out);
/* Of two arms with all samples: the figure of with - without. */
graft_compare_figure graft_compare_arms_differ(const graft_study *study, int with, int without);
graft_compare_figure graft_compare_above_majority(const graft_study *study, int arm);
/* graft_compare_shared of a change that has `hits` (NULL: not drawn) with all samples, and the arm that it is one of.
 */
double graft_compare_against(const graft_study *study, int arm, const unsigned char *hits);
/* The arms that the verdict compares; false: there are no two. */
bool graft_compare_pair(const graft_study *study, int *with, int *without, size_t *pairs);
int graft_compare_verdict_of(const graft_study *study, graft_compare_figure *difference, double *p);

/* compare-causes.c, compare-input.c, compare-remedies.c */
GRAFT_MUST_CHECK graft_status graft_compare_causes(graft_study *study);
GRAFT_MUST_CHECK graft_status graft_compare_input_causes(graft_study *study);
GRAFT_MUST_CHECK graft_status graft_compare_remedies(graft_study *study);
/* The states of the remedies from `first` on that were measured: each p is adjusted for how many these are. */
void graft_compare_judge_remedies(graft_study *study, size_t first);
/* Adds to study->causes or study->remedies; the text is a format. */
GRAFT_MUST_CHECK graft_status graft_compare_cause(graft_study *study, const char *name, int state,
                                                  const graft_compare_figure *effect, const char *text, ...)
    GRAFT_PRINTF(5, 6);
GRAFT_MUST_CHECK graft_status graft_compare_remedy(graft_study *study, const char *name, int state,
                                                   const graft_compare_figure *effect, const char *text, ...)
    GRAFT_PRINTF(5, 6);
/* After a check: what the data do not allow (GRAFT_E_DATA) is a finding, unknown for the reason that the error tells,
 * and no failure: the arms are measured by then. Any other status stays. */
GRAFT_MUST_CHECK graft_status graft_compare_settle_cause(graft_study *study, const char *name, graft_status status);
GRAFT_MUST_CHECK graft_status graft_compare_settle_remedy(graft_study *study, const char *name, graft_status status);

#endif
