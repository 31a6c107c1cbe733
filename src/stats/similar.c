#include "stats/similar.h"

#include "base/alloc.h"
#include "base/error.h"
#include "stats/tile.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 256 };

/* The pairs whose first row is in one block. */
typedef struct list {
    graft_similar_pair *pair;
    size_t count, capacity;
} list;

typedef struct search {
    float *z; /* count x width: unit vectors, or zero */
    size_t count, width, most;
    float least;
    float *product; /* BLOCK x BLOCK a worker */
    list *lists;    /* one a block: what is found does not depend on the workers */
} search;

static int by_similarity(const void *a, const void *b) {
    const graft_similar_pair *x = a, *y = b;
    if (x->similarity != y->similarity) return x->similarity < y->similarity ? 1 : -1;
    if (x->first != y->first) return x->first < y->first ? -1 : 1;
    return (x->second > y->second) - (x->second < y->second);
}

static int by_place(const void *a, const void *b) {
    const graft_similar_pair *x = a, *y = b;
    if (x->first != y->first) return x->first < y->first ? -1 : 1;
    return (x->second > y->second) - (x->second < y->second);
}

static void keep_best(list *found, size_t most) {
    if (found->count > most) {
        qsort(found->pair, found->count, sizeof(*found->pair), by_similarity);
        found->count = most;
    }
}

static size_t block_length(const search *self, size_t block) {
    size_t rest = self->count - block * BLOCK;
    return rest < BLOCK ? rest : BLOCK;
}

static graft_status compare_blocks(const search *self, float *product, size_t a, size_t b, list *found) {
    const size_t rows = block_length(self, a), columns = block_length(self, b);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)rows, (int)columns, (int)self->width, 1.0F,
                self->z + a * BLOCK * self->width, (int)self->width, self->z + b * BLOCK * self->width,
                (int)self->width, 0.0F, product, BLOCK);
    for (size_t i = 0; i < rows; i++) {
        for (size_t k = a == b ? i + 1 : 0; k < columns; k++) {
            if (!(product[i * BLOCK + k] >= self->least)) continue;
            if (!graft_reserve(&found->pair, &found->capacity, found->count + 1, sizeof(*found->pair)))
                return graft_fail_memory("similar pairs");
            found->pair[found->count++] = (graft_similar_pair){a * BLOCK + i, b * BLOCK + k, product[i * BLOCK + k]};
        }
    }
    /* Memory stays within twice the limit and a block's pairs. */
    if (found->count > 2 * self->most) keep_best(found, self->most);
    return GRAFT_OK;
}

static graft_status search_block(void *argument, int worker, size_t block) {
    search *self = argument;
    for (size_t b = block; b * BLOCK < self->count; b++)
        GRAFT_TRY(compare_blocks(self, self->product + (size_t)worker * BLOCK * BLOCK, block, b, &self->lists[block]));
    return GRAFT_OK;
}

static graft_status make_units(search *self, const float *x) {
    double *mean = graft_allocate_zero(self->width, sizeof(*mean));
    if (!mean) return graft_fail_memory("similar pairs");
    for (size_t i = 0; i < self->count; i++)
        for (size_t k = 0; k < self->width; k++)
            mean[k] += (double)x[i * self->width + k];
    for (size_t k = 0; k < self->width; k++)
        mean[k] /= (double)self->count;
    for (size_t i = 0; i < self->count; i++) {
        const float *row = x + i * self->width;
        float *unit = self->z + i * self->width;
        double square = 0;
        for (size_t k = 0; k < self->width; k++)
            square += ((double)row[k] - mean[k]) * ((double)row[k] - mean[k]);
        const double scale = square > 0 ? 1 / sqrt(square) : 0;
        for (size_t k = 0; k < self->width; k++)
            unit[k] = (float)(((double)row[k] - mean[k]) * scale);
    }
    graft_release(mean);
    return GRAFT_OK;
}

static graft_status gather(search *self, size_t blocks, graft_similar_pair **out, size_t *count) {
    list all = {0};
    size_t total = 0;
    for (size_t b = 0; b < blocks; b++)
        total += self->lists[b].count;
    all.pair = graft_allocate(total > 0 ? total : 1, sizeof(*all.pair));
    if (!all.pair) return graft_fail_memory("similar pairs");
    for (size_t b = 0; b < blocks; b++) {
        if (self->lists[b].count > 0)
            memcpy(all.pair + all.count, self->lists[b].pair, self->lists[b].count * sizeof(*all.pair));
        all.count += self->lists[b].count;
    }
    keep_best(&all, self->most);
    if (all.count > 0) qsort(all.pair, all.count, sizeof(*all.pair), by_place);
    *out = all.pair;
    *count = all.count;
    return GRAFT_OK;
}

graft_status graft_similar_pairs(graft_context *context, const float *x, size_t count, size_t width, float least,
                                 size_t most, graft_similar_pair **out, size_t *found) {
    const size_t blocks = (count + BLOCK - 1) / BLOCK;
    search self = {.count = count, .width = width, .least = least, .most = most};
    size_t values;
    *out = NULL;
    *found = 0;
    GRAFT_TRY(graft_rows_check_finite(x, count, width));
    openblas_set_num_threads(1);
    if (graft_multiply_sizes(count, width, &values)) self.z = graft_allocate_aligned(values, sizeof(float));
    self.product = graft_allocate_aligned((size_t)graft_context_threads(context), BLOCK * BLOCK * sizeof(float));
    self.lists = graft_allocate_zero(blocks, sizeof(*self.lists));
    graft_status status = self.z && self.product && self.lists ? GRAFT_OK : graft_fail_memory("similar pairs");
    if (status == GRAFT_OK && count > 0) status = make_units(&self, x);
    if (status == GRAFT_OK) status = graft_parallel_for(context, blocks, search_block, &self);
    if (status == GRAFT_OK) status = gather(&self, blocks, out, found);
    for (size_t b = 0; self.lists && b < blocks; b++)
        graft_release(self.lists[b].pair);
    graft_release(self.lists);
    graft_release(self.product);
    graft_release(self.z);
    return status;
}
