#include "stats/softmax.h"

#include "base/alloc.h"
#include "base/error.h"

#include <math.h>
#include <string.h>

typedef struct moments {
    const graft_rows *rows;
    const graft_tiled *tiled;
    const int *fold;
    graft_softmax_problem *problems;
    size_t count;
    float *tiles; /* one a worker */
    double *sums; /* 2 x (count + 1) x GRAFT_TILE a worker: sums, squares; the last for all rows */
} moments;

/* The training rows of a fold are all rows less its own: one pass gives every fold's moments. Taken on z, whose values
 * are around 1, the differences lose nothing that float could have told. */
static graft_status moments_of_columns(void *argument, int worker, size_t column_tile) {
    moments *m = argument;
    size_t length = graft_tile_length(m->tiled->width, column_tile), lanes = m->count + 1;
    float *scratch = m->tiles + (size_t)worker * GRAFT_TILE * GRAFT_TILE;
    double *sum = m->sums + (size_t)worker * 2 * lanes * GRAFT_TILE, *square = sum + lanes * GRAFT_TILE;
    memset(sum, 0, 2 * lanes * GRAFT_TILE * sizeof(*sum));
    for (size_t r = 0; r < graft_tile_count(m->rows->count); r++) {
        const float *z;
        GRAFT_TRY(graft_tile_get(m->tiled, r, column_tile, scratch, &z));
        for (size_t i = 0; i < graft_tile_length(m->rows->count, r); i++) {
            size_t at = (size_t)m->fold[r * GRAFT_TILE + i] * GRAFT_TILE;
            for (size_t j = 0; j < length; j++) {
                double value = (double)z[i * GRAFT_TILE + j];
                sum[at + j] += value;
                square[at + j] += value * value;
            }
        }
    }
    size_t all = m->count * GRAFT_TILE;
    for (size_t f = 0; f < m->count; f++) {
        for (size_t j = 0; j < length; j++) {
            sum[all + j] += sum[f * GRAFT_TILE + j];
            square[all + j] += square[f * GRAFT_TILE + j];
        }
    }
    for (size_t f = 0; f < m->count; f++) {
        graft_softmax_problem *problem = &m->problems[f];
        double n = problem->trained > 0 ? (double)problem->trained : 1;
        for (size_t j = 0; j < length; j++) {
            double mean = (sum[all + j] - sum[f * GRAFT_TILE + j]) / n;
            double variance = (square[all + j] - square[f * GRAFT_TILE + j]) / n - mean * mean;
            problem->shift[column_tile * GRAFT_TILE + j] = (float)mean;
            /* Below this only rounding is left: constant among the training rows. */
            problem->stretch[column_tile * GRAFT_TILE + j] = variance > 1e-12 ? (float)(1 / sqrt(variance)) : 0.0F;
        }
    }
    return GRAFT_OK;
}

static graft_status allocate_problem(graft_softmax_problem *problem, int fold, const graft_rows *rows) {
    problem->fold = fold;
    problem->shift = graft_allocate_zero(rows->width, sizeof(float));
    problem->stretch = graft_allocate(rows->width, sizeof(float));
    problem->prior = graft_allocate_zero((size_t)rows->classes, sizeof(double));
    if (problem->shift == NULL || problem->stretch == NULL || problem->prior == NULL) {
        return graft_fail_memory("folds' moments");
    }
    return GRAFT_OK;
}

static void count_rows(const graft_rows *rows, const int *fold, graft_softmax_problem *problem) {
    for (size_t i = 0; i < rows->count; i++) {
        if (fold != NULL && fold[i] == problem->fold) continue;
        problem->trained++;
        problem->prior[rows->label[i]]++;
    }
    for (int k = 0; k < rows->classes; k++)
        problem->prior[k] /= problem->trained > 0 ? (double)problem->trained : 1;
}

graft_status graft_softmax_prepare(graft_context *context, const graft_rows *rows, const graft_tiled *tiled,
                                   const int *fold, graft_softmax_problem *problems, size_t count) {
    memset(problems, 0, count * sizeof(*problems));
    for (size_t f = 0; f < count; f++) {
        GRAFT_TRY(allocate_problem(&problems[f], fold != NULL ? (int)f : -1, rows));
        count_rows(rows, fold, &problems[f]);
    }
    if (fold == NULL) {
        for (size_t j = 0; j < rows->width; j++)
            problems[0].stretch[j] = tiled->scale[j] > 0 ? 1.0F : 0.0F;
        return GRAFT_OK;
    }
    size_t workers = (size_t)graft_context_threads(context);
    moments m = {.rows = rows, .tiled = tiled, .fold = fold, .problems = problems, .count = count};
    m.tiles = graft_allocate_aligned(workers * GRAFT_TILE * GRAFT_TILE, sizeof(float));
    m.sums = graft_allocate_aligned(workers * 2 * (count + 1) * GRAFT_TILE, sizeof(double));
    graft_status status = m.tiles == NULL || m.sums == NULL ? graft_fail_memory("folds' moments") : GRAFT_OK;
    if (status == GRAFT_OK) {
        status = graft_parallel_for(context, graft_tile_count(rows->width), moments_of_columns, &m);
    }
    graft_release(m.tiles);
    graft_release(m.sums);
    return status;
}

void graft_softmax_problem_free(graft_softmax_problem *problem) {
    graft_release(problem->shift);
    graft_release(problem->stretch);
    graft_release(problem->prior);
}
