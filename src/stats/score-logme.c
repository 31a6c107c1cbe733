/* LogME (You, Liu, Wang, Long 2021, "LogME: practical assessment of pre-trained models for transfer learning"): the
 * log of the maximum evidence of a Bayesian linear regression of every class' indicator on the features as they are,
 *   L = n/2 log b + D/2 log a - n/2 log 2pi - b/2 |Fm - y|^2 - a/2 |m|^2 - 1/2 log det(aI + bF'F),
 * divided by n, mean over the classes; a and b by the fixed point of MacKay's updates. F'F is brought to tridiagonal
 * form once: there every step of every class costs no more than a few passes over D numbers. */
#include "stats/score.h"

#include "base/alloc.h"
#include "base/error.h"
#include "stats/leverage.h"

#include <cblas.h>
#include <lapacke.h>
#include <math.h>
#include <string.h>

enum { STEPS_MOST = 1000 };

static const double two_pi = 6.283185307179586, tolerance = 1e-9;

typedef struct evidence {
    const graft_score_rows *rows;
    size_t width;
    double *products;                             /* F'F, then its reflectors; width x width */
    double *diagonal, *beside, *reflector, *root; /* width each; root: eigenvalues */
    double *weight;                               /* classes x width: F'y turned by Q', then the weights m */
    double *work[2];                              /* width */
    double *alpha, *beta;                         /* classes */
} evidence;

static void evidence_clear(evidence *self) {
    double *all[] = {self->products, self->diagonal, self->beside,  self->reflector, self->root,
                     self->weight,   self->work[0],  self->work[1], self->alpha,     self->beta};
    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
        graft_release(all[i]);
}

static graft_status evidence_init(evidence *self, const graft_score_rows *rows) {
    size_t width = rows->width, classes = rows->classes;
    double **vectors[] = {&self->diagonal, &self->beside,  &self->reflector,
                          &self->root,     &self->work[0], &self->work[1]};
    *self = (evidence){.rows = rows, .width = width};
    bool complete = true;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++)
        complete = (*vectors[i] = graft_allocate_zero(width, sizeof(double))) && complete;
    self->products = graft_allocate_aligned(width * width, sizeof(double));
    self->weight = graft_allocate_zero(classes * width, sizeof(double));
    self->alpha = graft_allocate_zero(classes, sizeof(double));
    self->beta = graft_allocate_zero(classes, sizeof(double));
    complete = complete && self->products && self->weight && self->alpha && self->beta;
    return complete ? GRAFT_OK : graft_fail_memory("LogME");
}

/* F'F of the rows as they are: the scatter and what centring took away. */
static void fill_products(const evidence *self, double ridge) {
    const graft_score_rows *rows = self->rows;
    size_t width = self->width;
    memcpy(self->products, rows->scatter, width * width * sizeof(double));
    cblas_dger(CblasRowMajor, (int)width, (int)width, (double)rows->count, rows->mean, 1, rows->mean, 1, self->products,
               (int)width);
    for (size_t i = 0; i < width; i++)
        self->products[i * width + i] += ridge;
}

static graft_status turn(evidence *self) {
    const graft_score_rows *rows = self->rows;
    int width = (int)self->width, classes = (int)rows->classes;
    fill_products(self, 0);
    for (size_t k = 0; k < rows->classes; k++)
        for (size_t j = 0; j < self->width; j++)
            self->weight[k * self->width + j] =
                (double)rows->class_size[k] * (rows->class_mean[k * self->width + j] + rows->mean[j]);
    int info = LAPACKE_dsytrd(LAPACK_COL_MAJOR, 'L', width, self->products, width, self->diagonal, self->beside,
                              self->reflector);
    if (info == 0 && width > 1)
        info = LAPACKE_dormtr(LAPACK_COL_MAJOR, 'L', 'L', 'T', width, classes, self->products, width, self->reflector,
                              self->weight, width);
    memcpy(self->root, self->diagonal, self->width * sizeof(double));
    memcpy(self->work[0], self->beside, self->width * sizeof(double));
    if (info == 0) info = LAPACKE_dsterf(width, self->root, self->work[0]);
    if (info != 0) return graft_fail(GRAFT_E_INTERNAL, "LogME: no eigenvalues of the features' products (%d)", info);
    for (size_t j = 0; j < self->width; j++)
        self->root[j] = fmax(self->root[j], 0);
    return GRAFT_OK;
}

/* m = (T + ratio I)^-1 b; gives b'm and |m|^2. */
static graft_status solve(evidence *self, const double *b, double ratio, double *m, double *product, double *square) {
    size_t width = self->width;
    for (size_t j = 0; j < width; j++)
        self->work[0][j] = self->diagonal[j] + ratio;
    memcpy(self->work[1], self->beside, width * sizeof(double));
    memcpy(m, b, width * sizeof(double));
    int info = LAPACKE_dpttrf((int)width, self->work[0], self->work[1]);
    if (info == 0) info = LAPACKE_dpttrs(LAPACK_COL_MAJOR, (int)width, 1, self->work[0], self->work[1], m, (int)width);
    if (info != 0) return graft_fail(GRAFT_E_INTERNAL, "LogME: the regression has no solution (%d)", info);
    *product = cblas_ddot((int)width, b, 1, m, 1);
    *square = cblas_ddot((int)width, m, 1, m, 1);
    return GRAFT_OK;
}

/* Maximises one class' evidence; its weights go where F'y was. m: room for a vector. */
static graft_status maximise(evidence *self, size_t k, double *m, double *found) {
    const graft_score_rows *rows = self->rows;
    double n = (double)rows->count, size = (double)rows->class_size[k], largest = self->root[self->width - 1];
    double trace = 0, alpha = 1, beta = 1, product = 0, square = 0;
    double *b = self->weight + k * self->width;
    for (size_t j = 0; j < self->width; j++)
        trace += self->root[j];
    double ratio = trace > 0 ? trace / n / (double)rows->features : 1;
    for (int step = 0; step < STEPS_MOST; step++) {
        double used = 0, before = ratio;
        GRAFT_TRY(solve(self, b, ratio, m, &product, &square));
        for (size_t j = 0; j < self->width; j++)
            used += self->root[j] / (self->root[j] + ratio);
        double error = fmax(size - product - ratio * square, 1e-12 * size);
        beta = fmax(n - used, 1e-9) / error;
        alpha = used / fmax(square, 1e-300);
        ratio = fmin(fmax(alpha / beta, 1e-13 * largest), fmax(1e12 * largest, 1));
        if (fabs(ratio - before) <= tolerance * before) break;
    }
    GRAFT_TRY(solve(self, b, ratio, m, &product, &square));
    alpha = ratio * beta;
    double error = fmax(size - product - ratio * square, 0), determinant = 0;
    /* The directions without features add as much to D/2 log a as they take from the determinant. */
    for (size_t j = 0; j < self->width; j++)
        determinant += log1p(self->root[j] / ratio);
    *found = (n * log(beta / two_pi) - beta * error - alpha * square - determinant) / (2 * n);
    self->alpha[k] = alpha;
    self->beta[k] = beta;
    memcpy(b, m, self->width * sizeof(double));
    return GRAFT_OK;
}

/* The derivative of the evidence by a row's weight: at its maximum only the terms in which the row stands. The rows'
 * leverages are taken at the classes' (geometric) mean ratio of a and b, which differ little. */
static graft_status influence(evidence *self, double *each) {
    const graft_score_rows *rows = self->rows;
    size_t classes = rows->classes, width = self->width;
    double ratio = 0;
    for (size_t k = 0; k < classes; k++)
        if (rows->class_size[k] > 0) ratio += log(self->alpha[k] / self->beta[k]) / (double)rows->present;
    if (width > 1 && LAPACKE_dormtr(LAPACK_COL_MAJOR, 'L', 'L', 'N', (int)width, (int)classes, self->products,
                                    (int)width, self->reflector, self->weight, (int)width) != 0)
        return graft_fail(GRAFT_E_INTERNAL, "LogME: the weights cannot be turned back");
    fill_products(self, fmax(exp(ratio), 1e-10 * self->root[width - 1]));
    GRAFT_TRY(graft_cholesky(self->products, width, "LogME", NULL));
    GRAFT_TRY(graft_leverages(self->products, width, rows->x, rows->mean, rows->count, each));
    double *fitted = graft_allocate(rows->count * classes, sizeof(double));
    if (!fitted) return graft_fail_memory("LogME");
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)rows->count, (int)classes, (int)width, 1, rows->x,
                (int)width, self->weight, (int)width, 0, fitted, (int)classes);
    for (size_t k = 0; k < classes; k++) {
        if (rows->class_size[k] == 0) continue;
        double shift = cblas_ddot((int)width, rows->mean, 1, self->weight + k * width, 1);
        for (size_t i = 0; i < rows->count; i++) {
            double truth = (size_t)rows->rows->label[i] == k ? 1 : 0;
            double rest = truth - fitted[i * classes + k] - shift;
            fitted[i * classes + k] = self->beta[k] * rest * rest;
        }
    }
    for (size_t i = 0; i < rows->count; i++) {
        double sum = 0;
        for (size_t k = 0; k < classes; k++)
            if (rows->class_size[k] > 0) sum += fitted[i * classes + k] / (double)rows->present;
        each[i] = -(each[i] + sum) / 2;
    }
    graft_release(fitted);
    return GRAFT_OK;
}

static graft_status compute(const graft_score_rows *rows, double *value, double *each) {
    evidence self;
    double *m = graft_allocate(rows->width, sizeof(double)), mean = 0;
    graft_status status = evidence_init(&self, rows);
    if (status == GRAFT_OK && !m) status = graft_fail_memory("LogME");
    if (status == GRAFT_OK) status = turn(&self);
    if (status == GRAFT_OK) *value = 0;
    for (size_t k = 0; k < rows->classes && status == GRAFT_OK; k++) {
        double found;
        if (rows->class_size[k] == 0) continue;
        status = maximise(&self, k, m, &found);
        if (status == GRAFT_OK) *value += found / (double)rows->present;
    }
    if (status == GRAFT_OK) status = influence(&self, each);
    for (size_t i = 0; i < rows->count && status == GRAFT_OK; i++)
        mean += each[i] / (double)rows->count;
    for (size_t i = 0; i < rows->count && status == GRAFT_OK; i++)
        each[i] += *value - mean;
    evidence_clear(&self);
    graft_release(m);
    return status;
}

const graft_score graft_score_logme = {
    .name = "logme",
    .help = "log of the maximum evidence of a linear regression on the features, a sample",
    .compute = compute,
};
