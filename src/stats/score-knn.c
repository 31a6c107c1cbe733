/* Cross-validated accuracy of nearest neighbours by cosine similarity. */
#include "stats/score.h"

#include "base/alloc.h"
#include "base/error.h"
#include "stats/held-out.h"
#include "stats/metrics.h"

static graft_status compute(const graft_score_rows *rows, double *value, double *each) {
    const graft_score_options *options = &rows->options;
    const graft_held_out how = {
        .fold = options->fold, .folds = options->folds, .head = GRAFT_CROSSVAL_KNN, .neighbours = options->neighbours};
    float *probabilities = graft_allocate(rows->count, rows->classes * sizeof(float));
    graft_crossval_fold *fold = graft_allocate((size_t)options->folds, sizeof(*fold));
    graft_status status = probabilities && fold ? GRAFT_OK : graft_fail_memory("nearest neighbours");
    if (status == GRAFT_OK) status = graft_held_out_score(rows->context, rows->rows, &how, probabilities, fold);
    if (status == GRAFT_OK) *value = 0;
    for (size_t i = 0; status == GRAFT_OK && i < rows->count; i++) {
        each[i] = graft_argmax(probabilities + i * rows->classes, (int)rows->classes) == rows->rows->label[i];
        *value += each[i] / (double)rows->count;
    }
    graft_release(probabilities);
    graft_release(fold);
    return status;
}

const graft_score graft_score_knn = {
    .name = "knn",
    .help = "accuracy of nearest neighbours, cross-validated",
    .compute = compute,
};
