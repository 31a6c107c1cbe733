/* All divisions come from one Gram matrix G of all rows: with s and t telling the rows of either sample, the sums of a
 * block are s'Gt, and centring a block takes its rows' and columns' means away:
 *   sum (g_ij - a_i - b_j + c)^2 = sum g_ij^2 - m sum a_i^2 - n sum b_j^2 + n m c^2. */
#include "stats/cka.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "stats/divisions.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>

enum { DIVISIONS = GRAFT_CKA_DIVISIONS + 1 };

/* All rows of both samples, x first. */
typedef struct pool {
    size_t n, m, count, width;
    float *rows;   /* count x width */
    float *gram;   /* count x count; then its squares */
    float *chosen; /* a division: 1 for the rows of the first sample */
    float *first;  /* a division: sums of G's rows over the first sample */
    float *square; /* the same of G's squares */
    double *all, *all_square;
} pool;

static graft_status take_rows(pool *self, const float *x, const float *y) {
    const size_t count = self->count, width = self->width;
    self->rows = graft_allocate_aligned(count * width, sizeof(float));
    self->gram = graft_allocate_aligned(count * count, sizeof(float));
    self->chosen = graft_allocate(DIVISIONS * count, sizeof(float));
    self->first = graft_allocate(DIVISIONS * count, sizeof(float));
    self->square = graft_allocate(DIVISIONS * count, sizeof(float));
    self->all = graft_allocate_zero(count, sizeof(double));
    self->all_square = graft_allocate_zero(count, sizeof(double));
    if (!self->rows || !self->gram || !self->chosen || !self->first || !self->square || !self->all || !self->all_square)
        return graft_fail_memory("a Gram matrix");
    return graft_samples_join(x, self->n, y, self->m, width, self->rows);
}

/* Each row around its mean over the features, which are the examples. Around the mean of all rows too: the samples' own
 * means are taken away later, and small numbers keep more of their digits. */
static void centre(const pool *self) {
    const size_t count = self->count, width = self->width;
    graft_samples_centre(self->rows, count, width);
    for (size_t i = 0; i < count; i++) {
        float *row = self->rows + i * width;
        double mean = 0;
        for (size_t j = 0; j < width; j++)
            mean += (double)row[j] / (double)width;
        for (size_t j = 0; j < width; j++)
            row[j] -= (float)mean;
    }
}

static void add_gram(const pool *self) {
    const size_t count = self->count;
    const int rows = (int)count, width = (int)self->width;
    openblas_set_num_threads(1);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, rows, width, 1.0F, self->rows, width, self->rows, width,
                0.0F, self->gram, rows);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++)
            self->all[i] += (double)self->gram[i * count + j];
    graft_divisions_sum(self->chosen, DIVISIONS, self->gram, count, self->first);
    for (size_t i = 0; i < count * count; i++)
        self->gram[i] *= self->gram[i];
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++)
            self->all_square[i] += (double)self->gram[i * count + j];
    graft_divisions_sum(self->chosen, DIVISIONS, self->gram, count, self->square);
}

/* Sums over a block of G: of its squares, of its rows' and of its columns' squared sums, of all of it. */
typedef struct block {
    double squares, rows, columns, total;
} block;

static double norm(const block *b, double n, double m) {
    return b->squares - b->rows / m - b->columns / n + b->total * b->total / (n * m);
}

static double value_of(const pool *self, size_t division) {
    const float *chosen = self->chosen + division * self->count, *first = self->first + division * self->count;
    const float *square = self->square + division * self->count;
    block own = {0}, between = {0}, other = {0};
    for (size_t i = 0; i < self->count; i++) {
        const double in = (double)first[i], out = self->all[i] - in;
        const double in_square = (double)square[i], out_square = self->all_square[i] - in_square;
        if (chosen[i] > 0) {
            own.squares += in_square;
            own.rows += in * in;
            own.total += in;
            between.squares += out_square;
            between.rows += out * out;
            between.total += out;
        } else {
            between.columns += in * in;
            other.squares += out_square;
            other.rows += out * out;
            other.total += out;
        }
    }
    own.columns = own.rows;
    other.columns = other.rows;
    const double n = (double)self->n, m = (double)self->m;
    const double of_own = norm(&own, n, n), of_other = norm(&other, m, m), shared = norm(&between, n, m);
    const double least = 1e-9 * (own.squares + other.squares); /* no more than rounding leaves */
    if (!(of_own > least) || !(of_other > least)) return (double)NAN;
    return fmin(fmax(shared, 0) / sqrt(of_own * of_other), 1);
}

static int ascending(const void *left, const void *right) {
    const double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static graft_status compare(pool *self, const float *x, const float *y, uint64_t seed, graft_cka_result *out) {
    double found[DIVISIONS];
    GRAFT_TRY(take_rows(self, x, y));
    GRAFT_TRY(graft_divisions_draw(seed, 2, self->n, self->count, DIVISIONS, self->chosen));
    centre(self);
    add_gram(self);
    size_t below = 0;
    *out = (graft_cka_result){(double)NAN, (double)NAN, (double)NAN};
    for (size_t d = 0; d < DIVISIONS; d++) {
        found[d] = value_of(self, d);
        if (!isfinite(found[d])) return GRAFT_OK;
        below += found[d] <= found[0];
    }
    out->value = found[0];
    out->p_value = (double)below / DIVISIONS;
    qsort(found + 1, GRAFT_CKA_DIVISIONS, sizeof(*found), ascending);
    out->null5 = found[1 + GRAFT_CKA_DIVISIONS * 5 / 100];
    return GRAFT_OK;
}

graft_status graft_cka(graft_context *context, const float *x, size_t n, const float *y, size_t m, size_t width,
                       uint64_t seed, graft_cka_result *out) {
    pool self = {.n = n, .m = m, .count = n + m, .width = width};
    if (n < 2 || m < 2 || n > GRAFT_CKA_ROWS_MOST || m > GRAFT_CKA_ROWS_MOST || width < 1 || width > INT32_MAX)
        return graft_fail(GRAFT_E_DATA, "an alignment of %zu and %zu rows of %zu features, expected 2..%d rows", n, m,
                          width, GRAFT_CKA_ROWS_MOST);
    GRAFT_TRY(graft_cancelled(context));
    graft_status status = compare(&self, x, y, seed, out);
    graft_release(self.rows);
    graft_release(self.gram);
    graft_release(self.chosen);
    graft_release(self.first);
    graft_release(self.square);
    graft_release(self.all);
    graft_release(self.all_square);
    return status;
}
