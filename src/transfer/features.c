/* The stores behind the features of samples, and which of them are missing. */
#include "transfer/features-internal.h"

#include "base/alloc.h"
#include "base/context.h"
#include "base/error.h"

#include <stdlib.h>

/* `views` NULL: the key of plain pictures. */
static graft_status store_key(const graft_graph *graph, const graft_preprocess *spec, const graft_cut *cut,
                              const graft_views *views, graft_hash *key) {
    graft_hasher *hasher = NULL;
    graft_hash network;
    GRAFT_TRY(graft_cut_hash(graph, cut, &network));
    GRAFT_TRY(graft_hasher_new(&hasher));
    const uint64_t part[] = {network.high, network.low, GRAFT_CACHE_VERSION, cut->width, (uint64_t)cut->stored};
    for (size_t i = 0; i < sizeof(part) / sizeof(*part); i++)
        graft_hasher_add_u64(hasher, part[i]);
    graft_preprocess_hash(spec, hasher);
    if (views) {
        graft_hash augment = graft_augment_hash(views->augment);
        graft_hasher_add_u64(hasher, augment.high);
        graft_hasher_add_u64(hasher, augment.low);
        graft_hasher_add_u64(hasher, views->seed);
    }
    *key = graft_hasher_value(hasher);
    graft_hasher_free(hasher);
    return GRAFT_OK;
}

static graft_status open_stores(graft_features *features, size_t cut) {
    const graft_cut *at = &features->cuts[cut];
    graft_hash key;
    GRAFT_TRY(store_key(features->graph, features->spec, at, NULL, &key));
    GRAFT_TRY(graft_cache_open(features->context, key, at->width, at->stored, &features->plain[cut]));
    if (!features->views || features->views->count < 2) return GRAFT_OK;
    GRAFT_TRY(store_key(features->graph, features->spec, at, features->views, &key));
    return graft_cache_open(features->context, key, at->width, at->stored, &features->augmented[cut]);
}

graft_status graft_features_open(graft_context *context, const graft_graph *graph, const graft_preprocess *spec,
                                 const graft_cut *cuts, size_t cut_count, const graft_views *views,
                                 graft_features **out) {
    *out = NULL;
    if (cut_count == 0 || cut_count > GRAFT_FEATURES_CUTS)
        return graft_fail(GRAFT_E_INTERNAL, "features at %zu cuts", cut_count);
    graft_features *features = graft_allocate_zero(1, sizeof(*features));
    if (!features) return graft_fail_memory("features");
    features->context = context;
    features->graph = graph;
    features->spec = spec;
    features->views = views;
    graft_status status = GRAFT_OK;
    for (size_t i = 0; i < cut_count && status == GRAFT_OK; i++) {
        features->cuts[i] = cuts[i];
        features->cut_count++;
        if (cuts[i].width > features->widest) features->widest = cuts[i].width;
        status = open_stores(features, i);
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
    for (size_t i = 0; i < features->cut_count; i++) {
        graft_cache_close(features->plain[i]);
        graft_cache_close(features->augmented[i]);
    }
    graft_release(features);
}

void graft_features_lend(graft_features *features, const graft_single *single) {
    features->single = features->cut_count == 1 && single->state ? single : NULL;
}

graft_cache_store *graft_features_store(const graft_features *features, size_t cut, uint32_t view) {
    return view == 0 ? features->plain[cut] : features->augmented[cut];
}

/* ---- what is missing ---- */

static bool is_stored(const graft_features *features, const graft_feature_item *item, void *record, float *row) {
    for (size_t i = 0; i < features->cut_count; i++)
        if (!graft_cache_read(graft_features_store(features, i, item->view), item->content, item->view, record, row))
            return false;
    return true;
}

static int by_content(const void *a, const void *b) {
    const graft_feature_item *x = a, *y = b;
    int order = graft_hash_compare(x->content, y->content);
    if (order == 0) order = (x->view > y->view) - (x->view < y->view);
    return order ? order : (x->sample > y->sample) - (x->sample < y->sample);
}

static int by_sample(const void *a, const void *b) {
    const graft_feature_item *x = a, *y = b;
    int order = (x->sample > y->sample) - (x->sample < y->sample);
    return order ? order : (x->view > y->view) - (x->view < y->view);
}

/* Keeps one item for each content and view whose features are not stored, in the dataset's order. */
static void keep_missing(const graft_features *features, graft_feature_item *items, size_t *count, void *record,
                         float *row) {
    size_t kept = 0;
    qsort(items, *count, sizeof(*items), by_content);
    const graft_feature_item *last = NULL;
    graft_feature_item before;
    for (size_t i = 0; i < *count; i++) {
        const graft_feature_item item = items[i];
        bool repeats = last && item.view == before.view && graft_hash_equal(item.content, before.content);
        if (!repeats && !is_stored(features, &item, record, row)) items[kept++] = item;
        before = item;
        last = &before;
    }
    qsort(items, kept, sizeof(*items), by_sample);
    *count = kept;
}

static graft_status find_missing(const graft_features *features, graft_feature_item *items, size_t *count) {
    float *row = graft_allocate(features->widest, sizeof(*row));
    void *record = graft_allocate(1, graft_features_record_bytes(features));
    graft_status status = row && record ? GRAFT_OK : graft_fail_memory("a row of features");
    if (status == GRAFT_OK) keep_missing(features, items, count, record, row);
    graft_release(record);
    graft_release(row);
    return status;
}

graft_status graft_features_compute(graft_features *features, const graft_dataset *data, const size_t *sample,
                                    size_t count, uint32_t views, graft_features_result *result) {
    size_t wanted, missing;
    *result = (graft_features_result){0};
    if (count == 0) return GRAFT_OK;
    if (views > 1 && (!features->views || views > features->views->count))
        return graft_fail(GRAFT_E_INTERNAL, "features of %u views, more than were opened", views);
    if (!graft_multiply_sizes(count, views, &wanted)) return graft_fail_memory("the list of samples");
    graft_feature_item *items = graft_allocate(wanted, sizeof(*items));
    if (!items) return graft_fail_memory("the list of samples");
    double begun = graft_now();
    for (size_t i = 0; i < wanted; i++) {
        size_t which = sample[i / views];
        items[i] = (graft_feature_item){graft_sample_content(data, which), which, (uint32_t)(i % views)};
    }
    missing = wanted;
    graft_status status = find_missing(features, items, &missing);
    if (status == GRAFT_OK && missing > 0) status = graft_features_pass(features, data, items, missing, result);
    graft_release(items);
    if (missing == 0) result->seconds = graft_now() - begun;
    result->computed = missing;
    result->cached = wanted - missing;
    if (status == GRAFT_OK)
        graft_log(features->context, GRAFT_LOG_INFO, "features: %zu computed, %zu from the cache", result->computed,
                  result->cached);
    return status;
}

/* ---- reading ---- */

size_t graft_features_width(const graft_features *features, size_t cut) {
    return features->cuts[cut].width;
}

size_t graft_features_record_bytes(const graft_features *features) {
    size_t largest = 0;
    for (size_t i = 0; i < features->cut_count; i++)
        if (graft_cache_record_bytes(features->plain[i]) > largest)
            largest = graft_cache_record_bytes(features->plain[i]);
    return largest;
}

graft_status graft_features_read_view(const graft_features *features, size_t cut, const graft_dataset *data,
                                      size_t sample, uint32_t view, void *record, float *row) {
    graft_cache_store *store = graft_features_store(features, cut, view);
    if (graft_cache_read(store, graft_sample_content(data, sample), view, record, row)) return GRAFT_OK;
    return graft_fail(GRAFT_E_DATA, "%s: its features are no longer readable in the cache: run again",
                      graft_dataset_sample(data, sample)->path);
}

graft_status graft_features_read(const graft_features *features, size_t cut, const graft_dataset *data,
                                 const size_t *sample, size_t count, float *rows) {
    size_t width = features->cuts[cut].width;
    void *record = graft_allocate(1, graft_features_record_bytes(features));
    graft_status status = record ? GRAFT_OK : graft_fail_memory("a row of features");
    for (size_t i = 0; i < count && status == GRAFT_OK; i++)
        status = graft_features_read_view(features, cut, data, sample[i], 0, record, rows + i * width);
    graft_release(record);
    return status;
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
