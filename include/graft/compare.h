/* graft/compare.h: does transfer help? The same data learned in several ways on the same folds. */
#ifndef GRAFT_COMPARE_H
#define GRAFT_COMPARE_H

#include <graft/model.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum graft_compare_scratch {
    GRAFT_COMPARE_SCRATCH_AUTO,  /* the same network where that is cheap by its multiply-adds, else a small one */
    GRAFT_COMPARE_SCRATCH_SMALL, /* two convolutions and two dense layers on the raw pixels */
    GRAFT_COMPARE_SCRATCH_SAME,  /* the base's layers, drawn anew */
} graft_compare_scratch;
#define GRAFT_COMPARE_SCRATCH_CHOICES "auto|small|same"

typedef enum graft_compare_diagnose {
    GRAFT_COMPARE_DIAGNOSE_AUTO, /* unless the verdict is positive */
    GRAFT_COMPARE_DIAGNOSE_ALWAYS,
    GRAFT_COMPARE_DIAGNOSE_NEVER,
} graft_compare_diagnose;
#define GRAFT_COMPARE_DIAGNOSE_CHOICES "auto|always|never"

typedef struct graft_compare_options {
    size_t struct_size;
    const char *features;   /* .npy or .npz with a row a sample, in place of a network's features; NULL: none */
    int64_t folds;          /* 2..100; 0: 5 */
    int64_t sizes;          /* training-set sizes, each half of the next, 1..10; 0: 5 */
    int64_t epochs;         /* of arms that have epochs, 1..1000; 0: 8 */
    const char *arms;       /* comma-separated; NULL: all that the data allow */
    int scratch;            /* graft_compare_scratch */
    const char *layer;      /* features of the frozen arms; NULL: the last layer before the head */
    const char *fine_tune;  /* what the fine-tuned arm trains, as for graft_tune_options; NULL: stage:1 */
    double lr;              /* of fine-tuning; 0: a tenth of the optimizer's default */
    const char *regularize; /* of fine-tuning; NULL: none */
    double seconds;         /* most of one training run's phase; 0: no limit but the epochs */
    double c;               /* logistic: inverse regularisation; 0: chosen inside each fold */
    int diagnose;           /* graft_compare_diagnose */
    const char *label;      /* for a .csv: the column that holds the class */
    uint64_t seed;          /* of folds, weights drawn and training */
    const char *per_class;  /* training-set sizes as samples a class, ascending, such as "5,20,50", in place of `sizes`.
                             * Where the data name what tests (else what validates), that is held out, and each fold is
                             * a draw of its own among the other samples. NULL: parts of all that is not held out */
    int64_t held;           /* with such data: most samples held out, drawn at random; 0: all of them */
} graft_compare_options;
#define GRAFT_COMPARE_OPTIONS_INIT \
    { .struct_size = sizeof(graft_compare_options) }
/* The rows that describe the members above: parsing, defaults, help and documentation come from them. */
GRAFT_API const graft_option *graft_compare_option_table(void);

/* A mean over folds with its 95 % interval (Nadeau & Bengio's; where all hold out the same samples, that of folds and
 * samples), and p of the test that it is 0. */
typedef struct graft_compare_figure {
    double value; /* NaN: not measured */
    double interval95[2];
    double p;
} graft_compare_figure;

/* A point of a learning curve: accuracy on what is held out. */
typedef struct graft_compare_point {
    double x; /* training samples (mean over folds), or epochs */
    double accuracy;
    double interval95[2];
} graft_compare_point;

typedef struct graft_compare_arm {
    const char *name; /* raw, scratch, random_frozen, frozen, finetuned */
    const char *what; /* for people */
    bool transfers;   /* uses pretrained weights */
    double accuracy;  /* with all training samples, mean over folds */
    double interval95[2];
    graft_compare_figure above_majority; /* accuracy less the largest class's */
    const graft_compare_point *sizes;    /* ascending; the last is all */
    size_t size_count;
    const graft_compare_point *epochs; /* from 0, before the first step; none for arms fitted in one go */
    size_t epoch_count;
    double seconds;
} graft_compare_arm;

/* The factors of the tutorials (Torrey & Shavlik 2010), as differences: with transfer less without. */
typedef struct graft_compare_factors {
    const char *with, *without;     /* arms; NULL: there are no two to compare */
    graft_compare_figure start;     /* accuracy at the curve's first point; NaN where that is its last */
    graft_compare_figure slope;     /* accuracy gained: a doubling of the training set, or an epoch of the first half */
    graft_compare_figure asymptote; /* accuracy at the curve's last point */
} graft_compare_factors;

typedef enum graft_compare_state {
    GRAFT_COMPARE_NO,       /* checked, not the cause; a remedy: no help */
    GRAFT_COMPARE_POSSIBLE, /* it is so, but cannot be measured here, or what was measured is no proof */
    GRAFT_COMPARE_YES,      /* a cause; a remedy: helps */
    GRAFT_COMPARE_UNKNOWN,  /* could not be checked */
} graft_compare_state;
GRAFT_API const char *graft_compare_state_name(int state); /* "no", "possible", "yes", "unknown" */

/* A cause that was checked, or a remedy that was tried. */
typedef struct graft_compare_finding {
    const char *name;            /* labels, rows, preprocessing, ...; earlier_layer, l2-sp, ... */
    int state;                   /* graft_compare_state */
    const char *text;            /* for people, with the figures */
    graft_compare_figure effect; /* accuracy with the change less without it, where one was measured */
} graft_compare_finding;

typedef enum graft_compare_verdict {
    GRAFT_COMPARE_NONE,
    GRAFT_COMPARE_POSITIVE,
    GRAFT_COMPARE_NEGATIVE,
} graft_compare_verdict;

/* Borrowed members live as long as the result. */
typedef struct graft_compare_result {
    const char *data, *base; /* names; base NULL: features from a file */
    size_t n, classes, folds;
    double majority; /* accuracy of always answering the largest class */
    const graft_compare_arm *arms;
    size_t arm_count;
    size_t with, without;            /* arms that the verdict compares: the best that transfers and the best that does
                                        not; equal: there are no two */
    graft_compare_figure difference; /* between these, with all samples; p before it is adjusted */
    size_t pairs;                    /* that they were chosen from */
    double p_value; /* largest against all arms of the loser's kind, times the arms of the winner's (Bonferroni) */
    graft_compare_factors by_size, by_epoch;
    int verdict;       /* graft_compare_verdict: p_value below 0.05, and the sign of the difference */
    const char *words; /* the verdict with its figures, for people */
    const graft_compare_finding *causes, *remedies;
    size_t cause_count, remedy_count;
    double seconds;
    size_t held_out; /* samples that are held out in every fold, each fold drawing its own training samples among the
                        others; 0: each fold holds out a part of its own */
} graft_compare_result;

/* Learns `path`'s data in arms: raw pixels (logistic regression); scratch (a network drawn anew, all of it trained);
 * random_frozen (the base with random weights, frozen, and a logistic head); frozen (the base, the same head);
 * finetuned (that head, then layers of the base too). Each is scored by stratified k-fold with all training samples and
 * with nested parts of them; nothing that is fitted or chosen sees what is held out, and no epoch is picked by it: arms
 * with epochs are scored after the last one. Frozen features come from one pass through the boundary cache.
 *
 * `path` is as for graft_crossval; `backbone` may be NULL with options->features, which then are the frozen arm's.
 * Unless the verdict is positive (options->diagnose) causes are checked one by one and remedies tried.
 * Errors: GRAFT_E_USAGE (options; neither network nor features; an arm that the data do not allow), GRAFT_E_DATA (as
 * for graft_crossval; features of another number of rows), GRAFT_E_CANCELLED, GRAFT_E_MEMORY. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_compare(graft_compare_result **out, graft_context *context,
                                                      const char *path, const graft_backbone *backbone,
                                                      const graft_compare_options *options);
GRAFT_API void graft_compare_free(graft_compare_result *result);
/* The object that docs/cli.md shows for `compare --json`. Release with graft_text_free. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_compare_json(const graft_compare_result *result, char **json);

#ifdef __cplusplus
}
#endif
#endif
