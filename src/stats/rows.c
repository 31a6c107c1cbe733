/* Rows from wherever they are. */
#include "stats/tile.h"

#include "base/alloc.h"
#include "base/error.h"
#include "stats/folds.h"

#include <math.h>
#include <string.h>

static graft_status check_finite(const float *x, size_t first, size_t count, size_t width) {
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < width; j++) {
            float value = x[i * width + j];
            if (!(fabsf(value) <= 1e30F)) {
                return graft_fail(
                    GRAFT_E_DATA,
                    "features: row %zu, column %zu is %g, expected a finite value within +-1e30 (does the "
                    "preprocessing fit the network?)",
                    first + i, j, (double)value);
            }
        }
    }
    return GRAFT_OK;
}

graft_status graft_rows_check_finite(const float *x, size_t count, size_t width) {
    return check_finite(x, 0, count, width);
}

graft_status graft_rows_check(const graft_rows *rows) {
    if (rows->count == 0 || rows->width == 0) {
        return graft_fail(GRAFT_E_DATA, "features: %zu rows of %zu values, expected at least one of each", rows->count,
                          rows->width);
    }
    if (rows->classes < 1)
        return graft_fail(GRAFT_E_DATA, "features: %d classes, expected at least one", rows->classes);
    for (size_t i = 0; i < rows->count; i++) {
        if (rows->label[i] < 0 || rows->label[i] >= rows->classes) {
            return graft_fail(GRAFT_E_DATA, "features: row %zu has label %d, expected 0..%d", i, rows->label[i],
                              rows->classes - 1);
        }
    }
    return GRAFT_OK;
}

graft_status graft_rows_get(const graft_rows *rows, size_t first, size_t count, float *out) {
    if (rows->read != NULL) return rows->read(rows->source, first, count, out);
    if (rows->half != NULL)
        graft_f16_to_f32(rows->half + first * rows->width, out, count * rows->width);
    else if (rows->x != NULL)
        memcpy(out, rows->x + first * rows->width, count * rows->width * sizeof(float));
    return GRAFT_OK;
}

/* The rows of one tile and the sums by column, for rows that are not floats in memory. */
typedef struct pass {
    float *buffer;
    double *sum, *square;
} pass;

/* The same additions in the same order as graft_moments makes: the same bytes. */
static graft_status sum_columns(const graft_rows *rows, pass *p, bool squares) {
    for (size_t first = 0; first < rows->count; first += GRAFT_TILE) {
        size_t count = graft_tile_length(rows->count, first / GRAFT_TILE);
        GRAFT_TRY(graft_rows_get(rows, first, count, p->buffer));
        if (!squares) GRAFT_TRY(check_finite(p->buffer, first, count, rows->width));
        for (size_t i = 0; i < count; i++) {
            const float *row = p->buffer + i * rows->width;
            for (size_t j = 0; j < rows->width && !squares; j++)
                p->sum[j] += row[j];
            for (size_t j = 0; j < rows->width && squares; j++)
                p->square[j] += (row[j] - p->sum[j]) * (row[j] - p->sum[j]);
        }
    }
    return GRAFT_OK;
}

static graft_status stream_moments(const graft_rows *rows, pass *p, float *mean, float *scale) {
    GRAFT_TRY(sum_columns(rows, p, false));
    for (size_t j = 0; j < rows->width; j++)
        p->sum[j] /= (double)rows->count;
    GRAFT_TRY(sum_columns(rows, p, true));
    for (size_t j = 0; j < rows->width; j++)
        graft_moments_of_sums(p->sum[j], p->square[j] / (double)rows->count, &mean[j], &scale[j]);
    return GRAFT_OK;
}

graft_status graft_rows_moments(const graft_rows *rows, float *mean, float *scale) {
    if (rows->x != NULL) {
        GRAFT_TRY(graft_rows_check_finite(rows->x, rows->count, rows->width));
        graft_moments(rows->x, rows->count, rows->width, NULL, rows->count, mean, scale);
        return GRAFT_OK;
    }
    pass p = {.buffer = graft_allocate_aligned(GRAFT_TILE * rows->width, sizeof(float)),
              .sum = graft_allocate_zero(rows->width, sizeof(double)),
              .square = graft_allocate_zero(rows->width, sizeof(double))};
    graft_status status = p.buffer == NULL || p.sum == NULL || p.square == NULL ? graft_fail_memory("features' moments")
                                                                                : stream_moments(rows, &p, mean, scale);
    graft_release(p.buffer);
    graft_release(p.sum);
    graft_release(p.square);
    return status;
}
