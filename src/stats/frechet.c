#include "stats/frechet.h"

#include "base/alloc.h"
#include "base/error.h"
#include "stats/eigen.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

enum { PIECE = 256 }; /* rows that are made doubles at a time */

static graft_status find_mean(const float *x, graft_gaussian *out) {
    const size_t width = out->width;
    for (size_t i = 0; i < out->count; i++)
        for (size_t j = 0; j < width; j++)
            out->mean[j] += (double)x[i * width + j];
    for (size_t j = 0; j < width; j++) {
        out->mean[j] /= (double)out->count;
        if (!isfinite(out->mean[j]))
            return graft_fail(GRAFT_E_DATA, "feature %zu of the rows is not finite everywhere", j);
    }
    return GRAFT_OK;
}

static void mirror(double *matrix, size_t width) {
    for (size_t i = 0; i < width; i++)
        for (size_t j = 0; j < i; j++)
            matrix[j * width + i] = matrix[i * width + j];
}

/* Sums of products of what deviates from the mean, piece by piece. */
static void find_covariance(const float *x, double *piece, graft_gaussian *out) {
    const size_t width = out->width;
    const double share = 1.0 / (double)(out->count - 1);
    openblas_set_num_threads(1);
    for (size_t first = 0; first < out->count; first += PIECE) {
        const size_t rows = out->count - first < PIECE ? out->count - first : PIECE;
        for (size_t i = 0; i < rows; i++)
            for (size_t j = 0; j < width; j++)
                piece[i * width + j] = (double)x[(first + i) * width + j] - out->mean[j];
        cblas_dsyrk(CblasRowMajor, CblasLower, CblasTrans, (int)width, (int)rows, share, piece, (int)width, 1.0,
                    out->covariance, (int)width);
    }
    mirror(out->covariance, width);
}

graft_status graft_gaussian_fit(const float *x, size_t count, size_t width, graft_gaussian *out) {
    *out = (graft_gaussian){.width = width, .count = count};
    if (count < 2) return graft_fail(GRAFT_E_DATA, "%zu rows of features, expected 2 or more", count);
    if (width < 1 || width > GRAFT_FRECHET_WIDTH_MOST)
        return graft_fail(GRAFT_E_USAGE, "%zu features, expected 1 to %d: take a layer with fewer", width,
                          (int)GRAFT_FRECHET_WIDTH_MOST);
    double *piece = graft_allocate(PIECE * width, sizeof *piece);
    out->mean = graft_allocate_zero(width, sizeof *out->mean);
    out->covariance = graft_allocate_zero(width * width, sizeof *out->covariance);
    graft_status status = piece && out->mean && out->covariance ? GRAFT_OK : graft_fail_memory("a covariance");
    if (status == GRAFT_OK) status = find_mean(x, out);
    if (status == GRAFT_OK) find_covariance(x, piece, out);
    graft_release(piece);
    return status;
}

void graft_gaussian_clear(graft_gaussian *gaussian) {
    graft_release(gaussian->mean);
    graft_release(gaussian->covariance);
    *gaussian = (graft_gaussian){0};
}

/* root = V sqrt(values) V^T of the symmetric `matrix`, whose memory serves as work space. */
static graft_status square_root(double *matrix, size_t width, double *values, double *root) {
    GRAFT_TRY(graft_eigen_symmetric(matrix, width, values));
    for (size_t i = 0; i < width; i++) {
        const double factor = sqrt(sqrt(fmax(values[i], 0)));
        for (size_t j = 0; j < width; j++)
            matrix[i * width + j] *= factor;
    }
    cblas_dsyrk(CblasRowMajor, CblasLower, CblasTrans, (int)width, (int)width, 1.0, matrix, (int)width, 0.0, root,
                (int)width);
    mirror(root, width);
    return GRAFT_OK;
}

/* tr((C1 C2)^(1/2)); `work`: three matrices. */
static graft_status trace_of_root(const graft_gaussian *a, const graft_gaussian *b, double *values, double *work,
                                  double *out) {
    const size_t width = a->width, cells = width * width;
    double *root = work + cells, *product = work + 2 * cells;
    const int n = (int)width;
    memcpy(work, a->covariance, cells * sizeof *work);
    GRAFT_TRY(square_root(work, width, values, root));
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1.0, root, n, b->covariance, n, 0.0, product, n);
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1.0, product, n, root, n, 0.0, work, n);
    for (size_t i = 0; i < width; i++)
        for (size_t j = 0; j < i; j++)
            work[i * width + j] = work[j * width + i] = 0.5 * (work[i * width + j] + work[j * width + i]);
    GRAFT_TRY(graft_eigen_values(work, width, values));
    *out = 0;
    for (size_t i = 0; i < width; i++)
        *out += sqrt(fmax(values[i], 0));
    return GRAFT_OK;
}

graft_status graft_frechet_distance(const graft_gaussian *a, const graft_gaussian *b, double *out) {
    if (a->width != b->width)
        return graft_fail(GRAFT_E_USAGE, "Gaussians of %zu and %zu features, expected as many", a->width, b->width);
    const size_t width = a->width;
    double trace = 0, distance = 0;
    double *values = graft_allocate(width, sizeof *values), *work = graft_allocate(3 * width * width, sizeof *work);
    graft_status status = values && work ? GRAFT_OK : graft_fail_memory("a matrix square root");
    openblas_set_num_threads(1);
    if (status == GRAFT_OK) status = trace_of_root(a, b, values, work, &trace);
    for (size_t i = 0; status == GRAFT_OK && i < width; i++) {
        const double apart = a->mean[i] - b->mean[i];
        distance += apart * apart + a->covariance[i * width + i] + b->covariance[i * width + i];
    }
    *out = fmax(distance - 2 * trace, 0);
    graft_release(values);
    graft_release(work);
    return status;
}
