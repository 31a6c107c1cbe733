/* graft/series.h: transfer for time series: an encoder pretrained on many series without labels gives features for new
 * ones (Malhotra et al. 2017), or begins a classifier; convolutional networks to train from scratch. */
#ifndef GRAFT_SERIES_H
#define GRAFT_SERIES_H

#include <graft/compare.h>
#include <graft/crossval.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A path of series is a file (UCR archive text or .tsv, .ts, .arff, a long .csv with the columns id, time, label and
 * one a channel) or a folder with NAME_TRAIN and NAME_TEST of one of these, whose split is kept. */

#define GRAFT_SERIES_MISSING "interpolate|zero|refuse"

typedef struct graft_series_options {
    size_t struct_size;
    /* how series are prepared; a model keeps it, and only `pretrain` and training from scratch take it */
    int missing;            /* of GRAFT_SERIES_MISSING */
    bool raw;               /* no z-normalisation of each series' channels */
    int64_t length;         /* resampled to so many steps; 0: as they are, shorter ones masked or, for a convolutional
                               network, resampled to the longest */
    int64_t window, stride; /* cut into windows; 0: whole */
    /* the network */
    const char *arch; /* "timenet", "fcn", "inception-time" (graft list series-archs); NULL: timenet, fcn to train */
    int64_t units, layers; /* of timenet; 0: 60 and 3 */
    double dropout;        /* between recurrent layers */
    bool teacher;          /* the decoder is given the step it decoded last, not the code (Malhotra et al. 2017) */
    /* training */
    int64_t epochs, batch; /* 0: the architecture's; < 0: none, weights as drawn */
    double rate, clip;     /* 0: the architecture's */
    int64_t seed;
    bool fine_tune;          /* with a base: the encoder learns too */
    double c;                /* of the logistic head; 0: chosen by cross-validation */
    const char *checkpoints; /* folder; NULL: none */
    bool resume;             /* go on from the checkpoint there */
    /* Not in the table: */
    void *user;
    void (*on_epoch)(void *user, int64_t epoch, double loss, double rate, double seconds);
} graft_series_options;
#define GRAFT_SERIES_OPTIONS_INIT \
    { .struct_size = sizeof(graft_series_options) }
GRAFT_API const graft_option *graft_series_option_table(void);

typedef struct graft_series_result {
    size_t series, tests, classes, channels; /* tests: of `series`, of the data's own test part */
    size_t shortest, longest, steps;         /* steps: as the network takes them */
    size_t missing, constant;                /* numbers filled in; channels that do not vary */
    size_t features;                         /* numbers of the code */
    int64_t parameters;
    int64_t epochs;        /* that ran */
    double loss;           /* of training, best epoch; NaN: nothing was trained */
    double train_accuracy; /* NaN: not a classifier */
    double accuracy;       /* on the test part; NaN without one */
    double interval95[2];  /* Wilson */
    double test_loss;
    double majority, nearest; /* test accuracy of the largest class, and of the Euclidean nearest neighbour */
    double c;                 /* of the logistic head; 0: a network's */
    double seconds;
} graft_series_result;

/* What a model answered for series, with what a report needs to show them. */
typedef struct graft_series_outcome graft_series_outcome;
typedef struct graft_series_model graft_series_model;

/* Trains the encoder of a sequence-to-sequence autoencoder on all series of `paths`, train and test parts alike,
 * without looking at labels, and writes it as a model file. Errors: GRAFT_E_USAGE (options; an architecture without a
 * decoder), GRAFT_E_DATA (series; channels that differ between paths), GRAFT_E_CANCELLED, GRAFT_E_MEMORY. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_series_pretrain(graft_context *context, const char *const *paths,
                                                              size_t count, const graft_series_options *options,
                                                              const char *output, graft_series_result *out);
/* Trains on the train part and measures on the test part of `path`. `base`: a model file, whose encoder feeds a
 * logistic regression, or with options->fine_tune begins a network; NULL: the architecture from scratch. `output` may
 * be NULL, and so may `outcome`, which gets the answers for the test part (without one, for what trained) to look at:
 * release with graft_series_outcome_free. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_series_train(graft_context *context, const char *path, const char *base,
                                                           const graft_series_options *options, const char *output,
                                                           graft_series_result *out, graft_series_outcome **outcome);
/* A trained model's accuracy on the test part of `path`, or on all of it where it has none; `outcome` as above. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_series_evaluate(graft_context *context, const char *model,
                                                              const char *path, graft_series_result *out,
                                                              graft_series_outcome **outcome);

/* A trained model. Errors: GRAFT_E_DATA: no such file, none of a series model, broken. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_series_model_open(graft_series_model **out, graft_context *context,
                                                                const char *path);
GRAFT_API void graft_series_model_free(graft_series_model *model);
/* What it makes of every series of `path`, of both parts, with or without labels (which do not matter, nor need they be
 * the model's), prepared as it was trained. Errors: GRAFT_E_USAGE (an encoder without a head), GRAFT_E_DATA. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_series_predict(graft_series_outcome **out, graft_context *context,
                                                             const graft_series_model *model, const char *path);
GRAFT_API void graft_series_outcome_free(graft_series_outcome *outcome);
/* Borrowed, a row a series (or a window of one) in their order; samples are places among all series of the path. */
GRAFT_API const graft_predictions *graft_series_outcome_predictions(const graft_series_outcome *outcome);
/* Borrowed; NULL: of graft_series_predict. */
GRAFT_API const graft_evaluation *graft_series_outcome_evaluation(const graft_series_outcome *outcome);
/* {"path":..,"row":..,"line":..,"part":"train"|"test","true":..,"label":..,"probability":..,"top":[..]}: one line
 * without a newline; "part" where the path has both, "true" where the file has labels. Release with graft_text_free. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_series_outcome_json(const graft_series_outcome *outcome, size_t row,
                                                                  int top, char **json);

/* Writes the code of every series: float32 (N, D) in `output`, an .npy, and rows in the .csv beside it
 * (row,path,line,part,label). */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_series_extract(graft_context *context, const char *path, const char *base,
                                                             const char *output, graft_series_result *out);
/* Stratified k-fold over the codes of all series of `path`; see graft_crossval. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_series_crossval(graft_context *context, const char *path,
                                                              const char *base, const graft_crossval_options *options,
                                                              graft_crossval_result **out);

/* Does the encoder in `base` help with the labelled series of `path`? They are learned in arms: nearest (the class of
 * the Euclidean nearest training series), raw (a logistic regression on the numbers) and scratch (options->arch, NULL:
 * fcn, drawn anew) on series of one length prepared by `options`; random_frozen (the base's encoder with random weights
 * and a logistic head), frozen (the encoder, the same head) and finetuned (the encoder learns too) on series prepared
 * as for the base. What is trained runs options->epochs, 0: as many as scratch's architecture asks for, in both arms;
 * nothing that is fitted or chosen sees what is held out. `test` is held out, or where NULL the test part of `path`:
 * then samples are tested in pairs (McNemar), and intervals are Wilson's; without one compare->folds (0: 10) stratified
 * folds are, as graft_compare does it. Of `compare` only folds, sizes (0: 1) and arms count; `options` and `compare`
 * may be NULL. Causes are not looked for. Errors: GRAFT_E_USAGE (options; a base that cuts windows), GRAFT_E_DATA
 * (series; other channels than the base's), GRAFT_E_CANCELLED, GRAFT_E_MEMORY. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_series_compare(graft_compare_result **out, graft_context *context,
                                                             const char *path, const char *test, const char *base,
                                                             const graft_series_options *options,
                                                             const graft_compare_options *compare);

#ifdef __cplusplus
}
#endif
#endif
