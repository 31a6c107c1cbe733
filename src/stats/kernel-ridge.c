#include "stats/kernel-ridge.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "base/threads.h"
#include "stats/folds.h"
#include "stats/tile.h"

#include <cblas.h>
#include <lapacke.h>
#include <math.h>
#include <stdlib.h>

enum { BLOCK = 256 }; /* rows of a piece of work */
static const float noise = 0.2F;

struct graft_kernel {
    graft_context *context;
    size_t count;
    float *matrix; /* count x count by rows, the upper triangle: products, then the kernel, then the inverse */
};

typedef struct block {
    graft_kernel *kernel;
    const float *z; /* count x width, standardized */
    size_t width;
} block;

typedef struct member {
    int64_t group;
    size_t row;
} member;

graft_status graft_kernel_new(graft_context *context, size_t count, graft_kernel **out) {
    graft_kernel *self = *out = graft_allocate_zero(1, sizeof(*self));
    size_t values;
    if (self && graft_multiply_sizes(count, count, &values))
        self->matrix = graft_allocate_zero(values, sizeof(*self->matrix));
    if (!self || !self->matrix) {
        graft_kernel_free(self);
        *out = NULL;
        return graft_fail_memory("the kernel of all pairs of rows");
    }
    self->context = context;
    self->count = count;
    return GRAFT_OK;
}

void graft_kernel_free(graft_kernel *kernel) {
    if (kernel) graft_release(kernel->matrix);
    graft_release(kernel);
}

/* ---- the kernel ---- */

static size_t length(const graft_kernel *self, size_t piece) {
    const size_t rest = self->count - piece * BLOCK;
    return rest < BLOCK ? rest : BLOCK;
}

static size_t pieces(const graft_kernel *self) {
    return (self->count + BLOCK - 1) / BLOCK;
}

/* Adds the products of a piece's rows with those after it, each pair of rows by one call, whoever makes it. */
static graft_status add_products(void *argument, int worker, size_t piece) {
    (void)worker;
    const block *b = argument;
    const graft_kernel *self = b->kernel;
    for (size_t other = piece; other < pieces(self); other++)
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)length(self, piece), (int)length(self, other),
                    (int)b->width, 1 / (float)b->width, b->z + piece * BLOCK * b->width, (int)b->width,
                    b->z + other * BLOCK * b->width, (int)b->width, 1,
                    self->matrix + piece * BLOCK * self->count + other * BLOCK, (int)self->count);
    return GRAFT_OK;
}

graft_status graft_kernel_add(graft_kernel *kernel, float *x, size_t width) {
    GRAFT_TRY(graft_rows_check_finite(x, kernel->count, width));
    float *mean = graft_allocate(width, 2 * sizeof(*mean));
    if (!mean) return graft_fail_memory("the features' moments");
    float *scale = mean + width;
    for (size_t i = 0; i < kernel->count * width; i++)
        x[i] = copysignf(sqrtf(fabsf(x[i])), x[i]);
    graft_moments(x, kernel->count, width, NULL, kernel->count, mean, scale);
    for (size_t i = 0; i < kernel->count; i++)
        for (size_t k = 0; k < width; k++)
            x[i * width + k] = (x[i * width + k] - mean[k]) * scale[k];
    graft_release(mean);
    openblas_set_num_threads(1);
    block work = {kernel, x, width};
    return graft_parallel_for(kernel->context, pieces(kernel), add_products, &work);
}

/* Squared distances are known by the products alone; their mean is twice that of the squares, as the rows are centred.
 */
static graft_status make_kernel(graft_kernel *self) {
    const size_t n = self->count;
    float *square = graft_allocate(n, sizeof(*square));
    if (!square) return graft_fail_memory("the kernel");
    double mean = 0;
    for (size_t i = 0; i < n; i++) {
        square[i] = self->matrix[i * n + i];
        mean += 2 * (double)square[i] / (double)n;
    }
    const float rate = mean > 0 ? (float)(-0.5 / mean) : 0;
    for (size_t i = 0; i < n; i++) {
        float *row = self->matrix + i * n;
        row[i] = 1 + noise;
        for (size_t j = i + 1; j < n; j++)
            row[j] = expf(rate * fmaxf(square[i] + square[j] - 2 * row[j], 0));
    }
    graft_release(square);
    return GRAFT_OK;
}

/* A row-major upper triangle is a column-major lower one. */
static graft_status invert(graft_kernel *self) {
    const int n = (int)self->count;
    GRAFT_TRY(graft_cancelled(self->context));
    int info = LAPACKE_spotrf_work(LAPACK_COL_MAJOR, 'L', n, self->matrix, n);
    GRAFT_TRY(graft_cancelled(self->context));
    if (info == 0) info = LAPACKE_spotri_work(LAPACK_COL_MAJOR, 'L', n, self->matrix, n);
    return info == 0 ? GRAFT_OK : graft_fail(GRAFT_E_INTERNAL, "kernel ridge regression: LAPACK says %d", info);
}

/* ---- what a row's own group changes ---- */

static int by_group(const void *a, const void *b) {
    const member *x = a, *y = b;
    if (x->group != y->group) return x->group < y->group ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

/* Solves for one group: `part` (size x size) and `rhs` (a column of `size` for each class) are room. `weights` becomes
 * the residuals. */
static graft_status leave_group(const graft_kernel *self, const member *first, size_t size, int classes, float *part,
                                float *rhs, float *weights) {
    for (size_t a = 0; a < size; a++) {
        for (size_t b = a; b < size; b++)
            part[a * size + b] = self->matrix[first[a].row * self->count + first[b].row];
        for (int k = 0; k < classes; k++)
            rhs[(size_t)k * size + a] = weights[first[a].row * (size_t)classes + (size_t)k];
    }
    const int info = LAPACKE_sposv_work(LAPACK_COL_MAJOR, 'L', (int)size, classes, part, (int)size, rhs, (int)size);
    if (info != 0) return graft_fail(GRAFT_E_INTERNAL, "kernel ridge regression: LAPACK's sposv says %d", info);
    for (size_t a = 0; a < size; a++)
        for (int k = 0; k < classes; k++)
            weights[first[a].row * (size_t)classes + (size_t)k] = rhs[(size_t)k * size + a];
    return GRAFT_OK;
}

static size_t run_length(const member *list, size_t count, size_t first) {
    size_t end = first + 1;
    while (list[first].group >= 0 && end < count && list[end].group == list[first].group)
        end++;
    return end - first;
}

/* weights: C^-1 y, which becomes the residuals of every row under the regression without its group. */
static graft_status leave_out(const graft_kernel *self, const int64_t *group, int classes, float *weights) {
    const size_t n = self->count;
    member *list = graft_allocate(n, sizeof(*list));
    if (!list) return graft_fail_memory("groups");
    size_t largest = 1, values;
    for (size_t i = 0; i < n; i++)
        list[i] = (member){group ? group[i] : -1, i};
    qsort(list, n, sizeof(*list), by_group);
    for (size_t i = 0, size; i < n; i += size) {
        size = run_length(list, n, i);
        largest = size > largest ? size : largest;
    }
    float *part = graft_multiply_sizes(largest, largest, &values) ? graft_allocate(values, sizeof(*part)) : NULL;
    float *rhs = graft_allocate(largest, (size_t)classes * sizeof(*rhs));
    graft_status status = part && rhs ? GRAFT_OK : graft_fail_memory("groups");
    for (size_t i = 0, size; status == GRAFT_OK && i < n; i += size) {
        size = run_length(list, n, i);
        status = leave_group(self, list + i, size, classes, part, rhs, weights);
    }
    graft_release(list);
    graft_release(part);
    graft_release(rhs);
    return status;
}

graft_status graft_kernel_ridge(graft_kernel *kernel, const int *label, const int64_t *group, int classes,
                                float *score) {
    const size_t n = kernel->count, width = (size_t)classes;
    const float prior = 1 / (float)classes;
    float *target = graft_allocate(n, width * sizeof(*target));
    if (!target) return graft_fail_memory("kernel ridge regression");
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < width; k++)
            target[i * width + k] = (label[i] == (int)k ? 1 : 0) - prior;
    openblas_set_num_threads(1);
    graft_status status = make_kernel(kernel);
    if (status == GRAFT_OK) status = invert(kernel);
    if (status == GRAFT_OK) {
        cblas_ssymm(CblasRowMajor, CblasLeft, CblasUpper, (int)n, classes, 1, kernel->matrix, (int)n, target, classes,
                    0, score, classes);
        status = leave_out(kernel, group, classes, score);
    }
    for (size_t i = 0; status == GRAFT_OK && i < n * width; i++)
        score[i] = target[i] + prior - score[i];
    graft_release(target);
    return status;
}
