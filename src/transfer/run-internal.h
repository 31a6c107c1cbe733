/* The insides of a training run. */
#ifndef GRAFT_SRC_TRANSFER_RUN_INTERNAL_H
#define GRAFT_SRC_TRANSFER_RUN_INTERNAL_H

#include "base/context.h"
#include "train/history.h"
#include "transfer/model-internal.h"
#include <graft/autoencoder.h>
#include <graft/train.h>

#define GRAFT_DECISION_LIMIT 48
#define GRAFT_RUN_PHASES 16
#define GRAFT_CANDIDATE_LIMIT (GRAFT_CUT_LIMIT * GRAFT_LOGISTIC_GRID_MAX)

struct graft_run {
    graft_context *context;
    graft_dataset *data;
    const graft_backbone *backbone; /* NULL: a trained model goes on */
    const char *base;               /* the name of what it began with; borrowed */
    char *model_name;               /* the same, owned, of a model that goes on */
    graft_train_options options;
    const graft_head *head; /* on frozen features */
    const char *head_chain; /* the head as layers; NULL: not asked for */
    graft_model *model;
    graft_predictions *predictions[3];
    graft_evaluation *evaluations[3];
    graft_decision decisions[GRAFT_DECISION_LIMIT];
    char *decision_texts[GRAFT_DECISION_LIMIT][2]; /* their choices and reasons */
    size_t decision_count;
    graft_candidate candidates[GRAFT_CANDIDATE_LIMIT]; /* layer: borrowed from the backbone's graph */
    size_t candidate_count;
    graft_run_timing timing;
    graft_phase *phase; /* "head", while it lasts */
    graft_run_phase phases[GRAFT_RUN_PHASES];
    char *phase_texts[GRAFT_RUN_PHASES][2]; /* their first layers and boundaries */
    size_t phase_count;
    bool tuned;           /* the model is the one that the phases trained */
    int validation_chose; /* bits of GRAFT_CHOSE_... */
    graft_run_epoch *epochs;
    size_t epoch_count, epoch_capacity;
    double begun;            /* of graft_now() */
    graft_graph *pretrained; /* of pretraining: the backbone; NULL: another run */
    graft_preprocess pretrained_spec;
    bool half;                      /* it is stored as f16 */
    graft_autoencoder *autoencoder; /* NULL: another run */
    graft_scores *scores[3];        /* of its pictures, by split */
};

/* Adds a decision; the reason is a format. Errors: GRAFT_E_MEMORY. */
GRAFT_MUST_CHECK graft_status graft_run_decide(graft_run *run, const char *what, const char *choice, const char *reason,
                                               ...) GRAFT_PRINTF(4, 5);

/* Adds an epoch that took `seconds`; *out is what is told of it. Errors: GRAFT_E_MEMORY. */
GRAFT_MUST_CHECK graft_status graft_run_add_epoch(graft_run *run, const graft_epoch *from, double seconds,
                                                  graft_run_epoch *out);

/* What a run with a folder failed with; where the data changed below it and it has ended an epoch, so that there is a
 * checkpoint, the text says how it goes on. */
graft_status graft_run_resumable(const graft_run *run, const char *folder, graft_status status);

/* The phase that trained the weights which the last phase ended with: an earlier one where no later epoch was better.
 * There must be phases. */
int graft_run_kept_phase(const graft_run *run);

/* What training decides by itself: the cut and the regularisation. */
typedef struct graft_choice {
    size_t cut; /* among the candidates */
    double c;
    double last_c; /* for the last layer, where fine-tuning puts its head, whatever layer was chosen */
} graft_choice;
/* `rows` lack their width and the source of their values. */
GRAFT_MUST_CHECK graft_status graft_run_choose(graft_run *run, const graft_features *features, const graft_cut *cuts,
                                               size_t cut_count, const size_t *sample, const graft_rows *rows,
                                               graft_choice *out);

/* bench.c: pictures a second that the network computes, measured for about so many seconds. */
GRAFT_MUST_CHECK graft_status graft_bench_rate(graft_context *context, const graft_graph *graph, double seconds,
                                               double *rate);

/* Training as far as the frozen features go: check -> features -> choice -> head -> evaluation. */
GRAFT_MUST_CHECK graft_status graft_train_frozen(graft_run **out, graft_context *context, graft_dataset *data,
                                                 const graft_backbone *backbone, const graft_train_options *options,
                                                 graft_choice *choice);

/* Where the run's model computes on integers: measures how its classes agree with those that floats give, and adds the
 * decision. Errors: GRAFT_E_GATE: less than the backbone's precision options allow. */
GRAFT_MUST_CHECK graft_status graft_run_measure_precision(graft_run *run);

/* What the model keeps about the run: no clock, no path beyond the data's name, so that equal runs give equal files. */
GRAFT_MUST_CHECK graft_status graft_run_summarise(const graft_run *run, graft_json **out);

#endif
