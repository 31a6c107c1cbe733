/* graft/model.h: backbones and trained models. */
#ifndef GRAFT_MODEL_H
#define GRAFT_MODEL_H

#include <graft/data.h>
#include <graft/option.h>
#include <graft/preprocess.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- backbones: a pretrained network with its preprocessing ---- */

typedef struct graft_backbone graft_backbone;

typedef struct graft_backbone_options {
    size_t struct_size;
    int preprocess;     /* graft_scaling; 0: from the registry, or an error that explains */
    int fit;            /* graft_fit */
    int filter;         /* 0: the backbone's own, else bilinear; otherwise 1 + graft_filter */
    int64_t image_size; /* pixels, square; 0: the backbone's own */
    const char *arch;   /* a network of the tables (graft list archs): of a file that holds weights alone, NULL: found
                         * out; for the path "none": untrained */
    uint64_t seed;      /* of its first weights */
} graft_backbone_options;
#define GRAFT_DEFAULT_BACKBONE "graft-s" /* comes with graft; see backbone_dirs of the context's options */
#define GRAFT_BACKBONE_OPTIONS_INIT \
    { .struct_size = sizeof(graft_backbone_options) }
/* The rows that describe the members above: parsing, defaults, help and documentation come from them. */
GRAFT_API const graft_option *graft_backbone_option_table(void);

/* Opens a whole network: Keras .h5 or .keras, TF.js model.json (or its folder), a .graft model, or what
 * graft_convert wrote with its structure; or weights alone
 * (Keras .h5 and .weights.h5, .npz, safetensors, PyTorch .pth), which go by name into a network of the tables, without
 * a classifier of other classes than the published ones; "none" makes the untrained network `arch`. Where no file is
 * called so, a name of graft/models.h means the model in the context's folder. `path` NULL is the network that comes
 * with graft. Errors: GRAFT_E_DATA (file; weights of
 * another network: names it), GRAFT_E_USAGE (preprocessing or network unknown: says what to pass; `arch` for a file
 * that needs none). */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_backbone_open(graft_backbone **out, graft_context *context,
                                                            const char *path, const graft_backbone_options *options);
GRAFT_API void graft_backbone_free(graft_backbone *backbone);
GRAFT_API const char *graft_backbone_name(const graft_backbone *backbone);
GRAFT_API const graft_preprocess *graft_backbone_preprocess(const graft_backbone *backbone);
/* What loading matched, skipped and missed, for people; "" when all matched. */
GRAFT_API const char *graft_backbone_load_report(const graft_backbone *backbone);

typedef struct graft_summary_options {
    size_t struct_size;
    const char *arch; /* network of a file that holds weights alone; NULL: found out */
    bool json;
} graft_summary_options;
#define GRAFT_SUMMARY_OPTIONS_INIT \
    { .struct_size = sizeof(graft_summary_options) }
GRAFT_API const graft_option *graft_summary_option_table(void);

/* A table of layers, shapes, parameters, multiply-adds and memory, as text for people or as JSON (docs/cli.md).
 * `path` is any file graft_backbone_open takes, "none" for the network `arch`, a name of the kind "archs", or a
 * network's description (docs/networks.md); preprocessing is not needed. `options` NULL: defaults. Release with
 * graft_text_free. Errors: as of graft_backbone_open. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_summary(graft_context *context, const char *path,
                                                      const graft_summary_options *options, char **out);

/* ---- trained models ---- */

/* Backbone, cut, head, classes and preprocessing in one. */
typedef struct graft_model graft_model;

/* Whether `path` holds a .graft model rather than a foreign one. Errors: GRAFT_E_DATA. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_model_is_own(graft_context *context, const char *path, bool *own);
/* Opens a .graft file and verifies its SHA-256, its format version and its self-test image's answer; or a whole
 * foreign classifier (.h5, model.json, weights alone) as it is, with `options` as for a backbone (NULL: defaults).
 * `classes`: file with one class name a line for a foreign model, or NULL. Errors: GRAFT_E_DATA, GRAFT_E_USAGE. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_model_open(graft_model **out, graft_context *context, const char *path,
                                                         const graft_backbone_options *options, const char *classes);
GRAFT_API void graft_model_free(graft_model *model);
/* Writes to a temporary file, syncs, renames: the old file stays whole whatever happens. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_model_save(const graft_model *model, const char *path);
GRAFT_API size_t graft_model_class_count(const graft_model *model);
/* NULL when the model does not name its classes (a foreign file without --classes). */
GRAFT_API const char *graft_model_class(const graft_model *model, size_t index);
GRAFT_API const graft_preprocess *graft_model_preprocess(const graft_model *model);

/* ---- predictions ---- */

/* One row a sample, in the dataset's order, quarantined samples left out. */
typedef struct graft_predictions graft_predictions;

/* Probabilities for every sound sample of `data` (checked first if it was not). A labelled dataset must have the
 * model's classes, or a part of them with `allow_one_class`; otherwise an error shows the difference. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_model_predict(graft_predictions **out, graft_model *model,
                                                            graft_dataset *data);
GRAFT_API void graft_predictions_free(graft_predictions *predictions);
GRAFT_API size_t graft_predictions_count(const graft_predictions *predictions);
GRAFT_API size_t graft_predictions_class_count(const graft_predictions *predictions);
GRAFT_API const char *graft_predictions_class(const graft_predictions *predictions, size_t index);
/* The sample's index in the dataset and its probabilities (class_count floats). */
GRAFT_API size_t graft_predictions_sample(const graft_predictions *predictions, size_t row);
GRAFT_API const float *graft_predictions_row(const graft_predictions *predictions, size_t row);
/* The sample's true label in the model's class order, -1 when unlabelled. */
GRAFT_API int graft_predictions_label(const graft_predictions *predictions, size_t row);

/* {"path":..,"label":..,"probability":..,"top":[..]}: one line without a newline. Release with graft_text_free. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_predictions_json(const graft_predictions *predictions,
                                                               const graft_dataset *data, size_t row, int top,
                                                               char **json);

/* ---- evaluation ---- */

typedef struct graft_class_figures {
    const char *name;
    double precision, recall, f1;
    size_t support;
    double precision95[2], recall95[2]; /* Wilson; NaN where nothing was predicted so, or nothing is of the class */
    double roc_auc, pr_auc; /* against the rest, by probability (pr: average precision); NaN with no or all samples */
} graft_class_figures;

/* Answering only where the most probable class reaches `threshold`. */
typedef struct graft_coverage_figures {
    double threshold, coverage, accuracy; /* the share that is answered, and how much of it is right */
} graft_coverage_figures;

/* Another model on the same samples (McNemar 1947): whether one is right more often than chance lets it. */
typedef struct graft_comparison {
    size_t first_only, second_only; /* samples that the measured model alone, or the other alone, has right */
    double accuracy;                /* the other's */
    double p_value;                 /* two-sided */
    bool exact;                     /* by the binomial (below 25 disagreements), else chi-square with continuity */
} graft_comparison;

/* What dividing all logits by one number would make of the confidence (Guo et al. 2017); answers stay. */
typedef struct graft_calibration {
    double temperature; /* of least loss, within 0.001..1000; above 1: the model is too sure */
    double loss, ece;   /* with it, on the data it was fitted on */
} graft_calibration;

/* Figures from predictions over labelled samples. Borrowed members live as long as the evaluation. */
typedef struct graft_evaluation {
    size_t n, classes;
    double accuracy, interval95[2]; /* Wilson */
    double top5;                    /* NaN with fewer than 6 classes */
    double loss, ece;
    double majority_baseline, knn_baseline; /* NaN when the model carries no training features */
    size_t predicted_classes;               /* classes predicted at least once */
    const size_t *confusion;                /* classes * classes; row: true class, column: predicted */
    const graft_class_figures *per_class;
    double macro_roc_auc, macro_pr_auc;     /* means over the classes that have them; NaN: none has */
    size_t coverage_count;                  /* tenths of the samples, from all of them down */
    const graft_coverage_figures *coverage; /* the largest thresholds that answer at least so many */
    const graft_comparison *against;        /* NULL before graft_evaluation_against */
    const graft_calibration *calibration;   /* NULL before graft_evaluation_calibrate */
    bool collapsed;  /* the alarm: one class is predicted alone, or fewer than half as many as have samples */
    size_t knn_rows; /* training samples that knn_baseline looks at; 0: none. Models of pictures
                        carry 1,024, evenly spread, when there are more */
} graft_evaluation;

GRAFT_API GRAFT_MUST_CHECK graft_status graft_evaluate(graft_evaluation **out, const graft_predictions *predictions);
/* Sets `against`: `own` is what the evaluation was made of, `other` another model's predictions for the same samples,
 * with the same classes in the same order. Errors: GRAFT_E_USAGE: they are not. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_evaluation_against(graft_evaluation *evaluation,
                                                                 const graft_predictions *own,
                                                                 const graft_predictions *other);
/* Sets `calibration`, fitted on `predictions`, which the evaluation was made of: on data the model has not learned
 * from. Errors: GRAFT_E_DATA: no temperature has the least loss, as all samples are right, or none better than guessed.
 */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_evaluation_calibrate(graft_evaluation *evaluation,
                                                                   const graft_predictions *predictions);
/* Divides the model's logits by `temperature` from here on, also in files it is saved or converted to. Errors:
 * GRAFT_E_USAGE: its head is not logistic, or the temperature out of range. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_model_set_temperature(graft_model *model, double temperature);
GRAFT_API void graft_evaluation_free(graft_evaluation *evaluation);
/* The object that docs/cli.md shows for `evaluate --json`. Release with graft_text_free. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_evaluation_json(const graft_evaluation *evaluation, char **json);

/* ---- features ---- */

typedef struct graft_extract_options {
    size_t struct_size;
    const char *layer;  /* NULL: the last layer before the head */
    int pool;           /* 0 avg, 1 max, 2 none (flattened C,H,W) */
    const char *output; /* F.npy or F.npz: float32 (N, D); F.csv beside it: row,path,label */
} graft_extract_options;
#define GRAFT_EXTRACT_OPTIONS_INIT \
    { .struct_size = sizeof(graft_extract_options) }
#define GRAFT_POOL_CHOICES "avg|max|none"
GRAFT_API const graft_option *graft_extract_option_table(void);

/* Extracts features of every sound sample, in order; *rows and *width may be NULL. An .npy is streamed to disk, an .npz
 * (features and labels) needs room for the whole matrix. Errors: GRAFT_E_USAGE (options, layer), GRAFT_E_DATA (no sound
 * pictures, the file), GRAFT_E_GATE (8-bit integers beyond max_drop), GRAFT_E_MEMORY, GRAFT_E_CANCELLED. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_extract(graft_context *context, const graft_backbone *backbone,
                                                      graft_dataset *data, const graft_extract_options *options,
                                                      size_t *rows, size_t *width);

#ifdef __cplusplus
}
#endif
#endif
