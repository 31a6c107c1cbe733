/* The insides of series models. A series is a picture of height 1: channels x 1 x steps. Where lengths vary, one more
 * channel holds the mask: 1 where a step is, 0 behind the end. */
#ifndef GRAFT_SRC_TRANSFER_SERIES_INTERNAL_H
#define GRAFT_SRC_TRANSFER_SERIES_INTERNAL_H

#include "data/series.h"
#include "nn/graph.h"
#include "stats/logistic.h"
#include "train/history.h"
#include "train/source.h"
#include <graft/series.h>
#include <math.h>

/* What a network is built from. */
typedef struct graft_series_spec {
    int64_t channels, steps; /* of the series, without the mask */
    bool masked, teacher;
    bool resampled; /* to these steps, since they were of several lengths and the network takes no mask */
    int64_t units, layers;
    double dropout;
    int64_t classes; /* of a classifier */
} graft_series_spec;

typedef enum graft_series_role {
    GRAFT_SERIES_ENCODER,     /* to the code */
    GRAFT_SERIES_AUTOENCODER, /* to the series themselves */
    GRAFT_SERIES_CLASSIFIER,  /* to class probabilities */
} graft_series_role;

typedef struct graft_series_arch {
    const char *name, *help;
    int64_t epochs, batch;
    double rate, clip;
    bool masks; /* takes series of different lengths */
    /* Appends what leads from the input to the code, a vector. */
    graft_status (*encoder)(graft_graph *graph, const graft_series_spec *spec, int input, int *code);
    /* Appends what leads from the code back to the series; NULL: none. */
    graft_status (*decoder)(graft_graph *graph, const graft_series_spec *spec, int input, int code, int *out);
} graft_series_arch;
const graft_series_arch *graft_series_arch_at(size_t index); /* NULL past the end: the registry */
/* NULL: `fallback`. Errors: GRAFT_E_USAGE with the nearest name. */
GRAFT_MUST_CHECK graft_status graft_series_arch_find(const char *name, const char *fallback,
                                                     const graft_series_arch **out);

GRAFT_MUST_CHECK graft_status graft_series_network(const graft_series_arch *arch, const graft_series_spec *spec,
                                                   graft_series_role role, graft_graph **out);
/* Values of layers that both have, by name. *copied counts them, *missing those that `to` has alone. */
GRAFT_MUST_CHECK graft_status graft_series_copy_values(const graft_graph *from, graft_graph *to, size_t *copied,
                                                       size_t *missing);

/* A model: network, preparation, classes, head. */
struct graft_series_model {
    const graft_series_arch *arch;
    graft_series_spec spec;
    graft_series_preparation how;
    graft_graph *graph;   /* a classifier, or an encoder */
    graft_logistic *head; /* on the encoder's code; NULL: none */
    char **classes;       /* of a classifier; NULL: none */
    size_t class_count;
    char *path; /* of the file it was read from; NULL: none */
};
GRAFT_MUST_CHECK graft_status graft_series_model_new(graft_series_model **out);
GRAFT_MUST_CHECK graft_status graft_series_model_save(const graft_series_model *model, const char *path);
GRAFT_MUST_CHECK graft_status graft_series_model_classes(graft_series_model *model, const graft_series_set *set);
/* The model's network for series of `steps`, with its values: as `role` (what the model lacks is left unset). */
GRAFT_MUST_CHECK graft_status graft_series_model_network(const graft_series_model *model, const graft_series_spec *spec,
                                                         graft_series_role role, graft_graph **out);

/* Opens and settles. *shown gets the same series as they were recorded, in the same windows; `shown` NULL: not wanted.
 */
GRAFT_MUST_CHECK graft_status graft_series_load(graft_context *context, const char *path, const graft_series_arch *arch,
                                                const graft_series_preparation *how, graft_series_spec *spec,
                                                graft_series_set **set, graft_series_set **shown,
                                                graft_series_result *out);
/* Prepares what was opened. *spec's channels, steps, masked and resampled follow from the series and the architecture,
 * which resamples series of several lengths if it takes no masks: to the longest, or where steps is not 0 to those, as
 * the model they belong to was trained. Fills the counts of `out`. */
GRAFT_MUST_CHECK graft_status graft_series_settle(graft_context *context, const graft_series_arch *arch,
                                                  const graft_series_preparation *how, graft_series_spec *spec,
                                                  graft_series_set *set, graft_series_result *out);

/* Series as samples. */
typedef struct graft_series_samples {
    const graft_series_set *set;
    const graft_series_spec *spec;
    size_t *index; /* owned */
    int *label;    /* owned, for the sampler */
    size_t count;
    bool reconstruct; /* the target is the series, not its class */
} graft_series_samples;
typedef enum graft_series_part { GRAFT_SERIES_ALL, GRAFT_SERIES_TRAIN, GRAFT_SERIES_TEST } graft_series_part;
GRAFT_MUST_CHECK graft_status graft_series_samples_make(const graft_series_set *set, const graft_series_spec *spec,
                                                        graft_series_part part, graft_series_samples *out);
void graft_series_samples_clear(graft_series_samples *samples);
graft_sample_source graft_series_source(graft_series_samples *samples);
/* One series as the network takes it: (channels + mask) x steps floats. */
void graft_series_write(const graft_series *series, const graft_series_spec *spec, float *out);
/* What the network puts out for every sample: count x *width floats; release with graft_release. */
GRAFT_MUST_CHECK graft_status graft_series_run(graft_context *context, const graft_graph *graph,
                                               const graft_series_samples *samples, float **out, size_t *width);

/* Trains graph's parameters where trainable (NULL: all) and stores the best into it. `history` (NULL: not wanted) is
 * continued, and cleared by its owner. */
GRAFT_MUST_CHECK graft_status graft_series_fit(graft_context *context, graft_graph *graph,
                                               const graft_series_arch *arch, graft_series_samples *samples,
                                               const graft_series_options *options, graft_history *history,
                                               graft_series_result *out);

/* ---- answers ---- */

/* Of a model, with its network for samples of this length: by the network's output, or the head on it. */
GRAFT_MUST_CHECK graft_status graft_series_answer(graft_context *context, const graft_series_model *model,
                                                  const graft_graph *graph, const graft_series_samples *samples,
                                                  graft_predictions **out);
/* A model's series of `path`, prepared as it was trained, and its network for them. */
typedef struct graft_series_application {
    graft_series_spec spec;
    graft_series_set *set, *shown; /* shown: NULL unless wanted */
    graft_graph *graph;
    graft_series_samples samples; /* set by its owner; borrows spec and set */
} graft_series_application;
GRAFT_MUST_CHECK graft_status graft_series_apply(graft_context *context, const graft_series_model *model,
                                                 const char *path, graft_series_role role, bool shown,
                                                 graft_series_application *out, graft_series_result *result);
void graft_series_application_clear(graft_series_application *application); /* also after a failure */

struct graft_series_outcome {
    graft_series_result figures;
    graft_series_set *set; /* what was answered, and more: predictions name its series by their place */
    graft_series_part part;
    bool trained; /* just now, on the set's train part; else a model was measured */
    graft_predictions *predictions;
    graft_evaluation *evaluation; /* NULL: predicted alone */
    graft_history history;
    graft_series_spec spec;
    graft_series_preparation how;
    const graft_series_arch *arch;
    bool head;          /* logistic, on an encoder's code */
    char *model, *base; /* files; NULL: none */
};
GRAFT_MUST_CHECK graft_status graft_series_outcome_new(const graft_series_model *model, graft_series_outcome **out);

/* No figure yet: what is not measured stays NaN. */
#define GRAFT_SERIES_NOTHING                                         \
    ((graft_series_result){.loss = (double)NAN,                      \
                           .train_accuracy = (double)NAN,            \
                           .accuracy = (double)NAN,                  \
                           .interval95 = {(double)NAN, (double)NAN}, \
                           .test_loss = (double)NAN,                 \
                           .majority = (double)NAN,                  \
                           .nearest = (double)NAN})
/* Whether the nearest of `trains` by Euclidean distance has the class of each of `tests`. */
GRAFT_MUST_CHECK graft_status graft_series_nearest(graft_context *context, const graft_series_samples *trains,
                                                   const graft_series_samples *tests, bool *right);
GRAFT_MUST_CHECK graft_status graft_series_options_read(const graft_series_options *given, graft_series_options *out);
graft_series_preparation graft_series_preparation_of(const graft_series_options *options);

#endif
