/* One pass: read -> verify content -> prepare -> normalize -> plan -> pool -> store, a batch a work item. */
#include "transfer/features.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"
#include "base/file.h"
#include "base/threads.h"
#include "data/image.h"
#include "nn/plan.h"
#include "transfer/cache.h"

#include <stdlib.h>

struct graft_features {
    graft_context *context;
    const graft_graph *graph;
    const graft_preprocess *spec;
    graft_cut cuts[GRAFT_CUT_LIMIT];
    graft_cache_store *stores[GRAFT_CUT_LIMIT];
    size_t cut_count, widest;
};

typedef struct worker {
    graft_decoder *decoder;
    graft_plan_state *state;
    unsigned char *pixels;
    float *row;
} worker;

typedef struct pass {
    const graft_features *features;
    const graft_dataset *data;
    const size_t *sample; /* those to compute */
    size_t count;
    graft_plan *plan;
    graft_phase *phase;
    worker *workers;
    int batch;
} pass;

static graft_hash content_of(const graft_dataset *data, size_t sample) {
    const graft_sample *info = graft_dataset_sample(data, sample);
    return (graft_hash){info->content[0], info->content[1]};
}

static graft_status store_key(const graft_graph *graph, const graft_preprocess *spec, const graft_cut *cut,
                              graft_hash *key) {
    graft_hasher *hasher = NULL;
    graft_hash network;
    GRAFT_TRY(graft_cut_hash(graph, cut, &network));
    GRAFT_TRY(graft_hasher_new(&hasher));
    const uint64_t part[] = {network.high,           network.low,
                             GRAFT_CACHE_VERSION,    cut->width,
                             (uint64_t)cut->stored,  (uint64_t)spec->width,
                             (uint64_t)spec->height, (uint64_t)spec->channels,
                             (uint64_t)spec->fit,    (uint64_t)spec->filter,
                             (uint64_t)spec->bgr};
    for (size_t i = 0; i < sizeof(part) / sizeof(*part); i++)
        graft_hasher_add_u64(hasher, part[i]);
    graft_hasher_add(hasher, spec->mean, sizeof(spec->mean));
    graft_hasher_add(hasher, spec->scale, sizeof(spec->scale));
    *key = graft_hasher_value(hasher);
    graft_hasher_free(hasher);
    return GRAFT_OK;
}

graft_status graft_features_open(graft_context *context, const graft_graph *graph, const graft_preprocess *spec,
                                 const graft_cut *cuts, size_t cut_count, graft_features **out) {
    *out = NULL;
    if (cut_count == 0 || cut_count > GRAFT_CUT_LIMIT)
        return graft_fail(GRAFT_E_INTERNAL, "features at %zu cuts", cut_count);
    graft_features *features = graft_allocate_zero(1, sizeof(*features));
    if (!features) return graft_fail_memory("features");
    features->context = context;
    features->graph = graph;
    features->spec = spec;
    graft_status status = GRAFT_OK;
    for (size_t i = 0; i < cut_count && status == GRAFT_OK; i++) {
        graft_hash key;
        features->cuts[i] = cuts[i];
        features->cut_count++;
        if (cuts[i].width > features->widest) features->widest = cuts[i].width;
        status = store_key(graph, spec, &cuts[i], &key);
        if (status == GRAFT_OK)
            status = graft_cache_open(context, key, cuts[i].width, cuts[i].stored, &features->stores[i]);
    }
    if (status != GRAFT_OK) {
        graft_features_close(features);
        return status;
    }
    *out = features;
    return GRAFT_OK;
}

void graft_features_close(graft_features *features) {
    if (!features) return;
    for (size_t i = 0; i < features->cut_count; i++)
        graft_cache_close(features->stores[i]);
    graft_release(features);
}

static graft_status worker_prepare(const pass *run, worker *self) {
    if (self->row) return GRAFT_OK;
    const graft_preprocess *spec = run->features->spec;
    if (!self->decoder) GRAFT_TRY(graft_decoder_new(&self->decoder));
    if (!self->state) GRAFT_TRY(graft_plan_state_new(run->plan, &self->state));
    if (!self->pixels) self->pixels = graft_allocate((size_t)spec->width * (size_t)spec->height, 3);
    self->row = graft_allocate(run->features->widest, sizeof(float));
    return self->pixels && self->row ? GRAFT_OK : graft_fail_memory("a worker's picture");
}

static void worker_clear(worker *self) {
    graft_decoder_free(self->decoder);
    graft_plan_state_free(self->state);
    graft_release(self->pixels);
    graft_release(self->row);
}

static graft_status load_picture(const pass *run, worker *self, size_t sample, int slot) {
    const graft_sample *info = graft_dataset_sample(run->data, sample);
    char *bytes = NULL;
    size_t length = 0;
    GRAFT_TRY(graft_file_read(info->path, 0, &bytes, &length));
    graft_status status = GRAFT_OK;
    if (!graft_hash_equal(graft_hash_bytes(bytes, length), content_of(run->data, sample)))
        status = graft_fail(GRAFT_E_DATA, "%s: its bytes changed since they were checked: run again", info->path);
    if (status == GRAFT_OK) {
        status = graft_image_prepare(self->decoder, (const unsigned char *)bytes, length, run->features->spec,
                                     self->pixels, NULL);
        if (status != GRAFT_OK) status = graft_fail_in(status, "%s", info->path);
    }
    graft_release(bytes);
    if (status == GRAFT_OK)
        graft_image_normalize(run->features->spec, self->pixels, graft_plan_state_input(self->state, slot));
    return status;
}

static graft_status compute_batch(void *argument, int worker_index, size_t index) {
    const pass *run = argument;
    const graft_features *features = run->features;
    worker *self = &run->workers[worker_index];
    size_t first = index * (size_t)run->batch;
    size_t count = run->count - first < (size_t)run->batch ? run->count - first : (size_t)run->batch;
    GRAFT_TRY(worker_prepare(run, self));
    double begun = graft_now();
    for (size_t i = 0; i < count; i++)
        GRAFT_TRY(load_picture(run, self, run->sample[first + i], (int)i));
    double waited = graft_now() - begun;
    GRAFT_TRY(graft_plan_run(self->state, (int)count));
    for (size_t i = 0; i < count; i++) {
        graft_hash content = content_of(run->data, run->sample[first + i]);
        for (size_t cut = 0; cut < features->cut_count; cut++) {
            graft_cut_apply(&features->cuts[cut], graft_plan_state_output(self->state, (int)cut, (int)i), self->row);
            GRAFT_TRY(graft_cache_append(features->stores[cut], content, self->row));
        }
    }
    return graft_phase_add(run->phase, count, waited);
}

/* The network up to the cuts, compiled for all of them at once. */
static graft_status compile(const graft_features *features, graft_plan **out) {
    graft_graph *prefix = NULL;
    int outputs[GRAFT_CUT_LIMIT], map[GRAFT_CUT_LIMIT];
    for (size_t i = 0; i < features->cut_count; i++)
        outputs[i] = features->cuts[i].node;
    GRAFT_TRY(graft_graph_prefix(features->graph, outputs, (int)features->cut_count, &prefix, map));
    graft_plan_options options = GRAFT_PLAN_OPTIONS_INIT;
    options.outputs = map;
    options.output_count = (int)features->cut_count;
    graft_status status = graft_plan_new(features->context, prefix, &options, out);
    graft_graph_free(prefix);
    return status;
}

static graft_status run_pass(const graft_features *features, const graft_dataset *data, const size_t *sample,
                             size_t count, graft_features_result *result) {
    pass run = {.features = features, .data = data, .sample = sample, .count = count};
    int threads = graft_context_threads(features->context);
    uint64_t bytes = 0;
    graft_status status;
    for (size_t i = 0; i < features->cut_count; i++)
        bytes += (uint64_t)count * graft_cache_record_bytes(features->stores[i]);
    graft_cache_store *stores[GRAFT_CUT_LIMIT];
    for (size_t i = 0; i < features->cut_count; i++)
        stores[i] = features->stores[i];
    GRAFT_TRY_TO(done, status, graft_cache_make_room(features->context, stores, features->cut_count, bytes));
    GRAFT_TRY_TO(done, status, compile(features, &run.plan));
    run.batch = graft_plan_batch(run.plan);
    run.workers = graft_allocate_zero((size_t)threads, sizeof(*run.workers));
    if (!run.workers) GRAFT_TRY_TO(done, status, graft_fail_memory("workers"));
    GRAFT_TRY_TO(done, status, graft_phase_begin(features->context, "features", count, &run.phase));
    size_t batches = (count + (size_t)run.batch - 1) / (size_t)run.batch;
    status = graft_parallel_for(features->context, batches, compute_batch, &run);
    result->waiting_share = graft_phase_waiting_share(run.phase);
    result->seconds = graft_phase_seconds(run.phase);
    graft_phase_end(run.phase);
done:
    for (int i = 0; run.workers && i < threads; i++)
        worker_clear(&run.workers[i]);
    graft_release(run.workers);
    graft_plan_free(run.plan);
    return status;
}

static bool is_stored(const graft_features *features, graft_hash content, float *row) {
    for (size_t i = 0; i < features->cut_count; i++)
        if (!graft_cache_read(features->stores[i], content, row)) return false;
    return true;
}

typedef struct unique {
    graft_hash content;
    size_t sample;
} unique;

static int by_content(const void *a, const void *b) {
    const unique *x = a, *y = b;
    int order = graft_hash_compare(x->content, y->content);
    return order ? order : (x->sample > y->sample) - (x->sample < y->sample);
}

static int by_sample(const void *a, const void *b) {
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return (x > y) - (x < y);
}

/* One sample for each content whose features are not stored, in the dataset's order. */
static graft_status find_missing(const graft_features *features, const graft_dataset *data, const size_t *sample,
                                 size_t count, size_t *missing, size_t *missing_count) {
    unique *list = graft_allocate(count, sizeof(*list));
    float *row = graft_allocate(features->widest, sizeof(*row));
    *missing_count = 0;
    if (!list || !row) {
        graft_release(list);
        graft_release(row);
        return graft_fail_memory("the list of samples");
    }
    for (size_t i = 0; i < count; i++)
        list[i] = (unique){content_of(data, sample[i]), sample[i]};
    qsort(list, count, sizeof(*list), by_content);
    for (size_t i = 0; i < count; i++) {
        bool repeats = i > 0 && graft_hash_equal(list[i].content, list[i - 1].content);
        if (!repeats && !is_stored(features, list[i].content, row)) missing[(*missing_count)++] = list[i].sample;
    }
    qsort(missing, *missing_count, sizeof(*missing), by_sample);
    graft_release(list);
    graft_release(row);
    return GRAFT_OK;
}

graft_status graft_features_compute(graft_features *features, const graft_dataset *data, const size_t *sample,
                                    size_t count, graft_features_result *result) {
    *result = (graft_features_result){0};
    if (count == 0) return GRAFT_OK;
    size_t *missing = graft_allocate(count, sizeof(*missing)), missing_count = 0;
    if (!missing) return graft_fail_memory("the list of samples");
    double begun = graft_now();
    graft_status status = find_missing(features, data, sample, count, missing, &missing_count);
    if (status == GRAFT_OK && missing_count > 0) status = run_pass(features, data, missing, missing_count, result);
    graft_release(missing);
    if (missing_count == 0) result->seconds = graft_now() - begun;
    result->computed = missing_count;
    result->cached = count - missing_count;
    if (status == GRAFT_OK)
        graft_log(features->context, GRAFT_LOG_INFO, "features: %zu computed, %zu from the cache", result->computed,
                  result->cached);
    return status;
}

size_t graft_features_width(const graft_features *features, size_t cut) {
    return features->cuts[cut].width;
}

graft_status graft_features_read(const graft_features *features, size_t cut, const graft_dataset *data,
                                 const size_t *sample, size_t count, float *rows) {
    for (size_t i = 0; i < count; i++) {
        if (!graft_cache_read(features->stores[cut], content_of(data, sample[i]), rows + i * features->cuts[cut].width))
            return graft_fail(GRAFT_E_DATA, "%s: its features are no longer readable in the cache: run again",
                              graft_dataset_sample(data, sample[i])->path);
    }
    return GRAFT_OK;
}

graft_status graft_feature_rows_read(void *source, size_t first, size_t count, float *out) {
    const graft_feature_rows *rows = source;
    return graft_features_read(rows->features, rows->cut, rows->data, rows->sample + first, count, out);
}

graft_status graft_features_room(const graft_features *features, size_t count, float **out) {
    size_t values, bytes, limit = (size_t)graft_context_memory_limit(features->context) / 2;
    *out = NULL;
    if (!graft_multiply_sizes(count, features->widest, &values) ||
        !graft_multiply_sizes(values, sizeof(float), &bytes) || bytes > limit)
        return graft_fail(
            GRAFT_E_USAGE,
            "%zu pictures of %zu features need more than half of --memory (%.1f MiB): pool them (--pool avg) or "
            "raise it",
            count, features->widest, (double)limit * 2 / 1048576);
    *out = graft_allocate_aligned(values, sizeof(float));
    return *out ? GRAFT_OK : graft_fail_memory("the features");
}
