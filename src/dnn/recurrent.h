/* GRU and LSTM over whole series, forward and backward. oneDNN has both, but knows no mask (series of several lengths
 * in one batch) and hands gates over in layouts of its own; its matrix products serve here, the cells are graft's.
 * Each thread takes some of the samples through all steps, so that threads meet once a series and not once a step.
 *
 * GRU (Cho et al. 2014, reset after the product as PyTorch, cuDNN and Keras 2 have it), gates in PyTorch's order:
 *   r = s(Wr x + br + Ur h + ur)   z = s(Wz x + bz + Uz h + uz)   n = tanh(Wn x + bn + r (Un h + un))
 *   h' = (1 - z) n + z h
 * LSTM (Hochreiter and Schmidhuber 1997, with a forget gate): gates i f g o, c' = f c + i g, h' = o tanh(c').
 * Where the mask says that a step is not there, the state passes on unchanged. */
#ifndef GRAFT_SRC_DNN_RECURRENT_H
#define GRAFT_SRC_DNN_RECURRENT_H

#include "dnn/dnn.h"

typedef struct graft_dnn_recurrence {
    bool lstm, backwards; /* backwards: from the last step to the first */
    int64_t samples, steps, inputs, units;
} graft_dnn_recurrence;

/* Gates that the weights compute (3 or 4), and floats a unit and step that forward leaves for backward. */
int64_t graft_dnn_recurrence_gates(const graft_dnn_recurrence *recurrence);
int64_t graft_dnn_recurrence_kept(const graft_dnn_recurrence *recurrence);
size_t graft_dnn_recurrence_scratch(const graft_dnn_recurrence *recurrence); /* floats, for either direction */

typedef struct graft_dnn_recurrence_memory {
    const float *x;              /* samples x steps x inputs */
    const float *mask;           /* samples x steps; above 0.5: the step is there. NULL: all are */
    const float *initial;        /* samples x units: the state before the first step; NULL: zeros. c is zero */
    const float *kernel;         /* gates*units x inputs */
    const float *recurrent;      /* gates*units x units */
    const float *bias;           /* gates*units */
    const float *recurrent_bias; /* gates*units: GRU's only */
    float *kept;                 /* samples x steps x kept*units; backward overwrites it */
    float *states;               /* samples x steps x units: the results */
    float *scratch;
} graft_dnn_recurrence_memory;

typedef struct graft_dnn_recurrence_gradients {
    const float *states; /* by every state, samples x steps x units; NULL: by the last alone */
    const float *last;   /* samples x units; NULL: by every state */
    float *x, *initial;  /* results; NULL: not wanted */
    float *kernel, *recurrent, *bias, *recurrent_bias; /* added to; NULL: not wanted */
} graft_dnn_recurrence_gradients;

GRAFT_MUST_CHECK graft_status graft_dnn_recurrence_forward(const graft_dnn_recurrence *recurrence,
                                                           const graft_dnn_recurrence_memory *memory);
GRAFT_MUST_CHECK graft_status graft_dnn_recurrence_backward(const graft_dnn_recurrence *recurrence,
                                                            const graft_dnn_recurrence_memory *memory,
                                                            const graft_dnn_recurrence_gradients *gradients);
/* Copies the state after the last step: samples x units. */
void graft_dnn_recurrence_last(const graft_dnn_recurrence *recurrence, const float *states, float *out);

/* As an op of inference: sources x (channels last), then the mask and the initial state (plain) where there are any.
 * The result has every step (channels last) or the last one's state. Weights as above. */
typedef struct graft_dnn_recurrence_weights {
    const float *kernel, *recurrent, *bias, *recurrent_bias;
} graft_dnn_recurrence_weights;
GRAFT_MUST_CHECK graft_status graft_dnn_recurrence_new(const graft_dnn_recurrence *recurrence,
                                                       const graft_dnn_recurrence_weights *weights, bool masked,
                                                       bool initial, bool sequence, graft_dnn_op **out);

#endif
