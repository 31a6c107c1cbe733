/* What transferability scores share: centred rows in double, their classes' means, their scatter. */
#include "stats/score.h"

#include "base/alloc.h"
#include "base/error.h"
#include "stats/tile.h"

#include <cblas.h>
#include <lapacke.h>
#include <math.h>
#include <string.h>

void graft_score_rows_clear(graft_score_rows *rows) {
    graft_release(rows->x);
    graft_release(rows->mean);
    graft_release(rows->class_mean);
    graft_release(rows->class_size);
    graft_release(rows->scatter);
    graft_release(rows->row_square);
    *rows = (graft_score_rows){0};
}

static graft_status check(const graft_score_rows *self) {
    const graft_rows *rows = self->rows;
    if (rows->count < 2 || rows->count > INT32_MAX || rows->width > INT32_MAX)
        return graft_fail(GRAFT_E_DATA, "scores of %zu rows of %zu features, expected at least two rows", rows->count,
                          rows->width);
    GRAFT_TRY(graft_rows_check(rows));
    return graft_rows_check_finite(rows->x, rows->count, rows->width);
}

static graft_status count_classes(graft_score_rows *self) {
    const graft_rows *rows = self->rows;
    self->class_size = graft_allocate_zero(self->classes, sizeof(*self->class_size));
    if (!self->class_size) return graft_fail_memory("the classes' sizes");
    for (size_t i = 0; i < rows->count; i++)
        self->class_size[rows->label[i]]++;
    for (size_t k = 0; k < self->classes; k++)
        self->present += self->class_size[k] > 0;
    if (self->present < 2)
        return graft_fail(GRAFT_E_DATA, "scores of %zu rows of one class, expected two or more", rows->count);
    return GRAFT_OK;
}

/* Fewer rows than features: x = U S of the thin decomposition x = U S V', from the products of the rows. */
static graft_status take_span(graft_score_rows *self) {
    const graft_rows *rows = self->rows;
    size_t n = rows->count;
    graft_status status = GRAFT_OK;
    double *wide = graft_allocate_aligned(n * rows->width, sizeof(double)), *s = graft_allocate(n, sizeof(*s));
    self->width = n;
    self->x = graft_allocate_aligned(n * n, sizeof(double));
    if (!wide || !s || !self->x) GRAFT_TRY_TO(done, status, graft_fail_memory("the rows' products"));
    for (size_t i = 0; i < n * rows->width; i++)
        wide[i] = (double)rows->x[i];
    cblas_dsyrk(CblasRowMajor, CblasUpper, CblasNoTrans, (int)n, (int)rows->width, 1, wide, (int)rows->width, 0,
                self->x, (int)n);
    /* Row-major upper is column-major lower; eigenvectors come as rows. */
    int info = LAPACKE_dsyevd(LAPACK_COL_MAJOR, 'V', 'L', (int)n, self->x, (int)n, s);
    if (info != 0)
        GRAFT_TRY_TO(done, status, graft_fail(GRAFT_E_INTERNAL, "scores: the rows' products have no eigenvalues"));
    for (size_t j = 0; j < n; j++)
        s[j] = sqrt(fmax(s[j], 0));
    for (size_t i = 0; i < n; i++)
        for (size_t j = i; j < n; j++) {
            double up = self->x[i * n + j], down = self->x[j * n + i];
            self->x[i * n + j] = down * s[j];
            self->x[j * n + i] = up * s[i];
        }
done:
    graft_release(wide);
    graft_release(s);
    return status;
}

static graft_status take_rows(graft_score_rows *self) {
    const graft_rows *rows = self->rows;
    self->width = rows->width;
    self->x = graft_allocate_aligned(rows->count * rows->width, sizeof(double));
    if (!self->x) return graft_fail_memory("the rows in double precision");
    for (size_t i = 0; i < rows->count * rows->width; i++)
        self->x[i] = (double)rows->x[i];
    return GRAFT_OK;
}

static void centre(graft_score_rows *self) {
    size_t width = self->width;
    for (size_t i = 0; i < self->count; i++)
        for (size_t j = 0; j < width; j++)
            self->mean[j] += self->x[i * width + j];
    for (size_t j = 0; j < width; j++)
        self->mean[j] /= (double)self->count;
    for (size_t i = 0; i < self->count; i++) {
        double *row = self->x + i * width, *of_class = self->class_mean + (size_t)self->rows->label[i] * width;
        for (size_t j = 0; j < width; j++) {
            row[j] -= self->mean[j];
            of_class[j] += row[j];
            self->row_square[i] += row[j] * row[j];
        }
        self->square += self->row_square[i];
        self->fourth += self->row_square[i] * self->row_square[i];
    }
    for (size_t k = 0; k < self->classes; k++)
        for (size_t j = 0; j < width && self->class_size[k] > 0; j++)
            self->class_mean[k * width + j] /= (double)self->class_size[k];
}

graft_status graft_score_rows_make(graft_context *context, const graft_rows *rows, const graft_score_options *options,
                                   graft_score_rows *out) {
    *out = (graft_score_rows){.context = context,
                              .rows = rows,
                              .options = *options,
                              .count = rows->count,
                              .features = rows->width,
                              .classes = (size_t)rows->classes};
    GRAFT_TRY(check(out));
    GRAFT_TRY(count_classes(out));
    openblas_set_num_threads(1);
    GRAFT_TRY(rows->count < rows->width ? take_span(out) : take_rows(out));
    size_t width = out->width;
    out->mean = graft_allocate_zero(width, sizeof(double));
    out->class_mean = graft_allocate_zero(out->classes * width, sizeof(double));
    out->row_square = graft_allocate_zero(out->count, sizeof(double));
    out->scatter = graft_allocate_aligned(width * width, sizeof(double));
    if (!out->mean || !out->class_mean || !out->row_square || !out->scatter)
        return graft_fail_memory("the features' scatter");
    centre(out);
    cblas_dsyrk(CblasRowMajor, CblasUpper, CblasTrans, (int)width, (int)out->count, 1, out->x, (int)width, 0,
                out->scatter, (int)width);
    for (size_t i = 0; i < width; i++)
        for (size_t j = 0; j < i; j++)
            out->scatter[i * width + j] = out->scatter[j * width + i];
    return GRAFT_OK;
}
