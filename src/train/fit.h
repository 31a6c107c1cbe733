/* The training loop of one phase: one plan, one set of trainable parameters. */
#ifndef GRAFT_SRC_TRAIN_FIT_H
#define GRAFT_SRC_TRAIN_FIT_H

#include "nn/train-plan.h"
#include "train/history.h"
#include "train/mix.h"
#include "train/recipe.h"
#include "train/source.h"
#include <math.h>

typedef enum graft_stop {
    GRAFT_STOP_FINISHED, /* all epochs ran */
    GRAFT_STOP_EARLY,    /* no improvement for `patience` epochs */
    GRAFT_STOP_NAN,      /* the loss was not finite: the last good weights are kept */
    GRAFT_STOP_NEGATIVE, /* validation stayed below the frozen baseline: roll back */
    GRAFT_STOP_TIME,     /* the time budget does not hold another epoch */
} graft_stop;

typedef struct graft_fit_options {
    size_t struct_size;
    const graft_recipe *recipe;
    int phase;
    uint32_t epochs;            /* of this phase, >= 1 */
    size_t batch;               /* effective batch; a plan's micro-batches are accumulated up to it */
    bool fill_batches;          /* complete the last micro-batch with samples of weight 0 (batch statistics need it) */
    bool balanced;              /* draw classes evenly */
    const float *class_weight;  /* one a class; NULL: all 1 */
    double rate;                /* 0: the optimizer's default */
    const double *segment_rate; /* factor of each parameter segment (layer-wise decay); NULL: all 1 */
    double decay;               /* weight decay; < 0: the optimizer's default */
    double clip;                /* largest norm of the gradient; 0: none */
    double ema;                 /* average of weights: share that stays a step; 0: none */
    uint64_t warmup;            /* steps */
    uint64_t steps_before;      /* the schedule's steps that earlier phases have done */
    uint64_t steps_total;       /* of the schedule; 0: this phase's own */
    graft_mix mix;
    uint64_t seed;
    graft_monitor monitor;
    uint32_t patience;         /* early stopping; 0: never */
    uint32_t plateau_patience; /* of the plateau schedule; 0: 5 */
    double min_delta;
    bool keep_last;                /* the last epoch's weights are kept, whatever `monitor` says */
    double baseline;               /* frozen validation accuracy for the guard; NaN: no guard */
    uint32_t guard_patience;       /* 0: 3 */
    double seconds;                /* budget of the phase; 0: none */
    const char *checkpoint_folder; /* NULL: none */
    uint64_t checkpoint_steps;     /* between two checkpoints; 0: each epoch */
    const graft_graph *origin;     /* `graph` as fine-tuning began: what penalties compare with; NULL: graph's values */
    const bool *segment_new;       /* one a parameter segment: drawn anew, not pretrained; NULL: none is */
    uint64_t identity;             /* what else a checkpoint must agree on: data, network, freeze plan */
    const char *name;              /* of the phase in progress reports; NULL: by its number */
    float *outputs; /* of validation, count x classes, raw, of the epoch that ended last; NULL: not kept */
    void *user;
    /* After an epoch's validation: the graph has the weights that were validated. A failure ends the fit. */
    graft_status (*on_weights)(void *user, const graft_graph *graph);
    void (*on_epoch)(void *user, const graft_epoch *epoch, double seconds);
} graft_fit_options;
#define GRAFT_FIT_OPTIONS_INIT \
    { .struct_size = sizeof(graft_fit_options), .decay = -1, .baseline = (double)NAN }

typedef struct graft_fit_result {
    graft_stop stop;
    uint32_t best_epoch;      /* as counted in the history; 0: none */
    double best_val_accuracy; /* NaN without validation */
    uint64_t steps;
    double seconds;
} graft_fit_result;

/* Trains; afterwards the plan holds the best weights by `monitor` (the last ones without validation). `graph` is what
 * the plan was made from: checkpoints hold all its values; the best are stored back into it. `history` is continued.
 * `resume` goes on from the newest sound checkpoint in the folder when it belongs to this phase.
 * Errors: GRAFT_E_CANCELLED (a checkpoint was written first), GRAFT_E_DATA. */
GRAFT_MUST_CHECK graft_status graft_fit_run(graft_context *context, graft_train_plan *plan, graft_graph *graph,
                                            const graft_sample_source *train, const graft_sample_source *validation,
                                            const graft_fit_options *options, bool resume, graft_history *history,
                                            graft_fit_result *out);

/* Loss and accuracy over a source; `outputs`, when not NULL, gets count x classes raw outputs. */
typedef struct graft_score {
    double loss, accuracy;
} graft_score;
GRAFT_MUST_CHECK graft_status graft_fit_score(graft_context *context, graft_train_plan *plan,
                                              const graft_sample_source *source, const graft_recipe *recipe,
                                              float *outputs, graft_score *out);

#endif
