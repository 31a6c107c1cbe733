/* graft/train.h: the main job: labelled pictures and a pretrained network become a classifier. */
#ifndef GRAFT_TRAIN_H
#define GRAFT_TRAIN_H

#include <graft/model.h>
#include <graft/tune.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct graft_train_options {
    size_t struct_size;
    const char *head;  /* "logistic" (default), "knn", "majority"; or a chain of layers: "gap dropout:0.2 dense" */
    const char *layer; /* "auto" (default): cross-validated among the last stages' ends; or a layer's name */
    int pool;          /* 0 avg, 1 max, 2 none */
    int64_t folds;     /* of the cross-validation on the training split, 2..20; 0: 5 */
    double c;          /* logistic: inverse regularisation; 0: chosen by cross-validation */
    uint64_t seed;
    graft_tune_options tune; /* struct_size 0 is fine here */
} graft_train_options;
#define GRAFT_TRAIN_OPTIONS_INIT \
    { .struct_size = sizeof(graft_train_options), .tune = GRAFT_TUNE_OPTIONS_INIT }
GRAFT_API const graft_option *graft_train_option_table(void);

/* Everything a training run found out; the source of reports. */
typedef struct graft_run graft_run;

/* check -> features (through the boundary cache) -> head -> evaluation; with options.tune also -> fine-tuning -> the
 * better of both by validation. `data` is checked first if it was not.
 * A cancelled run returns GRAFT_E_CANCELLED; what was computed stays in the cache. The run keeps `data`, `backbone` and
 * the texts of `options` by reference, and everything its context: free the run first, then these, the context last. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_train(graft_run **out, graft_context *context, graft_dataset *data,
                                                    const graft_backbone *backbone, const graft_train_options *options);
/* A trained model (.graft with a logistic or network head) goes on on `data`, which must have its classes: by default
 * all of it learns (options->tune). The better of before and after is kept. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_finetune(graft_run **out, graft_context *context, graft_dataset *data,
                                                       const char *model, const graft_train_options *options);
GRAFT_API void graft_run_free(graft_run *run);

GRAFT_API const graft_model *graft_run_model(const graft_run *run);
GRAFT_API const graft_dataset *graft_run_dataset(const graft_run *run);
/* NULL when the split has no samples. */
GRAFT_API const graft_evaluation *graft_run_evaluation(const graft_run *run, graft_split split);
GRAFT_API const graft_predictions *graft_run_predictions(const graft_run *run, graft_split split);

/* What the validation pictures chose besides being measured on, which makes their figures somewhat optimistic; the bits
 * of what training layers asks them, 0 for frozen features alone. */
enum { GRAFT_CHOSE_EPOCH = 1, GRAFT_CHOSE_MODEL = 2 }; /* the best epoch; whether the run's model is the tuned one */
GRAFT_API int graft_run_validation_chose(const graft_run *run);

/* One decision of the plan with its reason, such as {"layer", "block_16_expand_relu", "cross-validated 0.874 ..."}. */
typedef struct graft_decision {
    const char *what, *choice, *reason;
} graft_decision;
GRAFT_API size_t graft_run_decision_count(const graft_run *run);
GRAFT_API const graft_decision *graft_run_decision(const graft_run *run, size_t index);

/* A candidate cut or regularisation that cross-validation tried. */
typedef struct graft_candidate {
    const char *layer;
    double c;
    double accuracy, deviation; /* over folds */
    bool chosen;
} graft_candidate;
GRAFT_API size_t graft_run_candidate_count(const graft_run *run);
GRAFT_API const graft_candidate *graft_run_candidate(const graft_run *run, size_t index);

/* What the epochs of training brought; none for a head that is fitted in one go. */
GRAFT_API size_t graft_run_epoch_count(const graft_run *run);
GRAFT_API const graft_run_epoch *graft_run_epoch_at(const graft_run *run, size_t index);
GRAFT_API size_t graft_run_phase_count(const graft_run *run);
GRAFT_API const graft_run_phase *graft_run_phase_at(const graft_run *run, size_t index);

typedef struct graft_run_timing {
    double check, features, head, tune, evaluate, total; /* seconds */
    size_t features_computed, features_cached;           /* samples */
    double images_per_second;                            /* of those computed */
    double waiting_share;                                /* of the workers' time spent reading and decoding */
} graft_run_timing;
GRAFT_API const graft_run_timing *graft_run_timing_of(const graft_run *run);

/* The plan with its reasons, as JSON (plan.json). Release with graft_text_free. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_run_plan_json(const graft_run *run, char **json);

/* ---- the rate ---- */

typedef struct graft_lr_options {
    size_t struct_size;
    double low, high; /* of the rate; 0: 1e-7, 1 */
    int64_t steps;    /* 10..1000; 0: 100 */
} graft_lr_options;
#define GRAFT_LR_OPTIONS_INIT \
    { .struct_size = sizeof(graft_lr_options) }
GRAFT_API const graft_option *graft_lr_option_table(void);

/* The loss over a rate that rises from step to step (Smith 2017), in the phase that training would begin with (where
 * nothing but the head would learn: the last stage; an untrained network: all of it); ends early when the loss
 * explodes. Release with graft_lr_curve_free. */
typedef struct graft_lr_curve graft_lr_curve;
GRAFT_API GRAFT_MUST_CHECK graft_status graft_lr_find(graft_lr_curve **out, graft_context *context, graft_dataset *data,
                                                      const graft_backbone *backbone,
                                                      const graft_train_options *options,
                                                      const graft_lr_options *range);
GRAFT_API void graft_lr_curve_free(graft_lr_curve *curve);
GRAFT_API size_t graft_lr_curve_count(const graft_lr_curve *curve);
GRAFT_API void graft_lr_curve_at(const graft_lr_curve *curve, size_t index, double *rate, double *loss);
/* Where the loss falls fastest; NaN when it never does. */
GRAFT_API double graft_lr_curve_suggested(const graft_lr_curve *curve);

#ifdef __cplusplus
}
#endif
#endif
