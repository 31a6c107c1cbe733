/* What the readers of Keras' HDF5 files share: the layouts of Keras 2 (keras-h5.c) and Keras 3 (keras3.c). */
#ifndef GRAFT_SRC_FORMATS_KERAS_H5_H
#define GRAFT_SRC_FORMATS_KERAS_H5_H

#include "formats/container-internal.h"
#include "formats/h5.h"

typedef struct keras_h5 {
    graft_h5 *file;
    char **path; /* of each entry's dataset */
    size_t count, capacity;
} keras_h5;

/* The next entry's dataset. */
GRAFT_MUST_CHECK graft_status graft_keras_h5_keep_path(keras_h5 *state, const char *group, const char *weight);
/* Adds the weights of an open file in Keras 3's layout, in the order of container->config if there is one. */
GRAFT_MUST_CHECK graft_status graft_keras3_add(graft_container *container);

/* ---- keras3-order.c ---- */

/* A member of a group of layers, and the configuration of the layer it belongs to, NULL: unknown. */
typedef struct keras3_member {
    const char *name; /* borrowed */
    const graft_json *layer;
} keras3_member;
/* The members in the order of the layers of a model's configuration; those it does not know come last, "x_10" after
 * "x_9". `out` has room for all of them. Errors: GRAFT_E_MEMORY. */
GRAFT_MUST_CHECK graft_status graft_keras3_sort(const graft_h5_texts *names, const graft_json *config,
                                                keras3_member *out);
/* A class's name as Keras 3 writes it in paths: "SeparableConv2D" is "separable_conv2d". NULL without memory. */
char *graft_keras3_snake_case(const char *class_name);

#endif
