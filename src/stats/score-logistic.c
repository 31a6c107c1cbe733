/* Cross-validated accuracy of a logistic regression: what the other scores foretell without fitting one. */
#include "stats/score.h"

#include "base/alloc.h"
#include "base/error.h"

/* Three strengths are enough to compare features by; the best of them flatters all alike. */
static const double grid[] = {1e-3, 1e-2, 1e-1};

static graft_status compute(const graft_score_rows *rows, double *value, double *each) {
    const graft_score_options *options = &rows->options;
    graft_logistic_cv cv;
    bool *right = graft_allocate_zero(rows->count, sizeof(*right));
    if (!right) return graft_fail_memory("what was right");
    const double *values = options->c > 0 ? &options->c : grid;
    size_t count = options->c > 0 ? 1 : sizeof(grid) / sizeof(*grid);
    graft_rows view = *rows->rows;
    view.doubled = true;
    graft_status status =
        graft_logistic_held_out(rows->context, &view, values, count, options->fold, options->folds, right, &cv);
    if (status == GRAFT_OK) *value = 0;
    for (size_t i = 0; status == GRAFT_OK && i < rows->count; i++) {
        each[i] = right[i];
        *value += each[i] / (double)rows->count;
    }
    graft_release(right);
    return status;
}

const graft_score graft_score_logistic = {
    .name = "logistic",
    .help = "accuracy of logistic regression, cross-validated",
    .compute = compute,
};
