/* What the files behind features.h share. */
#ifndef GRAFT_SRC_TRANSFER_FEATURES_INTERNAL_H
#define GRAFT_SRC_TRANSFER_FEATURES_INTERNAL_H

#include "transfer/cache.h"
#include "transfer/features.h"

struct graft_features {
    graft_context *context;
    const graft_graph *graph;
    const graft_preprocess *spec;
    const graft_views *views; /* NULL: plain pictures alone */
    graft_cut cuts[GRAFT_FEATURES_CUTS];
    graft_cache_store *plain[GRAFT_FEATURES_CUTS];     /* view 0 */
    graft_cache_store *augmented[GRAFT_FEATURES_CUTS]; /* all others; NULL without views */
    size_t cut_count, widest;
    const graft_single *single; /* lent; NULL: none */
};

typedef struct graft_feature_item {
    graft_hash content;
    size_t sample;
    uint32_t view;
} graft_feature_item;

graft_cache_store *graft_features_store(const graft_features *features, size_t cut, uint32_t view);

/* Computes the features of `items` at every cut and appends them to the stores. */
GRAFT_MUST_CHECK graft_status graft_features_pass(const graft_features *features, const graft_dataset *data,
                                                  const graft_feature_item *items, size_t count,
                                                  graft_features_result *result);

#endif
