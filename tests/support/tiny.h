/* Small networks and pictures, so that the whole way can be tested without data from elsewhere. */
#ifndef GRAFT_TESTS_TINY_H
#define GRAFT_TESTS_TINY_H

#include "nn/graph.h"

/* input 3 x size x size -> conv1, relu1 -> conv2, relu2 -> conv3, relu3 -> pool -> predictions (classes), softmax, with
 * weights drawn from `seed`. conv1 and conv2 halve; all have 16 channels but conv1, which has 8. */
graft_graph *tiny_graph(int size, int classes, uint64_t seed);
/* The same network as a .graft, without class names, preprocessing "01". */
void tiny_network(graft_context *context, const char *path, int size, int classes, uint64_t seed);
/* The same graph with bn1 to bn3 between convolutions and ReLUs, and the other values that network_fill gives. */
graft_graph *tiny_normed_graph(int size, int classes, uint32_t seed);
/* A classifier of pictures of size x size as a .graft like tiny_network's; the graph is taken over. */
void tiny_network_save(graft_context *context, const char *path, graft_graph *graph, int size, int classes);
/* The same network as a TF.js model in a new folder; without `softmax` its output is logits. */
void tiny_tfjs(const char *folder, int size, int classes, uint64_t seed, bool softmax);

/* Writes FOLDER/NAME/NN.jpg for each of `count` names: pictures of a colour that goes with the name's place in
 * alphabet, with noise. `first` and `each`: numbers of the pictures. */
void tiny_pictures(const char *folder, const char *const *names, size_t count, size_t first, size_t each);

#endif
