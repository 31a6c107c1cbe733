/* Ways to learn the same series, compared: the study of compare-internal.h with arms of its own. */
#ifndef GRAFT_SRC_TRANSFER_SERIES_COMPARE_H
#define GRAFT_SRC_TRANSFER_SERIES_COMPARE_H

#include "transfer/compare-internal.h"
#include "transfer/series-internal.h"

/* The same series in the same order, prepared for an arm. */
typedef struct graft_series_view {
    const graft_series_arch *arch; /* NULL: none, all of one length */
    graft_series_spec spec;
    graft_series_set *set;
} graft_series_view;

typedef struct graft_series_comparison {
    graft_study study; /* its rows are the numbers of `even` */
    graft_series_options options;
    graft_series_model *base;
    graft_series_view even, coded, scratch; /* for comparing numbers; for the base; for a network drawn anew */
} graft_series_comparison;

/* All arms that are wanted. */
GRAFT_MUST_CHECK graft_status graft_series_compare_arms(graft_series_comparison *self);

#endif
