/* graft/rank.h: which pretrained network, and which of its layers, suits labelled pictures best. */
#ifndef GRAFT_RANK_H
#define GRAFT_RANK_H

#include <graft/model.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { GRAFT_RANK_BASES_MAX = 32, GRAFT_RANK_LAYERS_MAX = 7 };

typedef struct graft_rank_options {
    size_t struct_size;
    const char *layers[GRAFT_RANK_LAYERS_MAX + 1]; /* names, NULL behind the last; of a network those that it has. None:
                                                      the last layer and the wide ones before it, as for training */
    int pool;                                      /* 0 avg, 1 max, 2 none */
    int64_t folds;                                 /* of the cross-validated scores, 2..20; 0: 5 */
    double c;                                      /* logistic: inverse regularisation; 0: the best of a few */
    int64_t neighbours;                            /* knn; 0: 5 */
    uint64_t seed;                                 /* of the folds and of the bootstrap */
} graft_rank_options;
#define GRAFT_RANK_OPTIONS_INIT \
    { .struct_size = sizeof(graft_rank_options) }
/* The rows that describe the members above: parsing, defaults, help and documentation come from them. */
GRAFT_API const graft_option *graft_rank_option_table(void);

/* NaN: the score does not exist there, such as LEEP without the head that the network was trained with. */
typedef struct graft_rank_figure {
    double value, interval95[2]; /* by the bootstrap over pictures */
} graft_rank_figure;

/* One layer of one network. */
typedef struct graft_rank_row {
    const char *base, *layer;
    size_t width;                    /* features */
    const graft_rank_figure *scores; /* score_count */
    double first;                    /* share of the resamples in which its accuracy is the highest */
} graft_rank_row;

/* How a score orders the rows that have it, against how `logistic`, the accuracy, does. NaN with fewer than three. */
typedef struct graft_rank_correlation {
    size_t n; /* rows */
    graft_rank_figure spearman, kendall;
} graft_rank_correlation;

/* Borrowed members live as long as the result. */
typedef struct graft_rank_result {
    size_t n, classes, folds;
    double baseline; /* share of the largest class */
    size_t score_count;
    const char *const *score_names; /* as graft_registry_at("scores", ...) explains them; the first is "logistic" */
    size_t row_count;
    const graft_rank_row *rows;                 /* by cross-validated accuracy, the best first */
    const graft_rank_correlation *correlations; /* score_count */
    size_t computed, cached;                    /* pictures, over all networks */
    double features_seconds, scores_seconds;
} graft_rank_result;

/* All sound samples of `data` (checked first if it was not) take part, whatever split it names. Every network computes
 * its layers in one pass, through the boundary cache. Bases are ranked under the names they were given in `names`
 * (NULL: graft_backbone_name). Errors: GRAFT_E_USAGE (an option; a layer that no network has; more memory than the
 * context allows), GRAFT_E_DATA, GRAFT_E_CANCELLED: what was computed stays in the cache. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_rank(graft_rank_result **out, graft_context *context, graft_dataset *data,
                                                   const graft_backbone *const *backbones, const char *const *names,
                                                   size_t count, const graft_rank_options *options);
GRAFT_API void graft_rank_free(graft_rank_result *result);
/* The object that docs/cli.md shows for `rank --json`. Release with graft_text_free. */
GRAFT_API GRAFT_MUST_CHECK graft_status graft_rank_json(const graft_rank_result *result, char **json);

#ifdef __cplusplus
}
#endif
#endif
