/* A graph on its way into Keras' layers. One node becomes one layer, or a few: the last has the node's name. */
#ifndef GRAFT_SRC_EXPORT_KERAS_OUT_H
#define GRAFT_SRC_EXPORT_KERAS_OUT_H

#include "base/strmap.h"
#include "formats/h5-write.h"
#include "nn/op.h"
#include "json/json.h"

typedef struct graft_keras_out {
    const graft_graph *graph;
    graft_h5_writer *file;
    graft_json *layers;  /* of the configuration */
    graft_strmap *taken; /* names of layers */
    char **output;       /* of each node: the name of the layer that ends it */
    int *fused;          /* of each node: the activation that its layer does too, or -1 */
    bool *done;          /* of each node: a layer before did it */
    char **layer;        /* the names in order */
    size_t layer_count, layer_capacity;
    /* the node at hand */
    int node;
    const char **input; /* names of the layers that the next layer reads */
    int input_count;
} graft_keras_out;

/* One weight of a layer: Keras' name, the parameter, how its axes go, and the shape that is stored (NULL: as it is). */
typedef struct graft_keras_out_weight {
    const char *name;
    const graft_tensor *value;
    const int *axes;
    const graft_shape *stored;
} graft_keras_out_weight;

/* Appends a layer that reads what came before; `suffix` NULL: it ends the node. The configuration is taken over. */
GRAFT_MUST_CHECK graft_status graft_keras_out_layer(graft_keras_out *out, const char *class_name, const char *suffix,
                                                    graft_json *config, const graft_keras_out_weight *weights,
                                                    size_t weight_count);

const graft_node *graft_keras_out_node(const graft_keras_out *out);
const graft_shape *graft_keras_out_input(const graft_keras_out *out); /* of the node's first input */
const graft_tensor *graft_keras_out_value(const graft_keras_out *out, const char *param); /* NULL: it has none */
graft_json *graft_keras_out_ints(const int64_t *values, int count);

/* ---- the ops, in keras-out-*.c; every op of nn/ops.def has its row in keras-out-ops.c ---- */

graft_status graft_keras_out_conv2d(graft_keras_out *out);
graft_status graft_keras_out_conv2d_transpose(graft_keras_out *out);
graft_status graft_keras_out_dense(graft_keras_out *out);
graft_status graft_keras_out_activation(graft_keras_out *out);
graft_status graft_keras_out_pool(graft_keras_out *out);
graft_status graft_keras_out_input_layer(graft_keras_out *out);
graft_status graft_keras_out_global_pool(graft_keras_out *out);
graft_status graft_keras_out_add(graft_keras_out *out);
graft_status graft_keras_out_multiply(graft_keras_out *out);
graft_status graft_keras_out_concat(graft_keras_out *out);
graft_status graft_keras_out_softmax(graft_keras_out *out);
graft_status graft_keras_out_flatten(graft_keras_out *out);
graft_status graft_keras_out_reshape(graft_keras_out *out);
graft_status graft_keras_out_dropout(graft_keras_out *out);
graft_status graft_keras_out_zeropad(graft_keras_out *out);
graft_status graft_keras_out_upsample(graft_keras_out *out);
graft_status graft_keras_out_batchnorm(graft_keras_out *out);
graft_status graft_keras_out_layernorm(graft_keras_out *out);
graft_status graft_keras_out_scale_shift(graft_keras_out *out);
/* Layers for what the node at hand is. */
GRAFT_MUST_CHECK graft_status graft_keras_out_op(graft_keras_out *out);

/* ZeroPadding2D when there is something to pad: top, bottom, left, right. */
GRAFT_MUST_CHECK graft_status graft_keras_out_pad(graft_keras_out *out, const char *suffix, const int64_t padding[4]);
/* Keras' name of an activation or softmax that needs no layer of its own, or NULL. */
const char *graft_keras_out_function(const graft_node *node);
/* Whether no value of the node's output can be below 0. */
bool graft_keras_out_positive(const graft_graph *graph, int node);

#endif
