/* Making a program int8: what the files that do it share. */
#ifndef GRAFT_SRC_EXPORT_C_QUANTIZE_H
#define GRAFT_SRC_EXPORT_C_QUANTIZE_H

#include "export/c-internal.h"

typedef struct graft_c_quantizer {
    const graft_c_program *from;
    graft_c_program *to;
    int *q, *f; /* a value of `from` in int8, as floats; -1: not there yet */
} graft_c_quantizer;

/* The value in int8, by a step that quantizes it if need be. */
GRAFT_MUST_CHECK graft_status graft_c_take_q(graft_c_quantizer *self, int value, int *out);
/* The value as floats. */
GRAFT_MUST_CHECK graft_status graft_c_take_f(graft_c_quantizer *self, int value, int *out);
/* A new int8 value with the scale that its range asks for, or that of `like` (a value of `to`; -1: none). */
GRAFT_MUST_CHECK graft_status graft_c_make_q(graft_c_quantizer *self, int value, int like, int *out);
/* Channels differ in size far more than int8 has steps, so a value has a scale for each where all that read it can take
 * them in: convolutions of 1 x 1, by their weights, and sums. `value` is of `from`; its channel's scale and zero, or
 * the tensor's. */
bool graft_c_is_by_channel(const graft_c_quantizer *self, int value);
void graft_c_channel_scale(const graft_c_quantizer *self, int value, size_t channel, double *scale, int *zero);
/* Whether all steps of `from` that read the value, of which there are some, fit. */
bool graft_c_all_readers(const graft_c_program *program, int value, size_t channels,
                         bool (*fits)(const graft_c_step *step, size_t channels));
/* One cell before and behind. */
bool graft_c_is_dense(const graft_c_step *step);

/* The step in int8; *done false: it has to stay in floats. */
GRAFT_MUST_CHECK graft_status graft_c_quantize_step(graft_c_quantizer *self, const graft_c_step *step, bool *done);

#endif
