/* The insides of ranking networks and layers. */
#ifndef GRAFT_SRC_TRANSFER_RANK_INTERNAL_H
#define GRAFT_SRC_TRANSFER_RANK_INTERNAL_H

#include "stats/score.h"
#include "transfer/model-internal.h"
#include <graft/rank.h>

/* A network with its layers, computed. */
typedef struct graft_rank_base {
    const graft_backbone *backbone;
    const char *name; /* borrowed */
    graft_cut cuts[GRAFT_FEATURES_CUTS];
    size_t layers;  /* of cuts; the answers of its own head come behind them */
    bool source;    /* it has a head */
    int head_reads; /* the layer (of cuts) that feeds the head; -1: none of them */
    graft_features *features;
} graft_rank_base;

typedef struct graft_rank_candidate {
    size_t base, cut;
} graft_rank_candidate;

typedef struct graft_ranking {
    graft_context *context;
    graft_dataset *data;
    graft_rank_options options;
    size_t *sample, count;
    int *label, *fold;
    int64_t *group;
    size_t classes;
    int folds;
    graft_rank_base *bases;
    size_t base_count;
    graft_rank_candidate *candidates;
    size_t candidate_count;
    double *value; /* candidates x scores; NaN: there is none */
    double *each;  /* candidates x scores x count */
    size_t computed, cached;
    double features_seconds, scores_seconds;
} graft_ranking;

/* rank-passes.c: chooses the layers of every network and computes them, one pass a network; makes the candidates. */
GRAFT_MUST_CHECK graft_status graft_ranking_pass(graft_ranking *ranking);
/* rank-scores.c: value and each of every candidate. */
GRAFT_MUST_CHECK graft_status graft_ranking_score(graft_ranking *ranking);

#endif
