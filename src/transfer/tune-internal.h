/* The insides of training layers of the network. */
#ifndef GRAFT_SRC_TRANSFER_TUNE_INTERNAL_H
#define GRAFT_SRC_TRANSFER_TUNE_INTERNAL_H

#include "train/fit.h"
#include "transfer/freeze.h"
#include "transfer/run-internal.h"
#include "transfer/tune-network.h"
#include "transfer/tune-source.h"

/* One phase as it was asked for. */
typedef struct graft_tune_spec {
    int number; /* 0: the head alone, before fine-tuning */
    int from;   /* node of the network from which on layers learn */
    uint32_t epochs;
} graft_tune_spec;

/* Options after parsing, and what they apply to. */
typedef struct graft_tuning {
    graft_context *context;
    graft_dataset *data;
    const graft_preprocess *spec;
    const graft_tune_options *options;
    uint64_t seed;
    graft_tune_network network;
    graft_graph *origin; /* a copy of the network as it began, for regularisers; NULL: none look at it */
    graft_recipe recipe;
    graft_augment *augment;
    graft_views views;
    size_t *train, train_count, *validation, validation_count; /* samples of the splits */
    int *train_label, *validation_label;
    float *class_weight; /* NULL: all 1 */
    double weight_decay; /* < 0: the optimizer's own */
    size_t batch;
    uint32_t epochs;
    double deadline; /* of graft_now(); 0: none */
    graft_tune_spec specs[GRAFT_RUN_PHASES];
    int spec_count;
    bool warm;               /* the head begins with fitted values */
    bool untrained;          /* no pretrained weights to be careful with */
    graft_identity identity; /* of what a fit does not see: pictures, values of the network, augmentation */
    double baseline;         /* validation accuracy before fine-tuning; NaN: none, no guard */
    graft_history history;
    graft_features *boundary; /* the last phase's cached boundary, while it is wanted; NULL: pictures */
    int boundary_node;
} graft_tuning;

/* The options alone: what tuning->options says goes into the other members. */
GRAFT_MUST_CHECK graft_status graft_tuning_parse(graft_tuning *tuning);
/* Parses the options and collects the samples; the network is given over (also on failure). */
GRAFT_MUST_CHECK graft_status graft_tuning_init(graft_tuning *tuning, graft_context *context, graft_dataset *data,
                                                const graft_preprocess *spec, const graft_tune_options *options,
                                                uint64_t seed, graft_tune_network *network);
void graft_tuning_clear(graft_tuning *tuning);
/* Part of the above: copies the network where the recipe's regularisers will compare with it. */
GRAFT_MUST_CHECK graft_status graft_tuning_keep_origin(graft_tuning *tuning);

/* Decides the phases from `from` (first node that learns) and --unfreeze-at. */
GRAFT_MUST_CHECK graft_status graft_tuning_schedule(graft_tuning *tuning, int from);

/* Starts the head as a logistic regression with inverse regularisation `c` on what its dense layer sees. */
GRAFT_MUST_CHECK graft_status graft_tuning_warm_head(graft_tuning *tuning, double c);

/* ---- one phase ---- */

typedef struct graft_tune_phase {
    const graft_tune_spec *spec;
    graft_freeze_plan freeze;
    graft_freeze_count before; /* training */
    graft_graph *suffix;       /* what follows the boundary */
    graft_graph *origin;       /* the same of the network as it began; NULL: no regularisers */
    bool *segment_new;         /* of the plan's parameters: in the head; NULL as above */
    int *map;                  /* nodes of the network to those of the suffix; -1: not in it */
    bool *trainable;           /* one a node of the suffix */
    graft_features *features;  /* NULL: the boundary is the input, pictures are decoded each epoch */
    graft_features_result filled;
    graft_tune_source train, validation;
    graft_train_plan *plan;
    size_t micro;
    uint64_t bytes; /* peak computed */
    double *segment_rate;
} graft_tune_phase;

/* Fills the boundary cache and compiles the plan. The phase must not be moved. Release with close, also after a
 * failure. */
GRAFT_MUST_CHECK graft_status graft_tune_phase_open(graft_tuning *tuning, const graft_tune_spec *spec,
                                                    graft_tune_phase *out);
void graft_tune_phase_close(graft_tune_phase *phase);
/* Options of a fit of this phase. */
void graft_tune_phase_options(const graft_tuning *tuning, const graft_tune_phase *phase, graft_fit_options *out);

/* The learning rate at which a phase begins. */
double graft_tune_rate(const graft_tuning *tuning, const graft_tune_spec *spec);

/* The largest micro-batch, the batch divided, whose peak stays below the context's memory limit. Errors: GRAFT_E_USAGE
 * when not even one sample fits: says how much it needs. */
GRAFT_MUST_CHECK graft_status graft_tune_fit_memory(const graft_tuning *tuning, graft_tune_phase *phase,
                                                    graft_train_plan_options *options);

/* ---- after the last phase ---- */

/* Training pictures at the cuts of the network that was trained. */
typedef struct graft_tune_rows {
    float *answers; /* count x model->cut.width, in the order of tuning->train */
    float *inner;   /* kept x model->baseline_cut.width, of the pictures that graft_knn_picked names */
    int *label;     /* kept */
    size_t kept;
} graft_tune_rows;

/* Whether the last phase left what the layers after its boundary can be run from. */
bool graft_tune_rows_possible(const graft_tuning *tuning, const graft_model *model);
/* Runs them. Release with clear. */
GRAFT_MUST_CHECK graft_status graft_tune_rows_compute(const graft_tuning *tuning, const graft_model *model,
                                                      graft_tune_rows *out);
void graft_tune_rows_clear(graft_tune_rows *rows);

/* When options->resume says so and the folder `checkpoints` (NULL: none) holds one: *begin gets the phase to go on in,
 * those before are over, and the history what came to pass. Else *begin is -1. The phases must be decided.
 * Errors: GRAFT_E_DATA (the checkpoint is of a phase that was not asked for). */
GRAFT_MUST_CHECK graft_status graft_tuning_resume(graft_tuning *tuning, const char *checkpoints, int *begin);

/* Runs all phases, from the checkpoints in options->folder when asked to resume. The network has the trained values
 * afterwards, of the last phase's best epoch. `run` gets phases, epochs and decisions. */
GRAFT_MUST_CHECK graft_status graft_tuning_run(graft_tuning *tuning, graft_run *run);

/* Everything about the options that can be wrong, before any picture is read. */
GRAFT_MUST_CHECK graft_status graft_run_tune_check(const graft_run *run);

/* After the head was trained on frozen features: fine-tunes as the options say and keeps the better model.
 * `c`: inverse regularisation for the head's start. */
GRAFT_MUST_CHECK graft_status graft_run_tune(graft_run *run, double c);

/* Measures the network and makes it the run's model when it is better on validation than the one there is, or when
 * `always`. */
GRAFT_MUST_CHECK graft_status graft_tuning_keep_better(graft_run *run, graft_tuning *tuning, bool always);

/* What --fine-tune or --freeze name: the first node that learns; *given false: neither was given, or it is "auto". */
GRAFT_MUST_CHECK graft_status graft_tune_asked(const graft_tuning *tuning, bool *given, int *from);
/* What --fine-tune, --freeze, --time and the data come to: the first node that learns; *wanted false: the head alone
 * is enough. The decision goes into the run's plan. */
GRAFT_MUST_CHECK graft_status graft_tune_advise(graft_run *run, graft_tuning *tuning, bool *wanted, int *from);

/* What that decides between where nobody says what, as --fine-tune takes it, from most that learns to least. */
enum { GRAFT_TUNE_CHOICES = 5 };
extern const char *const graft_tune_choices[GRAFT_TUNE_CHOICES];

/* The choice that a resumed run made when it began, and its epochs into the tuning; *choice NULL: it is not resumed, or
 * had not come to choose. Errors: GRAFT_E_DATA (it began with other epochs asked for). */
GRAFT_MUST_CHECK graft_status graft_tune_recall(graft_tuning *tuning, const char **choice);
/* Keeps a choice and the tuning's epochs, of `asked`, for that: the time left and the machine's speed are not the same
 * when the run goes on, and with other layers or epochs its checkpoints would be another run's. */
GRAFT_MUST_CHECK graft_status graft_tune_remember(const graft_tuning *tuning, const char *choice, uint32_t asked);

/* About how long measuring the network takes when all from node `from` on learns: a budget must leave that time. 0 when
 * nothing is known of the machine's speed, as all features were in the cache. */
GRAFT_MUST_CHECK graft_status graft_tune_measuring_time(const graft_tuning *tuning, const graft_run *run, int from,
                                                        double *seconds);

/* Seconds of an epoch in which all from node `from` on learns, and of filling the cache before, as the pass over the
 * features went; NaN and 0 when the machine's speed is not known. */
GRAFT_MUST_CHECK graft_status graft_tune_epoch_time(const graft_tuning *tuning, const graft_run *run, int from,
                                                    double *epoch, double *fill);

/* What fine-tuning `run` works on, parsed and collected; clear the tuning also after a failure. */
GRAFT_MUST_CHECK graft_status graft_run_tuning_open(graft_run *run, graft_tuning *tuning);

/* Seconds in "90s", "10m", "1h", "45"; 0 for NULL and "". */
GRAFT_MUST_CHECK graft_status graft_duration_parse(const char *option, const char *text, double *seconds);

#endif
