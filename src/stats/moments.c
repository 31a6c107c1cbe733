/* Moments by columns, two passes, in pieces that fit the stack. */
#include "stats/folds.h"

#include <assert.h>
#include <float.h>
#include <math.h>

enum { PIECE = 256 };

void graft_moments_of_sums(double mean, double variance, float *out_mean, float *out_scale) {
    double deviation = sqrt(variance);
    bool constant = !(deviation > FLT_EPSILON * fabs(mean)) || deviation < FLT_MIN;
    *out_mean = (float)mean;
    *out_scale = constant ? 0.0F : (float)(1.0 / deviation);
}

void graft_moments(const float *x, size_t count, size_t width, const size_t *rows, size_t row_count, float *mean,
                   float *scale) {
    assert(row_count >= 1 && row_count <= count);
    (void)count;
    for (size_t first = 0; first < width; first += PIECE) {
        size_t columns = width - first < PIECE ? width - first : PIECE;
        double sum[PIECE] = {0}, square[PIECE] = {0};
        for (size_t i = 0; i < row_count; i++) {
            const float *row = x + (rows != NULL ? rows[i] : i) * width + first;
            for (size_t j = 0; j < columns; j++)
                sum[j] += row[j];
        }
        for (size_t j = 0; j < columns; j++)
            sum[j] /= (double)row_count;
        for (size_t i = 0; i < row_count; i++) {
            const float *row = x + (rows != NULL ? rows[i] : i) * width + first;
            for (size_t j = 0; j < columns; j++) {
                double difference = row[j] - sum[j];
                square[j] += difference * difference;
            }
        }
        for (size_t j = 0; j < columns; j++)
            graft_moments_of_sums(sum[j], square[j] / (double)row_count, &mean[first + j], &scale[first + j]);
    }
}
