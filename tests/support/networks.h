/* Graphs for tests, with weights that are the same in every run. */
#ifndef GRAFT_TESTS_NETWORKS_H
#define GRAFT_TESTS_NETWORKS_H

#include "nn/graph.h"
#include "nn/op.h"

/* Adds a node and expects success. inputs end with -1. */
int network_add(graft_graph *graph, const char *op, const char *name, const void *attributes, const int *inputs);
/* An input of channels x height x width. */
int network_input(graft_graph *graph, int64_t channels, int64_t height, int64_t width);
/* Convolution with a square kernel, "same" padding, no bias. */
int network_conv(graft_graph *graph, const char *name, int from, int64_t filters, int64_t kernel, int64_t stride,
                 int64_t groups);
int network_activation(graft_graph *graph, const char *name, int from, int kind);
/* Values for every parameter that has none: kernels of the size that keeps activations level, statistics near 0, 1. */
void network_fill(graft_graph *graph, uint32_t seed);
/* How many numbers a sample has at this node. */
size_t network_count(const graft_graph *graph, int node);
/* What the network makes of one sample, by a plan of the usual options; to be freed with free. */
float *network_run(graft_context *context, const graft_graph *graph, const float *input);
/* Expects every parameter of `a` to have the same bits in `b`, a graph of the same nodes. */
void network_expect_same_weights(const graft_graph *a, const graft_graph *b);
/* MobileNetV2 (Sandler et al. 2018) with Keras' layer names. */
graft_graph *network_mobilenet_v2(int64_t size, double width);

#endif
