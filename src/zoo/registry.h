/* What is known of published networks: how to recognise one in a file, and how its input was prepared. */
#ifndef GRAFT_SRC_ZOO_REGISTRY_H
#define GRAFT_SRC_ZOO_REGISTRY_H

#include "nn/graph.h"
#include <graft/preprocess.h>

typedef struct graft_known_network {
    const char *name;      /* "mobilenet_v2" */
    const char *title;     /* "MobileNetV2 (Sandler et al. 2018)" */
    graft_scaling scaling; /* of the published ImageNet weights */
    int size;              /* pixels it was pretrained at */
    graft_filter filter;
    const char *licence, *source;
} graft_known_network;

/* The known network whose layer names and shapes `graph` has, or NULL. *imagenet_top tells whether its head is the
 * published 1000-class one (or absent): only then is the published preprocessing sure to be right. */
const graft_known_network *graft_zoo_recognise(const graft_graph *graph, bool *imagenet_top);
const graft_known_network *graft_zoo_known(size_t index); /* NULL past the end */
#endif
