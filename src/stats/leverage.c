#include "stats/leverage.h"

#include "base/alloc.h"
#include "base/error.h"

#include <cblas.h>
#include <lapacke.h>
#include <math.h>

enum { PIECE = 256 }; /* rows solved for at once */

graft_status graft_cholesky(double *matrix, size_t width, const char *what, double *log_determinant) {
    /* Column-major upper is row-major lower. */
    int info = LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, 'U', (int)width, matrix, (int)width);
    if (info != 0)
        return graft_fail(GRAFT_E_INTERNAL, "%s: Cholesky factorization stopped at column %d of %zu", what, info,
                          width);
    double sum = 0;
    for (size_t i = 0; log_determinant && i < width; i++)
        sum += 2 * log(matrix[i * width + i]);
    if (log_determinant) *log_determinant = sum;
    return GRAFT_OK;
}

void graft_cholesky_solve(const double *factor, size_t width, double *vectors, size_t count) {
    for (int transposed = 1; transposed >= 0; transposed--)
        cblas_dtrsm(CblasColMajor, CblasLeft, CblasUpper, transposed ? CblasTrans : CblasNoTrans, CblasNonUnit,
                    (int)width, (int)count, 1, factor, (int)width, vectors, (int)width);
}

graft_status graft_leverages(const double *factor, size_t width, const double *x, const double *shift, size_t count,
                             double *out) {
    float *lower = graft_allocate_aligned(width * width, sizeof(float));
    float *piece = graft_allocate_aligned(PIECE * width, sizeof(float));
    if (!lower || !piece) {
        graft_release(lower);
        graft_release(piece);
        return graft_fail_memory("the rows' leverages");
    }
    for (size_t i = 0; i < width * width; i++)
        lower[i] = (float)factor[i];
    for (size_t first = 0; first < count; first += PIECE) {
        size_t rows = count - first < PIECE ? count - first : PIECE;
        for (size_t i = 0; i < rows; i++)
            for (size_t j = 0; j < width; j++)
                piece[i * width + j] = (float)(x[(first + i) * width + j] + (shift ? shift[j] : 0));
        cblas_strsm(CblasColMajor, CblasLeft, CblasUpper, CblasTrans, CblasNonUnit, (int)width, (int)rows, 1.0F, lower,
                    (int)width, piece, (int)width);
        for (size_t i = 0; i < rows; i++) {
            double sum = 0;
            for (size_t j = 0; j < width; j++)
                sum += (double)piece[i * width + j] * (double)piece[i * width + j];
            out[first + i] = sum;
        }
    }
    graft_release(lower);
    graft_release(piece);
    return GRAFT_OK;
}
