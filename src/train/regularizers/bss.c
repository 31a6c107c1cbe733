#include "train/regularizer.h"

#include "base/alloc.h"
#include "base/error.h"
#include "stats/eigen.h"

#include <string.h>

enum { ROWS_MOST = 1024 }; /* of the matrix whose eigenvalues are sought */

typedef struct bss {
    double eta;
    int64_t k;
} bss;

static const graft_option attributes[] = {
    {.name = "eta",
     .type = GRAFT_OPTION_DOUBLE,
     .offset = offsetof(bss, eta),
     .fallback = "0.001",
     .min = 0,
     .max = 1000,
     .help = "how much the small singular values are shrunk"},
    {.name = "k",
     .type = GRAFT_OPTION_INT,
     .offset = offsetof(bss, k),
     .fallback = "1",
     .min = 1,
     .max = 65536,
     .help = "how many of the smallest singular values"},
    GRAFT_OPTION_END,
};

/* The inner products of a batch's rows, or of its columns when there are fewer of those. */
static void multiply(const graft_value_penalty *of, bool columns, size_t n, double *out) {
    const size_t length = columns ? of->count : of->size, step = columns ? of->size : 1, next = columns ? 1 : of->size;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j <= i; j++) {
            double sum = 0;
            for (size_t k = 0; k < length; k++)
                sum += (double)of->value[i * next + k * step] * (double)of->value[j * next + k * step];
            out[i * n + j] = out[j * n + i] = sum;
        }
    }
}

/* gradient += factor * u (u' F) for a left vector, factor * (F v) v' for a right one. */
static void shrink(const graft_value_penalty *of, bool columns, const double *vector, double factor) {
    const size_t across = columns ? of->count : of->size, step = columns ? 1 : of->size, next = columns ? of->size : 1,
                 n = columns ? of->size : of->count;
    for (size_t i = 0; i < across; i++) {
        double product = 0;
        for (size_t k = 0; k < n; k++)
            product += vector[k] * (double)of->value[i * next + k * step];
        for (size_t k = 0; k < n; k++)
            of->gradient[i * next + k * step] += (float)(factor * product * vector[k]);
    }
}

/* eta times the sum of the k smallest squared singular values of the batch's features F (samples x features). The
 * derivative of sigma^2 is 2 u u' F. */
static graft_status values(const void *a, const graft_value_penalty *of, double *penalty) {
    const bss *options = a;
    const bool columns = of->size < of->count;
    const size_t n = columns ? of->size : of->count, k = (size_t)options->k < n ? (size_t)options->k : n;
    const double eta = options->eta * of->share;
    if (n > ROWS_MOST)
        return graft_fail(GRAFT_E_USAGE, "bss: batches of %zu samples of %zu features, expected at most %d of either",
                          of->count, of->size, ROWS_MOST);
    double *matrix = graft_allocate(n, n * sizeof(*matrix)), *squares = graft_allocate(n, sizeof(*squares));
    graft_status status = matrix && squares ? GRAFT_OK : graft_fail_memory("the features' singular values");
    if (status == GRAFT_OK) {
        multiply(of, columns, n, matrix);
        status = graft_eigen_symmetric(matrix, n, squares);
    }
    for (size_t i = 0; status == GRAFT_OK && i < k; i++) {
        *penalty += eta * (squares[i] > 0 ? squares[i] : 0);
        if (of->gradient) shrink(of, columns, matrix + i * n, 2 * eta);
    }
    graft_release(matrix);
    graft_release(squares);
    return status;
}

const graft_regularizer graft_regularizer_bss = {
    .name = "bss",
    .help = "the smallest singular values of a batch's features are shrunk (Chen et al. 2019)",
    .attribute_size = sizeof(bss),
    .attributes = attributes,
    .taps = GRAFT_TAP_FEATURES,
    .values = values,
};
