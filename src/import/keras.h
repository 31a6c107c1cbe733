/* What the files of the Keras importer share: the state of an import, one call of one layer, readers of
 * configuration values. */
#ifndef GRAFT_SRC_IMPORT_KERAS_H
#define GRAFT_SRC_IMPORT_KERAS_H

#include "base/alloc.h"
#include "base/error.h"
#include "base/strmap.h"
#include "import/import.h"
#include "import/layout.h"
#include "nn/op.h"

/* Where a layer's weights are looked for. `layer` and `outer` are borrowed from the configuration. */
typedef struct graft_keras_source {
    char *path;        /* "outer/inner/layer" */
    const char *layer; /* "layer" */
    const char *outer; /* "outer", or "" */
    size_t weights;    /* how many the layer has */
} graft_keras_source;

typedef struct graft_keras_binding {
    size_t source;
    int node;
    const char *param;
    const char *weight; /* the names it may have, joined by '|' */
    int order;          /* its place among the layer's weights */
    graft_keras_layout layout;
} graft_keras_binding;

typedef struct graft_keras {
    graft_graph *graph;
    bool keras3;               /* written by Keras 3: some defaults changed */
    graft_strmap *outer_names; /* of the outermost model's layers: inner ones make way */
    size_t calls;              /* made so far: nested models called again and again stay bounded */
    graft_keras_source *sources;
    size_t source_count, source_capacity;
    graft_keras_binding *bindings;
    size_t binding_count, binding_capacity;
} graft_keras;

/* One call of one layer, handed to its row's function. */
typedef struct graft_keras_call {
    graft_keras *keras;
    const char *class_name;
    const graft_json *config;
    char *name; /* of the node that ends the layer */
    const int *inputs;
    int input_count;
    size_t source;
    int output; /* set by the function */
} graft_keras_call;

typedef graft_status (*graft_keras_fn)(graft_keras_call *call);

#define KERAS_LAYER(class_name, function) graft_status function(graft_keras_call *call);
#include "import/keras-layers.def"
#undef KERAS_LAYER

/* ---- models ---- */

/* Builds the graph of a configuration without weights. `keras` is zeroed and released by graft_keras_clear. */
GRAFT_MUST_CHECK graft_status graft_keras_build(graft_keras *keras, const graft_json *config);
void graft_keras_clear(graft_keras *keras);
/* Reads the bound weights. Errors: a shape that differs, weights that are missing. */
GRAFT_MUST_CHECK graft_status graft_keras_load(graft_keras *keras, graft_context *context, graft_container *container,
                                               graft_load_report *report);

/* Calls the row for the class: checks the configuration, then runs its function. */
GRAFT_MUST_CHECK graft_status graft_keras_dispatch(graft_keras_call *call);

/* The tensors that call number `index` of a layer takes, as borrowed names and places. */
typedef struct graft_keras_tensor {
    const char *layer;
    int64_t call, output;
} graft_keras_tensor;
typedef struct graft_keras_tensors {
    graft_keras_tensor *items;
    size_t count, capacity;
} graft_keras_tensors;
/* Appends the tensors of one inbound node, or of "input_layers" / "output_layers". */
GRAFT_MUST_CHECK graft_status graft_keras_tensors_read(const graft_json *json, graft_keras_tensors *out);

/* ---- for the layers' functions ---- */

/* Adds a node that reads the call's inputs, called name/suffix (suffix NULL: name), and makes it the call's output. */
GRAFT_MUST_CHECK graft_status graft_keras_add(graft_keras_call *call, const char *op, const char *suffix,
                                              const void *attributes);
/* Adds a node that reads the call's output so far. */
GRAFT_MUST_CHECK graft_status graft_keras_then(graft_keras_call *call, const char *op, const char *suffix,
                                               const void *attributes);
/* The call's output gets `param` from the file's `weight`. Bind in Keras' order of the layer's weights. */
GRAFT_MUST_CHECK graft_status graft_keras_bind(graft_keras_call *call, const char *param, const char *weight,
                                               graft_keras_layout layout);
const graft_shape *graft_keras_input_shape(const graft_keras_call *call);

/* Errors of the readers name the key, what it holds and what was expected. */
GRAFT_MUST_CHECK graft_status graft_keras_int(const graft_keras_call *call, const char *key, int64_t *out);
GRAFT_MUST_CHECK graft_status graft_keras_pair(const graft_keras_call *call, const char *key, int64_t out[2]);
/* "same" or "valid". */
GRAFT_MUST_CHECK graft_status graft_keras_same(const graft_keras_call *call, bool *out);
bool graft_keras_flag(const graft_keras_call *call, const char *key, bool fallback);
/* One number or a list of `count` into `out`. */
GRAFT_MUST_CHECK graft_status graft_keras_numbers(const graft_keras_call *call, const char *key, double fallback,
                                                  int64_t count, float *out);
/* Keras' axis (batch first, channels last; -1 from the end) as one of C,H,W. A list of one counts. */
GRAFT_MUST_CHECK graft_status graft_keras_axis(const graft_keras_call *call, int64_t fallback, int64_t *out);
GRAFT_MUST_CHECK graft_status graft_keras_refuse(const graft_keras_call *call, const char *key, const char *expected);

/* Whether "activation" names a function that does something, and the node for it. */
bool graft_keras_has_activation(const graft_keras_call *call);
/* The suffix of the node before the activation: NULL when there is no activation. */
const char *graft_keras_before_activation(const graft_keras_call *call);
GRAFT_MUST_CHECK graft_status graft_keras_then_activation(graft_keras_call *call);

#endif
