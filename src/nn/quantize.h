/* What of a network is computed on 8-bit integers, and what the integers count in: found once on sample pictures
 * (post-training quantisation), then part of what a plan computes. Values are symmetric around 0, or 0 and above.
 * Weights have a unit an output channel, and maps one a channel where what reads them can make up for it. */
#ifndef GRAFT_SRC_NN_QUANTIZE_H
#define GRAFT_SRC_NN_QUANTIZE_H

#include "nn/plan.h"

/* The value of one node, after what is folded into it. */
typedef struct graft_quantized_value {
    char *name;     /* the node's */
    float unit;     /* integer * unit; 0: rounding would cost too much, floats alone */
    float *profile; /* times this in each channel; NULL: the same in all */
    float *mean;    /* of each channel's values; NULL: unknown */
    size_t channels;
    bool is_signed;
    bool weighted;
    bool int8;   /* computes on integers */
    bool stored; /* as integers */
    double sqnr; /* of the value in dB on the calibration samples, where all that can be is integers; 0: exact */
} graft_quantized_value;

struct graft_quantization {
    graft_quantized_value *values; /* owned */
    size_t count;
    int int8, weighted; /* nodes with weights that compute on integers; nodes with weights */
    size_t samples;     /* that it was calibrated on */
    double cosine;      /* the mean of the outputs with those of floats, over the samples it was checked on */
    double sqnr;        /* of the outputs in dB; infinite: exact */
};

void graft_quantization_free(graft_quantization *quantization);
/* NULL: no such node. */
const graft_quantized_value *graft_quantization_find(const graft_quantization *quantization, const char *name);
/* The values of nodes that `graph` has, up to its node `last`; *out may become empty, not NULL. */
GRAFT_MUST_CHECK graft_status graft_quantization_copy(const graft_quantization *quantization, const graft_graph *graph,
                                                      int last, graft_quantization **out);
void graft_quantization_hash(const graft_quantization *quantization, graft_hasher *hasher);
/* What a plan needs, and what was measured. Errors: GRAFT_E_DATA (values of nodes that `graph` lacks, or that are no
 * numbers). */
GRAFT_MUST_CHECK graft_status graft_quantization_to_json(const graft_quantization *quantization, graft_json **out);
GRAFT_MUST_CHECK graft_status graft_quantization_from_json(const graft_json *json, const graft_graph *graph,
                                                           graft_quantization **out);
/* This CPU computes on integers without saturating in between; where not, a plan leaves its quantisation aside. */
bool graft_quantization_works(void);

#define GRAFT_CALIBRATION_SAMPLES 64 /* enough for the ranges of values; more change them little */
#define GRAFT_CALIBRATION_CHECKS 32  /* others that the outputs are compared on */

typedef struct graft_quantize_samples {
    /* Writes sample `index`, 0 to count + checks - 1: C,H,W floats. `worker`: of graft_parallel_for. */
    graft_status (*sample)(void *argument, int worker, size_t index, float *out);
    void *argument;
    size_t count;
    size_t checks;     /* 0: the first of `count` again */
    double least_sqnr; /* dB of the outputs: nodes compute on floats until it is reached. 0: by rule */
} graft_quantize_samples;

/* Runs the samples through the network as floats, chooses every unit so that the squared error is least, and keeps on
 * floats what rounds too much. `outputs` as in graft_plan_options. The same samples give the same record.
 * Errors: as graft_plan_new; GRAFT_E_USAGE (no samples); what `sample` returns. */
GRAFT_MUST_CHECK graft_status graft_quantize(graft_context *context, const graft_graph *graph, const int *outputs,
                                             int output_count, const graft_quantize_samples *samples,
                                             graft_quantization **out);

#endif
