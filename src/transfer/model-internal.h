/* The insides of backbones and models, for the files of this module. */
#ifndef GRAFT_SRC_TRANSFER_MODEL_INTERNAL_H
#define GRAFT_SRC_TRANSFER_MODEL_INTERNAL_H

#include "formats/container.h"
#include "transfer/features.h"
#include "transfer/head.h"
#include "transfer/single.h"
#include "zoo/load.h"
#include "zoo/registry.h"
#include <graft/model.h>
#include <graft/precision.h>

/* Options of an older caller are shorter: the rest is zero, the default. Errors: GRAFT_E_USAGE. */
GRAFT_MUST_CHECK graft_status graft_options_copy(void *to, size_t size, const void *options, const char *init);

struct graft_backbone {
    graft_context *context;
    char *name;
    graft_graph *graph; /* with its classifier, if it has one */
    graft_preprocess spec;
    char *scaling_reason; /* why the preprocessing is what it is */
    char *report;
    bool untrained; /* its weights were drawn: all of it must learn */
    void *source;   /* state of a knn head with features of what it learned from, at source_cut; NULL: not known */
    graft_cut source_cut;
    graft_precision_options precision; /* as last asked for */
};

struct graft_model {
    graft_context *context;
    char *name;         /* of the network */
    graft_graph *graph; /* up to the cut */
    graft_preprocess spec;
    graft_cut cut;
    const graft_head *head;
    void *state;            /* of the head */
    void *baseline;         /* state of a knn head with the training features; NULL: none */
    graft_cut baseline_cut; /* where those are; `cut` itself unless the network has its classifier in it */
    char **classes;         /* NULL: not named */
    size_t class_count;
    graft_single single;  /* the self-test's plan, for single pictures; perhaps none */
    graft_json *training; /* the record of the run that made it; NULL: none */
    double agreement;     /* of the classes with those that floats give, where the graph computes on integers */
    size_t compared;      /* pictures that it was measured on */
};

#define GRAFT_MODEL_FORMAT_VERSION 1
#define GRAFT_CLASS_LIMIT 100000
#define GRAFT_BASELINE_ROWS 1024 /* training pictures whose features a model keeps for the knn baseline */

/* The network in a foreign file: by its own configuration, or weights alone by the table of architectures (`arch`, or
 * found out: then origin->arch is not NULL). `classifier`: keep one of another number of classes than the published.
 * `report` gets new text: what loading skipped and missed. */
GRAFT_MUST_CHECK graft_status graft_network_import(graft_context *context, graft_container *file, const char *arch,
                                                   bool classifier, graft_graph **graph, graft_weights_origin *origin,
                                                   char **report);
/* The error for an --arch beside a file that needs none. */
GRAFT_MUST_CHECK graft_status graft_network_has_own(const char *path);
/* How pictures were prepared for a foreign network, and why; `asked`: graft_scaling. *filter stays when nothing is
 * known of it. Errors: GRAFT_E_USAGE: not known. */
GRAFT_MUST_CHECK graft_status graft_scaling_choose(const char *path, const graft_graph *graph,
                                                   const graft_weights_origin *origin, int asked,
                                                   graft_scaling *scaling, graft_filter *filter, char **reason);
/* Decides the preprocessing of a foreign network and resizes its input as the options ask. */
GRAFT_MUST_CHECK graft_status graft_network_preprocess(graft_context *context, const char *path, graft_graph **graph,
                                                       const graft_weights_origin *origin,
                                                       const graft_backbone_options *options, bool headless,
                                                       graft_preprocess *spec, char **reason);

/* What graft wrote into a foreign file about its pictures' preparation takes the place of what `options` leave open;
 * *found: the scaling comes from there. Of ONNX files by others, torchvision's networks are recognised.
 * Errors: GRAFT_E_DATA; GRAFT_E_USAGE: the network begins with factors of its own that do not say enough. */
GRAFT_MUST_CHECK graft_status graft_stored_preprocess(const graft_container *file, const graft_graph *graph,
                                                      graft_backbone_options *options, bool *found);
/* The part of the above for an ONNX file without such a record. */
GRAFT_MUST_CHECK graft_status graft_onnx_recognise(const graft_container *file, const graft_graph *graph,
                                                   graft_backbone_options *options);
/* The same for the names of the classes. Errors: GRAFT_E_DATA: another count than the network's. */
GRAFT_MUST_CHECK graft_status graft_stored_classes(const graft_container *file, graft_model *model);

bool graft_model_is_graft(const graft_container *file);
/* Reads a .graft whose container is open: checks version and SHA-256 and repeats the self-test. */
GRAFT_MUST_CHECK graft_status graft_model_read(graft_context *context, graft_container *file, graft_model **out);
/* Opens a foreign classifier. */
GRAFT_MUST_CHECK graft_status graft_model_open_foreign(graft_context *context, graft_container *file,
                                                       const graft_backbone_options *options, graft_model **out);
GRAFT_MUST_CHECK graft_status graft_model_set_classes(graft_model *model, const char *const *names, size_t count);

/* The answer as JSON for the model file, and its verification when one is opened: that keeps what computed the answer
 * as model->single. */
GRAFT_MUST_CHECK graft_status graft_selftest_record(const graft_model *model, graft_json **out);
GRAFT_MUST_CHECK graft_status graft_selftest_verify(graft_model *model, const graft_json *record);

#define GRAFT_SCALING_TEXT 16
/* The name of a scaling as --preprocess takes it, into out; returns out. */
const char *graft_scaling_text(graft_scaling scaling, char out[GRAFT_SCALING_TEXT]);
GRAFT_MUST_CHECK graft_status graft_preprocess_to_json(const graft_preprocess *spec, graft_json **out);
GRAFT_MUST_CHECK graft_status graft_preprocess_from_json(const graft_json *json, graft_preprocess *spec);

/* What the model's answers come from and, with `baseline`, its neighbours: one cut, or two. */
size_t graft_model_cuts(const graft_model *model, bool baseline, graft_cut cuts[2]);
/* The cut that feeds the classifier of a network with one, its maps averaged. */
GRAFT_MUST_CHECK graft_status graft_model_inner_cut(const graft_graph *graph, graft_cut *out);

/* Probabilities for samples of `data` whose features are computed at `cut` of `features`, and the knn baseline from
 * those at `neighbours`; -1: without it. Labels are the model's: classes agree already. */
GRAFT_MUST_CHECK graft_status graft_predictions_make(const graft_model *model, const graft_features *features,
                                                     size_t cut, int neighbours, const graft_dataset *data,
                                                     const size_t *sample, size_t count, graft_predictions **out);
/* The same from the head's input in memory, count x model->cut.width; no baseline. */
GRAFT_MUST_CHECK graft_status graft_predictions_from(const graft_model *model, const float *rows,
                                                     const graft_dataset *data, const size_t *sample, size_t count,
                                                     graft_predictions **out);

/* Adds "label", "probability" and "top" of a row to an object. */
GRAFT_MUST_CHECK graft_status graft_predictions_tell(const graft_predictions *predictions, size_t row, int top,
                                                     graft_json *object);

struct graft_predictions {
    graft_context *context;
    char **classes;
    size_t class_count, count;
    size_t *sample;
    int *label;
    float *probabilities; /* count x class_count */
    bool has_baseline;
    size_t baseline_correct, baseline_rows;
};

#endif
