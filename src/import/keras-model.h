/* Models inside models: what the two kinds, functional and sequential, share. */
#ifndef GRAFT_SRC_IMPORT_KERAS_MODEL_H
#define GRAFT_SRC_IMPORT_KERAS_MODEL_H

#include "import/keras.h"

/* Where a model stands: nowhere (the outermost), or inside others. */
typedef struct graft_keras_scope {
    int depth;
    const char *outer; /* the outermost nested model's name, "" outside */
    const char *path;  /* "outer/inner", "" outside: where files keep the weights */
    const char *label; /* the same for nodes' names: "outer:1/inner" where outer is called a second time */
} graft_keras_scope;

/* A layer as a configuration lists it. */
typedef struct graft_keras_layer {
    const char *class_name, *name;
    const graft_json *config, *inbound;
} graft_keras_layer;
GRAFT_MUST_CHECK graft_status graft_keras_layer_read(const graft_json *json, graft_keras_layer *out);

typedef struct graft_keras_nodes {
    int *node; /* owned */
    int count;
} graft_keras_nodes;
GRAFT_MUST_CHECK graft_status graft_keras_nodes_set(graft_keras_nodes *nodes, const int *node, int count);

/* Makes call number `index` of a layer or of a nested model; `inputs` with count 0 and node NULL: it brings its own. */
GRAFT_MUST_CHECK graft_status graft_keras_emit(graft_keras *keras, const graft_keras_scope *scope,
                                               const graft_keras_layer *layer, int64_t index,
                                               const graft_keras_nodes *inputs, graft_keras_nodes *outputs);
GRAFT_MUST_CHECK graft_status graft_keras_functional(graft_keras *keras, const graft_keras_scope *scope,
                                                     const graft_json *config, const graft_keras_nodes *inputs,
                                                     graft_keras_nodes *outputs);
GRAFT_MUST_CHECK graft_status graft_keras_sequential(graft_keras *keras, const graft_keras_scope *scope,
                                                     const graft_json *config, const graft_keras_nodes *inputs,
                                                     graft_keras_nodes *outputs);

#endif
