/* Eigenvectors of symmetric matrices. */
#ifndef GRAFT_SRC_STATS_EIGEN_H
#define GRAFT_SRC_STATS_EIGEN_H

#include <graft/base.h>

/* All eigenvalues of the symmetric `matrix` (n x n), ascending, into `values`; row i of `matrix` becomes the
 * eigenvector of values[i]. By LAPACK on one thread: the same bytes for any number. Errors: GRAFT_E_DATA (a value that
 * is not finite), GRAFT_E_MEMORY. */
GRAFT_MUST_CHECK graft_status graft_eigen_symmetric(double *matrix, size_t n, double *values);
/* The eigenvalues alone, in a fraction of the time; `matrix` serves as work space. */
GRAFT_MUST_CHECK graft_status graft_eigen_values(double *matrix, size_t n, double *values);

#endif
