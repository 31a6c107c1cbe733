/* A graph executed plainly, in double precision, one sample at a time: no folding, no fusion, no blocked layouts and
 * nothing shared with the plan, so that agreement means something. */
#ifndef GRAFT_TESTS_REFERENCE_H
#define GRAFT_TESTS_REFERENCE_H

#include "nn/graph.h"

/* values[i] is node i's output for one sample, logical C,H,W or F; release with reference_free. `input` is C,H,W. */
double **reference_run(const graft_graph *graph, const float *input);
void reference_free(const graft_graph *graph, double **values);

/* Ops over series, for reference_run. */
void reference_recurrent(const graft_node *node, const graft_shape *series, const double *const *in, double *out);
void reference_slice(const graft_node *node, const graft_shape *shape, const double *in, double *out);
void reference_embedding(const graft_node *node, const graft_shape *shape, const double *in, double *out);

#endif
