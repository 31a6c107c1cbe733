#include "stats/mmd.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "stats/divisions.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* All rows of both samples, x first. */
typedef struct pool {
    size_t n, m, count, width;
    float *rows;   /* count x width, around the mean of all */
    float *kernel; /* count x count; 0 on the diagonal */
    double *sum;   /* of each row of the kernel */
    double total;
} pool;

static graft_status take_rows(pool *self, const float *x, const float *y) {
    size_t count = self->count, width = self->width;
    self->rows = graft_allocate_aligned(count * width, sizeof(float));
    self->kernel = graft_allocate_aligned(count * count, sizeof(float));
    self->sum = graft_allocate_zero(count, sizeof(double));
    if (!self->rows || !self->kernel || !self->sum) return graft_fail_memory("a kernel matrix");
    GRAFT_TRY(graft_samples_join(x, self->n, y, self->m, width, self->rows));
    graft_samples_centre(self->rows, count, width);
    return GRAFT_OK;
}

static void square_distances(pool *self, double *square) {
    size_t count = self->count, width = self->width;
    for (size_t i = 0; i < count; i++) {
        square[i] = 0;
        for (size_t j = 0; j < width; j++)
            square[i] += (double)self->rows[i * width + j] * (double)self->rows[i * width + j];
    }
    openblas_set_num_threads(1);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)count, (int)count, (int)width, 1.0F, self->rows,
                (int)width, self->rows, (int)width, 0.0F, self->kernel, (int)count);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++)
            self->kernel[i * count + j] =
                (float)fmax(square[i] + square[j] - 2 * (double)self->kernel[i * count + j], 0);
}

static int ascending(const void *left, const void *right) {
    const float a = *(const float *)left, b = *(const float *)right;
    return (a > b) - (a < b);
}

/* The square of the median distance of two different rows. */
static graft_status median(const pool *self, double *out) {
    size_t pairs = self->count * (self->count - 1) / 2, at = 0;
    float *all = graft_allocate(pairs, sizeof(*all));
    if (!all) return graft_fail_memory("the distances");
    for (size_t i = 0; i < self->count; i++)
        for (size_t j = 0; j < i; j++)
            all[at++] = self->kernel[i * self->count + j];
    qsort(all, pairs, sizeof(*all), ascending);
    double distance = (sqrt((double)all[(pairs - 1) / 2]) + sqrt((double)all[pairs / 2])) / 2;
    *out = distance * distance;
    graft_release(all);
    return GRAFT_OK;
}

static void apply_kernel(pool *self, double width) {
    size_t count = self->count;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++) {
            float *entry = &self->kernel[i * count + j];
            *entry = i == j ? 0.0F : width > 0 ? (float)exp(-(double)*entry / (2 * width)) : 1.0F;
            self->sum[i] += (double)*entry;
        }
        self->total += self->sum[i];
    }
}

/* From the sums of the kernel within the first sample, and between it and all rows. */
static double estimate(const pool *self, double within, double all) {
    double n = (double)self->n, m = (double)self->m, between = all - within, other = self->total - 2 * all + within;
    return within / (n * (n - 1)) + other / (m * (m - 1)) - 2 * between / (n * m);
}

/* Divisions of all rows into samples of the same sizes: the own one, then random ones. */
static graft_status divide(const pool *self, uint64_t seed, double *found) {
    enum { DIVISIONS = GRAFT_MMD_DIVISIONS + 1 };
    size_t count = self->count;
    float *chosen = graft_allocate(DIVISIONS * count, sizeof(*chosen));
    float *product = graft_allocate(DIVISIONS * count, sizeof(*product));
    graft_status status = chosen && product ? GRAFT_OK : graft_fail_memory("random divisions");
    if (status == GRAFT_OK) status = graft_divisions_draw(seed, 1, self->n, count, DIVISIONS, chosen);
    if (status == GRAFT_OK) graft_divisions_sum(chosen, DIVISIONS, self->kernel, count, product);
    for (size_t d = 0; d < DIVISIONS && status == GRAFT_OK; d++) {
        double within = 0, all = 0;
        for (size_t i = 0; i < count; i++) {
            if (!(chosen[d * count + i] > 0)) continue;
            within += (double)product[d * count + i];
            all += self->sum[i];
        }
        found[d] = estimate(self, within, all);
    }
    graft_release(chosen);
    graft_release(product);
    return status;
}

static int ascending_double(const void *left, const void *right) {
    const double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static graft_status compare(pool *self, const float *x, const float *y, uint64_t seed, graft_mmd_result *out) {
    double found[GRAFT_MMD_DIVISIONS + 1], width = 0;
    GRAFT_TRY(take_rows(self, x, y));
    square_distances(self, self->sum);
    memset(self->sum, 0, self->count * sizeof(double));
    GRAFT_TRY(median(self, &width));
    apply_kernel(self, width);
    GRAFT_TRY(divide(self, seed, found));
    size_t above = 1;
    for (size_t d = 1; d <= GRAFT_MMD_DIVISIONS; d++)
        above += found[d] >= found[0];
    out->squared = found[0];
    out->p_value = (double)above / (GRAFT_MMD_DIVISIONS + 1);
    qsort(found + 1, GRAFT_MMD_DIVISIONS, sizeof(*found), ascending_double);
    out->null95 = found[1 + GRAFT_MMD_DIVISIONS * 95 / 100];
    return GRAFT_OK;
}

graft_status graft_mmd(graft_context *context, const float *x, size_t n, const float *y, size_t m, size_t width,
                       uint64_t seed, graft_mmd_result *out) {
    pool self = {.n = n, .m = m, .count = n + m, .width = width};
    if (n < 2 || m < 2 || n > GRAFT_MMD_ROWS_MOST || m > GRAFT_MMD_ROWS_MOST || width < 1 || width > INT32_MAX)
        return graft_fail(GRAFT_E_DATA, "a discrepancy of %zu and %zu rows of %zu features, expected 2..%d rows", n, m,
                          width, GRAFT_MMD_ROWS_MOST);
    GRAFT_TRY(graft_cancelled(context));
    graft_status status = compare(&self, x, y, seed, out);
    graft_release(self.rows);
    graft_release(self.kernel);
    graft_release(self.sum);
    return status;
}
