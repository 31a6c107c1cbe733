/* TransRate (Huang, Huang, Rong, Yang, Wei 2022, "Frustratingly easy transferability estimation"): how much shorter the
 * code of the features gets when the classes are known,
 *   R(Z) - sum_k n_k/n R(Z_k),  R(Z) = 1/2 log det(I + Z'Z / (count(Z) eps)),  eps = 1e-4,
 * Z centred as a whole. The rate depends on the features' unit: Z is scaled to a mean squared length of 1, so that
 * networks and layers can be compared. */
#include "stats/score.h"

#include "base/alloc.h"
#include "base/error.h"
#include "stats/leverage.h"

#include <cblas.h>
#include <string.h>

static const double distortion = 1e-4;

/* One coding rate of rows z (count x width) at `scale` = 1 / (count eps t), t the mean squared length. */
typedef struct rate {
    const double *z;
    size_t count, width;
    double scale;
    double value;
    double *leverage; /* count: z_i' A^-1 z_i, A = I + scale z'z */
    double *mean;     /* width: A^-1 times the sum of the rows */
} rate;

/* A has as many rows as there are features. */
static graft_status by_features(rate *self) {
    size_t width = self->width;
    double *a = graft_allocate_aligned(width * width, sizeof(double));
    if (!a) return graft_fail_memory("a coding rate");
    cblas_dsyrk(CblasRowMajor, CblasLower, CblasTrans, (int)width, (int)self->count, self->scale, self->z, (int)width,
                0, a, (int)width);
    for (size_t i = 0; i < width; i++)
        a[i * width + i] += 1;
    graft_status status = graft_cholesky(a, width, "TransRate", &self->value);
    self->value /= 2;
    if (status == GRAFT_OK) status = graft_leverages(a, width, self->z, NULL, self->count, self->leverage);
    memset(self->mean, 0, width * sizeof(double));
    for (size_t i = 0; i < self->count; i++)
        for (size_t j = 0; j < width; j++)
            self->mean[j] += self->z[i * width + j];
    if (status == GRAFT_OK) graft_cholesky_solve(a, width, self->mean, 1);
    graft_release(a);
    return status;
}

/* Sylvester: B = I + scale z z' has the same determinant, and A^-1 z' = z' B^-1. */
static graft_status by_rows(rate *self) {
    size_t n = self->count;
    double *b = graft_allocate_aligned(n * n, sizeof(double)), *inverse = graft_allocate_aligned(n * n, sizeof(double));
    graft_status status = b && inverse ? GRAFT_OK : graft_fail_memory("a coding rate");
    if (status == GRAFT_OK) {
        cblas_dsyrk(CblasRowMajor, CblasLower, CblasNoTrans, (int)n, (int)self->width, self->scale, self->z,
                    (int)self->width, 0, b, (int)n);
        memset(inverse, 0, n * n * sizeof(double));
        for (size_t i = 0; i < n; i++) {
            b[i * n + i] += 1;
            inverse[i * n + i] = 1;
        }
        status = graft_cholesky(b, n, "TransRate", &self->value);
    }
    if (status == GRAFT_OK) {
        self->value /= 2;
        graft_cholesky_solve(b, n, inverse, n);
        memset(self->mean, 0, self->width * sizeof(double));
        for (size_t i = 0; i < n; i++) {
            double sum = 0;
            for (size_t j = 0; j < n; j++)
                sum += inverse[i * n + j];
            self->leverage[i] = (1 - inverse[i * n + i]) / self->scale;
            cblas_daxpy((int)self->width, sum, self->z + i * self->width, 1, self->mean, 1);
        }
    }
    graft_release(b);
    graft_release(inverse);
    return status;
}

static graft_status compute_rate(rate *self) {
    return self->count < self->width ? by_rows(self) : by_features(self);
}

typedef struct job {
    const graft_score_rows *rows;
    double unit;                           /* eps times the mean squared length */
    double *z, *leverage, *mean, *towards; /* rows of a class; count; width; the classes' pulls on the mean: width */
    size_t *row;                           /* the rows of a class */
} job;

static double mean_of(const double *values, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += values[i] / (double)count;
    return sum;
}

/* The rate of one class, or (k == classes) of all rows; adds its part of the score and of its derivative. */
static graft_status add(job *self, size_t k, double *value, double *each, double *by_unit) {
    const graft_score_rows *rows = self->rows;
    bool whole = k == rows->classes;
    size_t count = whole ? rows->count : 0, width = rows->width;
    for (size_t i = 0; i < rows->count && !whole; i++) {
        if ((size_t)rows->rows->label[i] != k) continue;
        memcpy(self->z + count * width, rows->x + i * width, width * sizeof(double));
        self->row[count++] = i;
    }
    if (count == 0) return GRAFT_OK;
    rate one = {.z = whole ? rows->x : self->z,
                .count = count,
                .width = width,
                .scale = 1 / ((double)count * self->unit),
                .leverage = self->leverage,
                .mean = self->mean};
    GRAFT_TRY(compute_rate(&one));
    double share = (double)count / (double)rows->count, sign = whole ? 1 : -1;
    double middle = mean_of(one.leverage, count) / self->unit;
    *value += sign * share * one.value;
    *by_unit -= sign * share * middle / 2;
    for (size_t i = 0; i < count; i++)
        each[whole ? i : self->row[i]] +=
            sign * ((whole ? 0 : one.value) + (one.leverage[i] / self->unit - middle) / 2);
    if (!whole) cblas_daxpy((int)width, share * one.scale, one.mean, 1, self->towards, 1);
    return GRAFT_OK;
}

static graft_status score(job *self, double *value, double *each) {
    const graft_score_rows *rows = self->rows;
    double by_unit = 0, length = rows->square / (double)rows->count;
    *value = 0;
    memset(each, 0, rows->count * sizeof(*each));
    memset(self->towards, 0, rows->width * sizeof(double));
    if (!(rows->square > 0)) return GRAFT_OK; /* all rows are one point */
    for (size_t k = 0; k <= rows->classes; k++)
        GRAFT_TRY(add(self, k, value, each, &by_unit));
    /* Every row also moves the unit and the mean of all. */
    for (size_t i = 0; i < rows->count; i++)
        each[i] += by_unit * (rows->row_square[i] / length - 1) +
                   cblas_ddot((int)rows->width, rows->x + i * rows->width, 1, self->towards, 1);
    double shift = *value - mean_of(each, rows->count);
    for (size_t i = 0; i < rows->count; i++)
        each[i] += shift;
    return GRAFT_OK;
}

static graft_status compute(const graft_score_rows *rows, double *value, double *each) {
    size_t largest = 1;
    for (size_t k = 0; k < rows->classes; k++)
        if (rows->class_size[k] > largest) largest = rows->class_size[k];
    job self = {.rows = rows,
                .unit = distortion * rows->square / (double)rows->count,
                .z = graft_allocate_aligned(largest * rows->width, sizeof(double)),
                .leverage = graft_allocate(rows->count, sizeof(double)),
                .mean = graft_allocate(rows->width, sizeof(double)),
                .towards = graft_allocate(rows->width, sizeof(double)),
                .row = graft_allocate(largest, sizeof(size_t))};
    bool room = self.z && self.leverage && self.mean && self.towards && self.row;
    graft_status status = room ? score(&self, value, each) : graft_fail_memory("TransRate");
    graft_release(self.z);
    graft_release(self.leverage);
    graft_release(self.mean);
    graft_release(self.towards);
    graft_release(self.row);
    return status;
}

const graft_score graft_score_transrate = {
    .name = "transrate",
    .help = "TransRate: nats by which knowing the class shortens the features' code",
    .compute = compute,
};
