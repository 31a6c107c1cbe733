#include "stats/dependence.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/rng.h"
#include "stats/folds.h"

#include <math.h>

/* Distances between all pairs of standardized rows, U-centred: less the means of row and column, plus that of all, each
 * without the diagonal, so that independent rows have an expected product of 0 (Szekely and Rizzo 2013). */
static graft_status centred(const float *x, size_t width, size_t count, double *out) {
    float *mean = graft_allocate(width, sizeof(*mean)), *scale = graft_allocate(width, sizeof(*scale));
    double *row = graft_allocate_zero(count, sizeof(*row)), all = 0, n = (double)count;
    graft_status status = mean && scale && row ? GRAFT_OK : graft_fail_memory("distances");
    if (status == GRAFT_OK) graft_moments(x, count, width, NULL, count, mean, scale);
    for (size_t i = 0; status == GRAFT_OK && i < count; i++) {
        out[i * count + i] = 0;
        for (size_t j = 0; j < i; j++) {
            double squares = 0;
            for (size_t k = 0; k < width; k++) {
                const double away = ((double)x[i * width + k] - (double)x[j * width + k]) * (double)scale[k];
                squares += away * away;
            }
            out[i * count + j] = out[j * count + i] = sqrt(squares);
        }
    }
    for (size_t i = 0; status == GRAFT_OK && i < count; i++) {
        for (size_t j = 0; j < count; j++)
            row[i] += out[i * count + j] / (n - 2);
        all += row[i] / (n - 1);
    }
    for (size_t i = 0; status == GRAFT_OK && i < count; i++)
        for (size_t j = 0; j < count; j++)
            out[i * count + j] += i == j ? 0 : all - row[i] - row[j];
    graft_release(mean);
    graft_release(scale);
    graft_release(row);
    return status;
}

/* order NULL: rows as they are. */
static double covariance(const double *a, const double *b, size_t count, const size_t *order) {
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        const double *left = a + i * count, *right = b + (order ? order[i] : i) * count;
        for (size_t j = 0; j < count; j++)
            sum += left[j] * right[order ? order[j] : j];
    }
    return sum;
}

static void permute(size_t *order, size_t count, uint64_t seed, uint32_t round) {
    graft_rng rng = graft_rng_make(seed, GRAFT_RNG_BOOTSTRAP, round, count);
    for (size_t i = 0; i < count; i++)
        order[i] = i;
    graft_rng_shuffle(&rng, order, count);
}

graft_status graft_dependence_test(const float *a, size_t a_width, const float *b, size_t b_width, size_t count,
                                   size_t permutations, uint64_t seed, graft_dependence *out) {
    double *left = graft_allocate(count, count * sizeof(*left)), *right = graft_allocate(count, count * sizeof(*right));
    size_t *order = graft_allocate(count, sizeof(*order)), as_large = 1;
    graft_status status = left && right && order ? GRAFT_OK : graft_fail_memory("distances");
    *out = (graft_dependence){.p = 1};
    if (status == GRAFT_OK) status = centred(a, a_width, count, left);
    if (status == GRAFT_OK) status = centred(b, b_width, count, right);
    if (status == GRAFT_OK) {
        const double product = covariance(left, right, count, NULL);
        const double own = covariance(left, left, count, NULL) * covariance(right, right, count, NULL);
        out->correlation = own > 0 ? product / sqrt(own) : 0;
        for (size_t i = 0; i < permutations && own > 0; i++) {
            permute(order, count, seed, (uint32_t)i);
            as_large += covariance(left, right, count, order) >= product;
        }
        if (own > 0) out->p = (double)as_large / (double)(permutations + 1);
    }
    graft_release(left);
    graft_release(right);
    graft_release(order);
    return status;
}
