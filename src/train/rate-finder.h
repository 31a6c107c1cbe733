/* The learning-rate range test (Smith 2017, "Cyclical learning rates for training neural networks"): the rate rises
 * exponentially from step to step; where the loss falls fastest is a good rate, where it explodes the limit. */
#ifndef GRAFT_SRC_TRAIN_RATE_FINDER_H
#define GRAFT_SRC_TRAIN_RATE_FINDER_H

#include "train/fit.h"

typedef struct graft_rate_point {
    double rate, loss; /* of one step: smoothed, bias-corrected (factor 0.9) */
} graft_rate_point;

typedef struct graft_rate_curve {
    graft_rate_point *points; /* owned */
    size_t count;
    double suggested; /* at the steepest fall; NaN when the loss never fell */
} graft_rate_curve;

void graft_rate_curve_clear(graft_rate_curve *curve);

/* Changes the plan's weights: make another one for training. `options` as for a fit; its rate, epochs, schedule and
 * checkpoints mean nothing. Ends early when the loss is four times its best. low < high, steps 10..1000. */
GRAFT_MUST_CHECK graft_status graft_rate_find(graft_context *context, graft_train_plan *plan, graft_graph *graph,
                                              const graft_sample_source *train, const graft_fit_options *options,
                                              double low, double high, size_t steps, graft_rate_curve *out);

#endif
