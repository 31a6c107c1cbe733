/* Regularised H-score (Ibrahim, Ponomareva, Mazumder 2022, "Newer is not always better: rethinking transferability
 * metrics, their peculiarities, stability and performance"; the H-score itself: Bao et al. 2019):
 *   tr(S_l^-1 (1 - l) S_z),  S_l = (1 - l) S + l tr(S)/D I,
 * S the features' covariance, S_z that of their classes' means, l the shrinkage of Ledoit & Wolf (2004, "A
 * well-conditioned estimator for large-dimensional covariance matrices"). Covariances divide by the count. */
#include "stats/score.h"

#include "base/alloc.h"
#include "base/error.h"
#include "stats/leverage.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

static double shrinkage(const graft_score_rows *rows) {
    double n = (double)rows->count, features = (double)rows->features, squares = 0;
    double mean = rows->square / n / features;
    for (size_t i = 0; i < rows->width * rows->width; i++)
        squares += rows->scatter[i] * rows->scatter[i];
    squares /= n * n;
    double apart = (squares - features * mean * mean) / features;
    double spread = (rows->fourth / n - squares) / features / n;
    return apart > 0 && spread > 0 ? fmin(spread / apart, 1) : spread > 0 ? 1 : 0;
}

/* directions (classes x width): S_l^-1 times the classes' means. */
static graft_status solve(const graft_score_rows *rows, double shrink, double *directions) {
    size_t width = rows->width;
    double ridge = shrink * rows->square / (double)rows->count / (double)rows->features;
    double *shrunk = graft_allocate_aligned(width * width, sizeof(double));
    if (!shrunk) return graft_fail_memory("a covariance matrix");
    for (size_t i = 0; i < width * width; i++)
        shrunk[i] = (1 - shrink) * rows->scatter[i] / (double)rows->count;
    /* Above rounding: constant features have no variance at all. */
    for (size_t i = 0; i < width; i++)
        shrunk[i * width + i] += fmax(ridge, 1e-12 * rows->square / (double)rows->count);
    graft_status status = graft_cholesky(shrunk, width, "H-score", NULL);
    memcpy(directions, rows->class_mean, rows->classes * width * sizeof(double));
    if (status == GRAFT_OK) graft_cholesky_solve(shrunk, width, directions, rows->classes);
    graft_release(shrunk);
    return status;
}

/* The derivative by the weight of every row; l is held. */
static void influence(const graft_score_rows *rows, double shrink, const double *directions, const double *along,
                      double value, double *each) {
    size_t width = rows->width, classes = rows->classes;
    double n = (double)rows->count, lengths = 0, mean = 0;
    for (size_t k = 0; k < classes; k++) {
        double square = 0;
        for (size_t j = 0; j < width; j++)
            square += directions[k * width + j] * directions[k * width + j];
        lengths += (double)rows->class_size[k] / n * square;
    }
    double isotropic = shrink / (double)rows->features * lengths;
    for (size_t i = 0; i < rows->count; i++) {
        size_t own = (size_t)rows->rows->label[i];
        double through = 0, within = 0;
        for (size_t k = 0; k < classes; k++)
            through += (double)rows->class_size[k] / n * along[i * classes + k] * along[i * classes + k];
        for (size_t j = 0; j < width; j++)
            within += directions[own * width + j] * rows->class_mean[own * width + j];
        each[i] = (1 - shrink) *
                  (2 * along[i * classes + own] - within - ((1 - shrink) * through + isotropic * rows->row_square[i]));
        mean += each[i] / n;
    }
    for (size_t i = 0; i < rows->count; i++)
        each[i] += value - mean;
}

static graft_status compute(const graft_score_rows *rows, double *value, double *each) {
    size_t width = rows->width, classes = rows->classes;
    double *directions = graft_allocate(classes * width, sizeof(double));
    double *along = graft_allocate(rows->count * classes, sizeof(double)); /* rows by directions */
    graft_status status = directions && along ? GRAFT_OK : graft_fail_memory("H-score");
    double shrink = shrinkage(rows);
    if (status == GRAFT_OK && !(rows->square > 0)) shrink = 1; /* all rows are one point: nothing to tell */
    if (status == GRAFT_OK && rows->square > 0) status = solve(rows, shrink, directions);
    if (status == GRAFT_OK) {
        *value = 0;
        if (!(rows->square > 0)) memset(directions, 0, classes * width * sizeof(double));
        for (size_t k = 0; k < classes; k++)
            for (size_t j = 0; j < width; j++)
                *value += (1 - shrink) * (double)rows->class_size[k] / (double)rows->count * directions[k * width + j] *
                          rows->class_mean[k * width + j];
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)rows->count, (int)classes, (int)width, 1, rows->x,
                    (int)width, directions, (int)width, 0, along, (int)classes);
        influence(rows, shrink, directions, along, *value, each);
    }
    graft_release(directions);
    graft_release(along);
    return status;
}

const graft_score graft_score_hscore = {
    .name = "hscore",
    .help = "regularised H-score: variance between classes against all, covariance shrunk",
    .compute = compute,
};
