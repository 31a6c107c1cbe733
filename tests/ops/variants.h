/* Variants of each op for the generic tests: a small graph around the op, kept to odd sizes. */
#ifndef GRAFT_TESTS_OPS_VARIANTS_H
#define GRAFT_TESTS_OPS_VARIANTS_H

#include "nn/graph.h"

typedef struct op_variant {
    const char *op, *label;
    /* Adds the nodes; `from` is a picture of 6 x 7 x 5, or 32 x 7 x 5 behind a convolution. */
    void (*build)(graft_graph *graph, int from);
} op_variant;

extern const op_variant op_variants[];
extern const size_t op_variant_count;

/* Those that no other format can say. */
extern const op_variant series_variants[];
extern const size_t series_variant_count;

#endif
