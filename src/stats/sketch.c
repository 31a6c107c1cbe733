/* A Nystroem approximation from one random sketch: Y = R O, R ~ Y (O'Y)^-1 Y', then its eigenvectors.
 * Source: Z. Frangella, J. Tropp and M. Udell, "Randomized Nystroem preconditioning", 2023, algorithm 2.1. */
#include "stats/sketch.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/rng.h"

#include <cblas.h>
#include <lapacke.h>
#include <math.h>

enum { RANK = GRAFT_SKETCH_RANK };

typedef struct sketch {
    const graft_tiled *tiled;
    float *random;  /* O: width x RANK */
    float *rows;    /* Z O: count x RANK */
    float *image;   /* Y: width x RANK */
    float *scratch; /* a tile a worker */
} sketch;

static float *tile_scratch(const sketch *s, int worker) {
    return s->scratch + (size_t)worker * GRAFT_TILE * GRAFT_TILE;
}

static graft_status project_rows(void *argument, int worker, size_t row_tile) {
    const sketch *s = argument;
    for (size_t c = 0; c < graft_tile_count(s->tiled->width); c++) {
        const float *z;
        GRAFT_TRY(graft_tile_get(s->tiled, row_tile, c, tile_scratch(s, worker), &z));
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)graft_tile_length(s->tiled->count, row_tile), RANK,
                    (int)graft_tile_length(s->tiled->width, c), 1.0F, z, GRAFT_TILE, s->random + c * GRAFT_TILE * RANK,
                    RANK, c == 0 ? 0.0F : 1.0F, s->rows + row_tile * GRAFT_TILE * RANK, RANK);
    }
    return GRAFT_OK;
}

static graft_status image_of_columns(void *argument, int worker, size_t column_tile) {
    const sketch *s = argument;
    for (size_t r = 0; r < graft_tile_count(s->tiled->count); r++) {
        const float *z;
        GRAFT_TRY(graft_tile_get(s->tiled, r, column_tile, tile_scratch(s, worker), &z));
        cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)graft_tile_length(s->tiled->width, column_tile), RANK,
                    (int)graft_tile_length(s->tiled->count, r), 1.0F / (float)s->tiled->count, z, GRAFT_TILE,
                    s->rows + r * GRAFT_TILE * RANK, RANK, r == 0 ? 0.0F : 1.0F,
                    s->image + column_tile * GRAFT_TILE * RANK, RANK);
    }
    return GRAFT_OK;
}

/* out (RANK x RANK, double) = left' right, summed in double. */
static void cross_product(const float *left, const float *right, size_t width, double *out) {
    for (size_t i = 0; i < (size_t)RANK * RANK; i++)
        out[i] = 0;
    for (size_t j = 0; j < width; j++)
        for (size_t a = 0; a < RANK; a++)
            for (size_t b = 0; b < RANK; b++)
                out[a * RANK + b] += (double)left[j * RANK + a] * (double)right[j * RANK + b];
}

/* Each row of `rows` (width x RANK) times the matrix (RANK x RANK). */
static void map_rows(const float *rows, const double *matrix, size_t width, float *out) {
    for (size_t j = 0; j < width; j++) {
        double row[RANK] = {0};
        for (size_t a = 0; a < RANK; a++)
            for (size_t b = 0; b < RANK; b++)
                row[b] += (double)rows[j * RANK + a] * matrix[a * RANK + b];
        for (size_t b = 0; b < RANK; b++)
            out[j * RANK + b] = (float)row[b];
    }
}

/* matrix (symmetric) <- its eigenvectors times values ^ -1/2, values <- its eigenvalues, ascending; 0 in both for those
 * below a share of the largest that rounding alone explains. */
static graft_status inverse_root(double *matrix, double *values) {
    if (LAPACKE_dsyev(LAPACK_ROW_MAJOR, 'V', 'U', RANK, matrix, RANK, values) != 0)
        return graft_fail(GRAFT_E_INTERNAL, "logistic regression: the sketch's eigenvectors were not found");
    const double least = 1e-6 * values[RANK - 1];
    for (size_t b = 0; b < RANK; b++) {
        const bool kept = values[b] > least && values[b] > 0;
        if (!kept) values[b] = 0;
        for (size_t a = 0; a < RANK; a++)
            matrix[a * RANK + b] *= kept ? 1 / sqrt(values[b]) : 0;
    }
    return GRAFT_OK;
}

static graft_status find_directions(sketch *s, double *matrix, float *basis, double *strength) {
    const size_t width = s->tiled->width;
    /* F = Y (O'Y)^-1/2, so that F F' is the approximation; then F's left singular vectors. */
    cross_product(s->random, s->image, width, matrix);
    for (size_t a = 0; a < RANK; a++)
        for (size_t b = 0; b < a; b++)
            matrix[a * RANK + b] = matrix[b * RANK + a] = (matrix[a * RANK + b] + matrix[b * RANK + a]) / 2;
    GRAFT_TRY(inverse_root(matrix, strength));
    map_rows(s->image, matrix, width, s->random);
    cross_product(s->random, s->random, width, matrix);
    GRAFT_TRY(inverse_root(matrix, strength));
    map_rows(s->random, matrix, width, basis);
    return GRAFT_OK;
}

graft_status graft_sketch(graft_context *context, const graft_tiled *tiled, float *basis, double *strength) {
    sketch s = {.tiled = tiled, .image = basis};
    s.random = graft_allocate_aligned(tiled->width, RANK * sizeof(float));
    s.rows = graft_allocate_aligned(tiled->count, RANK * sizeof(float));
    s.scratch =
        graft_allocate_aligned((size_t)graft_context_threads(context), (size_t)GRAFT_TILE * GRAFT_TILE * sizeof(float));
    double *matrix = graft_allocate((size_t)RANK * RANK, sizeof(double));
    graft_status status = GRAFT_OK;
    if (s.random == NULL || s.rows == NULL || s.scratch == NULL || matrix == NULL) {
        status = graft_fail_memory("the features' strongest directions");
        goto done;
    }
    graft_rng rng = graft_rng_make(1, GRAFT_RNG_SKETCH, 0, 0);
    for (size_t i = 0; i < tiled->width * RANK; i++)
        s.random[i] = (float)graft_rng_normal(&rng);
    GRAFT_TRY_TO(done, status, graft_parallel_for(context, graft_tile_count(tiled->count), project_rows, &s));
    GRAFT_TRY_TO(done, status, graft_parallel_for(context, graft_tile_count(tiled->width), image_of_columns, &s));
    status = find_directions(&s, matrix, basis, strength);
done:
    graft_release(s.random);
    graft_release(s.rows);
    graft_release(s.scratch);
    graft_release(matrix);
    return status;
}
