/* What of a network is computed on 8-bit integers, and what the integers count in: found once on sample pictures
 * (post-training quantisation), then part of what a plan computes. Values are symmetric around 0, or 0 and above;
 * weights have a unit an output channel. */
#ifndef GRAFT_SRC_NN_QUANTIZE_H
#define GRAFT_SRC_NN_QUANTIZE_H

#include "nn/plan.h"

/* The value of one node, after what is folded into it. */
typedef struct graft_quantized_value {
    char *name;  /* the node's */
    float unit;  /* integer * unit; 0: rounding would cost too much, floats alone */
    double sqnr; /* of the value in dB on the calibration samples, where all that can be is integers; 0: exact */
    bool is_signed;
    bool int8; /* a convolution or dense node that computes on integers */
} graft_quantized_value;

struct graft_quantization {
    graft_quantized_value *values; /* owned */
    size_t count;
    int int8, weighted; /* nodes with weights that compute on integers; nodes with weights */
    double cosine;      /* the least of the outputs with those of floats, on the calibration samples */
    double sqnr;        /* of the outputs in dB; infinite: exact */
};

void graft_quantization_free(graft_quantization *quantization);
/* NULL: no such node. */
const graft_quantized_value *graft_quantization_find(const graft_quantization *quantization, const char *name);
/* This CPU computes on integers without saturating in between; where not, a plan leaves its quantisation aside. */
bool graft_quantization_works(void);

#define GRAFT_CALIBRATION_SAMPLES 64 /* enough for the ranges of values; more change them little */

typedef struct graft_calibration {
    /* Writes sample `index`, 0 to count - 1: C,H,W floats. */
    graft_status (*sample)(void *argument, size_t index, float *out);
    void *argument;
    size_t count;
    double least_sqnr; /* dB of the outputs: nodes compute on floats until it is reached. 0: by rule */
} graft_calibration;

/* Runs the samples through the network as floats, chooses every unit so that the squared error is least, and keeps on
 * floats what rounds too much. `outputs` as in graft_plan_options. The same samples give the same record.
 * Errors: as graft_plan_new; GRAFT_E_USAGE (no samples); what `sample` returns. */
GRAFT_MUST_CHECK graft_status graft_quantize(graft_context *context, const graft_graph *graph, const int *outputs,
                                             int output_count, const graft_calibration *calibration,
                                             graft_quantization **out);

#endif
