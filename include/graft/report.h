/* graft/report.h: what a run leaves behind for people and programs. */
#ifndef GRAFT_REPORT_H
#define GRAFT_REPORT_H

#include <graft/advise.h>
#include <graft/autoencoder.h>
#include <graft/compare.h>
#include <graft/crossval.h>
#include <graft/embed.h>
#include <graft/explain.h>
#include <graft/gan.h>
#include <graft/inspect.h>
#include <graft/rank.h>
#include <graft/series.h>
#include <graft/train.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Makes the next free folder PARENT/NAME-k (k from 1; never an older one) and marks it as unfinished.
 * *out is its path; release with graft_text_free. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_run_folder_new(const char *parent, const char *name, char **out);
/* Whether `folder` is that of a run that has not ended. */
GRAFT_API bool graft_run_folder_is_partial(const char *folder);

/* Writes model.graft, report.html, history.csv, layers.csv, manifest.json, plan.json into `folder` and removes the
 * mark. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_run_write(graft_context *context, const graft_run *run,
                                                        const char *folder);

/* The same of a run of graft_pretrain or graft_distill: backbone.safetensors and history.csv. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_pretraining_write(const graft_run *run, const char *folder);
/* Its event "done": {"event":"done","backbone":..,"copy":..|null,"epochs":..,"loss":..,"val_loss":..,"val_acc":..|null,
 * "seconds":{"features":..,"total":..}}. Release *json with graft_text_free. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_pretraining_json(const graft_run *run, const char *folder,
                                                               const char *copy, char **json);

/* The same of graft_gan_train, whose model and sheets are there already: history.csv and report.html with both losses'
 * curves, that of the distance where epochs were measured, and of the sheets in FOLDER/samples about a dozen, the best
 * epoch's among them. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_gan_write(const graft_gan_result *result, const char *folder);
/* The same of a run of graft_autoencoder_train: autoencoder.graft and report.html beside them. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_autoencoder_write(graft_context *context, const graft_run *run,
                                                                const char *folder);
/* That report.html alone: reconstructions, scores, curves, a map of the codes. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_autoencoder_report_write(graft_context *context, const graft_run *run,
                                                                       const char *path);
/* The event "done": {"event":"done","model":..,"backbone":..,"report":..,"copy":..|absent,"epochs":..,"loss":..,
 * "val_loss":..|null,"threshold":..,"quantile":..,"seconds":..}. Release *json with graft_text_free. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_autoencoder_json(const graft_run *run, const char *folder,
                                                               const char *copy, char **json);

/* report.html alone: one file that works offline. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_report_write(graft_context *context, const graft_run *run,
                                                           const char *path);

/* The object of the event "done" (docs/cli.md): where model and report lie in `folder`, the figures, the seconds.
 * `copy` is another place the model was saved to, or NULL. Release *json with graft_text_free. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_run_json(const graft_run *run, const char *folder, const char *copy,
                                                       char **json);

/* The curve of a range test as an SVG file. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_lr_curve_write(const graft_lr_curve *curve, const char *path);

typedef struct graft_plot_options {
    size_t struct_size;
    bool full;        /* a box for every layer; else normalisations and activations stand with the layer they follow */
    const char *arch; /* as of graft_summary */
} graft_plot_options;
#define GRAFT_PLOT_OPTIONS_INIT \
    { .struct_size = sizeof(graft_plot_options) }
GRAFT_API const graft_option *graft_plot_option_table(void);

/* Draws the network of `path` (as graft_summary takes it) into the file `output`, as its extension says: .svg, or .dot
 * (Graphviz's language, not laid out). Boxes say name, operation, kernel, stride, output shape (C, H, W) and
 * parameters; stages of one resolution lie on one ground; of a trained model, what learned, what is frozen and the
 * boundary between are marked. `options` NULL: defaults. Errors: GRAFT_E_USAGE (another extension, thousands of boxes),
 * GRAFT_E_DATA (either file). */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_plot_write(graft_context *context, const char *path, const char *output,
                                                         const graft_plot_options *options);
/* The format that graft_plot_write takes for a file's name: "svg", ... Errors: GRAFT_E_USAGE. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_plot_format(const char *path, const char **format);

/* A plan.json that was read back; texts of the options it set live as long as it does. */
typedef struct graft_plan_file graft_plan_file;

/* Options that a plan holds: a table and the struct its rows describe. */
typedef struct graft_plan_options_of {
    const graft_option *rows;
    void *target;
} graft_plan_options_of;

/* Sets the rows of the tables that the plan's "options" name, except those listed in `keep` (NULL-terminated, or NULL).
 * Errors: GRAFT_E_DATA: not a plan, an option that does not exist, a value out of range. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_plan_read(const char *path, const graft_plan_options_of *tables,
                                                        size_t count, const char *const *keep, graft_plan_file **out);
/* Writes a plan.json of nothing but options: what a run under way can be resumed with. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_plan_begin(const char *path, const graft_plan_options_of *tables,
                                                         size_t count);
GRAFT_API void graft_plan_file_free(graft_plan_file *file);

/* How a run was begun. */
typedef struct graft_run_begun {
    const char *verb, *data, *model;     /* model: NULL where none goes on */
    const graft_plan_options_of *tables; /* of all options that decide what comes out */
    size_t table_count;
} graft_run_begun;
/* Writes FOLDER/run.json: that, with options as plan.json has them, the folder that paths begin from, version, threads,
 * processor. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_run_origin_write(graft_context *context, const graft_run_begun *run,
                                                               const char *folder);
typedef struct graft_run_origin graft_run_origin;
/* Release *out with graft_run_origin_free. Errors: GRAFT_E_DATA (no such file, no JSON). */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_run_origin_read(const char *folder, graft_run_origin **out);
/* The text under a key, such as "verb", "data", "model", "graft", "cpu"; "" when there is none. */
GRAFT_API const char *graft_run_origin_text(const graft_run_origin *record, const char *key);
GRAFT_API void graft_run_origin_free(graft_run_origin *record);

/* Writes the explanation's map over its picture, framed as the model's network sees it, into a .png of at least 448
 * pixels. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_explanation_write(const graft_explanation *explanation,
                                                                const graft_model *model, const char *path);

/* An inspection as an HTML page: counts and, for each problem, the pictures. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_inspection_page(graft_context *context,
                                                              const graft_inspection *inspection, const char *path);
/* The map as an HTML page whose points show their pictures. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_embedding_page(graft_context *context, const graft_embedding *embedding,
                                                             const char *path);

/* The texts below are for people: aligned tables, ending with a newline, control bytes in file names replaced.
 * Release with graft_text_free. */

/* The plan with its reasons, accuracy with interval and baselines, seconds. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_run_text(const graft_run *run, char **out);

/* Result of a check as a table, or as one JSON object with the quarantine list. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_check_text(const graft_dataset *data, bool json, char **out);
/* The same with an inspection's issues: in full as JSON; for people without those that the check tells itself, the
 * first 20 of each problem. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_inspection_text(const graft_inspection *inspection, bool json,
                                                              char **out);

/* Figures, per-class table and, up to 20 classes, the confusion matrix. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_evaluation_text(const graft_evaluation *evaluation, char **out);

/* A line a fold, mean, interval, baseline, and what to know about the classes. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_crossval_text(const graft_crossval_result *result, char **out);

/* The same as a page: mean, interval and a chart of the folds. `title` (the data's path) heads it; one file that works
 * offline, as are the pages below. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_crossval_page_write(const graft_crossval_result *result,
                                                                  const char *title, const char *path);

/* What a classifier of series answered, as a page: figures, matrix, curves, and series drawn with their answers.
 * Errors: GRAFT_E_USAGE: the outcome of graft_series_predict. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_series_page_write(graft_context *context,
                                                                const graft_series_outcome *outcome, const char *path);

/* What was measured, the matrix, the four strategies, the chosen one and why. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_advice_text(const graft_advice *advice, char **out);

/* The same as a page. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_advice_page_write(const graft_advice *advice, const char *title,
                                                                const char *path);

/* A line a layer, the best, and how well the scores order the lines. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_rank_text(const graft_rank_result *result, char **out);

/* The same as a page: a chart of the accuracies with their intervals, all scores, and what they are worth. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_rank_page_write(const graft_rank_result *result, const char *title,
                                                              const char *path);

/* The arms, the three factors, the verdict, and causes and remedies where they were looked for. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_compare_text(const graft_compare_result *result, char **out);
/* The same as a page with the curves of all arms: one file that works offline. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_compare_page_write(const graft_compare_result *result, const char *path);

/* The `top` most probable labels (at least 1) of every row. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_predictions_text(const graft_predictions *predictions,
                                                               const graft_dataset *data, int top, char **out);

/* The same of series, each called FILE:LINE. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_series_outcome_text(const graft_series_outcome *outcome, int top,
                                                                  char **out);

/* The files of one cell of the confusion matrix: a path a line, or one JSON object. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_cell_text(const graft_predictions *predictions, const graft_dataset *data,
                                                        int true_class, int predicted_class, bool json, char **out);

/* What this machine offers: cores, threads, instructions, memory, cache folder, versions. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_machine_text(graft_context *context, bool json, char **out);

#ifdef __cplusplus
}
#endif
#endif
