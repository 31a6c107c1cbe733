#include "stats/pca.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "stats/tile.h"

#include <cblas.h>
#include <lapacke.h>
#include <math.h>
#include <string.h>

enum { BLOCK = 256 };

typedef struct work {
    const float *x;
    size_t count, width, side, components;
    double *mean;           /* width */
    double *block;          /* BLOCK x width: centred rows */
    double *matrix;         /* side x side, upper triangle */
    double *value, *vector; /* components; side x components, a column each */
} work;

void graft_pca_clear(graft_pca *pca) {
    graft_release(pca->point);
    graft_release(pca->share);
    *pca = (graft_pca){0};
}

static void find_mean(work *w) {
    for (size_t i = 0; i < w->count; i++)
        for (size_t k = 0; k < w->width; k++)
            w->mean[k] += (double)w->x[i * w->width + k];
    for (size_t k = 0; k < w->width; k++)
        w->mean[k] /= (double)w->count;
}

/* Centred rows from `first` on; how many. */
static size_t take_block(const work *w, size_t first, double *block) {
    const size_t rows = w->count - first < BLOCK ? w->count - first : BLOCK;
    for (size_t i = 0; i < rows; i++)
        for (size_t k = 0; k < w->width; k++)
            block[i * w->width + k] = (double)w->x[(first + i) * w->width + k] - w->mean[k];
    return rows;
}

/* X'X of the centred rows, block by block. */
static graft_status add_covariance(graft_context *context, work *w) {
    for (size_t first = 0; first < w->count; first += BLOCK) {
        const size_t rows = take_block(w, first, w->block);
        cblas_dsyrk(CblasRowMajor, CblasUpper, CblasTrans, (int)w->width, (int)rows, 1, w->block, (int)w->width,
                    first == 0 ? 0 : 1, w->matrix, (int)w->side);
        GRAFT_TRY(graft_cancelled(context));
    }
    return GRAFT_OK;
}

/* XX': fewer rows than columns, so that all of them fit side by side. */
static graft_status add_gram(work *w) {
    double *rows;
    size_t values;
    if (!graft_multiply_sizes(w->count, w->width, &values)) return graft_fail_memory("principal components");
    rows = graft_allocate_aligned(values, sizeof(*rows));
    if (!rows) return graft_fail_memory("principal components");
    for (size_t first = 0; first < w->count; first += BLOCK)
        (void)take_block(w, first, rows + first * w->width);
    cblas_dsyrk(CblasRowMajor, CblasUpper, CblasNoTrans, (int)w->count, (int)w->width, 1, rows, (int)w->width, 0,
                w->matrix, (int)w->side);
    graft_release(rows);
    return GRAFT_OK;
}

/* The largest eigenvalues, falling. */
static graft_status solve(work *w, double *trace) {
    const lapack_int side = (lapack_int)w->side, wanted = (lapack_int)w->components;
    lapack_int found = 0;
    lapack_int *support = graft_allocate((size_t)2 * w->components + 2, sizeof(*support));
    double *value = graft_allocate(w->side, sizeof(*value)),
           *vector = graft_allocate(w->side, w->components * sizeof(*vector));
    graft_status status = support && value && vector ? GRAFT_OK : graft_fail_memory("principal components");
    *trace = 0;
    for (size_t i = 0; i < w->side; i++)
        *trace += w->matrix[i * w->side + i];
    /* A row-major upper triangle is a column-major lower one. */
    lapack_int info = status != GRAFT_OK
                          ? 0
                          : LAPACKE_dsyevr(LAPACK_COL_MAJOR, 'V', 'I', 'L', side, w->matrix, side, 0, 0,
                                           side - wanted + 1, side, 0, &found, value, vector, side, support);
    if (status == GRAFT_OK && (info != 0 || found != wanted))
        status = graft_fail(GRAFT_E_INTERNAL, "principal components: LAPACK's dsyevr says %d", (int)info);
    for (size_t c = 0; status == GRAFT_OK && c < w->components; c++) {
        w->value[c] = fmax(value[w->components - 1 - c], 0);
        memcpy(w->vector + c * w->side, vector + (w->components - 1 - c) * w->side, w->side * sizeof(*vector));
    }
    graft_release(support);
    graft_release(value);
    graft_release(vector);
    return status;
}

static void set_point(const work *w, graft_pca *out, size_t row, size_t component, double value) {
    out->point[row * w->components + component] = (float)value;
}

static void project(const work *w, graft_pca *out) {
    if (w->side != w->width) { /* Gram: coordinates are the eigenvectors, stretched */
        for (size_t c = 0; c < w->components; c++)
            for (size_t i = 0; i < w->count; i++)
                set_point(w, out, i, c, sqrt(w->value[c]) * w->vector[c * w->side + i]);
        return;
    }
    for (size_t first = 0; first < w->count; first += BLOCK) {
        const size_t rows = take_block(w, first, w->block);
        for (size_t i = 0; i < rows; i++)
            for (size_t c = 0; c < w->components; c++)
                set_point(w, out, first + i, c,
                          cblas_ddot((int)w->width, w->block + i * w->width, 1, w->vector + c * w->side, 1));
    }
}

static void fix_signs(const work *w, graft_pca *out) {
    for (size_t c = 0; c < w->components; c++) {
        float largest = 0;
        for (size_t i = 0; i < w->count; i++)
            if (fabsf(out->point[i * w->components + c]) > fabsf(largest)) largest = out->point[i * w->components + c];
        for (size_t i = 0; largest < 0 && i < w->count; i++)
            out->point[i * w->components + c] = -out->point[i * w->components + c];
    }
}

static graft_status allocate(work *w, graft_pca *out) {
    size_t cells, block;
    if (!graft_multiply_sizes(w->side, w->side, &cells) || !graft_multiply_sizes(BLOCK, w->width, &block))
        return graft_fail_memory("principal components");
    w->mean = graft_allocate_zero(w->width, sizeof(*w->mean));
    w->block = graft_allocate_aligned(block, sizeof(*w->block));
    w->matrix = graft_allocate_aligned(cells, sizeof(*w->matrix));
    w->value = graft_allocate(w->components, sizeof(*w->value));
    w->vector = graft_allocate(w->side, w->components * sizeof(*w->vector));
    out->point = graft_allocate(w->count, w->components * sizeof(*out->point));
    out->share = graft_allocate(w->components, sizeof(*out->share));
    return w->mean && w->block && w->matrix && w->value && w->vector && out->point && out->share
               ? GRAFT_OK
               : graft_fail_memory("principal components");
}

static graft_status fit(graft_context *context, work *w, graft_pca *out) {
    double trace;
    GRAFT_TRY(allocate(w, out));
    find_mean(w);
    GRAFT_TRY(w->side == w->width ? add_covariance(context, w) : add_gram(w));
    GRAFT_TRY(solve(w, &trace));
    for (size_t c = 0; c < w->components; c++)
        out->share[c] = trace > 0 ? w->value[c] / trace : 0;
    project(w, out);
    fix_signs(w, out);
    return GRAFT_OK;
}

graft_status graft_pca_fit(graft_context *context, const float *x, size_t count, size_t width, size_t components,
                           graft_pca *out) {
    work w = {.x = x, .count = count, .width = width, .side = width <= count ? width : count, .components = components};
    *out = (graft_pca){.count = count, .components = components};
    if (count < 2) return graft_fail(GRAFT_E_DATA, "principal components of %zu rows, expected 2 or more", count);
    if (components < 1 || components > w.side)
        return graft_fail(GRAFT_E_USAGE, "%zu principal components of %zu rows of %zu features", components, count,
                          width);
    if (w.side > GRAFT_PCA_SIDE_MOST)
        return graft_fail(GRAFT_E_USAGE,
                          "principal components of %zu rows of %zu features: one of both must be at most %d (pool the "
                          "features)",
                          count, width, (int)GRAFT_PCA_SIDE_MOST);
    GRAFT_TRY(graft_rows_check_finite(x, count, width));
    openblas_set_num_threads(1);
    graft_status status = fit(context, &w, out);
    graft_release(w.mean);
    graft_release(w.block);
    graft_release(w.matrix);
    graft_release(w.value);
    graft_release(w.vector);
    return status;
}
