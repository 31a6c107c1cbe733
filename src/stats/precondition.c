#include "stats/precondition.h"

#include "base/alloc.h"
#include "base/error.h"

#include <cblas.h>
#include <lapacke.h>
#include <math.h>

enum { FEW = 4 }; /* fewer rows than a FEW-th of the width: iterations cost less than the matrix */

typedef struct gram {
    const graft_tiled *tiled;
    size_t tiles; /* of columns */
    float *scratch, *matrix;
} gram;

/* Pair `index` of column tiles, a <= b: entries (a, b) of the row-major upper triangle of R. */
static graft_status gram_pair(void *argument, int worker, size_t index) {
    gram *g = argument;
    size_t a = index, b = 0, width = g->tiled->width;
    for (; a > b; b++)
        a -= b + 1;
    float *scratch = g->scratch + (size_t)worker * 2 * GRAFT_TILE * GRAFT_TILE;
    float *out = g->matrix + a * GRAFT_TILE * width + b * GRAFT_TILE;
    int rows_out = (int)graft_tile_length(width, a), columns_out = (int)graft_tile_length(width, b);
    for (size_t r = 0; r < graft_tile_count(g->tiled->count); r++) {
        const float *left, *right;
        GRAFT_TRY(graft_tile_get(g->tiled, r, a, scratch, &left));
        right = left;
        if (a != b) GRAFT_TRY(graft_tile_get(g->tiled, r, b, scratch + (size_t)GRAFT_TILE * GRAFT_TILE, &right));
        cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, rows_out, columns_out,
                    (int)graft_tile_length(g->tiled->count, r), 1.0F / (float)g->tiled->count, left, GRAFT_TILE, right,
                    GRAFT_TILE, r == 0 ? 0.0F : 1.0F, out, (int)width);
    }
    return GRAFT_OK;
}

static graft_status sketch(graft_context *context, const graft_tiled *tiled, graft_preconditioner *out) {
    out->basis = graft_allocate_aligned(tiled->width, GRAFT_SKETCH_RANK * sizeof(float));
    if (out->basis == NULL) return graft_fail_memory("the features' strongest directions");
    GRAFT_TRY(graft_sketch(context, tiled, out->basis, out->strength));
    out->rest = 1; /* R's mean diagonal, should nothing have been found */
    for (size_t i = GRAFT_SKETCH_RANK; i-- > 0 && out->strength[i] > 0;)
        out->rest = out->strength[i];
    return GRAFT_OK;
}

graft_status graft_precondition_make(graft_context *context, const graft_tiled *tiled, graft_preconditioner *out) {
    size_t width = tiled->width, tiles = graft_tile_count(width);
    *out = (graft_preconditioner){.width = width};
    if (width > GRAFT_PRECONDITION_WIDTH || FEW * tiled->count < width) return sketch(context, tiled, out);
    gram g = {.tiled = tiled, .tiles = tiles};
    g.scratch =
        graft_allocate_aligned((size_t)graft_context_threads(context) * 2 * GRAFT_TILE * GRAFT_TILE, sizeof(float));
    g.matrix = out->matrix = graft_allocate_aligned(width * width, sizeof(float));
    out->diagonal = graft_allocate(width, sizeof(float));
    graft_status status = GRAFT_OK;
    if (g.scratch == NULL || g.matrix == NULL || out->diagonal == NULL) {
        status = graft_fail_memory("correlation matrix of the features");
        goto done;
    }
    GRAFT_TRY_TO(done, status, graft_parallel_for(context, tiles * (tiles + 1) / 2, gram_pair, &g));
    for (size_t j = 0; j < width; j++)
        out->diagonal[j] = g.matrix[j * width + j];
done:
    graft_release(g.scratch);
    return status;
}

void graft_precondition_free(graft_preconditioner *preconditioner) {
    graft_release(preconditioner->matrix);
    graft_release(preconditioner->diagonal);
    graft_release(preconditioner->basis);
}

graft_status graft_precondition_factor(graft_preconditioner *p, double curvature, double penalty) {
    p->curvature = fmax(curvature, 1e-6);
    p->penalty = penalty;
    if (p->matrix == NULL) return GRAFT_OK;
    size_t width = p->width;
    /* A ridge above float's rounding keeps duplicated features positive definite. */
    float ridge = (float)(penalty + 1e-4 * p->curvature), factor = (float)p->curvature;
    for (size_t top = 0; top < width; top += 16) { /* by strips: the transposed reads stay in cache */
        for (size_t i = top; i < width; i++) {
            for (size_t j = top; j < top + 16 && j < i; j++)
                p->matrix[i * width + j] = factor * p->matrix[j * width + i];
        }
    }
    for (size_t i = 0; i < width; i++)
        p->matrix[i * width + i] = factor * p->diagonal[i] + ridge;
    /* Column-major upper is row-major lower: the other triangle keeps R. */
    int info = LAPACKE_spotrf_work(LAPACK_COL_MAJOR, 'U', (int)width, p->matrix, (int)width);
    if (info != 0) {
        return graft_fail(GRAFT_E_INTERNAL, "logistic regression: Cholesky factorization stopped at column %d of %zu",
                          info, width);
    }
    return GRAFT_OK;
}

/* (curvature (U S U' + rest I) + penalty I)^-1 v, by U's columns and what is across them. */
static void solve_by_directions(const graft_preconditioner *p, float *vector) {
    const double rest = p->curvature * p->rest + p->penalty;
    float along[GRAFT_SKETCH_RANK];
    cblas_sgemv(CblasRowMajor, CblasTrans, (int)p->width, GRAFT_SKETCH_RANK, 1.0F, p->basis, GRAFT_SKETCH_RANK, vector,
                1, 0.0F, along, 1);
    for (size_t i = 0; i < GRAFT_SKETCH_RANK; i++) {
        const double strength = p->curvature * p->strength[i];
        along[i] *= (float)(strength / (strength + rest));
    }
    cblas_sgemv(CblasRowMajor, CblasNoTrans, (int)p->width, GRAFT_SKETCH_RANK, (float)(-1 / rest), p->basis,
                GRAFT_SKETCH_RANK, along, 1, (float)(1 / rest), vector, 1);
}

void graft_precondition_solve(const graft_preconditioner *p, float *vectors, size_t count) {
    if (p->matrix == NULL) {
        for (size_t i = 0; i < count; i++)
            solve_by_directions(p, vectors + i * p->width);
        return;
    }
    int width = (int)p->width;
    for (int transposed = 1; transposed >= 0; transposed--) {
        cblas_strsm(CblasColMajor, CblasLeft, CblasUpper, transposed ? CblasTrans : CblasNoTrans, CblasNonUnit, width,
                    (int)count, 1.0F, p->matrix, width, vectors, width);
    }
}
