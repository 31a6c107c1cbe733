#include "stats/knn.h"

#include "base/alloc.h"
#include "base/error.h"
#include "stats/folds.h"
#include "stats/tile.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

typedef struct neighbour {
    float similarity;
    size_t row;
} neighbour;

typedef struct search {
    const graft_rows *train;
    graft_tiled rows, queries;
    size_t k;
    float *probabilities;
    char *scratch;
    size_t scratch_size;
} search;

/* One worker's memory. */
typedef struct desk {
    float query[GRAFT_TILE * GRAFT_TILE], row[GRAFT_TILE * GRAFT_TILE], product[GRAFT_TILE * GRAFT_TILE];
    double query_square[GRAFT_TILE], row_square[GRAFT_TILE];
    size_t found[GRAFT_TILE];
    neighbour nearest[]; /* GRAFT_TILE x k, most similar first */
} desk;

static void add_squares(const float *z, size_t rows, size_t columns, double *square) {
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < columns; j++)
            square[i] += (double)z[i * GRAFT_TILE + j] * (double)z[i * GRAFT_TILE + j];
    }
}

/* Inner products and squared lengths of a tile of queries with a tile of rows. */
static graft_status multiply(const search *s, size_t query_tile, size_t row_tile, desk *d) {
    size_t queries = graft_tile_length(s->queries.count, query_tile), rows = graft_tile_length(s->rows.count, row_tile);
    memset(d->query_square, 0, sizeof(d->query_square));
    memset(d->row_square, 0, sizeof(d->row_square));
    for (size_t c = 0; c < graft_tile_count(s->rows.width); c++) {
        size_t columns = graft_tile_length(s->rows.width, c);
        const float *query, *row;
        GRAFT_TRY(graft_tile_get(&s->queries, query_tile, c, d->query, &query));
        GRAFT_TRY(graft_tile_get(&s->rows, row_tile, c, d->row, &row));
        add_squares(query, queries, columns, d->query_square);
        add_squares(row, rows, columns, d->row_square);
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)queries, (int)rows, (int)columns, 1.0F, query,
                    GRAFT_TILE, row, GRAFT_TILE, c == 0 ? 0.0F : 1.0F, d->product, GRAFT_TILE);
    }
    return GRAFT_OK;
}

/* Rows come in ascending order and only a greater similarity passes another: of equals the lower row stays. */
static void insert(const search *s, desk *d, size_t query, float similarity, size_t row) {
    neighbour *list = d->nearest + query * s->k;
    size_t at = d->found[query];
    if (at == s->k) {
        if (!(similarity > list[at - 1].similarity)) return;
        at--;
    } else {
        d->found[query]++;
    }
    for (; at > 0 && similarity > list[at - 1].similarity; at--)
        list[at] = list[at - 1];
    list[at] = (neighbour){.similarity = similarity, .row = row};
}

static void vote(const search *s, const desk *d, size_t query, float *out) {
    const neighbour *list = d->nearest + query * s->k;
    double total = 0;
    memset(out, 0, (size_t)s->train->classes * sizeof(*out));
    for (size_t i = 0; i < d->found[query]; i++)
        total += fmax((double)list[i].similarity, 0);
    for (size_t i = 0; i < d->found[query]; i++) {
        double weight = total > 0 ? fmax((double)list[i].similarity, 0) / total : 1 / (double)d->found[query];
        out[s->train->label[list[i].row]] += (float)weight;
    }
}

static graft_status search_tile(void *argument, int worker, size_t query_tile) {
    const search *s = argument;
    desk *d = (desk *)(void *)(s->scratch + (size_t)worker * s->scratch_size);
    size_t queries = graft_tile_length(s->queries.count, query_tile);
    memset(d->found, 0, sizeof(d->found));
    for (size_t t = 0; t < graft_tile_count(s->rows.count); t++) {
        GRAFT_TRY(multiply(s, query_tile, t, d));
        for (size_t q = 0; q < queries; q++) {
            for (size_t r = 0; r < graft_tile_length(s->rows.count, t); r++) {
                double length = sqrt(d->query_square[q] * d->row_square[r]);
                float product = d->product[q * GRAFT_TILE + r];
                insert(s, d, q, length > 0 ? (float)((double)product / length) : 0.0F, t * GRAFT_TILE + r);
            }
        }
    }
    for (size_t q = 0; q < queries; q++)
        vote(s, d, q, s->probabilities + (query_tile * GRAFT_TILE + q) * (size_t)s->train->classes);
    return GRAFT_OK;
}

graft_status graft_knn_predict(graft_context *context, const graft_rows *train, const float *query, size_t queries,
                               int k, float *probabilities) {
    if (k < 1) return graft_fail(GRAFT_E_USAGE, "%d neighbours, expected at least 1", k);
    GRAFT_TRY(graft_rows_check(train));
    GRAFT_TRY(graft_rows_check_finite(query, queries, train->width));
    openblas_set_num_threads(1);
    size_t width = train->width, nearest = (size_t)k < train->count ? (size_t)k : train->count, lists;
    graft_status status = GRAFT_OK;
    search s = {.train = train, .k = nearest};
    s.probabilities = probabilities;
    if (graft_multiply_sizes(nearest, GRAFT_TILE * sizeof(neighbour), &lists)) {
        s.scratch_size = (sizeof(desk) + lists + GRAFT_ALIGNMENT - 1) / GRAFT_ALIGNMENT * GRAFT_ALIGNMENT;
        s.scratch = graft_allocate_aligned((size_t)graft_context_threads(context), s.scratch_size);
    }
    float *mean = graft_allocate(width, sizeof(float)), *scale = graft_allocate(width, sizeof(float));
    if (s.scratch == NULL || mean == NULL || scale == NULL) {
        status = graft_fail_memory("nearest neighbours");
        goto done;
    }
    GRAFT_TRY_TO(done, status, graft_rows_moments(train, mean, scale));
    const graft_rows asked = {.x = query, .count = queries, .width = width};
    s.rows = graft_tiled_make(train, mean, scale);
    s.queries = graft_tiled_make(&asked, mean, scale);
    status = graft_parallel_for(context, graft_tile_count(queries), search_tile, &s);
done:
    graft_release(s.scratch);
    graft_release(mean);
    graft_release(scale);
    return status;
}
