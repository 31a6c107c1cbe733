/* The cells of recurrent layers: one step of one sample. */
#ifndef GRAFT_SRC_DNN_RECURRENT_INTERNAL_H
#define GRAFT_SRC_DNN_RECURRENT_INTERNAL_H

#include "dnn/recurrent.h"

/* kept: the products by x, replaced by what backward needs; by_state: the products by the state before. */
typedef struct graft_cell_step {
    size_t units;
    float *kept;
    const float *by_state, *bias, *recurrent_bias;
    const float *before, *memory_before; /* state and, of an LSTM, c */
    float *state;
} graft_cell_step;

/* gradient: by the state after, replaced by the direct part of that by the state before; the rest is by_state's
 * (gates*units, written here) times the recurrent kernel. kept becomes the gradients by the gates. */
typedef struct graft_cell_back {
    size_t units;
    float *kept, *by_state, *gradient, *memory_gradient;
    const float *before, *memory_before;
} graft_cell_back;

typedef struct graft_cells {
    void (*forward)(const graft_cell_step *step);
    void (*backward)(const graft_cell_back *back);
} graft_cells;

/* The fastest that this processor has. */
graft_cells graft_cells_of(bool lstm);

#endif
