/* An evaluation and what its members borrow from. */
#ifndef GRAFT_SRC_TRANSFER_EVALUATION_INTERNAL_H
#define GRAFT_SRC_TRANSFER_EVALUATION_INTERNAL_H

#include "stats/metrics.h"
#include "stats/ranking.h"
#include "transfer/model-internal.h"

typedef struct graft_evaluation_whole {
    graft_evaluation figures; /* first: what callers see */
    graft_metrics *metrics;
    graft_class_figures *per_class;
    graft_class_ranking *ranking;
    graft_coverage_figures coverage[GRAFT_COVERAGE_POINTS];
    graft_comparison against;
    graft_calibration calibration;
    char **names;
} graft_evaluation_whole;

#endif
