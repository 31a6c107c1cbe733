#include "stats/divisions.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/rng.h"
#include "stats/tile.h"

#include <cblas.h>
#include <string.h>

graft_status graft_samples_join(const float *x, size_t n, const float *y, size_t m, size_t width, float *rows) {
    memcpy(rows, x, n * width * sizeof(float));
    memcpy(rows + n * width, y, m * width * sizeof(float));
    return graft_rows_check_finite(rows, n + m, width);
}

void graft_samples_centre(float *rows, size_t count, size_t width) {
    for (size_t j = 0; j < width; j++) {
        double mean = 0;
        for (size_t i = 0; i < count; i++)
            mean += (double)rows[i * width + j] / (double)count;
        for (size_t i = 0; i < count; i++)
            rows[i * width + j] -= (float)mean;
    }
}

graft_status graft_divisions_draw(uint64_t seed, uint64_t stream, size_t n, size_t count, size_t divisions,
                                  float *chosen) {
    size_t *order = graft_allocate(count, sizeof(*order));
    if (!order) return graft_fail_memory("random divisions");
    memset(chosen, 0, divisions * count * sizeof(float));
    for (size_t d = 0; d < divisions; d++) {
        graft_rng rng = graft_rng_make(seed, GRAFT_RNG_BOOTSTRAP, stream, d);
        for (size_t i = 0; i < count; i++)
            order[i] = i;
        if (d > 0) graft_rng_shuffle(&rng, order, count);
        for (size_t i = 0; i < n; i++)
            chosen[d * count + order[i]] = 1;
    }
    graft_release(order);
    return GRAFT_OK;
}

void graft_divisions_sum(const float *chosen, size_t divisions, const float *matrix, size_t count, float *out) {
    const int size = (int)count;
    openblas_set_num_threads(1);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)divisions, size, size, 1.0F, chosen, size, matrix, size,
                0.0F, out, size);
}
