/* Transferability scores: how well features that nobody has trained on suit labelled data. One score is one file and
 * one row in scores.def; what several of them need is computed once for the rows (score-rows.c). */
#ifndef GRAFT_SRC_STATS_SCORE_H
#define GRAFT_SRC_STATS_SCORE_H

#include "stats/logistic.h"

typedef struct graft_score_options {
    const float *source;   /* count x source_classes: what the network's own head answers; NULL: it has none */
    size_t source_classes; /* rows of `source` sum to 1 */
    const int *fold;       /* of every row, 0..folds-1: for what is cross-validated */
    int folds;
    int neighbours; /* of knn */
    double c;       /* of logistic: inverse regularisation, > 0 */
} graft_score_options;

/* Rows with what the scores share. All sums are double. Where there are fewer rows than features, the rows are
 * expressed in an orthonormal basis of their span: distances and products stay, and nothing costs more than the rows
 * are worth. */
typedef struct graft_score_rows {
    graft_context *context;
    const graft_rows *rows; /* floats in memory; borrowed */
    graft_score_options options;
    size_t count, width; /* of x; width <= count */
    size_t features;     /* the rows' own width */
    size_t classes, present;
    double *x;          /* count x width, centred */
    double *mean;       /* width: what was subtracted */
    double *class_mean; /* classes x width, of x; 0 for a class without rows */
    size_t *class_size; /* classes */
    double *scatter;    /* width x width, both triangles: x' x */
    double square;      /* sum of all squares of x: the trace of `scatter` */
    double fourth;      /* sum over rows of (sum of squares)^2 */
    double *row_square; /* count: sum of squares of a row of x */
} graft_score_rows;

/* Errors: GRAFT_E_DATA (fewer than two rows or classes, values that are not finite), GRAFT_E_MEMORY. Release with
 * graft_score_rows_clear, also after a failure. Sets OpenBLAS to one thread, as graft_logistic_fit does. */
GRAFT_MUST_CHECK graft_status graft_score_rows_make(graft_context *context, const graft_rows *rows,
                                                    const graft_score_options *options, graft_score_rows *out);
void graft_score_rows_clear(graft_score_rows *rows);

typedef struct graft_score {
    const char *name, *help;
    bool source; /* needs the answers of the network's own head */
    /* each (count): what the score would be if it were the mean of something over the rows, up to one constant: its
     * influence function at every row. The bootstrap resamples these (score-interval.h). */
    graft_status (*compute)(const graft_score_rows *rows, double *value, double *each);
} graft_score;

#define GRAFT_SCORE(id) extern const graft_score graft_score_##id;
#include "stats/scores.def"
#undef GRAFT_SCORE

enum {
#define GRAFT_SCORE(id) GRAFT_SCORE_AT_##id,
#include "stats/scores.def"
#undef GRAFT_SCORE
    GRAFT_SCORE_COUNT
};

const graft_score *graft_score_at(size_t index); /* NULL past the end: the registry */
const graft_score *graft_score_find(const char *name);

#endif
