/* All folds are fitted side by side, from strong to weak regularisation, each C from where the last one ended. The
 * products that fit a fold also score the rows it holds out. */
#include "base/alloc.h"
#include "base/error.h"
#include "stats/folds.h"
#include "stats/solve.h"

#include <math.h>
#include <string.h>

enum { FOLDS_MAX = 20 };

/* scikit-learn's own limit, or a promise of a ten-thousandth: figures then move by far less than they differ by fold.
 */
static const graft_lbfgs_limits limits = {.gradient = 1e-4, .decrease = 1e-4, .iterations = 200};

const double *graft_logistic_grid(size_t *count) {
    static const double grid[] = {1e-4, 1e-3, 1e-2, 3e-2, 1e-1, 1};
    *count = sizeof(grid) / sizeof(*grid);
    return grid;
}

static graft_status check_grid(const double *grid, size_t count, int folds, size_t rows) {
    if (count < 1 || count > GRAFT_LOGISTIC_GRID_MAX) {
        return graft_fail(GRAFT_E_USAGE, "a grid of %zu values of C, expected 1..%d", count, GRAFT_LOGISTIC_GRID_MAX);
    }
    for (size_t g = 0; g < count; g++) {
        if (!(grid[g] > (g > 0 ? grid[g - 1] : 0)) || !isfinite(grid[g])) {
            return graft_fail(GRAFT_E_USAGE, "value %zu of the grid of C is %g, expected ascending values above 0", g,
                              grid[g]);
        }
    }
    if (folds < 2 || folds > FOLDS_MAX) return graft_fail(GRAFT_E_USAGE, "%d folds, expected 2..%d", folds, FOLDS_MAX);
    if (rows < (size_t)folds) {
        return graft_fail(GRAFT_E_DATA, "%zu training samples are fewer than %d folds (add samples or use fewer folds)",
                          rows, folds);
    }
    return GRAFT_OK;
}

static graft_status check_folds(const graft_rows *rows, const int *fold, int folds) {
    for (int f = 0; f < folds; f++) {
        size_t held = 0;
        int classes = 0, seen = -1;
        for (size_t i = 0; i < rows->count; i++) {
            held += fold[i] == f;
            if (fold[i] == f || rows->label[i] == seen) continue;
            seen = rows->label[i];
            classes++;
        }
        if (held == 0) {
            return graft_fail(GRAFT_E_DATA,
                              "%d folds of %zu training samples: duplicates leave fold %d empty (use fewer folds)",
                              folds, rows->count, f);
        }
        if (classes < 2) {
            return graft_fail(GRAFT_E_DATA, "without fold %d of %d the training samples are of one class (add samples)",
                              f, folds);
        }
    }
    return GRAFT_OK;
}

static void summarize(const graft_solver *solver, size_t g, graft_logistic_cv *out) {
    double count = (double)solver->count, squares = 0;
    for (size_t f = 0; f < solver->count; f++) {
        const graft_softmax_value *value = &solver->values[f];
        out->accuracy[g] += (double)value->held_correct / (double)value->held / count;
        out->loss[g] += value->held_loss / count;
    }
    for (size_t f = 0; f < solver->count; f++) {
        const graft_softmax_value *value = &solver->values[f];
        double difference = (double)value->held_correct / (double)value->held - out->accuracy[g];
        squares += difference * difference;
    }
    out->deviation[g] = sqrt(squares / (count - 1));
}

static size_t choose(const graft_logistic_cv *cv, double folds) {
    size_t top = 0;
    for (size_t g = 1; g < cv->grid_count; g++) {
        if (cv->accuracy[g] > cv->accuracy[top]) top = g;
    }
    double enough = cv->accuracy[top] - 0.5 * cv->deviation[top] / sqrt(folds);
    size_t best = top;
    for (size_t g = 0; g < cv->grid_count; g++) {
        if (cv->accuracy[g] < enough) continue;
        if (cv->loss[g] < cv->loss[best] || (cv->loss[g] == cv->loss[best] && g < best)) best = g;
    }
    return best;
}

/* right (grid_count x count) may be NULL. */
static graft_status walk(graft_context *context, const graft_rows *rows, const double *grid, size_t grid_count,
                         const int *fold, int folds, bool *right, graft_logistic_cv *out) {
    graft_solver *solver = NULL;
    graft_status status = graft_solver_new(context, rows, fold, (size_t)folds, &solver);
    for (size_t g = 0; g < grid_count && status == GRAFT_OK; g++) {
        if (right) graft_softmax_watch(solver->softmax, right + g * rows->count);
        /* A fit that has nothing to do evaluates nothing: it goes on from what the last one found. */
        if (right && g > 0) memcpy(right + g * rows->count, right + (g - 1) * rows->count, rows->count);
        status = graft_solver_run(solver, grid[g], &limits);
        if (status != GRAFT_OK) break;
        out->c[g] = grid[g];
        out->grid_count = g + 1;
        summarize(solver, g, out);
        if (g > 0 && out->accuracy[g] < out->accuracy[g - 1] && out->loss[g] > out->loss[g - 1]) break;
    }
    graft_solver_free(solver);
    if (status == GRAFT_OK) out->best = choose(out, folds);
    return status;
}

graft_status graft_logistic_crossval(graft_context *context, const graft_rows *rows, const double *grid,
                                     size_t grid_count, int folds, uint64_t seed, graft_logistic_cv *out) {
    *out = (graft_logistic_cv){0};
    if (grid == NULL) grid = graft_logistic_grid(&grid_count);
    GRAFT_TRY(check_grid(grid, grid_count, folds, rows->count));
    GRAFT_TRY(graft_rows_check(rows));
    int *fold = graft_allocate(rows->count, sizeof(*fold));
    if (fold == NULL) return graft_fail_memory("folds");
    graft_status status = graft_folds_make(rows->label, rows->group, rows->count, rows->classes, folds, seed, fold);
    if (status == GRAFT_OK) status = check_folds(rows, fold, folds);
    if (status == GRAFT_OK) status = walk(context, rows, grid, grid_count, fold, folds, NULL, out);
    graft_release(fold);
    return status;
}

graft_status graft_logistic_held_out(graft_context *context, const graft_rows *rows, const double *grid,
                                     size_t grid_count, const int *fold, int folds, bool *right,
                                     graft_logistic_cv *out) {
    *out = (graft_logistic_cv){0};
    if (grid == NULL) grid = graft_logistic_grid(&grid_count);
    GRAFT_TRY(check_grid(grid, grid_count, folds, rows->count));
    GRAFT_TRY(graft_rows_check(rows));
    GRAFT_TRY(check_folds(rows, fold, folds));
    bool *all = graft_allocate_zero(rows->count, grid_count * sizeof(*all));
    if (all == NULL) return graft_fail_memory("what was right");
    graft_status status = walk(context, rows, grid, grid_count, fold, folds, all, out);
    if (status == GRAFT_OK) memcpy(right, all + out->best * rows->count, rows->count * sizeof(*right));
    graft_release(all);
    return status;
}
