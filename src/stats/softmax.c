/* Two phases an evaluation, each split by tiles so that neither the result nor the order of its sums depends on the
 * number of threads: residuals by row tiles, gradients by column tiles. */
#include "stats/softmax.h"

#include "base/alloc.h"
#include "base/error.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

/* Sums over one row tile for one problem. */
typedef struct tally {
    double loss, curvature, held_loss;
    size_t held, held_correct, held_known;
} tally;

struct graft_softmax {
    graft_context *context;
    const graft_rows *rows;
    const graft_tiled *tiled;
    const int *fold;
    size_t classes, width, row_tiles, capacity;
    size_t columns; /* classes x points of the evaluation under way */
    graft_softmax_point *points;
    size_t count;
    float *weight;        /* columns x width: on the common z */
    float *offset;        /* columns */
    float *residual;      /* rows x columns */
    double *residual_sum; /* row tiles x columns; totals in the first row at the end */
    tally *tallies;       /* row tiles x capacity */
    char *scratch;        /* scratch_size bytes a worker */
    size_t scratch_size;
    bool *right; /* rows, of those held out; NULL: nobody wants to know */
};

static size_t scratch_bytes(size_t columns) {
    return GRAFT_TILE * GRAFT_TILE * sizeof(float) + columns * GRAFT_TILE * (sizeof(double) + sizeof(float));
}

graft_status graft_softmax_new(graft_context *context, const graft_rows *rows, const graft_tiled *tiled,
                               const int *fold, size_t capacity, graft_softmax **out) {
    graft_softmax *s = *out = graft_allocate_zero(1, sizeof(*s));
    if (s == NULL) return graft_fail_memory("logistic regression");
    s->context = context;
    s->rows = rows;
    s->tiled = tiled;
    s->fold = fold;
    s->classes = (size_t)rows->classes;
    s->width = rows->width;
    s->capacity = capacity;
    s->row_tiles = graft_tile_count(rows->count);
    size_t columns = capacity * s->classes, weights, residuals;
    s->scratch_size = scratch_bytes(columns);
    if (graft_multiply_sizes(columns, s->width, &weights) && graft_multiply_sizes(columns, rows->count, &residuals)) {
        s->weight = graft_allocate_aligned(weights, sizeof(float));
        s->residual = graft_allocate_aligned(residuals, sizeof(float));
    }
    s->offset = graft_allocate(columns, sizeof(float));
    s->residual_sum = graft_allocate(s->row_tiles * columns, sizeof(double));
    s->tallies = graft_allocate(s->row_tiles * capacity, sizeof(*s->tallies));
    s->scratch = graft_allocate_aligned((size_t)graft_context_threads(context), s->scratch_size);
    if (s->weight == NULL || s->residual == NULL || s->offset == NULL || s->residual_sum == NULL ||
        s->tallies == NULL || s->scratch == NULL) {
        graft_softmax_free(s);
        *out = NULL;
        return graft_fail_memory("logistic regression");
    }
    return GRAFT_OK;
}

void graft_softmax_free(graft_softmax *s) {
    if (s == NULL) return;
    graft_release(s->weight);
    graft_release(s->offset);
    graft_release(s->residual);
    graft_release(s->residual_sum);
    graft_release(s->tallies);
    graft_release(s->scratch);
    graft_release(s);
}

void graft_softmax_watch(graft_softmax *s, bool *right) {
    s->right = right;
}

/* Weights on the problem's own z' become weights on the common z. */
static graft_status spread_weights(void *argument, int worker, size_t index) {
    (void)worker;
    graft_softmax *s = argument;
    const graft_softmax_point *p = &s->points[index / s->classes];
    size_t k = index % s->classes;
    const double *from = p->point + k * s->width;
    float *to = s->weight + index * s->width;
    double offset = p->point[s->classes * s->width + k];
    for (size_t j = 0; j < s->width; j++) {
        double weight = from[j] * (double)p->problem->stretch[j];
        to[j] = (float)weight;
        offset -= weight * (double)p->problem->shift[j];
    }
    s->offset[index] = (float)offset;
    return GRAFT_OK;
}

/* Turns a row's logits of one problem into residuals (probability - truth; 0 when held out) and tallies it. */
static void finish_row(const graft_softmax *s, const graft_softmax_point *p, size_t row, float *logit,
                       const float *offset, tally *sums, double *residual_sum) {
    size_t classes = s->classes, truth = (size_t)s->rows->label[row], best = 0;
    for (size_t k = 0; k < classes; k++) {
        logit[k] += offset[k];
        if (logit[k] > logit[best]) best = k;
    }
    double total = 0, square = 0;
    float largest = logit[best], to_truth = logit[truth] - largest;
    for (size_t k = 0; k < classes; k++) {
        logit[k] = expf(logit[k] - largest);
        total += (double)logit[k];
        square += (double)(logit[k] * logit[k]);
    }
    double loss = log(total) - (double)to_truth;
    if (s->fold != NULL && s->fold[row] == p->problem->fold) {
        sums->held++;
        sums->held_correct += best == truth;
        if (s->right != NULL) s->right[row] = best == truth;
        /* Of a class that training never saw a loss says where the fit began, not how well it went. */
        if (p->problem->prior[truth] > 0) {
            sums->held_known++;
            sums->held_loss += fmin(loss, -log(1e-15));
        }
        memset(logit, 0, classes * sizeof(*logit));
    } else {
        sums->loss += loss;
        sums->curvature += 1 - square / (total * total);
        float inverse = (float)(1 / total);
        for (size_t k = 0; k < classes; k++) {
            logit[k] = logit[k] * inverse - (k == truth ? 1.0F : 0.0F);
            residual_sum[k] += (double)logit[k];
        }
    }
}

static graft_status residuals_of_rows(void *argument, int worker, size_t row_tile) {
    graft_softmax *s = argument;
    size_t columns = s->columns, rows = graft_tile_length(s->rows->count, row_tile);
    float *scratch = (float *)(void *)(s->scratch + (size_t)worker * s->scratch_size);
    float *logits = s->residual + row_tile * GRAFT_TILE * columns;
    for (size_t c = 0; c < graft_tile_count(s->width); c++) {
        const float *z;
        GRAFT_TRY(graft_tile_get(s->tiled, row_tile, c, scratch, &z));
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)rows, (int)columns,
                    (int)graft_tile_length(s->width, c), 1.0F, z, GRAFT_TILE, s->weight + c * GRAFT_TILE, (int)s->width,
                    c == 0 ? 0.0F : 1.0F, logits, (int)columns);
    }
    double *residual_sum = s->residual_sum + row_tile * columns;
    tally *sums = s->tallies + row_tile * s->capacity;
    memset(residual_sum, 0, columns * sizeof(*residual_sum));
    memset(sums, 0, s->count * sizeof(*sums));
    for (size_t i = 0; i < rows; i++) {
        for (size_t p = 0; p < s->count; p++) {
            size_t at = p * s->classes;
            finish_row(s, &s->points[p], row_tile * GRAFT_TILE + i, logits + i * columns + at, s->offset + at, &sums[p],
                       residual_sum + at);
        }
    }
    return GRAFT_OK;
}

static graft_status gradient_of_columns(void *argument, int worker, size_t column_tile) {
    graft_softmax *s = argument;
    size_t columns = s->columns, length = graft_tile_length(s->width, column_tile);
    double *sum = (double *)(void *)(s->scratch + (size_t)worker * s->scratch_size);
    float *product = (float *)(void *)(sum + columns * GRAFT_TILE), *scratch = product + columns * GRAFT_TILE;
    memset(sum, 0, columns * GRAFT_TILE * sizeof(*sum));
    for (size_t r = 0; r < s->row_tiles; r++) {
        const float *z;
        GRAFT_TRY(graft_tile_get(s->tiled, r, column_tile, scratch, &z));
        cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)columns, (int)length,
                    (int)graft_tile_length(s->rows->count, r), 1.0F, s->residual + r * GRAFT_TILE * columns,
                    (int)columns, z, GRAFT_TILE, 0.0F, product, GRAFT_TILE);
        for (size_t i = 0; i < columns; i++) {
            for (size_t j = 0; j < length; j++)
                sum[i * GRAFT_TILE + j] += (double)product[i * GRAFT_TILE + j];
        }
    }
    for (size_t i = 0; i < columns; i++) {
        const graft_softmax_point *p = &s->points[i / s->classes];
        const float *shift = p->problem->shift + column_tile * GRAFT_TILE;
        const float *stretch = p->problem->stretch + column_tile * GRAFT_TILE;
        double *gradient = p->gradient + (i % s->classes) * s->width + column_tile * GRAFT_TILE;
        double inverse = 1 / (double)p->problem->trained;
        for (size_t j = 0; j < length; j++) {
            double centred = sum[i * GRAFT_TILE + j] - s->residual_sum[i] * (double)shift[j];
            gradient[j] = centred * (double)stretch[j] * inverse;
        }
    }
    return GRAFT_OK;
}

/* Adds up the row tiles, in their order. */
static void collect(graft_softmax *s) {
    for (size_t t = 1; t < s->row_tiles; t++) {
        for (size_t i = 0; i < s->columns; i++)
            s->residual_sum[i] += s->residual_sum[t * s->columns + i];
    }
    for (size_t p = 0; p < s->count; p++) {
        graft_softmax_point *point = &s->points[p];
        tally all = {0};
        for (size_t t = 0; t < s->row_tiles; t++) {
            const tally *one = &s->tallies[t * s->capacity + p];
            all.loss += one->loss;
            all.curvature += one->curvature;
            all.held_loss += one->held_loss;
            all.held += one->held;
            all.held_known += one->held_known;
            all.held_correct += one->held_correct;
        }
        double trained = (double)point->problem->trained, free = (double)(s->classes > 1 ? s->classes - 1 : 1);
        point->value =
            (graft_softmax_value){.loss = all.loss / trained,
                                  .curvature = all.curvature / trained / free,
                                  .held_loss = all.held_known > 0 ? all.held_loss / (double)all.held_known : 0,
                                  .held = all.held,
                                  .held_correct = all.held_correct};
        for (size_t k = 0; k < s->classes; k++)
            point->gradient[s->classes * s->width + k] = s->residual_sum[p * s->classes + k] / trained;
    }
}

graft_status graft_softmax_evaluate(graft_softmax *s, graft_softmax_point *points, size_t count) {
    s->points = points;
    s->count = count;
    s->columns = count * s->classes;
    GRAFT_TRY(graft_parallel_for(s->context, s->columns, spread_weights, s));
    GRAFT_TRY(graft_parallel_for(s->context, s->row_tiles, residuals_of_rows, s));
    collect(s);
    return graft_parallel_for(s->context, graft_tile_count(s->width), gradient_of_columns, s);
}
