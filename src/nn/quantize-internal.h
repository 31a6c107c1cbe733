/* What the files of calibration share. */
#ifndef GRAFT_SRC_NN_QUANTIZE_INTERNAL_H
#define GRAFT_SRC_NN_QUANTIZE_INTERNAL_H

#include "nn/plan-internal.h"
#include "nn/quantize.h"

#define GRAFT_RANGE_BINS 2048 /* of a value's magnitudes, 0 to the largest */

/* A value that a plan computes, and how far it reaches. */
typedef struct graft_range {
    int node;      /* the last folded into the host: a name the plan gives the value out by */
    int inputs[2]; /* places in the list of what the host computes from; -1: none */
    bool weighted;
    bool by_channel;       /* channels may count in units of their own */
    int group;             /* values that are added up share what their channels' units are to each other */
    size_t channels, area; /* area: cells of a channel; a vector is one channel */
    size_t first;          /* channels of the values before */
    float low, largest;    /* seen */
    float *profile;        /* owned; NULL: channels alike */
    float *mean;           /* owned; NULL: a vector */
    float top;             /* the largest magnitude, divided by the profile */
    float unit;            /* as integers */
    double storing;        /* noise by signal of the value as integers, by the bins */
    double signal, noise;  /* measured */
} graft_range;

typedef struct graft_calibrator {
    graft_context *context;
    const graft_graph *graph;
    const graft_quantize_samples *given;
    const int *outputs;
    int output_count;
    graft_range *ranges;
    int *nodes; /* of the ranges, as a plan's outputs */
    int count;
    size_t channels; /* of all */
    graft_quantization *record;
} graft_calibrator;

/* The plan's values, in order. */
GRAFT_MUST_CHECK graft_status graft_calibrator_list(graft_calibrator *self);
/* Runs the samples twice: for the ranges, and for how often each magnitude occurs; chooses units. */
GRAFT_MUST_CHECK graft_status graft_calibrator_see(graft_calibrator *self);

/* A plan and a state a worker. */
typedef struct graft_calibrator_plan {
    graft_plan *plan;
    graft_plan_state **states;
    int threads;
} graft_calibrator_plan;
GRAFT_MUST_CHECK graft_status graft_calibrator_open(const graft_calibrator *self, const int *outputs, int count,
                                                    bool int8, graft_calibrator_plan *out);
void graft_calibrator_close(graft_calibrator_plan *plan);
/* Runs a sample in the worker's state. */
GRAFT_MUST_CHECK graft_status graft_calibrator_run(const graft_calibrator *self, graft_calibrator_plan *plan,
                                                   int worker, size_t sample);

#endif
