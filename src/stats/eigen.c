#include "stats/eigen.h"

#include "base/error.h"

#include <cblas.h>
#include <lapacke.h>
#include <math.h>

static graft_status solve(char job, double *matrix, size_t n, double *values) {
    for (size_t i = 0; i < n * n; i++)
        if (!isfinite(matrix[i])) return graft_fail(GRAFT_E_DATA, "eigenvalues of a matrix that is not finite");
    openblas_set_num_threads(1);
    /* Column major: what LAPACK calls a column is a row here. */
    lapack_int info = LAPACKE_dsyev(LAPACK_COL_MAJOR, job, 'L', (lapack_int)n, matrix, (lapack_int)n, values);
    if (info == LAPACK_WORK_MEMORY_ERROR) return graft_fail_memory("eigenvalues");
    return info == 0 ? GRAFT_OK : graft_fail(GRAFT_E_INTERNAL, "eigenvalues: LAPACK's dsyev says %d", (int)info);
}

graft_status graft_eigen_symmetric(double *matrix, size_t n, double *values) {
    return solve('V', matrix, n, values);
}

graft_status graft_eigen_values(double *matrix, size_t n, double *values) {
    return solve('N', matrix, n, values);
}
