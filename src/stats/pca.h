/* Principal components, exact: eigenvectors of the covariance of the columns or, with fewer rows than columns, of the
 * rows' Gram matrix (Jolliffe, "Principal Component Analysis", 2002). */
#ifndef GRAFT_SRC_STATS_PCA_H
#define GRAFT_SRC_STATS_PCA_H

#include <graft/base.h>

enum { GRAFT_PCA_SIDE_MOST = 8192 }; /* of the matrix: 512 MiB of doubles */

typedef struct graft_pca {
    size_t count, components;
    float *point;  /* count x components: the rows less their mean, along the components */
    double *share; /* of the whole variance, a component; falling; 0 where there is none */
} graft_pca;

/* `x` is count x width, features as they are (not scaled). A component's sign is such that its largest coordinate in
 * magnitude is positive; of equal ones the first. Release with graft_pca_clear, also after a failure. Errors:
 * GRAFT_E_DATA (fewer than 2 rows, a value that is not finite), GRAFT_E_USAGE (more than GRAFT_PCA_SIDE_MOST rows and
 * columns both, more components than either), GRAFT_E_MEMORY, GRAFT_E_CANCELLED. */
GRAFT_MUST_CHECK graft_status graft_pca_fit(graft_context *context, const float *x, size_t count, size_t width,
                                            size_t components, graft_pca *out);
void graft_pca_clear(graft_pca *pca);

#endif
