/* Turning a graph into a program: what the rows of c-ops.def share. */
#ifndef GRAFT_SRC_EXPORT_C_LOWER_H
#define GRAFT_SRC_EXPORT_C_LOWER_H

#include "export/c-internal.h"
#include "export/c-params.h"

typedef struct graft_c_lowering {
    const graft_graph *graph;
    graft_c_program *program;
    int *value;   /* a node's */
    int *readers; /* nodes that need a node, the output counting as one; 0: nobody needs it */
} graft_c_lowering;

#define GRAFT_C_OP(name) graft_status graft_c_lower_##name(graft_c_lowering *lowering, int index);
#include "export/c-ops.def"
#undef GRAFT_C_OP

/* The graph's node that is input `k` of `node`, and its value. */
const graft_node *graft_c_input(const graft_c_lowering *lowering, int index, int k);
int graft_c_input_value(const graft_c_lowering *lowering, int index, int k);
/* The node's value is that of its first input. */
void graft_c_same(graft_c_lowering *lowering, int index);
/* A step for the node, with its inputs 0 .. count-1 and a new value as the output, which becomes the node's. */
GRAFT_MUST_CHECK graft_status graft_c_node_step(graft_c_lowering *lowering, int index, graft_c_kernel_id kernel,
                                                const char *struct_name, const void *params, size_t size, int inputs,
                                                graft_c_step **out);
/* Floats as an array of the step, copied. */
GRAFT_MUST_CHECK graft_status graft_c_add_floats(graft_c_step *step, const char *name, const float *values,
                                                 size_t count);
/* The least and largest number of a result, without limits yet. */
GRAFT_MUST_CHECK graft_status graft_c_add_bounds(graft_c_step *step);
/* The array called so, or NULL. */
graft_c_array *graft_c_array_of(graft_c_step *step, const char *name);
/* The step that makes the first input of the node, when nobody else reads it and its result has no bounds yet. */
graft_c_step *graft_c_host(const graft_c_lowering *lowering, int index);

static inline int64_t graft_c_area(const graft_shape *shape) {
    return shape->rank == 3 ? shape->dim[1] * shape->dim[2] : 1;
}

#endif
