/* Weights that follow from layers' names: the formula of tests/golden/zoo/make.py, so that a file written in Python and
 * a graph in C have the same ones, and a tensor that landed elsewhere is noticed. */
#ifndef GRAFT_TESTS_FORMULA_H
#define GRAFT_TESTS_FORMULA_H

#include "zoo/arch.h"

uint32_t formula_hash(const char *name);
/* -1 to 1. */
double formula_number(uint32_t hash, uint32_t index);
/* The value of a parameter; gain: of kernels. */
void formula_param(const graft_node *node, const graft_param *param, double gain, float *out);
/* Expects every parameter before and in the classifier to have its value; those of "scale" and "shift" are left out. */
void formula_check(const graft_graph *graph, double gain);
/* Writes the parameters of one of PyTorch's architectures under PyTorch's names into a new weights.safetensors, kernels
 * with gain 6; its path, to be released. */
char *formula_write_torch(const char *folder, const char *arch, const graft_arch_options *options);

#endif
