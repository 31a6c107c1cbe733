#include "stats/similar.h"

#include "base/alloc.h"
#include "base/error.h"
#include "stats/tile.h"

#include <cblas.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 256 };

typedef struct list {
    graft_similar_pair *pair;
    size_t count, capacity;
} list;

typedef struct search {
    float *z; /* count x width: unit vectors, or zero */
    size_t count, width, most;
    float *product; /* BLOCK x BLOCK a worker */
    list *found;    /* one a worker: what is not in `kept` yet */
    pthread_mutex_t lock;
    list kept;                /* under the lock */
    graft_similar_pair worst; /* under the lock: no pair after it, by similarity and place, can be among the most */
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

/* The best `most`, and what they keep out: pairs have one order, so that neither the workers nor the times at which
 * lists are cut decide what is kept. */
static void trim(search *self) {
    list *kept = &self->kept;
    if (kept->count <= self->most) return;
    qsort(kept->pair, kept->count, sizeof(*kept->pair), by_similarity);
    kept->count = self->most;
    if (self->most > 0) self->worst = kept->pair[self->most - 1];
}

/* `kept` stays within twice the limit and what one worker brings. */
static graft_status keep(search *self, list *found) {
    list *kept = &self->kept;
    if (found->count == 0) return GRAFT_OK;
    pthread_mutex_lock(&self->lock);
    const bool room = graft_reserve(&kept->pair, &kept->capacity, kept->count + found->count, sizeof(*kept->pair));
    if (room) {
        memcpy(kept->pair + kept->count, found->pair, found->count * sizeof(*kept->pair));
        kept->count += found->count;
        found->count = 0;
        if (kept->count > 2 * self->most) trim(self);
    }
    pthread_mutex_unlock(&self->lock);
    return room ? GRAFT_OK : graft_fail_memory("similar pairs");
}

static graft_similar_pair worst_of(search *self) {
    pthread_mutex_lock(&self->lock);
    const graft_similar_pair worst = self->worst;
    pthread_mutex_unlock(&self->lock);
    return worst;
}

static size_t block_length(const search *self, size_t block) {
    size_t rest = self->count - block * BLOCK;
    return rest < BLOCK ? rest : BLOCK;
}

static graft_status compare_blocks(search *self, float *product, size_t a, size_t b, list *found) {
    const size_t rows = block_length(self, a), columns = block_length(self, b);
    const graft_similar_pair worst = worst_of(self);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)rows, (int)columns, (int)self->width, 1.0F,
                self->z + a * BLOCK * self->width, (int)self->width, self->z + b * BLOCK * self->width,
                (int)self->width, 0.0F, product, BLOCK);
    for (size_t i = 0; i < rows; i++) {
        for (size_t k = a == b ? i + 1 : 0; k < columns; k++) {
            if (!(product[i * BLOCK + k] >= worst.similarity)) continue;
            const graft_similar_pair pair = {a * BLOCK + i, b * BLOCK + k, product[i * BLOCK + k]};
            if (by_similarity(&pair, &worst) > 0) continue;
            if (!graft_reserve(&found->pair, &found->capacity, found->count + 1, sizeof(*found->pair)))
                return graft_fail_memory("similar pairs");
            found->pair[found->count++] = pair;
        }
    }
    return found->count > self->most ? keep(self, found) : GRAFT_OK;
}

static graft_status search_block(void *argument, int worker, size_t block) {
    search *self = argument;
    list *found = &self->found[worker];
    for (size_t b = block; b * BLOCK < self->count; b++)
        GRAFT_TRY(compare_blocks(self, self->product + (size_t)worker * BLOCK * BLOCK, block, b, found));
    return keep(self, found);
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

static graft_status search_all(graft_context *context, search *self, size_t blocks, const float *x) {
    const size_t workers = (size_t)graft_context_threads(context);
    size_t values;
    if (graft_multiply_sizes(self->count, self->width, &values))
        self->z = graft_allocate_aligned(values, sizeof(float));
    self->product = graft_allocate_aligned(workers, BLOCK * BLOCK * sizeof(float));
    self->found = graft_allocate_zero(workers, sizeof(*self->found));
    if (!self->z || !self->product || !self->found) return graft_fail_memory("similar pairs");
    if (self->count > 0) GRAFT_TRY(make_units(self, x));
    GRAFT_TRY(graft_parallel_for(context, blocks, search_block, self));
    if (!graft_reserve(&self->kept.pair, &self->kept.capacity, 1, sizeof(*self->kept.pair)))
        return graft_fail_memory("similar pairs");
    trim(self);
    if (self->kept.count > 0) qsort(self->kept.pair, self->kept.count, sizeof(*self->kept.pair), by_place);
    return GRAFT_OK;
}

graft_status graft_similar_pairs(graft_context *context, const float *x, size_t count, size_t width, float least,
                                 size_t most, graft_similar_pair **out, size_t *found) {
    const size_t blocks = (count + BLOCK - 1) / BLOCK;
    search self = {.count = count, .width = width, .most = most, .worst = {SIZE_MAX, SIZE_MAX, least}};
    *out = NULL;
    *found = 0;
    GRAFT_TRY(graft_rows_check_finite(x, count, width));
    openblas_set_num_threads(1);
    pthread_mutex_init(&self.lock, NULL);
    graft_status status = search_all(context, &self, blocks, x);
    pthread_mutex_destroy(&self.lock);
    for (int w = 0; self.found && w < graft_context_threads(context); w++)
        graft_release(self.found[w].pair);
    graft_release(self.found);
    graft_release(self.product);
    graft_release(self.z);
    if (status != GRAFT_OK) {
        graft_release(self.kept.pair);
        return status;
    }
    *out = self.kept.pair;
    *found = self.kept.count;
    return GRAFT_OK;
}
